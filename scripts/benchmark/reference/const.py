"""What the webhooks and the entities share."""

from dataclasses import dataclass
from typing import Any

from homeassistant.util.signal_type import SignalType

DOMAIN = "bench_reference"
# How many an entry has.
SENSORS = "sensors"


@dataclass(frozen=True, slots=True)
class Seen:
    """Somebody was recognized."""

    attributes: dict[str, Any]
    picture: bytes


RECOGNIZED = SignalType[Seen](DOMAIN)
