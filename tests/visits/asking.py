"""Visits of long ago, for those who ask the book."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.visits.gate import Verdict
from custom_components.face_module.visits.visit import Visit
from tests.conftest import settle

_TEMPLATE = Visit(
    entry_id="",
    visit_id="",
    verdict=Verdict.RECOGNIZED,
    reason=None,
    user_id="anna",
    name="Anna",
    score=90.5,
    time=dt_util.utc_from_timestamp(0),
    last_seen=dt_util.utc_from_timestamp(0),
    device_time=dt_util.utc_from_timestamp(0),
    age=0.2,
)


def visit_at(
    entry: MockConfigEntry, visit_id: str, time: datetime, seconds: int = 0, **more: Any
) -> Visit:
    """Return a visit of Anna that began then, or of somebody else."""
    last_seen = dt_util.as_utc(time) + timedelta(seconds=seconds)
    return replace(
        _TEMPLATE,
        entry_id=entry.entry_id,
        visit_id=visit_id,
        time=dt_util.as_utc(time),
        last_seen=last_seen,
        device_time=dt_util.as_utc(time),
        **more,
    )


async def remember(hass: HomeAssistant, entry: MockConfigEntry, *visits: Visit) -> None:
    """Let the book have visits."""
    entry.runtime_data.visits.history.async_put_late(list(visits))
    await settle(hass)
