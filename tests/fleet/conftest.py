"""Three modules that one job is for, and a folder for all examples."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from pathlib import Path
import tempfile

from homeassistant.core import HomeAssistant
import pytest

from custom_components.face_module.client import (
    FaceModuleClient,
    FaceModuleConnectionError,
)
from custom_components.face_module.fleet import members as fleet
from custom_components.face_module.fleet.job import Job
from simulator import SimulatedModule
from tests.common import device_of
from tests.conftest import SetUp, settle
from tests.fleet.kit import Fleet, fill


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a lost module only shortly."""
    monkeypatch.setattr(fleet, "RECONNECT", 0.5)
    monkeypatch.setattr(fleet, "RECONNECT_EVERY", 0.05)


@pytest.fixture
def awaited(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Set as soon as a job waits for a module that went away."""
    awaited, away = asyncio.Event(), fleet.async_away

    async def waits(job: Job, client: FaceModuleClient) -> FaceModuleConnectionError | None:
        awaited.set()
        return await away(job, client)

    monkeypatch.setattr("custom_components.face_module.fleet.bulk.async_away", waits)
    return awaited


@pytest.fixture
async def three(set_up: SetUp, hass: HomeAssistant) -> AsyncGenerator[Fleet]:
    """Three empty modules, and the ids of their devices."""
    found: Fleet = []
    async with (
        SimulatedModule(serial="0123A38884CE690001", password="abc123") as one,
        SimulatedModule(serial="0123A38884CE690002", password="abc123") as two,
        SimulatedModule(serial="0123A38884CE690003", password="abc123") as three,
    ):
        for simulated in (one, two, three):
            entry = await set_up(simulated)
            found.append((simulated, device_of(hass, entry)))
        await settle(hass)
        yield found


@pytest.fixture(scope="module")
def room() -> Iterator[Path]:
    """A folder with a picture, for all examples."""
    with tempfile.TemporaryDirectory() as name:
        yield fill(Path(name), "1.jpg", "a/Anna.jpg")
