"""Strangers in a real browser: on the page, and in the people card."""

from demo import trouble
from playwright.async_api import Locator, Page, expect
import pytest

from simulator import SimulatedModule
from simulator.portraits import portrait

from .conftest import PASSWORD, RESULTS, RealHass, heard
from .people_card import SLOW
from .test_page_looks import overflow, violations

pytestmark = pytest.mark.timeout(240)


async def begin(real_hass: RealHass, module: SimulatedModule, page: Page) -> None:
    """Add a module at which every recognition is a visit, and look at its strangers."""
    api = real_hass.api
    added = await api.add_module(module.host, module.port, PASSWORD)
    await api.set_options(added["result"]["entry_id"], {"visit_window": 0})
    await heard(module)
    await page.goto(f"{api.url}/face_module/strangers")
    nobody = page.get_by_text("No strangers are remembered.")
    await expect(nobody).to_be_visible(timeout=SLOW)


async def strangers_come(module: SimulatedModule, page: Page, *names: str) -> None:
    """Let strangers come, each once the one before is listed."""
    for number, name in enumerate(names, start=1):
        picture = portrait(name, variation=number)
        await module.post_recognition("", "", number / 100, picture)
        lines = page.locator("face-module-strangers-list li[aria-label]")
        await expect(lines).to_have_count(len(set(names[:number])), timeout=SLOW)


def line(page: Page, words: str) -> Locator:
    """Return the line of a stranger."""
    lines = page.locator("face-module-strangers-list li[aria-label]")
    return lines.filter(has_text=words).first


async def test_strangers_are_listed_named_merged_ignored_and_forgotten(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await begin(real_hass, module, page)
    place = page.locator("face-module-page")
    await strangers_come(module, page, "One", "Two", "Three", "Four")
    assert await violations(page, place) == []
    assert await overflow(page) == 0
    await page.screenshot(path=RESULTS / "strangers.png")

    # With the keyboard: forget one, but first not.
    first = line(page, "Seen once")
    await first.get_by_role("button", name="Forget").focus()
    await page.keyboard.press("Enter")
    await expect(first.get_by_role("button", name="Cancel")).to_be_focused()
    assert await violations(page, place) == []
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    lines = page.locator("face-module-strangers-list li[aria-label]")
    await expect(lines).to_have_count(3, timeout=SLOW)

    await first.get_by_role("button", name="Same as …").click()
    assert await violations(page, place) == []
    await first.locator("button.other").first.click()
    await expect(lines).to_have_count(2, timeout=SLOW)
    twice = line(page, "Seen 2 times")
    await twice.get_by_role("button", name="Ignore").click()
    await expect(twice.get_by_text("Ignored: counted, but not told")).to_be_visible()
    await twice.get_by_role("button", name="Tell again").click()
    await expect(twice.get_by_role("button", name="Ignore")).to_be_visible()

    await twice.get_by_role("button", name="This is …").click()
    await expect(twice.get_by_role("searchbox")).to_be_focused()
    await twice.get_by_role("searchbox").fill("anna")
    await twice.get_by_role("button", name="Anna").click(timeout=SLOW)
    await expect(lines).to_have_count(1, timeout=SLOW)

    await line(page, "Seen once").get_by_role("button", name="Enroll").click()
    await expect(page.get_by_text("Good", exact=True)).to_be_visible(timeout=SLOW)
    await page.get_by_label("Name", exact=True).fill("Zoe")
    await page.get_by_role("button", name="Save").click()
    await expect(page.get_by_text("Zoe is enrolled.")).to_be_visible(timeout=SLOW)
    await page.get_by_role("button", name="Close").click()
    await expect(lines).to_have_count(0, timeout=SLOW)
    assert "Zoe" in [user.name for user in module.users.values()]
    assert trouble(real_hass.config) == []


async def test_the_people_card_has_them_too(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await begin(real_hass, module, page)
    place = page.locator("face-module-page")
    await strangers_come(module, page, "Five")
    await page.get_by_role("link", name="People", exact=True).click()
    await place.get_by_role("button", name="Strangers").click()
    dialog = page.locator("face-module-strangers-dialog dialog")
    await expect(dialog.get_by_text("Seen once")).to_be_visible(timeout=SLOW)
    assert await violations(page, place) == []
    await dialog.get_by_role("button", name="Close").click()
    await expect(dialog).to_have_count(0)
    assert trouble(real_hass.config) == []
