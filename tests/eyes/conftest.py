"""Cameras that show what a test wants, and what triggers them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from homeassistant.components.camera import Camera
from homeassistant.components.image import ImageEntity
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    setup_test_component_platform,
)

from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.conftest import SetUp, settle
from tests.visits.conftest import Events

MOTION = "binary_sensor.motion"
DOORBELL = "camera.doorbell"
PORCH = "image.porch"


class Doorbell(Camera):
    """A camera; every picture is another photo of who is before it, as it is in life."""

    _attr_name = "Doorbell"
    _attr_unique_id = "doorbell"

    def __init__(self) -> None:
        """Show nobody yet."""
        super().__init__()
        self.shows: str | bytes | Exception | None = None
        self.taken = 0
        self.free: asyncio.Event | None = None

    async def async_camera_image(
        self, width: int | None = None, height: int | None = None
    ) -> bytes | None:
        """Return a picture, once the test lets it."""
        self.taken += 1
        if self.free is not None:
            await self.free.wait()
        if isinstance(self.shows, Exception):
            raise self.shows
        if isinstance(self.shows, str):
            return portrait(self.shows, variation=self.taken % 20 + 1, size=(1200, 900))
        return self.shows


class Porch(ImageEntity):
    """An image entity that keeps its last picture."""

    _attr_name = "Porch"
    _attr_unique_id = "porch"
    _attr_content_type = "image/jpeg"

    def __init__(self, hass: HomeAssistant) -> None:
        """Show nothing yet."""
        super().__init__(hass)
        self.shows: bytes | None = None

    def show(self, name: str, when: datetime | None = None) -> None:
        """Show somebody from now on, or since a time."""
        self.shows = portrait(name, variation=1)
        self._attr_image_last_updated = when or dt_util.utcnow()
        self.async_write_ha_state()

    async def async_image(self) -> bytes | None:
        """Return what it shows."""
        return self.shows


@pytest.fixture
async def doorbell(hass: HomeAssistant) -> Doorbell:
    """A camera at the door."""
    camera = Doorbell()
    setup_test_component_platform(hass, "camera", [camera])
    assert await async_setup_component(hass, "camera", {"camera": {"platform": "test"}})
    await hass.async_block_till_done()
    assert hass.states.get(DOORBELL)
    hass.states.async_set(MOTION, "off")
    return camera


@pytest.fixture
async def porch(hass: HomeAssistant, doorbell: Doorbell) -> Porch:
    """An image entity."""
    image = Porch(hass)
    setup_test_component_platform(hass, "image", [image])
    assert await async_setup_component(hass, "image", {"image": {"platform": "test"}})
    await hass.async_block_till_done()
    assert hass.states.get(PORCH)
    return image


@pytest.fixture
async def base_url(doorbell: Doorbell, porch: Porch, base_url: str) -> str:
    """Cameras are there before Home Assistant's server, as the harness wants it."""
    return base_url


type Watch = Callable[..., Awaitable[MockConfigEntry]]


@pytest.fixture
async def watch(hass: HomeAssistant, set_up: SetUp, module: SimulatedModule) -> Watch:
    """Set the module up with the doorbell as an eye, or with what is given."""

    async def set_up_eye(*, more: dict[str, Any] | None = None, **eye: Any) -> Any:
        row = {"entity_id": DOORBELL, "trigger": MOTION, "cool_down": 0, **eye}
        entry = await set_up(eyes=[row], **(more or {}))
        await module.send_heartbeat()
        await settle(hass)
        return entry

    return set_up_eye


@pytest.fixture
async def events(hass: HomeAssistant) -> Events:
    """The recognition events."""
    return Events(hass)


async def move(hass: HomeAssistant, context: Context | None = None) -> None:
    """Let something move before the doorbell, and what follows happen."""
    hass.states.async_set(MOTION, "off")
    hass.states.async_set(MOTION, "on", context=context)
    await settle(hass)
