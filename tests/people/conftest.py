"""A photo of somebody whom no module knows; the connection of an administrator."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from tests.common import photo


@pytest.fixture
def picture(pictures: Path) -> str:
    """The path of a photo of Ben."""
    return photo(pictures, "Ben")


@pytest.fixture
async def socket(
    hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """An administrator's connection."""
    return await hass_ws_client(hass)
