"""The trigger on the device page, and where a trigger must work."""

import asyncio
from typing import Any

from homeassistant.components.device_automation import (
    DeviceAutomationType,
    async_get_device_automations,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from simulator import SimulatedModule
from tests.common import eventually, id_of
from tests.conftest import settle
from tests.test_trigger import all_come, automate, told

EVENT = id_of("event.recognition")
PRESENT = id_of("binary_sensor.person_present")


async def device_triggers(hass: HomeAssistant, device_id: str) -> list[dict[str, Any]]:
    assert await async_setup_component(hass, "device_automation", {})
    found = await async_get_device_automations(
        hass, DeviceAutomationType.TRIGGER, [device_id]
    )
    return [dict(item) for item in found[device_id] if item["domain"] == DOMAIN]


async def fields(hass_ws_client: WebSocketGenerator, trigger: dict[str, Any]) -> Any:
    """Return the fields that the automation editor shows, by name."""
    socket = await hass_ws_client()
    await socket.send_json_auto_id(
        {"type": "device_automation/trigger/capabilities", "trigger": trigger}
    )
    answer = await socket.receive_json()
    return {item["name"]: item for item in answer["result"]["extra_fields"]}


async def test_people_are_picked_from_a_list_or_typed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await module.send_heartbeat()
    await module.send_recognition("chenwei")
    await settle(hass)
    (trigger,) = await device_triggers(hass, device_id)
    shown = await fields(hass_ws_client, trigger)
    select = shown["user_id"]["selector"]["select"]
    assert select["multiple"]
    assert select["custom_value"]
    assert select["options"] == [
        {"value": "anna", "label": "Anna (anna)"},
        {"value": "chenwei", "label": "陈伟 (chenwei)"},
    ]
    results = shown["result"]["selector"]["select"]["options"]
    assert {option["value"]: option["label"] for option in results} == {
        "recognized": "Recognized",
        "rejected": "Rejected",
        "unknown": "Unknown person",
    }
    reasons = shown["reason"]["selector"]["select"]["options"]
    assert {"value": "not_allowed", "label": "May not enter now"} in reasons


async def test_people_who_share_an_id_are_picked_by_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    roster = hass.data[DATA_ROSTER]
    roster.async_put(RosterPerson(user_id="anna", name="Anna"))
    roster.async_put(RosterPerson(key="anna#2", user_id="anna", name="Annabel"))
    await module.send_heartbeat()
    # Seen under a third name.
    await module.send_recognition("anna", username="Hanna")
    await settle(hass)
    (trigger,) = await device_triggers(hass, device_id)
    shown = await fields(hass_ws_client, trigger)
    assert shown["user_id"]["selector"]["select"]["options"] == [
        {"value": "anna", "label": "Anna, Annabel, Hanna (anna)"},
        {"value": "chenwei", "label": "陈伟 (chenwei)"},
    ]


async def test_nobody_is_named_twice_in_the_list(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    """Who had the id first is gone, and the module knows who is left."""
    left = RosterPerson(key="anna#2", user_id="anna", name="Anna")
    hass.data[DATA_ROSTER].async_put(left)
    (trigger,) = await device_triggers(hass, device_id)
    shown = await fields(hass_ws_client, trigger)
    options = shown["user_id"]["selector"]["select"]["options"]
    assert {"value": "anna", "label": "Anna (anna)"} in options


async def test_without_the_module_those_who_were_seen_can_be_picked(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await module.send_heartbeat()
    await module.send_recognition("anna", username="anna")
    await settle(hass)
    (trigger,) = await device_triggers(hass, device_id)
    await module.pull_cable()
    shown = await fields(hass_ws_client, trigger)
    options = shown["user_id"]["selector"]["select"]["options"]
    assert options == [{"value": "anna", "label": "anna"}]
    await module.plug_in()
    await hass.config_entries.async_unload(entry.entry_id)
    shown = await fields(hass_ws_client, trigger)
    assert shown["user_id"]["selector"]["select"]["options"] == []


async def choice(hass: HomeAssistant, device_id: str, kind: str) -> dict[str, Any]:
    """Return the trigger for one person, as the editor writes it."""
    if kind == "modern":
        return {
            "trigger": "face_module.person_recognized",
            "target": {"device_id": device_id},
            "options": {"user_id": ["chenwei"]},
        }
    (found,) = await device_triggers(hass, device_id)
    shown = {key: found[key] for key in ("domain", "device_id", "type")}
    return {"trigger": "device", **shown, "user_id": ["chenwei"]}


async def test_a_device_trigger_fires_as_the_other_does(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    trigger = await choice(hass, device_id, "device")
    calls = await automate(hass, {"target": None, **trigger})
    await all_come(hass, module)
    assert told(calls) == ["recognized chenwei"]


@pytest.mark.parametrize("kind", ["device", "modern"])
async def test_the_live_test_of_the_editor_shows_each_visit(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
    kind: str,
) -> None:
    socket = await hass_ws_client()
    await socket.send_json_auto_id(
        {"type": "subscribe_trigger", "trigger": await choice(hass, device_id, kind)}
    )
    assert (await socket.receive_json())["success"]
    await all_come(hass, module)
    event = (await asyncio.wait_for(socket.receive_json(), 5))["event"]
    trigger = event["variables"]["trigger"]
    assert trigger["to_state"]["attributes"]["user_id"] == "chenwei"
    assert event["context"]["id"]
    assert "coroutine" not in caplog.text
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("kind", ["device", "modern"])
async def test_an_automation_can_wait_for_somebody(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    caplog: pytest.LogCaptureFixture,
    kind: str,
) -> None:
    calls: list[Any] = async_mock_service(hass, "test", "opened")
    trigger = await choice(hass, device_id, kind)
    automation = {
        "alias": "Wait",
        "triggers": [{"trigger": "event", "event_type": "begin"}],
        "actions": [
            {"wait_for_trigger": [trigger]},
            {
                "action": "test.opened",
                "data": {"who": "{{ wait.trigger.to_state.attributes.user_id }}"},
            },
        ],
    }
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    hass.bus.async_fire("begin")
    await asyncio.sleep(0)
    await eventually(lambda: hass.states.get("automation.wait").attributes["current"] == 1)
    await all_come(hass, module)
    assert [call.data["who"] for call in calls] == ["chenwei"]
    assert not [record for record in caplog.records if record.exc_info]


async def test_devices_of_others_have_no_trigger_of_ours(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    foreign = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("other", "1")}
    )
    assert await device_triggers(hass, foreign.id) == []
    from custom_components.face_module.device_trigger import async_get_triggers

    assert await async_get_triggers(hass, foreign.id) == []
