"""Sensors that are more than a part of the state."""

from typing import Any

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


async def test_the_last_person_survives_a_restart(
    hass: HomeAssistant, set_up: SetUp
) -> None:
    known: dict[str, Any] = {"native_value": "Anna", "native_unit_of_measurement": None}
    state = State(id_of("sensor.last_person"), "Anna", {"user_id": "anna"})
    mock_restore_cache_with_extra_data(hass, [(state, known)])
    await set_up()
    restored = state_of(hass, "sensor.last_person")
    assert restored.state == "Anna"
    assert restored.attributes["user_id"] == "anna"


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
    known: dict[str, Any] = {
        "native_value": {"__type": "<class 'datetime.datetime'>", "isoformat": str(then)},
        "native_unit_of_measurement": None,
    }
    state = State(id_of("sensor.last_recognition"), then.isoformat())
    mock_restore_cache_with_extra_data(hass, [(state, known)])
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
