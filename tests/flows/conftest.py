"""What flows set up is unloaded in the end."""

from collections.abc import AsyncGenerator

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from custom_components.face_module.const import DOMAIN


@pytest.fixture(autouse=True)
async def unload(hass: HomeAssistant, base_url: str) -> AsyncGenerator[None]:
    """Unload what the flows set up."""
    yield
    for entry in hass.config_entries.async_entries(DOMAIN):
        if entry.state is ConfigEntryState.LOADED:
            await hass.config_entries.async_unload(entry.entry_id)
