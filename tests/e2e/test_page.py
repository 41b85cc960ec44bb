"""The page in the sidebar, as somebody sees it who has just added a module."""

import asyncio
from typing import Any

from playwright.async_api import Page, expect
import pytest

from simulator import SimulatedModule

from .conftest import PASSWORD, RESULTS, RealHass, both_lines, heard, still

pytestmark = pytest.mark.timeout(240)
SLOW = 30_000
SERIAL = "0123A38884CE690002"


async def shoot(page: Page, name: str) -> None:
    await still(page)
    await page.screenshot(path=RESULTS / f"page-{name}.png")


async def add(real_hass: RealHass, module: SimulatedModule) -> str:
    result = await real_hass.api.add_module(module.host, module.port, PASSWORD)
    assert result["type"] == "create_entry"
    await heard(module)
    entry_id: str = result["result"]["entry_id"]
    return entry_id


async def configuration_of(real_hass: RealHass) -> dict[str, Any]:
    """Return how the dashboard is made."""
    found: dict[str, Any] = await real_hass.api.command(
        "lovelace/config", url_path="face-module"
    )
    return found


def link(page: Page) -> Any:
    """Return the page's place in the sidebar."""
    return page.locator("ha-sidebar a[href='/face_module']")


@both_lines
async def test_the_page_comes_and_goes_with_the_modules_while_the_browser_is_open(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    """Nothing of ours was loaded before: a browser is not reloaded for that."""
    await page.goto(f"{real_hass.api.url}/config/dashboard")
    await expect(page.locator("ha-sidebar").get_by_text("Settings").first).to_be_visible(
        timeout=SLOW
    )
    await expect(link(page)).to_have_count(0)
    entry_id = await add(real_hass, module)
    # Other places come while Home Assistant starts, and move it from under the mouse.
    await link(page).dispatch_event("click", timeout=SLOW)
    await expect(page.get_by_text("Online. Recognitions arrive.").first).to_be_visible(
        timeout=SLOW
    )
    await module.walk_by("anna", score=0.97)
    await expect(page.get_by_text("Anna").first).to_be_visible(timeout=SLOW)
    await shoot(page, "doors")

    async with SimulatedModule(SERIAL, PASSWORD, automatic=True) as second:
        await add(real_hass, second)
        await expect(page.locator("face-module-card")).to_have_count(2, timeout=SLOW)
        await shoot(page, "two-doors")
        await page.get_by_role("link", name="People", exact=True).click()
        chooser = page.locator("face-module-people-card select").first
        await chooser.select_option(label="Face module F6EE", timeout=SLOW)
        await expect(page.get_by_text("Anna").first).to_be_visible(timeout=SLOW)
        assert page.url.endswith("/face_module/people")
        await shoot(page, "people")
        await page.get_by_role("link", name="Modules", exact=True).click()
        await expect(page.locator("[data-health=good]")).to_have_count(2, timeout=SLOW)
        await shoot(page, "modules")
        await page.go_back()
        await expect(page.locator("face-module-people-card")).to_be_visible()
    for entry in await real_hass.api.command("config_entries/get", domain="face_module"):
        if entry["entry_id"] != entry_id:
            await real_hass.api.remove_module(entry["entry_id"])
    await page.get_by_role("link", name="At the door", exact=True).click()
    await expect(page.locator("face-module-card")).to_have_count(1, timeout=SLOW)
    await real_hass.api.remove_module(entry_id)
    await expect(link(page)).to_have_count(0, timeout=SLOW)
    await shoot(page, "gone")


@both_lines
async def test_the_same_is_a_dashboard_that_can_be_taken_over(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await add(real_hass, module)
    await page.goto(f"{real_hass.api.url}/config/lovelace/dashboards")
    await page.get_by_role("button", name="Add dashboard").click(timeout=SLOW)
    await page.get_by_text("Who comes, who is known").click(timeout=SLOW)
    await page.get_by_role("button", name="Create").click(timeout=SLOW)
    await expect(page.locator("ha-sidebar a[href='/face-module']")).to_be_visible()

    # The dialog goes back in the browser's history as it closes, wherever one is by then.
    await page.wait_for_function("() => !history.state?.dialog")
    await page.locator("ha-sidebar a[href='/face-module']").click()
    await expect(page.get_by_text("Online. Recognitions arrive.").first).to_be_visible(
        timeout=SLOW
    )
    await expect(page.locator("face-module-card")).to_have_count(1)
    await shoot(page, "dashboard")
    await page.get_by_role("button", name="Edit dashboard").click()
    take = page.get_by_role("button", name="Take control")
    await expect(take).to_be_visible(timeout=SLOW)
    await shoot(page, "take-control-1")
    await take.click()
    async with asyncio.timeout(SLOW / 1000):
        while "strategy" in (config := await configuration_of(real_hass)):
            await asyncio.sleep(0.1)
    await shoot(page, "take-control-2")
    assert [view["path"] for view in config["views"]] == [
        "doors",
        "visits",
        "people",
        "access",
        "strangers",
        "modules",
    ]
