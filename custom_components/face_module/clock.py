"""How far a module's clock is off, seen through its heartbeats."""

from collections import deque
from typing import Final

_SAMPLES: Final = 5


class ClockWatch:
    """Estimates the drift of a clock that counts whole seconds.

    Each heartbeat says floor(module's time) and arrives late: both only add to the lag,
    so the smallest of the last few is the best estimate.
    """

    def __init__(self) -> None:
        """Start without an opinion."""
        self._lags: deque[float] = deque(maxlen=_SAMPLES)

    def observe(self, timestamp: int, now: float) -> float:
        """Take a heartbeat's time and ours; return the drift, positive when ahead."""
        self._lags.append(now - timestamp)
        return -min(self._lags)

    def reset(self) -> None:
        """Forget everything: the clock was set."""
        self._lags.clear()
