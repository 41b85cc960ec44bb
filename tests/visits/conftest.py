"""Recognitions come, and what is told of them is noted."""

import asyncio
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers.json import json_bytes
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)

from custom_components.face_module.device.pipeline import LIVENESS_WITHIN
from custom_components.face_module.visits import evidence
from custom_components.face_module.visits.book import DATA_BOOK
from custom_components.face_module.visits.visit import Visit
from simulator import SimulatedModule
from tests.common import id_of
from tests.conftest import SetUp, settle


class Events:
    """The recognition events since the test began to look."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._states: list[Event[Any]] = async_capture_events(hass, EVENT_STATE_CHANGED)

    @property
    def attributes(self) -> list[dict[str, Any]]:
        found, last = [], None
        for event in self._states:
            new = event.data["new_state"]
            if event.data["entity_id"] != id_of("event.recognition") or new is None:
                continue
            if new.state not in ("unknown", "unavailable", last):
                found.append(dict(new.attributes))
                last = new.state
        return found

    @property
    def told(self) -> list[str]:
        """Each event as `type`, or `type: reason`, and who."""
        return [
            f"{a['event_type']}{f': {a["reason"]}' if a['reason'] else ''} {a['user_id']}"
            for a in self.attributes
        ]


@pytest.fixture
async def heard(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> Events:
    """A module that was heard, and what it tells from now on."""
    await module.send_heartbeat()
    await settle(hass)
    return Events(hass)


@pytest.fixture
async def guarded(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> MockConfigEntry:
    """A module at a door: liveness is required, and Anna was there some time ago."""
    module.config.liveness_type = 1
    entry = await set_up(require_liveness=True)
    await module.send_heartbeat()
    for score in (0.95, 0.97):
        await module.send_status(rgb_liveness_score=score)
    await settle(hass)
    await asyncio.sleep(LIVENESS_WITHIN)
    return entry


async def judged(hass: HomeAssistant, seconds: float = evidence.SETTLE) -> None:
    """Wait until somebody whose liveness scores are there is judged."""
    await asyncio.sleep(seconds + 0.1)
    await settle(hass)


def as_json(visit: Visit) -> str:
    """Return a visit as an earlier release kept it."""
    return str(json_bytes(visit), "utf-8")


async def alone(hass: HomeAssistant) -> None:
    """Have all of the book in its file: nothing of it is beside it any more."""
    await hass.data[DATA_BOOK].async_hold()
    await hass.data[DATA_BOOK].async_release()
