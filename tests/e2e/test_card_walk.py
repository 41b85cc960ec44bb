"""Both cards clicked through in each language, on a phone and a desktop, light and dark."""

import asyncio
from base64 import b64encode
from dataclasses import dataclass
import json
from typing import Any, Literal

from demo import trouble
from playwright.async_api import Browser, Locator, Page, expect
import pytest

from simulator import SimulatedModule
from simulator.portraits import portrait

from .conftest import RESULTS, RealHass, until
from .people_card import SLOW, add, photo, violations
from .test_live_card import ALIVE, wait_for_startup
from .test_people_card import too_wide
from .test_people_card_jobs import second  # noqa: F401

pytestmark = pytest.mark.timeout(400)


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody with a screen and a language."""

    language: Literal["en", "zh-Hans"]
    width: int
    scheme: Literal["light", "dark"]
    # Whom they enroll.
    name: str

    @property
    def phone(self) -> bool:
        return self.width < 500

    def __str__(self) -> str:
        return f"{self.language}-{self.width}-{self.scheme}"


VISITORS = (
    Visitor("en", 390, "dark", "Gita"),
    Visitor("zh-Hans", 1280, "dark", "Milan"),
    Visitor("zh-Hans", 360, "light", "Noor"),
    Visitor("en", 3840, "light", "Ravi"),
)


class Walk:
    """A page of one visitor, and the words that the cards have for them."""

    def __init__(self, page: Page, visitor: Visitor) -> None:
        self.page, self.visitor = page, visitor
        self.words: dict[str, dict[str, str]] = {}

    async def read_words(self) -> None:
        """Take the words from the cards themselves; a missing one is a KeyError."""
        for card in ("live", "people"):
            self.words[card] = await self.page.evaluate(
                """async ([card, language]) => {
                    const loaded = performance.getEntriesByType("resource");
                    const {name} = loaded.find(({name}) => name.includes("/live/card.js"));
                    const file = new URL(`../texts/${card}.${language}.json`, name);
                    return await (await fetch(file)).json();
                }""",
                [card, self.visitor.language],
            )

    def say(self, key: str, card: str = "people", **values: Any) -> str:
        """Return a text of a card."""
        return self.words[card][key].format(**values)

    def button(self, key: str, card: str = "people", **values: Any) -> Locator:
        name = self.say(key, card, **values)
        return self.page.get_by_role("button", name=name, exact=True)

    async def press(self, key: str, card: str = "people", **values: Any) -> None:
        """Click or tap a button once it is there."""
        button = self.button(key, card, **values).last
        await (button.tap if self.visitor.phone else button.click)(timeout=SLOW)

    async def told(self, key: str, **values: Any) -> None:
        """Wait until a text is to be seen."""
        text = self.page.get_by_text(self.say(key, **values), exact=True).last
        await expect(text).to_be_visible(timeout=SLOW)

    async def look(self, name: str) -> None:
        """Nothing is too wide, nothing is serious for axe-core; and a picture of it."""
        await self.page.screenshot(path=RESULTS / f"walk-{self.visitor}-{name}.png")
        assert await too_wide(self.page) <= 0, name
        assert await violations(self.page) == [], name


async def both_cards(real_hass: RealHass, serial: str) -> None:
    """Show both cards of a module on the dashboard."""
    entity = (await real_hass.api.entities(serial))["recognition"]
    cards = [
        {"type": f"custom:face-module-{card}", "entity": entity}
        for card in ("card", "people-card")
    ]
    section = {"cards": cards, "column_span": 2}
    view = {"title": "People", "type": "sections", "sections": [section]}
    await real_hass.api.command(
        "lovelace/config/save", url_path="face-people", config={"views": [view]}
    )


async def start(browser: Browser, real_hass: RealHass, visitor: Visitor) -> Walk:
    """Open the dashboard as a visitor."""
    height = 2160 if visitor.width > 2000 else 800
    context = await browser.new_context(
        viewport={"width": visitor.width, "height": height},
        color_scheme=visitor.scheme,
        has_touch=visitor.phone,
        is_mobile=visitor.phone,
    )
    tokens = {**real_hass.api.tokens, "expires": 2_000_000_000_000}
    language = json.dumps(json.dumps(visitor.language))
    await context.add_init_script(
        f"localStorage.setItem('hassTokens', {json.dumps(json.dumps(tokens))});"
        f"localStorage.setItem('selectedLanguage', {language});"
    )
    page = await context.new_page()
    await page.goto(f"{real_hass.api.url}/face-people")
    await expect(page.locator("face-module-people-card")).to_be_visible(timeout=SLOW)
    walk = Walk(page, visitor)
    await walk.read_words()
    return walk


async def drop(page: Page, name: str) -> None:
    """Drop a photo as it comes from a folder."""
    await page.locator("face-module-people-source .drop").evaluate(
        """(box, [name, data]) => {
            const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0));
            const dataTransfer = new DataTransfer();
            dataTransfer.items.add(new File([bytes], `${name}.jpg`, {type: "image/jpeg"}));
            box.dispatchEvent(new DragEvent("drop", {dataTransfer, cancelable: true}));
        }""",
        [name, b64encode(portrait(name, size=(900, 1200))).decode()],
    )


async def watch_the_door(walk: Walk, module: SimulatedModule) -> None:
    """The live card: somebody comes, details, a light, and who is there."""
    page, say = walk.page, walk.say
    card = page.locator("face-module-card")
    await module.walk_by("anna", score=0.97, **ALIVE)
    await expect(card.locator(".words .name")).to_have_text("Anna", timeout=SLOW)
    await expect(card.locator(".words .verdict")).to_have_text(say("recognized", "live"))
    await wait_for_startup(page)
    await walk.look("live")
    await walk.press("open_last", "live", name="Anna")
    dialog = card.get_by_role("dialog")
    await expect(dialog.get_by_text(say("came", "live"))).to_be_visible()
    await walk.look("visit")
    await walk.press("close", "live")
    light = card.get_by_role("switch", name=say("rgb_led", "live"))
    before = await light.get_attribute("aria-checked")
    await light.click()
    after = "false" if before == "true" else "true"
    await expect(light).to_have_attribute("aria-checked", after, timeout=SLOW)
    assert module.rgb_led == int(after == "true")
    await module.walk_by("anna", score=0.97, still_there=True, **ALIVE)
    await walk.press("ask", "live")
    await expect(card.locator("output")).to_contain_text("Anna", timeout=SLOW)


async def enroll(walk: Walk, module: SimulatedModule, second: SimulatedModule) -> None:  # noqa: F811
    """From a file, a drop or a phone's camera, onto both modules."""
    page, name = walk.page, walk.visitor.name
    await walk.press("enroll")
    await page.get_by_label(walk.say("name"), exact=True).fill(name)
    if walk.visitor.phone:
        camera = page.locator("input[capture]")
        await expect(camera).to_have_attribute("capture", "user")
        await camera.set_input_files(photo(name))
    else:
        await drop(page, name)
    await expect(page.locator(".verdict .good").first).to_be_visible(timeout=SLOW)
    await walk.look("enroll")
    await page.locator("fieldset input").last.check()
    await walk.press("save")
    await walk.told("enrolled_done", name=name)
    await walk.press("close")
    assert {u.name for u in module.users.values()} >= {name}
    assert name in {u.name for u in second.users.values()}


