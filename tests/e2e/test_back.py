"""The browser's Back closes the dialog that is open, and leaves the page where it is."""

from demo import trouble
from playwright.async_api import Locator, Page, expect
import pytest

from simulator import SimulatedModule

from .conftest import PASSWORD, RealHass, both_lines, heard
from .people_card import SLOW

pytestmark = pytest.mark.timeout(240)


async def closes(page: Page, opener: Locator) -> None:
    """Open a dialog and go back: it is closed and the page is the same; twice."""
    url = page.url
    dialog = page.locator("dialog[open]")
    for _ in range(2):
        await opener.click(timeout=SLOW)
        await expect(dialog).to_have_count(1, timeout=SLOW)
        await page.go_back()
        await expect(dialog).to_have_count(0, timeout=SLOW)
        assert page.url == url
    # Whoever closes it otherwise has nothing left of it.
    await opener.click(timeout=SLOW)
    await expect(dialog).to_have_count(1, timeout=SLOW)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0, timeout=SLOW)
    await page.wait_for_function("!history.state?.faceModule")


@both_lines
async def test_every_dialog_is_closed_by_it(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await real_hass.api.add_module(module.host, module.port, PASSWORD)
    await heard(module)
    await page.goto(f"{real_hass.api.url}/config/dashboard")
    await page.goto(f"{real_hass.api.url}/face_module/doors")
    place = page.locator("face-module-page")
    await expect(place.get_by_text("Online. Recognitions arrive.")).to_be_visible(
        timeout=SLOW
    )
    await module.walk_by("anna", score=0.97)
    await closes(page, place.get_by_role("button", name="Last visit: Anna"))
    await closes(page, place.get_by_role("button", name="Tell me when somebody comes"))

    await place.get_by_role("link", name="People", exact=True).click()
    for name in ("Enroll", "Guest", "Strangers", "Import", "Compare"):
        await closes(page, place.get_by_role("button", name=name, exact=True))
    anna = place.locator("face-module-people-grid").get_by_role("button", name="Anna")
    await closes(page, anna)
    # What is opened from a dialog takes its place.
    await anna.click()
    await page.get_by_role("button", name="Tell me when Anna comes").click()
    await expect(page.get_by_label("Phone")).to_be_visible(timeout=SLOW)
    await page.go_back()
    await expect(page.locator("dialog[open]")).to_have_count(0, timeout=SLOW)
    await page.wait_for_function("!history.state?.faceModule")

    await place.get_by_role("link", name="Visits", exact=True).click()
    visit = place.locator("face-module-visits-list").get_by_role("button").first
    await closes(page, visit)
    # Then Back is Back again.
    await page.go_back()
    assert page.url.endswith("/face_module/people")
    assert trouble(real_hass.config) == []
