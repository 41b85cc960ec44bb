"""Somebody is present: who, where, and for how long."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import (
    async_from_config,
    async_validate_condition_config,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from simulator import SimulatedModule
from tests.common import id_of, poll
from tests.conftest import LetPass, SetUp, settle
from tests.test_trigger import automate, linked, told

EVENT = id_of("event.recognition")
PRESENT = id_of("binary_sensor.person_present")


@pytest.mark.parametrize(
    ("options", "holds"),
    [
        (None, True),
        ({"user_id": []}, True),
        ({"user_id": ["anna"]}, True),
        ({"user_id": "chenwei"}, False),
        ({"user_id": ["chenwei", "anna"]}, True),
        ({"person": "person.anna"}, True),
        ({"person": ["person.ben"]}, False),
        ({"person": ["person.ben"], "user_id": ["anna"]}, True),
        ({"person": ["person.anna"], "user_id": ["chenwei"]}, True),
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
    linked(hass, "anna", "Anna", "person.anna")
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


@pytest.mark.parametrize("behavior", ["any", "all"])
@pytest.mark.parametrize("target", [PRESENT, "binary_sensor.of_no_module"])
async def test_nobody_is_present_where_no_module_answers(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    behavior: str,
    target: str,
) -> None:
    condition = {
        "condition": "face_module.is_person_present",
        "target": {"entity_id": target},
        "options": {"behavior": behavior},
    }
    valid = await async_validate_condition_config(hass, condition)
    checker = await async_from_config(hass, valid)
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    assert checker.async_check(variables={}) is (target == PRESENT)
    await module.pull_cable()
    await poll(hass)
    assert checker.async_check(variables={}) is False
    checker.async_unload()
    await module.plug_in()


async def asks_who_stays(
    hass: HomeAssistant, user_ids: list[str], seconds: float, behavior: str = "any"
) -> Callable[[], Awaitable[bool]]:
    """Return what says whether the condition of an automation holds."""
    condition = {
        "condition": "face_module.is_person_present",
        "target": {"entity_id": PRESENT},
        "options": {
            "user_id": user_ids,
            "for": {"seconds": seconds},
            "behavior": behavior,
        },
    }
    calls: list[Any] = async_mock_service(hass, "test", "asked")
    automation = {
        "alias": "Ask",
        "triggers": [{"trigger": "event", "event_type": "ask"}],
        "conditions": [condition],
        "actions": [{"action": "test.asked"}],
    }
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await settle(hass)

    async def holds() -> bool:
        calls.clear()
        hass.bus.async_fire("ask")
        await settle(hass)
        return bool(calls)

    return holds


async def comes(hass: HomeAssistant, module: SimulatedModule, user_id: str) -> None:
    await module.send_heartbeat()
    await module.send_recognition(user_id)
    await settle(hass)


@pytest.mark.parametrize("behavior", ["any", "all"])
async def test_for_counts_from_when_they_came(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    let_pass: LetPass,
    behavior: str,
) -> None:
    await set_up(visit_window=0, max_age=86_400)
    holds = await asks_who_stays(hass, ["anna"], 8, behavior)
    await comes(hass, module, "chenwei")
    let_pass(timedelta(seconds=60))
    await comes(hass, module, "anna")
    assert not await holds(), "only somebody else has been there that long"
    let_pass(timedelta(seconds=7))
    await comes(hass, module, "anna")
    assert not await holds()
    let_pass(timedelta(seconds=2))
    assert await holds(), "being seen again is no new arrival"


async def test_for_takes_whoever_of_several_has_been_there_longest(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, let_pass: LetPass
) -> None:
    await set_up(max_age=86_400)
    holds = await asks_who_stays(hass, ["anna", "chenwei"], 8)
    await comes(hass, module, "chenwei")
    assert not await holds()
    let_pass(timedelta(seconds=9))
    await comes(hass, module, "anna")
    assert await holds()


async def test_for_counts_on_after_a_restart(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    let_pass: LetPass,
) -> None:
    entry = await set_up(visit_window=0, max_age=86_400)
    await comes(hass, module, "chenwei")
    let_pass(timedelta(seconds=20))
    await comes(hass, module, "chenwei")
    await comes(hass, module, "anna")
    let_pass(timedelta(seconds=5))
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    stays = await asks_who_stays(hass, ["chenwei"], 28)
    assert not await stays(), "25 s by now, in two visits"
    let_pass(timedelta(seconds=4))
    assert await stays()
    assert hass.states.get(PRESENT).attributes["user_id"] == ["anna", "chenwei"]


async def test_whoever_was_gone_meanwhile_begins_anew(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, let_pass: LetPass
) -> None:
    entry = await set_up(visit_window=0, max_age=86_400)
    await comes(hass, module, "anna")
    let_pass(timedelta(seconds=31))
    await comes(hass, module, "chenwei")
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert hass.states.get(PRESENT).attributes["user_id"] == ["chenwei"]
    await comes(hass, module, "anna")
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    holds = await asks_who_stays(hass, ["anna"], 8)
    assert not await holds()
    let_pass(timedelta(seconds=8))
    assert await holds()


async def test_who_is_there_is_there_whatever_becomes_of_the_clock(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, let_pass: LetPass
) -> None:
    holds = await asks_who_stays(hass, ["anna"], 0)
    await comes(hass, module, "anna")
    let_pass(-timedelta(hours=1))
    assert await holds()


async def test_nobody_is_everybody_where_no_sensor_says_anything(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    holds = await asks_who_stays(hass, [], 0, "all")
    await comes(hass, module, "anna")
    assert await holds()
    await module.pull_cable()
    await poll(hass)
    assert hass.states.get(PRESENT).state == "unavailable"
    assert not await holds()


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
