"""The people card in a real browser: everything that is clicked on it."""

import asyncio
from base64 import b64encode
import io
import json
import time
from typing import Any

from demo import trouble
from PIL import Image, ImageEnhance
from playwright.async_api import Dialog, FilePayload, Page, expect
import pytest

from simulator import SimulatedModule
from simulator.portraits import portrait, scenery

from .conftest import RealHass, judge, tell, until
from .people_card import SLOW, add, photo, shoot, show, violations

pytestmark = pytest.mark.timeout(240)
HOSTILE = "<img src=x onerror=alert(1)>"


async def choose(page: Page, *files: FilePayload) -> None:
    """Choose files as the file dialog would."""
    async with page.expect_file_chooser() as chooser:
        await page.locator("label.file").get_by_text("Choose a picture").click()
    await (await chooser.value).set_files([*files])


def at_night(picture: FilePayload) -> FilePayload:
    """Return a photo as it would be without a light."""
    dark = io.BytesIO()
    with Image.open(io.BytesIO(picture["buffer"])) as image:
        ImageEnhance.Brightness(image).enhance(0.1).save(dark, "JPEG")
    return {**picture, "buffer": dark.getvalue()}


async def too_wide(page: Page) -> int:
    """Return by how much the page or a dialog has to be scrolled to the side; px."""
    excess: int = await page.locator("face-module-people").evaluate(
        """(card) => {
            const boxes = [document.documentElement, card, ...[...card.shadowRoot
                .querySelectorAll("*")].flatMap((one) =>
                    [one, ...(one.shadowRoot?.querySelectorAll("dialog, .scroller") ?? [])]
                )];
            return Math.max(...boxes.filter((box) => !box.matches(".sr"))
                .map((box) => box.scrollWidth - box.clientWidth)
                .filter((excess, index) => boxes[index].clientWidth));
        }"""
    )
    return excess


def watch(page: Page) -> list[str]:
    """Return the list of alerts that a page opens: of names that were taken for HTML."""
    alerts: list[str] = []

    async def alarm(dialog: Dialog) -> None:
        alerts.append(dialog.message)
        await dialog.dismiss()

    page.on("dialog", alarm)
    return alerts


