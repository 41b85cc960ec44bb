"""Asking the module who is there."""

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)

from simulator import SimulatedModule
from tests.common import press
from tests.conftest import settle
from tests.visits.conftest import Events


async def test_the_button_asks_the_module(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    module.in_front = "anna"
    await press(hass, "button.who_is_there")
    await module.wait_settled()
    await settle(hass)
    assert heard.told == ["recognized anna"]
