"""The page for everybody: both languages, any width, any theme, keyboard and reader."""

import asyncio
from typing import Literal

from playwright.async_api import Locator, Page, expect
import pytest

from simulator import SimulatedModule

from .conftest import PASSWORD, RESULTS, RealHass, heard, still
from .people_card import AXE

pytestmark = pytest.mark.timeout(300)
SLOW = 30_000
WORDS = {
    "en": (
        "Online. Recognitions arrive.",
        "People",
        "Modules",
        "Tell me when somebody comes",
    ),
    "zh-Hans": ("在线，能收到识别结果。", "人员", "模组", "有人来时通知我"),
}
PHONE, DESKTOP = (390, 844), (1280, 900)


async def violations(page: Page, place: Locator) -> list[str]:
    """Return everything that axe-core finds, however small."""
    if not await page.evaluate("'axe' in window"):
        await page.add_script_tag(path=AXE)
    found: list[str] = await place.evaluate(
        """async (place) => (await axe.run(place)).violations.flatMap((one) =>
            one.nodes.map((node) => `${one.id}: ${node.html} ${node.failureSummary}`))"""
    )
    return found


async def overflow(page: Page) -> int:
    """Return by how much the page is wider than the window; px."""
    wide: int = await page.locator("face-module-page").evaluate(
        "(page) => page.scrollWidth - page.clientWidth"
    )
    return wide


async def look(page: Page, url: str, name: str, words: tuple[str, ...]) -> None:
    """Walk through the page; nothing is cut off or keeps anybody out."""
    online, people, modules, telling = words
    place = page.locator("face-module-page")

    async def good(state: str) -> None:
        await asyncio.sleep(0.5)
        await page.screenshot(path=RESULTS / f"look-{name}-{state}.png")
        assert await violations(page, place) == [], state
        assert await overflow(page) == 0, state

    await page.goto(f"{url}/face_module")
    await expect(page.get_by_text(online).first).to_be_visible(timeout=SLOW)
    await good("doors")
    await page.get_by_role("button", name=telling).first.click()
    await expect(page.locator("face-module-tell dialog")).to_be_visible()
    await good("tell")
    await page.keyboard.press("Escape")
    await page.get_by_role("link", name=people, exact=True).click()
    await place.locator("select").first.select_option(index=1, timeout=SLOW)
    await place.get_by_text("Anna").first.click(timeout=SLOW)
    await expect(page.locator("face-module-person-life dl")).to_be_visible()
    await good("person")
    await page.keyboard.press("Escape")
    await page.get_by_role("link", name=modules, exact=True).click()
    await expect(place.locator("[data-health]")).to_have_count(2)
    await good("modules")


