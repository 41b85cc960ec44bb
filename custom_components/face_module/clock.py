"""How far a module's clock is off, seen through its heartbeats."""

from collections import deque
from typing import Final

_SAMPLES: Final = 5
# A heartbeat that is later than this by our estimate was not delayed: a clock was set back.
_JUMP: Final = 30.0


class ClockWatch:
    """Estimates the drift of a clock that counts whole seconds.

    Each heartbeat says floor(module's time) and arrives late: both only add to the lag,
    so the smallest of the last few is the best estimate.
    """

    def __init__(self) -> None:
        """Start without an opinion."""
        self._lags: deque[float] = deque(maxlen=_SAMPLES)

    @property
    def drift(self) -> float:
        """How many seconds the module's clock is ahead; 0 until it was heard."""
        return -min(self._lags, default=0.0)

    def observe(self, timestamp: int, now: float) -> float:
        """Take a heartbeat's time and ours; return the drift, positive when ahead."""
        lag = now - timestamp
        if self._lags and lag - min(self._lags) > _JUMP:
            self._lags.clear()
        self._lags.append(lag)
        return self.drift

    def reset(self) -> None:
        """Forget everything: the clock was set to ours."""
        self._lags.clear()
