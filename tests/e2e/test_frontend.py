"""What a user sees in the real frontend."""

from demo import trouble
from playwright.async_api import Page, expect
import pytest

from simulator import SimulatedModule

from .conftest import PASSWORD, RESULTS, RealHass, add_dashboard

pytestmark = pytest.mark.timeout(240)
SLOW = 30_000


async def shoot(page: Page, name: str) -> None:
    await page.screenshot(path=RESULTS / f"{name}.png")


async def add(real_hass: RealHass, module: SimulatedModule) -> None:
    result = await real_hass.api.add_module(module.host, module.port, PASSWORD)
    assert result["type"] == "create_entry"
    await add_dashboard(real_hass.api)


async def test_a_module_is_added_in_the_browser_after_a_wrong_password(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await page.goto(
        f"{real_hass.api.url}/config/integrations/dashboard/add?domain=face_module"
    )
    await page.get_by_role("button", name="OK").click(timeout=SLOW)
    host = page.get_by_role("textbox", name="IP address or host name")
    await expect(host.first).to_be_visible(timeout=SLOW)
    await host.first.fill(f"{module.host}:{module.port}")
    await page.get_by_role("textbox", name="Password").first.fill("wrong1")
    await shoot(page, "add-form")
    submit = page.get_by_role("button", name="Submit")
    await submit.first.click()
    wrong = page.get_by_text("The module refuses this password.")
    await expect(wrong.first).to_be_visible(timeout=SLOW)
    await shoot(page, "add-wrong-password")
    await page.get_by_role("textbox", name="Password").first.fill(PASSWORD)
    await submit.first.click()
    await expect(page.get_by_text("Name and assign")).to_be_visible(timeout=SLOW)
    await shoot(page, "added")
    assert module.config.heartbeat_cb_url


async def test_an_unplugged_module_and_a_restart_show_as_they_are(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    await add(real_hass, module)
    await page.goto(f"{real_hass.api.url}/face-module")
    await expect(page.get_by_text("Who comes").first).to_be_visible(timeout=SLOW)
    await module.walk_by("anna", rgb_liveness=0.97, nir_liveness=0.95)
    await expect(page.get_by_text("Anna").first).to_be_visible(timeout=SLOW)
    await shoot(page, "anna")

    await module.pull_cable()
    await expect(page.get_by_text("Disconnected").first).to_be_visible(timeout=100_000)
    await shoot(page, "unplugged")
    await module.plug_in()
    gone = page.get_by_text("Disconnected").first
    await expect(gone).not_to_be_visible(timeout=SLOW)

    await real_hass.stop()
    await real_hass.start()
    await page.goto(f"{real_hass.api.url}/face-module")
    await expect(page.get_by_text("Anna").first).to_be_visible(timeout=SLOW)
    await module.walk_by("chenwei", rgb_liveness=0.97, nir_liveness=0.95)
    await expect(page.get_by_text("陈伟").first).to_be_visible(timeout=SLOW)
    await shoot(page, "after-restart")
    assert module.max_concurrent == 1
    # The cable: one line when it was pulled, and nothing else against us.
    records = trouble(real_hass.config)
    assert len(records) <= 1, records
    assert all("does not answer" in record for record in records)
