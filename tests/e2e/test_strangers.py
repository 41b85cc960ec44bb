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


async def test_the_list_stays_usable_while_others_come_and_with_the_keyboard(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await begin(real_hass, module, page)
    await strangers_come(module, page, "One", "Two", "Three")
    lines = page.locator("face-module-strangers-list li[aria-label]")

    # Somebody comes while it is typed who one of them is.
    await lines.nth(1).get_by_role("button", name="This is …").click()
    field = page.get_by_role("searchbox")
    await field.fill("zzz")
    await expect(page.get_by_text("Nobody found")).to_be_visible(timeout=SLOW)
    await module.post_recognition("", "", 0.05, portrait("Four", variation=4))
    await expect(lines).to_have_count(4, timeout=SLOW)
    await expect(field).to_be_focused()
    await expect(field).to_have_value("zzz")
    await expect(lines.nth(2).get_by_role("searchbox")).to_have_count(1)

    # Whoever has no mouse is where they were, whatever was done.
    await lines.nth(2).get_by_role("button", name="Cancel").press("Enter")
    await expect(lines.nth(2)).to_be_focused()
    await lines.nth(2).get_by_role("button", name="Ignore").press("Enter")
    await expect(lines.nth(2).get_by_role("button", name="Tell again")).to_be_visible()
    await expect(lines.nth(2)).to_be_focused()
    await lines.nth(2).get_by_role("button", name="Forget").press("Enter")
    await lines.nth(2).get_by_role("button", name="Forget").press("Enter")
    await expect(lines).to_have_count(3, timeout=SLOW)
    await expect(lines.nth(2)).to_be_focused()

    # What goes wrong is said where it was tried, until it is given up.
    await module.stop()
    await lines.nth(1).get_by_role("button", name="This is …").click()
    wrong = lines.nth(1).get_by_role("alert").filter(has_text="does not answer")
    await expect(wrong).to_be_visible(timeout=SLOW)
    await lines.nth(1).get_by_role("button", name="Cancel").click()
    await expect(wrong).to_have_count(0)
    await real_hass.kill()
    await lines.nth(1).get_by_role("button", name="Ignore").click()
    gone = page.get_by_text("Home Assistant does not answer.")
    await expect(gone).to_be_visible(timeout=SLOW)
    await real_hass.start()
