"""What is known of somebody in view: collected until it suffices, or its time is over."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
import math
from typing import Final, NamedTuple, Self

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from ..client import Recognition
from ..const import MAX_CONFIRMATIONS
from ..device.pipeline import Liveness

# The liveness scores of a face and its recognition travel on two connections: where they
# matter, they are given time to arrive in whatever order, and more if none is there yet.
SETTLE: Final = 0.3
SETTLE_STEP: Final = 0.1
SETTLE_MAX: Final = 1.5


class Came(NamedTuple):
    """A recognition callback that came at `time`, `at` by the event loop."""

    recognition: Recognition
    time: datetime
    at: float
    age: float


@dataclass(slots=True, eq=False)
class InView:
    """Somebody in view of a module, who came last with `came`.

    Times but `began` are the event loop's. Who was recognized `looks` times lately is
    awaited to show to be alive since `awaits`, or held back until it is confirmed, at
    the latest when it `ends`; what is made of it then has the `visit_id`. `is_entering`
    while their visit is counted. Scores from before `since` or after `until` are about
    somebody else; those from before `clear` may be, for as long as they stay in view.
    """

    came: Came
    began: datetime
    visit_id: str = ""
    since: float = 0.0
    until: float = math.inf
    clear: float = -math.inf
    awaits: float | None = None
    ends: float | None = None
    is_entering: bool = False
    liveness: Liveness = field(default_factory=Liveness)
    looks: deque[float] = field(default_factory=lambda: deque(maxlen=MAX_CONFIRMATIONS))
    asked: int = 0
    _timer: CALLBACK_TYPE | None = None

    @property
    def is_collecting(self) -> bool:
        """Whether what is known has yet to become a sighting."""
        return self.awaits is not None or self.ends is not None or self.is_entering

    def plan(
        self, hass: HomeAssistant, delay: float, action: Callable[[Self], None]
    ) -> None:
        """Do something later (s), instead of what was planned."""

        @callback
        def due(_now: datetime) -> None:
            self._timer = None
            action(self)

        self.cancel()
        self._timer = async_call_later(hass, delay, HassJob(due, cancel_on_shutdown=True))

    def cancel(self) -> None:
        """Do nothing later."""
        if self._timer is not None:
            self._timer()
            self._timer = None
