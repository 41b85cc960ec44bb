"""Records of a module, and times that are near enough."""

from datetime import UTC, datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant

from simulator import SimulatedModule
from simulator.state import Record
from tests.common import perform

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def record(
    module: SimulatedModule, *moments: datetime, user_id: str = "anna", score: float = 0.97
) -> None:
    """Let the module have recognized somebody, by its own clock."""
    name = module.users[user_id].name
    module.records += [
        Record(user_id, name, score, round(moment.timestamp())) for moment in moments
    ]


async def search(hass: HomeAssistant, device_id: str, **data: Any) -> dict[str, Any]:
    data = {"user_id": "anna", **data}
    return await perform(hass, "search_records", device_id=device_id, **data)


def times(answer: dict[str, Any]) -> list[datetime]:
    return [datetime.fromisoformat(found["time"]) for found in answer["records"]]


def near(found: list[datetime], *expected: datetime) -> bool:
    """Compare times, but for the seconds that whole numbers and a busy machine cost."""
    return len(found) == len(expected) and all(
        abs(one - other) <= timedelta(seconds=5)
        for one, other in zip(found, expected, strict=True)
    )
