"""The trigger `face_module.person_recognized` and the condition `is_person_present`."""

import asyncio
from typing import Any

from homeassistant.components.device_automation import (
    DeviceAutomationType,
    async_get_device_automations,
)
from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule

from .common import id_of, poll
from .conftest import SetUp, settle

EVENT = id_of("event.recognition")
PRESENT = id_of("binary_sensor.person_present")


async def automate(
    hass: HomeAssistant,
    trigger: dict[str, Any] | None = None,
    conditions: list[dict[str, Any]] | None = None,
) -> list[Any]:
    """Make an automation that calls an action; return the calls."""
    calls: list[Any] = async_mock_service(hass, "test", "opened")
    base = {
        "trigger": "face_module.person_recognized",
        "target": {"entity_id": EVENT},
        **(trigger or {}),
    }
    automation = {
        "alias": "Open",
        "triggers": [{key: value for key, value in base.items() if value is not None}],
        "conditions": conditions or [],
        "actions": [
            {
                "action": "test.opened",
                "data": {
                    "who": "{{ trigger.to_state.attributes.user_id }}",
                    "what": "{{ trigger.to_state.attributes.event_type }}",
                },
            }
        ],
        "mode": "queued",
    }
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await settle(hass)
    return calls


def told(calls: list[Any]) -> list[str]:
    return [f"{call.data['what']} {call.data['who']}" for call in calls]


async def all_come(hass: HomeAssistant, module: SimulatedModule) -> None:
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await module.send_recognition("chenwei")
    await module.send_recognition("", username="")
    await module.send_recognition("dora", timestamp=1)
    await settle(hass)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (None, ["recognized anna", "recognized chenwei"]),
        ({}, ["recognized anna", "recognized chenwei"]),
        ({"user_id": ["anna"]}, ["recognized anna"]),
        ({"user_id": "chenwei"}, ["recognized chenwei"]),
        ({"user_id": ["dora"]}, []),
        ({"user_id": ["dora"], "result": "rejected"}, ["rejected dora"]),
        ({"result": ["unknown", "rejected"]}, ["unknown None", "rejected dora"]),
    ],
)
async def test_it_fires_for_whom_it_is_asked_to(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    options: dict[str, Any] | None,
    expected: list[str],
) -> None:
    trigger = {} if options is None else {"options": options}
    calls = await automate(hass, trigger)
    await all_come(hass, module)
    assert told(calls) == expected


@pytest.mark.parametrize(
    "options", [{"result": ["maybe"]}, {"result": []}, {"user_id": {"a": 1}}, {"more": 1}]
)
async def test_what_makes_no_sense_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, options: dict[str, Any]
) -> None:
    await automate(hass, {"options": options})
    assert hass.states.get("automation.open").state == "unavailable"


async def test_it_works_when_home_assistant_starts_before_the_entry(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    calls = await automate(hass)
    assert hass.states.get(EVENT) is None
    await set_up()
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    assert told(calls) == ["recognized anna"]


async def test_a_reload_an_outage_and_a_return_fire_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    calls = await automate(hass)
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    await module.pull_cable()
    await poll(hass)
    await module.plug_in()
    await poll(hass)
    assert hass.states.get(EVENT).attributes["user_id"] == "anna"
    assert told(calls) == ["recognized anna"]
    await module.send_heartbeat()
    await module.send_recognition("chenwei")
    await settle(hass)
    assert told(calls) == ["recognized anna", "recognized chenwei"]


async def test_who_comes_while_it_still_counts_as_away_fires(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    calls = await automate(hass)
    await module.send_heartbeat()
    await module.send_recognition("chenwei")
    await module.pull_cable()
    await poll(hass)
    await module.plug_in()
    await module.send_recognition("anna")
    await settle(hass)
    assert told(calls) == ["recognized chenwei", "recognized anna"]


async def test_it_can_aim_at_a_device_or_an_area(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    registry = dr.async_get(hass)
    device = registry.async_get_device_by_identifier(
        (DOMAIN, module.serial), entry.entry_id
    )
    area = ar.async_get(hass).async_create("Entrance")
    registry.async_update_device(device.id, area_id=area.id)
    calls = await automate(hass, {"target": {"area_id": area.id, "device_id": device.id}})
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    assert told(calls) == ["recognized anna"]


async def test_events_of_others_do_not_fire_it(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    calls = await automate(hass, {"target": {"entity_id": "event.somebody_elses"}})
    for second in (1, 2):
        hass.states.async_set(
            "event.somebody_elses",
            f"2026-11-24T10:00:0{second}.000+00:00",
            {"event_type": "recognized", "user_id": "anna"},
        )
        await settle(hass)
    assert told(calls) == []


async def test_the_frontend_is_told_what_it_can_choose(
    hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> None:
    await automate(hass)
    socket = await hass_ws_client()
    for kind, key in (
        ("trigger", "face_module.person_recognized"),
        ("condition", "face_module.is_person_present"),
    ):
        await socket.send_json_auto_id({"type": f"{kind}_platforms/subscribe"})
        assert (await socket.receive_json())["success"]
        found = (await socket.receive_json())["event"]
        while key not in found:
            found = (await asyncio.wait_for(socket.receive_json(), 5))["event"]
        assert "user_id" in found[key]["fields"]
        assert found[key]["target"]["entity"][0]["integration"] == "face_module"


# Condition


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        (None, True),
        ({"user_id": []}, True),
        ({"user_id": ["anna"]}, True),
        ({"user_id": "chenwei"}, False),
        ({"user_id": ["chenwei", "anna"]}, True),
        ({"behavior": "all", "user_id": ["anna"]}, True),
    ],
)
async def test_somebody_is_present_or_not(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    options: dict[str, Any] | None,
    holds: bool,
) -> None:
    condition = {
        "condition": "face_module.is_person_present",
        "target": {"entity_id": PRESENT},
    }
    if options is not None:
        condition["options"] = options
    calls = await automate(hass, {"options": {"result": "unknown"}}, [condition])
    await module.send_heartbeat()
    await module.send_recognition("", username="")
    await settle(hass)
    assert told(calls) == [], "nobody is there yet"
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    entry.runtime_data.visits._open.clear()
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await module.send_recognition("", username="")
    await settle(hass)
    assert told(calls) == (["unknown None"] if holds else [])


async def test_the_occupancy_of_others_is_not_asked(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    hass.states.async_set(
        "binary_sensor.others", "on", {"device_class": "occupancy", "user_id": ["anna"]}
    )
    condition = {
        "condition": "face_module.is_person_present",
        "target": {"entity_id": "binary_sensor.others"},
    }
    calls = await automate(hass, conditions=[condition])
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    assert told(calls) == []


# On the device page


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
        {"value": "chenwei", "label": "陈伟 (chenwei)"},
        {"value": "anna", "label": "anna"},
    ]
    results = shown["result"]["selector"]["select"]["options"]
    assert {option["value"]: option["label"] for option in results} == {
        "recognized": "Recognized",
        "rejected": "Rejected",
        "unknown": "Unknown person",
    }


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


async def test_a_device_trigger_fires_as_the_other_does(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    (trigger,) = await device_triggers(hass, device_id)
    trigger = {key: trigger[key] for key in ("domain", "device_id", "type")}
    calls = await automate(
        hass,
        {"trigger": "device", "target": None, **trigger, "user_id": ["chenwei"]},
    )
    await all_come(hass, module)
    assert told(calls) == ["recognized chenwei"]


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
