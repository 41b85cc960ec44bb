"""A page that is laid out anew takes its cards away for a moment, and closes no dialog."""

from playwright.async_api import Page, expect
import pytest

from simulator import SimulatedModule

from .conftest import RealHass
from .test_live_card import ALIVE, add, show

pytestmark = pytest.mark.timeout(240)

REATTACH = """(card) => {
    const { parentNode, nextSibling } = card;
    card.remove();
    parentNode.insertBefore(card, nextSibling);
}"""
MODAL = "(dialog) => dialog.matches(':modal')"


async def test_a_page_that_is_laid_out_anew_closes_no_dialog(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    """As when a phone is turned, which crosses the page's breakpoint."""
    module.quirks.reports_strangers = True
    await add(real_hass, module)
    card = await show(page, real_hass)
    await module.walk_by("Olga", **ALIVE)
    await card.get_by_role("button", name="Details of the last visit").click()
    dialog = card.locator("dialog[open]")
    await expect(dialog.get_by_role("button", name="This is …")).to_be_visible()
    await card.evaluate(REATTACH)
    await expect(dialog).to_have_count(1)
    assert await dialog.evaluate(MODAL)
    await card.get_by_role("button", name="This is …").click()
    await card.get_by_label("Name", exact=True).fill("Olga")
    await card.evaluate(REATTACH)
    await expect(card.get_by_label("Name", exact=True)).to_have_value("Olga")
    assert await dialog.evaluate(MODAL)
    await page.keyboard.press("Escape")
    await expect(card.locator("dialog[open]")).to_have_count(0)