async def test_somebody_is_enrolled_from_a_file_in_few_clicks(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    module.users.clear()
    await add(real_hass, module)
    await show(page, real_hass)
    await expect(page.get_by_text("Nobody is enrolled yet.")).to_be_visible(timeout=SLOW)
    await shoot(page, "empty")
    await page.evaluate(
        """() => {
            window.clicks = 0;
            addEventListener("pointerdown", () => { window.clicks += 1; }, true);
        }"""
    )
    began = time.monotonic()
    await page.get_by_role("button", name="Enroll").click()
    await choose(page, photo("Anna"))
    await expect(page.get_by_text("Good", exact=True)).to_be_visible(timeout=SLOW)
    await expect(page.get_by_label("Name", exact=True)).to_have_value("Anna")
    await shoot(page, "verdict-good")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Anna is enrolled.")).to_be_visible(timeout=SLOW)
    took = time.monotonic() - began
    # The click in the dialog of the operating system is not seen by the page.
    clicks = await page.evaluate("window.clicks") + 1
    judge(f"enrolled from a file: {clicks} clicks, {took:.1f} s", took, 15)
    assert clicks <= 6
    assert [user.name for user in module.users.values()] == ["Anna"]
    await shoot(page, "enrolled")
    await page.get_by_role("button", name="Close").click()
    tile = page.get_by_role("button", name="Anna", exact=True)
    await expect(tile).to_be_visible(timeout=SLOW)
    assert trouble(real_hass.config) == []


async def test_the_verdict_is_told_before_anybody_is_enrolled(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    module.users.clear()
    module.add_user("anna", "Anna", portrait("Anna", size=(900, 1200)))
    alerts = watch(page)
    await add(real_hass, module)
    await show(page, real_hass)
    await page.get_by_role("button", name="Enroll").click()
    name, save = (
        page.get_by_label("Name", exact=True),
        page.get_by_role("button", name="Save"),
    )
    hills = {"name": "hills.jpg", "mimeType": "image/jpeg", "buffer": scenery((800, 600))}
    await choose(page, hills)  # type: ignore[arg-type]
    await expect(page.get_by_text("No face", exact=True)).to_be_visible(timeout=SLOW)
    await expect(save).to_be_disabled()
    await page.get_by_role("button", name="Another picture").click()
    await choose(page, {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    await expect(page.get_by_text("This is no picture")).to_be_visible(timeout=SLOW)
    # What is wrong is measured, and what helps is said.
    await expect(page.get_by_text("It is ")).to_have_count(0)
    await choose(page, photo("Ben", blur=20))
    await expect(page.get_by_text("Too dark, blurred")).to_be_visible(timeout=SLOW)
    await expect(page.get_by_text("It is blurred: hold still")).to_be_visible()
    await expect(page.get_by_text("It is dark")).to_have_count(0)
    await expect(save).to_be_enabled()
    await page.get_by_role("button", name="Another picture").click()
    await save.click()
    await expect(page.get_by_text("Choose a picture first.")).to_be_visible()
    await choose(page, at_night(photo("Ben")))
    await expect(page.get_by_text("It is dark: more light")).to_be_visible(timeout=SLOW)
    await expect(page.get_by_text("Choose a picture first.")).to_have_count(0)
    await page.get_by_role("button", name="Another picture").click()
    await choose(page, photo("Anna", "IMG_1.jpg", variation=2))
    await expect(page.get_by_text("Looks like Anna (")).to_be_visible(timeout=SLOW)
    await expect(save).to_be_disabled()
    await expect(name).to_have_value("")
    # Both faces beside each other: it may be her.
    await expect(page.get_by_alt_text("Anna", exact=True)).to_be_visible()
    await expect(page.get_by_role("button", name="New picture of Anna")).to_be_visible()
    await shoot(page, "looks-like")
    assert await violations(page) == []
    await name.fill(HOSTILE)
    await page.get_by_label("Somebody else: enroll anyway").check()
    await save.click()
    await expect(page.get_by_text(f"{HOSTILE} is enrolled.")).to_be_visible(timeout=SLOW)
    await page.get_by_role("button", name="Close").click()
    await expect(page.get_by_role("button", name=HOSTILE)).to_be_visible(timeout=SLOW)
    await shoot(page, "hostile-name")
    assert HOSTILE in [user.name for user in module.users.values()]
    assert alerts == []
    assert trouble(real_hass.config) == []


async def test_who_is_known_already_gets_the_picture_and_everything_is_said_at_once(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    module.users.clear()
    before = portrait("Anna", size=(600, 800))
    module.add_user("anna", "Anna", before)
    await add(real_hass, module)
    await show(page, real_hass)
    await page.get_by_role("button", name="Enroll").click()
    await choose(page, photo("Anna", "IMG_1.jpg", variation=2))
    await page.get_by_role("button", name="New picture of Anna").click(timeout=SLOW)
    await expect(page.get_by_text("Anna is enrolled.")).to_be_visible(timeout=SLOW)
    assert list(module.users) == ["anna"]
    assert module.users["anna"].picture != before
    await page.get_by_role("button", name="Enroll another").click()

    # Link, minimum and device are said while somebody is enrolled.
    await choose(page, photo("Ben"))
    await expect(page.get_by_text("Good", exact=True)).to_be_visible(timeout=SLOW)
    await page.get_by_text("More about them").click()
    await page.get_by_label("Person in Home Assistant").select_option(label="Demo")
    await page.get_by_label("Minimum score").fill("85.5")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Ben is enrolled.")).to_be_visible(timeout=SLOW)
    await page.get_by_role("button", name="Close").click()
    tiles = page.locator("face-module-people-grid .label")
    await expect(tiles).to_have_text(["Anna", "Ben"], timeout=SLOW)
    await page.get_by_role("button", name="Ben", exact=True).click()
    await expect(page.get_by_label("Minimum score")).to_have_value("85.5")
    await expect(page.get_by_label("Person in Home Assistant")).to_have_value("person.demo")
    assert trouble(real_hass.config) == []


async def test_a_picture_comes_from_an_entity_or_the_camera_of_the_computer(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await add(real_hass, module)
    await until(lambda: any(sent.kind == "heartbeat" for sent in module.sent))
    await module.walk_by("anna", score=0.97)
    await show(page, real_hass)
    await page.get_by_role("button", name="Enroll").click()
    entity = page.get_by_label("From a camera of Home Assistant")
    await entity.select_option(label="Face module F6EE Last face", timeout=SLOW)
    await expect(page.locator(".verdict li")).to_be_visible(timeout=SLOW)
    await page.get_by_role("button", name="Another picture").click()
    # The computer's camera sees Zoë.
    await page.evaluate(
        """async (picture) => {
            const image = new Image();
            image.src = `data:image/jpeg;base64,${picture}`;
            await image.decode();
            const canvas = document.createElement("canvas");
            [canvas.width, canvas.height] = [image.width, image.height];
            const draw = () => canvas.getContext("2d").drawImage(image, 0, 0);
            draw();
            setInterval(draw, 50);
            window.camera = canvas.captureStream(20);
            navigator.mediaDevices.getUserMedia = async () => window.camera;
        }""",
        b64encode(portrait("Zoë", size=(640, 480))).decode(),
    )
    await page.get_by_role("button", name="Take a photo").click()
    await asyncio.sleep(0.5)
    await shoot(page, "viewfinder")
    await page.get_by_role("button", name="Take it").click()
    await expect(page.get_by_text("Good", exact=True)).to_be_visible(timeout=SLOW)
    assert await page.evaluate("window.camera.getTracks()[0].readyState") == "ended"
    await page.get_by_label("Name", exact=True).fill("Zoë")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Zoë is enrolled.")).to_be_visible(timeout=SLOW)
    assert module.users["zoe"].name == "Zoë"
    assert trouble(real_hass.config) == []


async def test_somebody_is_changed_linked_and_deleted(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    module.users.clear()
    module.add_user("anna", "Anna")
    module.add_user("x", HOSTILE)
    alerts = watch(page)
    await add(real_hass, module)
    await show(page, real_hass)
    tile = page.get_by_role("button", name="Anna", exact=True)
    await page.get_by_role("button", name=HOSTILE).click(timeout=SLOW)
    name, save = (
        page.get_by_label("Name", exact=True),
        page.get_by_role("button", name="Save"),
    )
    await expect(name).to_have_value(HOSTILE)
    await name.fill("Zoë")
    await page.get_by_label("Person in Home Assistant").select_option(label="Demo")
    await page.get_by_label("Minimum score").fill("85.5")
    await page.get_by_label("Device of their own").check()
    await save.click()
    await expect(page.get_by_text("Saved.")).to_be_visible(timeout=SLOW)
    assert module.users["x"].name == "Zoë"
    await shoot(page, "details")
    assert await violations(page) == []

    before = module.users["x"].picture
    await page.get_by_role("button", name="Replace the picture").click()
    await choose(page, photo("Zoë"))
    await expect(page.get_by_text("Good", exact=True)).to_be_visible(timeout=SLOW)
    await save.click()
    await expect(page.get_by_text("Saved.")).to_be_visible(timeout=SLOW)
    assert module.users["x"].picture != before
    await page.get_by_role("button", name="Close").click()
    roster = real_hass.config / ".storage" / "face_module.roster"
    kept = json.loads(await asyncio.to_thread(roster.read_text))["data"]["people"]["x"]
    assert (kept["person"], kept["minimum_score"]) == ("person.demo", 85.5)
    assert kept["device"]
    states = await real_hass.api.states()
    assert "sensor.zoe_last_seen" in states, "a device of their own"

    search = page.get_by_role("searchbox")
    await search.fill("zo")
    await expect(page.get_by_text("1 found")).to_be_visible(timeout=SLOW)
    await expect(tile).to_have_count(0)
    await page.get_by_role("button", name="Zoë").click()
    await page.get_by_role("button", name="Delete").click()
    await expect(page.get_by_text("Delete Zoë?")).to_be_visible()
    await shoot(page, "delete")
    await page.locator("dialog").get_by_role("button", name="Delete", exact=True).click()
    await expect(page.get_by_text("Nobody found.")).to_be_visible(timeout=SLOW)
    await search.fill("")
    await expect(tile).to_be_visible(timeout=SLOW)
    assert list(module.users) == ["anna"]
    assert alerts == []
    assert trouble(real_hass.config) == []


async def test_fifty_thousand_are_scrolled_with_two_pages_in_memory(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    module.add_many(50_000)
    ids = list(module.users)
    await add(real_hass, module)
    await show(page, real_hass)
    grid = page.locator("face-module-people-grid")
    await expect(grid.get_by_role("button").first).to_be_visible(timeout=SLOW)
    await shoot(page, "fifty-thousand")
    most_held = most_shown = 0
    counting = "node => [node.held, node.shadowRoot.querySelectorAll('li').length]"

    async def look() -> None:
        nonlocal most_held, most_shown
        held, shown = await grid.evaluate(counting)
        most_held, most_shown = max(most_held, held), max(most_shown, shown)

    async def scroll(top: str) -> None:
        await grid.evaluate(f"node => {{ node._scroller.value.scrollTop = {top}; }}")

    for step in range(30):
        await scroll(f"{step} * 400")
        await asyncio.sleep(0.05)
        await look()
    await scroll("node._scroller.value.scrollHeight / 2")
    await expect(grid.locator("button").first).to_be_visible(timeout=SLOW)
    await look()
    middle = await grid.locator("button").first.get_attribute("data-index")
    assert 20_000 < int(middle or 0) < 30_000
    began = time.monotonic()
    await grid.locator("button").first.focus()
    await page.keyboard.press("End")
    last = grid.locator(f"button[data-index='{len(ids) - 1}']")
    await expect(last).to_be_visible(timeout=SLOW)
    took = time.monotonic() - began
    await expect(last).to_be_focused()
    await look()
    await shoot(page, "fifty-thousand-end")
    tell(f"50,000: {most_held} in memory, {most_shown} tiles, end in {took:.1f} s")
    assert most_held <= 100
    assert most_shown <= 60

    # Somebody whom only the module knows is found by the exact id.
    await page.get_by_role("searchbox").fill(ids[40_000])
    await expect(page.get_by_text("1 found")).to_be_visible(timeout=SLOW)
    assert trouble(real_hass.config) == []


async def other_user(real_hass: RealHass) -> dict[str, Any]:
    """Return the tokens of a user who is no administrator."""
    api = real_hass.api
    made = await api.command("config/auth/create", name="Guest", group_ids=["system-users"])
    await api.command(
        "config/auth_provider/homeassistant/create",
        user_id=made["user"]["id"],
        username="guest",
        password="guest-password",
    )
    client_id = f"{api.url}/"
    flow = await api.post(
        "/auth/login_flow",
        {
            "client_id": client_id,
            "handler": ["homeassistant", None],
            "redirect_uri": client_id,
        },
    )
    done = await api.post(
        f"/auth/login_flow/{flow['flow_id']}",
        {"client_id": client_id, "username": "guest", "password": "guest-password"},
    )
    form = {
        "client_id": client_id,
        "code": done["result"],
        "grant_type": "authorization_code",
    }
    async with api._session.post(f"{api.url}/auth/token", data=form) as answer:
        tokens: dict[str, Any] = await answer.json()
    return {
        **tokens,
        "hassUrl": api.url,
        "clientId": client_id,
        "expires": 2_000_000_000_000,
    }


def crowd(module: SimulatedModule) -> None:
    """Enroll a few people, one of them with a long name."""
    for number in range(40):
        name = f"Person {number:02}"
        module.add_user(f"p{number}", name, portrait(name))
    module.add_user(
        "long", "Wolfeschlegelsteinhausenbergerdorff Maximilian Alexander the 3rd"
    )


async def test_it_can_be_read_in_light_and_dark(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    crowd(module)
    await add(real_hass, module)
    await show(page, real_hass)
    grid = page.locator("face-module-people-grid")
    await expect(grid.get_by_role("button").first).to_be_visible(timeout=SLOW)

    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await asyncio.sleep(0.5)
        await pictures_there(page)
        await shoot(page, scheme)
        assert await violations(page) == [], scheme
        await page.get_by_role("button", name="Enroll").click()
        await asyncio.sleep(0.3)
        assert await violations(page) == [], scheme
        await shoot(page, f"{scheme}-enroll")
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_have_count(0)
        await grid.get_by_role("button", name="Person 01").click()
        await asyncio.sleep(0.3)
        await shoot(page, f"{scheme}-details")
        assert await violations(page) == [], scheme
        await page.keyboard.press("Escape")
        # Who chose goes on from there.
        await expect(grid.get_by_role("button", name="Person 01")).to_be_focused()


async def pictures_there(page: Page) -> None:
    """Wait until all pictures are there that shall be."""
    async with asyncio.timeout(20):
        while not await page.locator("face-module-people-grid").evaluate(
            """node => [...node.shadowRoot.querySelectorAll("img")]
                .every((image) => image.complete)"""
        ):
            await asyncio.sleep(0.1)


async def test_a_phone_in_chinese_needs_no_scrolling_to_the_side(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    crowd(module)
    await add(real_hass, module)
    grid = page.locator("face-module-people-grid")
    await page.goto(f"{real_hass.api.url}/manifest.json")
    await page.evaluate("localStorage.setItem('selectedLanguage', '\"zh-Hans\"')")
    for width in (360, 320):
        await page.set_viewport_size({"width": width, "height": 740})
        await show(page, real_hass)
        await expect(page.get_by_role("button", name="录入人脸")).to_be_visible(
            timeout=SLOW
        )
        await expect(grid.get_by_role("button").first).to_be_visible(timeout=SLOW)
        await pictures_there(page)
        await shoot(page, f"zh-{width}")
        assert await too_wide(page) <= 0
        await page.get_by_role("button", name="录入人脸").click()
        await shoot(page, f"zh-{width}-enroll")
        assert await too_wide(page) <= 0
        await page.get_by_label("姓名", exact=True).fill("陈伟")
        await page.get_by_role("button", name="保存").click()
        await expect(page.get_by_text("请先选择照片。")).to_be_visible()
        await page.keyboard.press("Escape")
        await grid.get_by_role("button").first.click()
        await shoot(page, f"zh-{width}-details")
        assert await too_wide(page) <= 0
        await page.keyboard.press("Escape")

    # The module is gone: said in words, in the language of whoever looks.
    await module.pull_cable()
    await page.get_by_role("searchbox").fill("p99")
    await expect(page.get_by_role("alert").first).to_contain_text("响应", timeout=SLOW)
    await shoot(page, "zh-lost")
    await module.plug_in()


async def test_who_is_no_administrator_is_told_so(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await add(real_hass, module)
    tokens = await other_user(real_hass)
    assert page.context.browser is not None
    context = await page.context.browser.new_context(viewport={"width": 800, "height": 600})
    await context.add_init_script(
        f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))});"
    )
    guest = await context.new_page()
    await show(guest, real_hass)
    note = guest.get_by_text("shown to administrators only")
    await expect(note).to_be_visible(timeout=SLOW)
    await expect(guest.locator("face-module-people-grid")).to_have_count(0)
    await shoot(guest, "no-admin")
