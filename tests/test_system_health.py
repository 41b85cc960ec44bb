"""System information: how the integration is, in five numbers."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule
from tests.common import photo

from .common import eventually, perform, poll
from .conftest import SetUp, settle
from .test_contracts import EN


@pytest.fixture
async def system_health(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, "system_health", {})


async def shown(hass: HomeAssistant, ws: WebSocketGenerator) -> dict[str, Any]:
    """Return what the page of Home Assistant is sent about us."""
    client = await ws(hass)
    await client.send_json_auto_id({"type": "system_health/info"})
    assert (await client.receive_json())["success"]
    event = (await client.receive_json())["event"]
    assert event["type"] == "initial"
    ours: dict[str, Any] = event["data"][DOMAIN]
    assert ours["manage_url"] == "/config/integrations/integration/face_module"
    assert set(ours["info"]) == set(EN["system_health"]["info"])
    info: dict[str, Any] = ours["info"]
    return info


async def test_a_module_that_works_is_counted(
    hass: HomeAssistant,
    system_health: None,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    pictures: Any,
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert (await shown(hass, hass_ws_client))["callbacks_proven"] == 0, "none came yet"
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await module.send_recognition("chenwei")
    await settle(hass)
    data = {"device_id": device_id, "name": "Ben", "path": photo(pictures, "Ben")}
    await perform(hass, "enroll_user", **data)
    assert await shown(hass, hass_ws_client) == {
        "modules": 1,
        "connected": 1,
        "callbacks_proven": 1,
        "people": 1,
        "visits_kept": 2,
    }


async def test_one_of_two_modules_that_is_gone_is_seen(
    hass: HomeAssistant,
    system_health: None,
    entry: MockConfigEntry,
    module: SimulatedModule,
    set_up: SetUp,
    hass_ws_client: WebSocketGenerator,
) -> None:
    async with SimulatedModule(serial="0123A38884CE690002", password="abc123") as other:
        await set_up(other)
        await other.send_heartbeat()
        await settle(hass)
        await module.pull_cable()
        await poll(hass)
        runtime = entry.runtime_data
        await eventually(lambda: not runtime.coordinator.last_update_success)
        info = await shown(hass, hass_ws_client)
        assert (info["modules"], info["connected"]) == (2, 1)
        assert info["callbacks_proven"] == 1
        await module.plug_in()


async def test_it_answers_when_no_module_is_loaded(
    hass: HomeAssistant,
    system_health: None,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    unloaded = await shown(hass, hass_ws_client)
    assert unloaded == dict.fromkeys(unloaded, 0) | {"modules": 1}
    await hass.config_entries.async_remove(entry.entry_id)
    nothing = await shown(hass, hass_ws_client)
    assert nothing == dict.fromkeys(nothing, 0)
