"""A blueprint in the real frontend of the newest release, and through a restart."""

import asyncio
from typing import Any

from playwright.async_api import Page, expect
import pytest

from simulator import SimulatedModule

from .conftest import PASSWORD, RESULTS, ROOT, RealHass, heard, until

pytestmark = pytest.mark.timeout(240)
SLOW = 30_000
FOLDER = ROOT / "blueprints" / "automation" / "face_module"
PATH = "face-module/two_factor_unlock.yaml"
REFUSED = "陈伟 is not among those who may open."


async def notified(real_hass: RealHass) -> dict[str, str]:
    """Return what is shown under Notifications: message by id."""
    found = await real_hass.api.command("persistent_notification/get")
    return {item["notification_id"]: item["message"] for item in found}


async def eventually_notified(real_hass: RealHass, message: str) -> None:
    async def is_notified() -> bool:
        return message in (await notified(real_hass)).values()

    await until(is_notified)


async def until_started(real_hass: RealHass) -> None:
    """Wait until automations run: when Home Assistant has started."""
    async with asyncio.timeout(100):
        while (await real_hass.api.get("/api/config"))["state"] != "RUNNING":
            await asyncio.sleep(0.2)


async def unlock_by(real_hass: RealHass, event: str) -> None:
    """Make the automation, with a notification instead of a door."""
    inputs: dict[str, Any] = {
        "modules": [event],
        "people": ["anna"],
        "wait": 0,
        "conditions": [{"condition": "template", "value_template": "{{ true }}"}],
        "open": [
            {
                "action": "persistent_notification.create",
                "data": {"notification_id": "door", "message": "Open for {{ name }}"},
            }
        ],
    }
    await real_hass.api.post(
        "/api/config/automation/config/unlock",
        {"alias": "Unlock", "use_blueprint": {"path": PATH, "input": inputs}},
    )


async def test_a_blueprint_is_filled_in_and_a_restart_opens_no_door(
    real_hass: RealHass, module: SimulatedModule, page: Page
) -> None:
    result = await real_hass.api.add_module(module.host, module.port, PASSWORD)
    assert result["type"] == "create_entry"
    await real_hass.api.set_options(result["result"]["entry_id"], {"visit_window": 0})
    await real_hass.api.command(
        "blueprint/save",
        domain="automation",
        path=PATH,
        yaml=(FOLDER / "two_factor_unlock.yaml").read_text(encoding="utf-8"),
    )
    entities = await real_hass.api.entities()
    await unlock_by(real_hass, entities["recognition"])

    await page.goto(f"{real_hass.api.url}/config/automation/edit/unlock")
    for section in ("The face", "The second factor", "What happens"):
        await expect(page.get_by_text(section).first).to_be_visible(timeout=SLOW)
    await expect(
        page.get_by_text("The person's phone came home lately").first
    ).to_be_visible()
    await page.screenshot(path=RESULTS / "blueprint.png", full_page=True)

    await until_started(real_hass)
    await module.walk_by("chenwei", score=0.97)
    await eventually_notified(real_hass, REFUSED)
    await module.walk_by("anna", score=0.97)
    await eventually_notified(real_hass, "Open for Anna")

    await real_hass.stop()
    await real_hass.start()
    await real_hass.api.connect()
    await until_started(real_hass)
    state = (await real_hass.api.states())[entities["recognition"]]
    assert state["state"] == "unknown", "what the event said last is not back"
    # Whatever comes late is there before who comes now.
    await heard(module)
    await module.walk_by("chenwei", score=0.97)
    await eventually_notified(real_hass, REFUSED)
    assert "door" not in await notified(real_hass)
    await module.walk_by("anna", score=0.97)
    await eventually_notified(real_hass, "Open for Anna")