async def change(walk: Walk, module: SimulatedModule, second: SimulatedModule) -> None:  # noqa: F811
    """Search, rename and link somebody, change the picture, delete from one module."""
    page, say, name = walk.page, walk.say, walk.visitor.name
    search = page.get_by_role("searchbox")
    await search.fill(name.lower())
    await walk.told("found", count=1)
    await page.get_by_role("button", name=name, exact=True).click()
    await page.get_by_label(say("name"), exact=True).fill(f"小 {name}")
    await page.get_by_label(say("person")).select_option(label="Demo")
    await page.get_by_label(say("minimum_score")).fill("80")
    await walk.press("replace")
    await page.locator("input[type=file]").first.set_input_files(photo(name, variation=1))
    await expect(page.locator(".verdict li").first).to_be_visible(timeout=SLOW)
    again = page.get_by_label(say("allow_replace"))
    if await again.count():
        await again.check()
    await walk.press("save")
    await walk.told("saved")
    await expect(page.get_by_role("heading", name=f"小 {name}")).to_be_visible()
    assert f"小 {name}" in {u.name for u in module.users.values()}
    await walk.look("details")
    await walk.press("delete")
    await walk.look("delete")
    here = page.locator("dialog[open] .danger").first
    await expect(here).to_contain_text("F6EE")
    await here.click()
    await expect(page.locator("dialog[open]")).to_have_count(0, timeout=SLOW)
    assert f"小 {name}" not in {u.name for u in module.users.values()}
    assert f"小 {name}" in {u.name for u in second.users.values()}
    await search.fill("")


