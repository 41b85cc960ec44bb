"""Where the times of actions are told apart."""

from homeassistant.core import HomeAssistant
import pytest


@pytest.fixture
async def shanghai(hass: HomeAssistant) -> None:
    """A time zone in which nobody mistakes local times for UTC."""
    await hass.config.async_set_time_zone("Asia/Shanghai")
