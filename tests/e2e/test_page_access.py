"""Who may enter, at a glance, and what is not set up: on the page in a real browser."""

from demo import trouble
from playwright.async_api import Page, expect
import pytest

from simulator import SimulatedModule

from .conftest import PASSWORD, RESULTS, RealHass, heard, still
from .people_card import SLOW
from .test_page_looks import overflow, violations
from .test_people_card_jobs import second  # noqa: F401

pytestmark = pytest.mark.timeout(240)


async def test_who_may_enter_where_is_seen_and_changed_with_one_click(
    real_hass: RealHass,
    module: SimulatedModule,
    second: SimulatedModule,  # noqa: F811
    page: Page,
) -> None:
    api = real_hass.api
    for simulated in (module, second):
        await api.add_module(simulated.host, simulated.port, PASSWORD)
        await heard(simulated)
    await page.goto(f"{api.url}/face_module/access")
    place = page.locator("face-module-page")
    await expect(place.get_by_text("Nobody has a rule")).to_be_visible(timeout=SLOW)
    anna = place.get_by_role("row").filter(has_text="Anna")
    await expect(anna.get_by_role("cell")).to_have_text(
        ["May always enter", "May enter", "Not there"], timeout=SLOW
    )
    await still(page)
    await page.screenshot(path=RESULTS / "page-access-empty.png")

    await anna.get_by_role("button", name="Anna").click()
    await page.get_by_text("Never", exact=True).click(timeout=SLOW)
    await page.get_by_role("button", name="Save").click()
    await expect(anna.get_by_role("cell")).to_have_text(
        ["May never enter", "May not", "May not"], timeout=SLOW
    )
    await expect(place.get_by_text("Nobody has a rule")).to_have_count(0)
    # Somebody who may only at one door, while something is on.
    await api.command("schedule/create", name="Cleaning")
    device_id = await api.device(second.serial)
    rule = {"mode": "rule", "visits": 2, "device_id": [device_id]}
    await api.perform("set_access", user_id="chenwei", **rule)
    await page.reload()
    other = place.get_by_role("row").filter(has_text="陈伟")
    names = ["May enter", "May not"]
    first = await place.locator("thead th").nth(2).inner_text()
    at_first = names[0] if second.serial[-4:] in first else names[1]
    await expect(other.get_by_role("cell").nth(1)).to_have_text(at_first, timeout=SLOW)
    assert await violations(page, place) == []
    for width in (1280, 360):
        await page.set_viewport_size({"width": width, "height": 800})
        await still(page)
        assert await overflow(page) == 0
        await page.screenshot(path=RESULTS / f"page-access-{width}.png")
    assert trouble(real_hass.config) == []


async def test_what_is_not_set_up_says_why_and_where_to_mend_it(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    api = real_hass.api
    added = await api.add_module(module.host, module.port, PASSWORD)
    entry_id = added["result"]["entry_id"]
    await heard(module)
    await page.goto(f"{api.url}/face_module/doors")
    place = page.locator("face-module-page")
    await expect(place.get_by_text("Online. Recognitions arrive.")).to_be_visible(
        timeout=SLOW
    )
    # It does not answer when it is set up.
    await module.pull_cable()
    await api.post(f"/api/config/config_entries/entry/{entry_id}/reload", {})
    again = place.get_by_text("Home Assistant tries again by itself")
    await expect(again).to_be_visible(timeout=SLOW)
    link = place.get_by_role("link", name="See why")
    where = "/config/integrations/integration/face_module"
    await expect(link).to_have_attribute("href", where)
    await page.screenshot(path=RESULTS / "page-not-set-up.png")
    await module.plug_in()

    disable = {"entry_id": entry_id, "disabled_by": "user"}
    await api.command("config_entries/disable", **disable)
    await expect(place.get_by_text("The module is not set up")).to_be_visible(timeout=SLOW)
    await page.goto(f"{api.url}/face_module/modules")
    await expect(place.get_by_text("not set up")).to_be_visible(timeout=SLOW)
    await page.screenshot(path=RESULTS / "page-disabled.png")
    await api.command("config_entries/disable", **{**disable, "disabled_by": None})
    await page.goto(f"{api.url}/face_module/doors")
    await expect(place.get_by_text("Online.")).to_be_visible(timeout=SLOW)
