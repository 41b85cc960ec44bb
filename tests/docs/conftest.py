"""A house in which the examples of the pages are tried."""

from collections.abc import AsyncGenerator
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from simulator import SimulatedModule
from tests.common import device_of
from tests.conftest import SetUp
from tests.docs.actions import ENTRY, FRONT, GARAGE, LANGUAGES, House, MakeHouse


@pytest.fixture
def media(hass: HomeAssistant, pictures: Path) -> Path:
    """The media folder, known before anything asks for it."""
    hass.config.media_dirs = {"local": str(pictures)}
    return pictures


@pytest.fixture
async def make_house(
    hass: HomeAssistant, media: Path, set_up: SetUp, module: SimulatedModule
) -> AsyncGenerator[MakeHouse]:
    """Build the house, in the language of a page."""
    async with SimulatedModule(serial="0123A38884CE690002", password="abc123") as garage:

        async def make(page: str) -> House:
            hass.config.language = LANGUAGES[page]
            await hass.config.async_set_time_zone("America/New_York")
            entry = await set_up()
            names = {
                FRONT: device_of(hass, entry),
                GARAGE: device_of(hass, await set_up(garage)),
                ENTRY: entry.entry_id,
                "/media/": f"{media}/",
            }
            hass.states.async_set("camera.doorbell", "idle")
            await module.send_heartbeat()
            await garage.send_heartbeat()
            return House(hass, module, garage, entry, media, names, b"")

        yield make
