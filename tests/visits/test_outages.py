"""Who comes while the module or Home Assistant is away, or just back."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.face_module.visits.rows import to_time
from simulator import SimulatedModule
from tests.common import eventually, id_of, poll, rows_of, state_of, visits_of
from tests.conftest import settle
from tests.visits.conftest import Events, judged


async def test_who_comes_before_a_poll_notices_the_return_is_told(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    await module.send_recognition("chenwei")
    await module.pull_cable()
    await poll(hass)
    assert state_of(hass, "event.recognition").attributes["user_id"] == "chenwei"
    await module.plug_in()
    module.faults.latency = 0.3
    await module.send_recognition("anna")
    await eventually(lambda: len(heard.told) > 1)
    assert heard.told[-1] == "recognized anna"
    await settle(hass)
    assert state_of(hass, "binary_sensor.connected").state == "on"
    assert len(heard.told) == 2


async def test_a_module_that_calls_but_never_answers_is_not_called_connected(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    module.faults.drop = True
    await poll(hass)
    await module.send_recognition("anna")
    await settle(hass)
    assert heard.told == ["recognized anna"]
    assert state_of(hass, "binary_sensor.connected").state == "off"


async def test_who_is_judged_later_is_told_in_an_outage_too(
    hass: HomeAssistant, module: SimulatedModule, guarded: MockConfigEntry
) -> None:
    events = Events(hass)
    module.faults.drop = True
    await poll(hass)
    await module.send_recognition("anna")
    await module.send_status(rgb_liveness_score=0.96)
    await judged(hass)
    assert events.told == ["recognized anna"]


async def test_presence_does_not_begin_anew_with_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    await module.send_recognition("anna")
    await settle(hass)
    states: list[Event[Any]] = async_capture_events(hass, EVENT_STATE_CHANGED)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    seen = [
        event.data["new_state"].state
        for event in states
        if event.data["entity_id"] == id_of("binary_sensor.person_present")
    ]
    assert "off" not in seen
    assert seen[-1] == "on"


async def test_a_clock_that_was_ahead_makes_nobody_present(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    """Home Assistant ran with a clock a day ahead, and starts with the right one."""
    await module.send_recognition("anna")
    await settle(hass)
    kept = entry.runtime_data.visits.history
    (visit,) = visits_of(entry)
    ahead = timedelta(days=1)
    kept.async_put(
        replace(visit, time=visit.time + ahead, last_seen=visit.last_seen + ahead)
    )
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert state_of(hass, "binary_sensor.person_present").state == "off"
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    assert heard.told == ["recognized anna"] * 2


async def test_stopping_home_assistant_writes_what_goes_on(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    await module.send_heartbeat()
    for _ in range(2):
        await module.send_recognition("anna")
        await settle(hass)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await settle(hass)
    (visit,) = visits_of(entry)
    (row,) = await rows_of(hass)
    assert to_time(row["last_seen"]) == visit.last_seen
    assert visit.last_seen > visit.time


async def test_a_reload_during_a_visit_is_no_second_event(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    await module.send_recognition("anna")
    await settle(hass)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    present = state_of(hass, "binary_sensor.person_present")
    assert present.attributes["user_id"] == ["anna"], "still there"
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    assert heard.told == ["recognized anna"]
    assert len(visits_of(entry)) == 1


async def test_a_restart_of_the_module_during_a_visit_is_no_false_event(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    heard: Events,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await module.walk_by("anna", score=0.97, still_there=True)
    await settle(hass)
    await module.restart_now()
    await poll(hass)
    await module.send_heartbeat()
    await settle(hass)
    assert heard.told == ["recognized anna"]
    assert "Traceback" not in caplog.text
