"""Selects change the module."""

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import SimulatedModule

from .common import id_of, poll, state_of


async def choose(hass: HomeAssistant, entity_id: str, option: str) -> None:
    await hass.services.async_call(
        "select",
        "select_option",
        {"entity_id": id_of(entity_id), "option": option},
        blocking=True,
    )


@pytest.mark.parametrize(
    ("option", "value"), [("rgb", 1), ("nir", 2), ("rgb_nir", 3), ("off", 0)]
)
async def test_liveness_models_are_chosen(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    option: str,
    value: int,
) -> None:
    await choose(hass, "select.liveness_detection", option)
    assert module.config.liveness_type == value
    assert state_of(hass, "select.liveness_detection").state == option


async def test_firmware_that_wants_the_password_twice_is_served(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.quirks.wants_capital_pass = True
    await choose(hass, "select.liveness_detection", "rgb")
    assert module.config.liveness_type == 1


async def test_quality_and_its_scope_are_set_together_and_keep_each_other(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await choose(hass, "select.picture_quality_control", "high")
    await choose(hass, "select.picture_quality_control_applies_to", "enrollment")
    assert module.config.quality_control == "HIGH"
    assert module.config.work_field == 1
    await choose(hass, "select.picture_quality_control", "low")
    assert (module.config.quality_control, module.config.work_field) == ("LOW", 1)


async def test_a_value_nobody_heard_of_is_unknown(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.config.liveness_type = 9
    module.config.quality_control = "ULTRA"
    await poll(hass)
    assert state_of(hass, "select.liveness_detection").state == "unknown"
    assert state_of(hass, "select.picture_quality_control").state == "unknown"
    assert state_of(hass, "binary_sensor.connected").state == "on"
