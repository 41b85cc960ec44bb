"""From a recognition callback to the event that automations see."""

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from .client import Recognition


class Verdict(StrEnum):
    """The types of the event entity `recognition`."""

    RECOGNIZED = "recognized"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """Somebody was seen. `score` is %, `device_time` the module's own clock."""

    verdict: Verdict
    user_id: str
    name: str
    score: float
    device_time: datetime

    def as_attributes(self) -> dict[str, Any]:
        """Return the attributes of the event; never a picture."""
        return {
            "user_id": self.user_id or None,
            "name": self.name or None,
            "score": self.score,
            "device_time": self.device_time.isoformat(),
        }


def sighting(recognition: Recognition) -> Sighting:
    """Judge a recognition by what it says itself: a user id makes a person known."""
    known = bool(recognition.user_id)
    return Sighting(
        verdict=Verdict.RECOGNIZED if known else Verdict.UNKNOWN,
        user_id=recognition.user_id,
        name=recognition.username or recognition.user_id,
        score=round(recognition.score * 100, 1),
        device_time=datetime.fromtimestamp(recognition.timestamp, UTC),
    )
