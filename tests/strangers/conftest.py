"""Strangers who come, as a module sees them."""

from collections.abc import Awaitable, Callable
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from simulator import SimulatedModule, portrait
from tests.common import requests
from tests.conftest import settle
from tests.visits.conftest import Events

type Comes = Callable[..., Awaitable[dict[str, Any]]]


@pytest.fixture
def comes(hass: HomeAssistant, module: SimulatedModule) -> Comes:
    """Let a stranger come; returns the event, nothing without one."""
    numbers = iter(range(1, 1000))

    async def come(name: str, *, picture: bytes | None = None) -> dict[str, Any]:
        events = Events(hass)
        number = next(numbers)
        # Another picture and score each time, or it would be the same callback again.
        shown = picture or portrait(name, variation=number % 24)
        await module.post_recognition("", "", number / 10_000, shown)
        await settle(hass)
        return events.attributes[-1] if events.attributes else {}

    return come


def compared(module: SimulatedModule) -> int:
    """Return how often the module compared two faces."""
    return requests(module).count("Match")
