"""Sensors that are more than a part of the state."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from homeassistant.components.sensor import SensorExtraStoredData
from homeassistant.core import HomeAssistant, State
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache_with_extra_data,
)

from simulator import SimulatedModule

from .common import id_of, state_of
from .conftest import SetUp, settle

type Kept = tuple[State, dict[str, Any]]


def kept(key: str, native: str | datetime, **more: Any) -> Kept:
    """Return what Home Assistant wrote down of a sensor."""
    state = State(id_of(f"sensor.{key}"), str(native), **more)
    return state, SensorExtraStoredData(native, None).as_dict()


async def begin_anew(
    hass: HomeAssistant, entry: MockConfigEntry, known: list[Kept]
) -> None:
    """Set an entry up that was unloaded, with what Home Assistant wrote down."""
    mock_restore_cache_with_extra_data(hass, known)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)


async def test_the_last_person_survives_a_restart(
    hass: HomeAssistant, set_up: SetUp
) -> None:
    known = kept("last_person", "Anna", attributes={"user_id": "anna"})
    mock_restore_cache_with_extra_data(hass, [known])
    await set_up()
    restored = state_of(hass, "sensor.last_person")
    assert restored.state == "Anna"
    assert restored.attributes["user_id"] == "anna"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize(
    ("minutes_ago", "shown"),
    [
        pytest.param(10, "Anna", id="kept before Anna came: the history knows better"),
        pytest.param(-10, "Ben", id="kept after Anna came: her successor is remembered"),
        pytest.param(None, "Anna", id="nothing was kept"),
    ],
)
async def test_who_came_before_a_power_failure_is_known_after_it(
    hass: HomeAssistant,
    set_up: SetUp,
    module: SimulatedModule,
    minutes_ago: float | None,
    shown: str,
) -> None:
    entry = await set_up()
    await module.send_heartbeat()
    await module.send_recognition("anna", 0.97)
    await settle(hass)
    came_at = state_of(hass, "sensor.last_recognition").state
    await hass.config_entries.async_unload(entry.entry_id)
    # Home Assistant writes states down now and then only: they are of this time.
    known: list[Kept] = []
    if minutes_ago is not None:
        at = dt_util.utcnow() - timedelta(minutes=minutes_ago)
        known = [
            kept(key, native, last_updated=at)
            for key, native in (("last_person", "Ben"), ("last_recognition", at))
        ]
    await begin_anew(hass, entry, known)
    person = state_of(hass, "sensor.last_person")
    assert person.state == shown
    if shown == "Anna":
        assert person.attributes["user_id"] == "anna"
        assert state_of(hass, "sensor.last_recognition").state == came_at
    else:
        assert state_of(hass, "sensor.last_recognition").state > came_at


async def test_who_is_only_in_the_records_or_not_recognized_was_not_the_last_person(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule
) -> None:
    entry = await set_up(minimum_score=50)
    await module.send_heartbeat()
    await module.send_recognition("anna", 0.97)
    await module.send_recognition("chenwei", 0.1)
    await module.send_recognition("", username="")
    await settle(hass)
    history = entry.runtime_data.visits.history
    anna = next(visit for visit in history.visits if visit.user_id == "anna")
    now = dt_util.utcnow()
    ben = replace(anna, user_id="ben", name="Ben", content_type=None, last_seen=now)
    history.async_put_late([replace(ben, visit_id="a" * 26, time=now, late=True)])
    # The clock was a year ahead once.
    ahead = now + timedelta(days=365)
    history.async_put(replace(ben, visit_id="b" * 26, time=ahead, last_seen=ahead))
    await hass.config_entries.async_unload(entry.entry_id)
    await begin_anew(hass, entry, [])
    assert state_of(hass, "sensor.last_person").state == "Anna"


async def test_a_name_of_any_length_is_shown(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_recognition("anna", username="Ä" * 300)
    await settle(hass)
    assert state_of(hass, "sensor.last_person").state == "Ä" * 255


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_drift_and_last_heartbeat_are_shown_when_enabled(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule
) -> None:
    await set_up(keep_clock_set=False)
    module.clock_offset = 120
    await module.send_heartbeat()
    await settle(hass)
    assert abs(int(state_of(hass, "sensor.clock_drift").state) - 120) <= 1
    assert state_of(hass, "sensor.last_heartbeat").state.startswith("20")


async def test_a_heartbeat_without_a_temperature_keeps_the_last(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat(temperature=51.04)
    await module.send_heartbeat(temperature=...)
    await settle(hass)
    assert state_of(hass, "sensor.cpu_temperature").state == "51.0"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_the_last_recognition_is_a_time_that_survives_a_restart(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule
) -> None:
    then = dt_util.parse_datetime("2026-11-20T08:00:00+00:00", raise_on_error=True)
    mock_restore_cache_with_extra_data(hass, [kept("last_recognition", then)])
    await set_up()
    assert state_of(hass, "sensor.last_recognition").state == then.isoformat()
    await module.send_heartbeat()
    await module.send_recognition("", username="")
    await settle(hass)
    assert state_of(hass, "sensor.last_recognition").state == then.isoformat()
    await module.send_recognition("anna")
    await settle(hass)
    assert state_of(hass, "sensor.last_recognition").state > then.isoformat()


async def test_the_same_name_again_writes_no_row(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule
) -> None:
    await set_up(visit_window=0)
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    before = state_of(hass, "sensor.last_person")
    await module.send_recognition("anna")
    await settle(hass)
    assert state_of(hass, "sensor.last_person") is before
