"""The trigger `face_module.person_recognized` and the condition `is_person_present`."""

import asyncio
from typing import Any

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
from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
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


def linked(hass: HomeAssistant, user_id: str, name: str, person: str) -> None:
    """Link somebody to a person of Home Assistant."""
    hass.data[DATA_ROSTER].async_put(
        RosterPerson(user_id=user_id, name=name, person=person)
    )


def told(calls: list[Any]) -> list[str]:
    return [f"{call.data['what']} {call.data['who']}" for call in calls]


async def all_come(hass: HomeAssistant, module: SimulatedModule) -> None:
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await module.send_recognition("chenwei")
    await module.send_recognition("", username="")
    # Whether they were here before is found out first.
    await settle(hass)
    await module.send_recognition("dora", timestamp=1)
    await settle(hass)


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (None, ["recognized anna", "recognized chenwei"]),
        ({}, ["recognized anna", "recognized chenwei"]),
        ({"user_id": ["anna"]}, ["recognized anna"]),
        ({"user_id": "chenwei"}, ["recognized chenwei"]),
        ({"person": "person.wei"}, ["recognized chenwei"]),
        ({"person": ["person.dora"]}, []),
        (
            {"person": ["person.wei"], "user_id": ["anna"]},
            ["recognized anna", "recognized chenwei"],
        ),
        ({"user_id": ["dora"]}, []),
        ({"user_id": ["dora"], "result": "rejected"}, ["rejected dora"]),
        ({"result": ["unknown", "rejected"]}, ["unknown None", "rejected dora"]),
        ({"result": "rejected", "reason": "stale"}, ["rejected dora"]),
        ({"result": ["recognized", "rejected"], "reason": ["not_allowed"]}, []),
    ],
)
async def test_it_fires_for_whom_it_is_asked_to(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    options: dict[str, Any] | None,
    expected: list[str],
) -> None:
    linked(hass, "chenwei", "陈伟", "person.wei")
    trigger = {} if options is None else {"options": options}
    calls = await automate(hass, trigger)
    await all_come(hass, module)
    assert told(calls) == expected


@pytest.mark.parametrize(
    "options",
    [
        {"result": ["maybe"]},
        {"result": []},
        {"reason": "none"},
        {"user_id": {"a": 1}},
        {"person": "light.hall"},
        {"more": 1},
    ],
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
    assert hass.states.get(EVENT).state == "unknown"
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
        assert ("for" in found[key]["fields"]) == (kind == "condition")
        assert found[key]["target"]["entity"][0]["integration"] == "face_module"
