"""The state of one module as Home Assistant knows it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from ..client import SystemConfig


class Pipeline(NamedTuple):
    """What the models saw last, as shown. Scores are %; None: off, or not heard yet.

    `mask_worn` and `spoof_suspected` are concluded from the latest scores, which may not
    be shown yet; None while their models are off.
    """

    dms_type: str | None = None
    mask_score: float | None = None
    rgb_liveness_score: float | None = None
    nir_liveness_score: float | None = None
    mask_worn: bool | None = None
    spoof_suspected: bool | None = None


class Person(NamedTuple):
    """Somebody the module knows."""

    user_id: str
    name: str


class PresentPerson(NamedTuple):
    """Somebody who is there, since when by our clock, and the person they are linked to."""

    user_id: str
    name: str
    since: datetime
    person: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleState:
    """One module. Callbacks and polls replace it, they never edit it.

    `temperature` is °C, `clock_drift` how many seconds the module's clock is ahead,
    `present` who was recognized within the presence timeout.
    """

    config: SystemConfig
    user_count: int | None = None
    temperature: float | None = None
    clock_drift: int | None = None
    last_heartbeat: datetime | None = None
    pipeline: Pipeline = field(default_factory=Pipeline)
    present: tuple[PresentPerson, ...] = ()
