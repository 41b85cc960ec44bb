"""Confirmations: the module is asked, and told is what comes of it."""

import asyncio

from homeassistant.core import HomeAssistant
import pytest

from simulator import SimulatedModule
from tests.common import complaints, eventually, state_of, visits_of
from tests.conftest import SetUp, settle
from tests.visits.conftest import Events


async def test_confirmations_are_asked_for_and_told_once(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(confirmations=3)
    await module.send_heartbeat()
    events = Events(hass)
    module.in_front = "anna"
    await module.send_recognition("anna")
    await eventually(lambda: len(events.told) > 0)
    await settle(hass)
    assert events.told == ["recognized anna"]
    asked = [r for r in module.requests if r.name == "SetCallbackRequest"]
    assert len(asked) == 2


async def test_who_is_not_confirmed_in_time_is_rejected_once(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(confirmations=2, confirmation_window=0.3)
    await module.send_heartbeat()
    events = Events(hass)
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == []
    assert state_of(hass, "binary_sensor.person_present").state == "off"
    await eventually(lambda: len(events.told) > 0)
    assert events.told == ["rejected: unconfirmed anna"]
    await asyncio.sleep(0.35)
    assert len(events.told) == 1


async def test_confirmations_too_far_apart_do_not_count(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(confirmations=2, confirmation_window=0.2)
    await module.send_heartbeat()
    events = Events(hass)
    for _ in range(3):
        await module.send_recognition("anna")
        await asyncio.sleep(0.3)
    await settle(hass)
    assert events.told == ["rejected: unconfirmed anna"]


async def test_one_person_does_not_confirm_another(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(confirmations=2, confirmation_window=0.3)
    await module.send_heartbeat()
    events = Events(hass)
    await module.send_recognition("anna")
    await module.send_recognition("chenwei")
    await eventually(lambda: len(events.told) > 1)
    assert sorted(events.told) == [
        "rejected: unconfirmed anna",
        "rejected: unconfirmed chenwei",
    ]


async def test_a_confirmed_visit_goes_on_without_further_ones(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(confirmations=2, confirmation_window=0.3)
    await module.send_heartbeat()
    events = Events(hass)
    await module.send_recognition("anna")
    await module.send_recognition("anna")
    await asyncio.sleep(0.4)
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == ["recognized anna"]
    assert len(visits_of(entry)) == 1


async def test_a_module_is_not_asked_without_end(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(confirmations=10, confirmation_window=0.3)
    await module.send_heartbeat()
    module.in_front = "anna"
    module.faults.latency = 0.05
    await module.send_recognition("anna")
    await asyncio.sleep(2)
    asked = [r for r in module.requests if r.name == "SetCallbackRequest"]
    assert len(asked) <= 10
    module.faults.clear()


async def test_a_module_that_refuses_to_look_again_does_no_harm(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = await set_up(confirmations=2)
    await module.send_heartbeat()
    module.faults.refuse = {"SetCallbackRequest"}
    await module.send_recognition("anna")
    await settle(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert complaints(caplog) == []