async def test_the_page_is_readable_and_usable_by_everybody(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    api = real_hass.api
    result = await api.add_module(module.host, module.port, PASSWORD)
    assert result["type"] == "create_entry"
    async with SimulatedModule("0123A38884CE690002", PASSWORD, automatic=True) as other:
        assert (await api.add_module(other.host, other.port, PASSWORD))["result"]
        await page.goto(f"{api.url}/face_module")
        online = page.get_by_text(WORDS["en"][0])
        await expect(online).to_have_count(2, timeout=SLOW)
        await module.walk_by("anna", score=0.97)
        await expect(page.get_by_text("Anna").first).to_be_visible(timeout=SLOW)
        for number, (language, words) in enumerate(WORDS.items()):
            await page.evaluate(f"localStorage.selectedLanguage = '\"{language}\"'")
            for width, height in (PHONE, DESKTOP):
                # Each language in each theme, each width in each language.
                dark = (width == PHONE[0]) == bool(number)
                scheme: Literal["dark", "light"] = "dark" if dark else "light"
                await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                await page.set_viewport_size({"width": width, "height": height})
                await look(page, api.url, f"{language}-{scheme}-{width}", words)
        # From right to left, and twice as large.
        await page.locator("face-module-page").evaluate("(page) => { page.dir = 'rtl' }")
        await page.set_viewport_size({"width": 640, "height": 450})
        await page.screenshot(path=RESULTS / "look-rtl-modules.png")
        assert await overflow(page) == 0
    # The other module is gone: since when, and what to try.
    await page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
    away = page.locator("[data-health=offline]")
    await expect(away).to_have_count(1, timeout=100_000)
    await page.screenshot(path=RESULTS / "look-offline.png")


# Of everything of ours: what is cut off, and what moves though nothing shall.
TROUBLE = """() => {
    const found = [];
    // What is to be scrolled to the side, is only read aloud, or ends in dots.
    const may = `.sr, nav, .strip, .strip *, .wide, .wide *, .scroller, .label, .name, .who,
        .door, .frame, svg *`;
    const look = (root) => {
        for (const one of root.querySelectorAll("*")) {
            if (one.shadowRoot) look(one.shadowRoot);
            const host = one.getRootNode().host?.localName ?? "";
            if (!host.startsWith("face-module")) continue;
            const { animationName, overflowX, transitionDuration } = getComputedStyle(one);
            const which = `${host} ${one.localName}.${one.className}`;
            if (animationName !== "none") found.push(`${which} moves`);
            if (!/^(0s, )*0s$/.test(transitionDuration)) found.push(`${which} fades`);
            const over = one.clientWidth ? one.scrollWidth - one.clientWidth : 0;
            if (over > 1 && overflowX !== "visible" && !one.matches(may)) {
                found.push(`${which}: ${over} px too wide`);
            }
        }
    };
    look(document);
    const over = document.documentElement.scrollWidth - innerWidth;
    return over > 0 ? [...found, `the page: ${over} px too wide`] : found;
}"""
TURN = """(direction) => {
    document.dir = direction;
    document.querySelector("home-assistant").style.direction = direction;
}"""
# Where each part of the page shows something, and what is beside its words.
PARTS = {
    "doors": ("face-module-card .strip button", None),
    "visits": ("button.visit", (".thumb", ".who")),
    "people": ("button.tile", None),
    "strangers": ("face-module-strangers-list li", (".face", "strong")),
    "modules": ("[data-health=good]", ("i", "strong")),
}
# 1280 px at 200 % and at 400 %.
ZOOMED = ((640, 450), (320, 700))


async def test_nothing_is_cut_off_when_it_is_large_or_from_right_to_left(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    api = real_hass.api
    module.quirks.reports_strangers = True
    module.add_user("long", "Maximiliane Alexandra von und zu Hohenstein-Wolkenburg")
    result = await api.add_module(module.host, module.port, PASSWORD)
    await api.set_options(result["result"]["entry_id"], {"visit_window": 0})
    await heard(module)
    await page.goto(f"{api.url}/face_module")
    name = page.locator("face-module-card .words .name")
    for who, shown in (("long", "Maximiliane"), ("Olga", "Unknown"), ("anna", "Anna")):
        await module.walk_by(who, score=0.97)
        await expect(name).to_contain_text(shown, timeout=SLOW)
    await page.emulate_media(reduced_motion="reduce")
    place = page.locator("face-module-page")
    for part, (shown, beside) in PARTS.items():
        for width, height in ZOOMED:
            await page.set_viewport_size({"width": width, "height": height})
            await page.goto(f"{api.url}/face_module/{part}")
            await expect(place.locator(shown).first).to_be_visible(timeout=SLOW)
            here = place.locator("header nav [aria-current]")
            await expect(here, part).to_be_in_viewport(ratio=0.9)
            for direction in ("ltr", "rtl"):
                state = f"{part} {width} {direction}"
                await page.evaluate(TURN, direction)
                await still(page)
                await page.screenshot(path=RESULTS / f"zoom-{part}-{width}-{direction}.png")
                assert await page.evaluate(TROUBLE) == [], state
                assert await overflow(page) == 0, state
                assert await violations(page, place) == [], state
                # Where there is no room they stand below each other.
                if beside is None or width < ZOOMED[0][0]:
                    continue
                first = place.locator(shown).first
                boxes = [await first.locator(one).first.bounding_box() for one in beside]
                picture, words = [box["x"] for box in boxes if box]
                assert (picture < words) == (direction == "ltr"), state


FOCUSED = """() => {
    let one = document.activeElement;
    while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
    return one?.textContent.trim() ?? "";
}"""


async def test_with_the_keyboard_alone(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    api = real_hass.api
    result = await api.add_module(module.host, module.port, PASSWORD)
    assert result["type"] == "create_entry"
    await page.goto(f"{api.url}/face_module")
    online, people, *_, telling = WORDS["en"]
    await expect(page.get_by_text(online).first).to_be_visible(timeout=SLOW)

    async def reach(words: str) -> None:
        async with asyncio.timeout(SLOW / 1000):
            while await page.evaluate(FOCUSED) != words:
                await page.keyboard.press("Tab")

    await reach(telling)
    await page.keyboard.press("Enter")
    await expect(page.locator("face-module-tell dialog")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.locator("face-module-tell")).to_have_count(0)
    assert await page.evaluate(FOCUSED) == telling, "where one was"
    await reach(people)
    await page.keyboard.press("Enter")
    await expect(page.locator("face-module-people-card section").first).to_be_visible()