async def import_many(walk: Walk, module: SimulatedModule) -> None:
    """Two people at once, and one file that is none."""
    page = walk.page
    names = {f"Hana {walk.visitor.name}", f"Igor {walk.visitor.name}"}
    await walk.press("import")
    broken: Any = {"name": "X.jpg", "mimeType": "image/jpeg", "buffer": b"nothing"}
    files = page.locator("dialog[open] input[type=file]").first
    await files.set_input_files([*map(photo, names), broken])
    await walk.told("import_chosen", count=3)
    await walk.press("start")
    # Each counts once for each module.
    counts = {"added": 4, "replaced": 0, "unchanged": 0, "failed": 2}
    await walk.told("job_finished_import", kind=walk.say("job_import"), **counts)
    await walk.look("import")
    await walk.press("close")
    # The next visitor reads the next report.
    await walk.press("dismiss")
    assert names <= {u.name for u in module.users.values()}


async def bring_in_line(
    walk: Walk,
    module: SimulatedModule,
    second: SimulatedModule,  # noqa: F811
) -> None:
    """Compare with the other module; a sync is cancelled, the next one runs to its end."""
    page, card = walk.page, walk.page.locator("face-module-people-card")
    for number in range(8):
        second.add_user(f"q{number}", f"Quest {number}")
    module.add_user("lone", "Only here")
    await walk.press("compare")
    start_it = page.locator("dialog[open]").get_by_role(
        "button", name=walk.say("compare_start")
    )
    await start_it.click(timeout=SLOW)
    added = len(set(second.users) - set(module.users))
    await expect(page.locator("summary").filter(has_text=str(added)).first).to_be_visible(
        timeout=SLOW
    )
    await walk.look("compare")
    module.faults.latency = 0.5
    before = len(module.users)
    await walk.press("add_missing")
    await until(lambda: len(module.users) > before)
    await page.keyboard.press("Escape")
    await card.locator(".job:has(progress) button").click(timeout=SLOW)
    module.faults.latency = 0.0
    await expect(card.locator(".job progress")).to_have_count(0, timeout=SLOW)
    there = len(module.users)
    assert before < there < before + added, "it was cancelled"
    await asyncio.sleep(1)
    assert len(module.users) == there

    await walk.press("compare")
    await start_it.click(timeout=SLOW)
    await walk.press("make_same")
    await walk.look("sure")
    await page.locator("dialog[open] .danger").last.click()
    await expect(page.locator("dialog[open] [role=status]").first).not_to_be_empty(
        timeout=SLOW
    )
    await until(lambda: set(module.users) == set(second.users))
    await page.keyboard.press("Escape")


async def test_every_flow_in_both_languages_sizes_and_themes(
    real_hass: RealHass,
    module: SimulatedModule,
    second: SimulatedModule,  # noqa: F811
    page: Page,
) -> None:
    module.config.liveness_type = 3
    await add(real_hass, module, second)
    await both_cards(real_hass, module.serial)
    await until(lambda: any(sent.kind == "heartbeat" for sent in module.sent))
    assert page.context.browser is not None
    problems: list[str] = []
    for visitor in VISITORS:
        module.users.clear()
        second.users.clear()
        module.add_user("anna", "Anna")
        second.add_user("anna", "Anna")
        walk = await start(page.context.browser, real_hass, visitor)
        walk.page.on("pageerror", lambda error: problems.append(str(error)))
        await watch_the_door(walk, module)
        await enroll(walk, module, second)
        await change(walk, module, second)
        await import_many(walk, module)
        await bring_in_line(walk, module, second)
        assert problems == [], visitor
        await walk.page.context.close()
    assert trouble(real_hass.config) == []
