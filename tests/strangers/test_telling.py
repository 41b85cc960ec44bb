"""Who wants to be told of a stranger only the first time is."""

from typing import Any

from homeassistant.components.device_automation import DeviceAutomationType
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_get_device_automations,
)

from simulator import SimulatedModule
from tests.conftest import SetUp, settle
from tests.test_trigger import automate, told

from .conftest import Comes

OPTIONS = {"result": ["unknown", "recognized"], "first_time": True}


@pytest.fixture
async def entry(set_up: SetUp) -> MockConfigEntry:
    """A module at which every recognition is a visit."""
    return await set_up(visit_window=0)


async def everybody_comes(
    hass: HomeAssistant, module: SimulatedModule, comes: Comes
) -> None:
    for name in ("One", "One", "Two"):
        await comes(name)
    for _ in range(2):
        await module.send_recognition("anna")
        await settle(hass)
    # Whoever cannot be told from others may be new.
    module.faults.refuse.add("Match")
    await comes("Two")


EXPECTED = [
    *("unknown None", "unknown None", "recognized anna", "recognized anna"),
    "unknown None",
]


async def test_the_trigger_fires_for_a_stranger_the_first_time_only(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, comes: Comes
) -> None:
    calls = await automate(hass, {"options": OPTIONS})
    await everybody_comes(hass, module, comes)
    assert told(calls) == EXPECTED


async def test_so_does_that_of_the_device(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    comes: Comes,
    device_id: str,
) -> None:
    offered: list[dict[str, Any]] = await async_get_device_automations(
        hass, DeviceAutomationType.TRIGGER, device_id
    )
    (ours,) = [one for one in offered if one["domain"] == "face_module"]
    metadata = ours.pop("metadata")
    assert metadata == {}
    calls = await automate(
        hass, {"trigger": "device", "target": None, **ours, **OPTIONS, "platform": None}
    )
    await everybody_comes(hass, module, comes)
    assert told(calls) == EXPECTED
