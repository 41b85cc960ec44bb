"""Somebody whom no module knows, or both do, and two who share an id."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import SimulatedModule
from tests.common import perform, photo
from tests.conftest import Another


@pytest.fixture
def picture(pictures: Path) -> str:
    """The path of a photo of Ben."""
    return photo(pictures, "Ben")


@pytest.fixture
def ben_elsewhere(module: SimulatedModule, another: Another) -> SimulatedModule:
    """Another module, where Ben has the id that is Zelda's at the first one."""
    simulated, _, _ = another
    module.add_user("0003", "Zelda")
    simulated.add_user("0003", "Ben")
    return simulated


@pytest.fixture
def ids(entry: MockConfigEntry, another: Another) -> list[str]:
    """Both modules."""
    return [entry.entry_id, another[1].entry_id]


@pytest.fixture
async def ben(hass: HomeAssistant, device_id: str, another: Another, pictures: Path) -> str:
    """The path of the picture of Ben, who is on both modules."""
    path = photo(pictures, "Ben")
    await perform(
        hass, "enroll_user", device_id=[device_id, another[2]], name="Ben", path=path
    )
    return path
