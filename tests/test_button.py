"""Buttons; restart and restore are in test_coordinator.py, with what follows them."""

import time

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import SimulatedModule

from .common import press


async def test_the_clock_is_set(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.clock_offset = -86_400
    await press(hass, "button.synchronize_clock")
    assert abs(module.now() - time.time()) <= 2


async def test_a_refusal_is_an_error(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.faults.refuse = {"Restart"}
    with pytest.raises(HomeAssistantError, match="refused by simulator"):
        await press(hass, "button.restart")
