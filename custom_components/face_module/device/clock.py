"""How far a module's clock is off, seen through its heartbeats."""

from collections import deque
from typing import Final

_SAMPLES: Final = 5
# A heartbeat that says more than this less than expected was delayed, or the clock was
# set back. Which of both the next ones tell: a second one that agrees and did not arrive
# with it. Until then nothing old can pass for fresh.
_LATE: Final = 3.0
_AGREE: Final = 1.5
_APART: Final = 0.5


class ClockWatch:
    """Estimates the drift of a clock that counts whole seconds.

    Each heartbeat says floor(module's time) and arrives late: both only add to the lag,
    so the smallest of the last few is the best estimate.
    """

    def __init__(self) -> None:
        """Start without an opinion."""
        self._lags: deque[float] = deque(maxlen=_SAMPLES)
        # A late heartbeat: its lag, and when it came.
        self._odd: tuple[float, float] | None = None

    @property
    def drift(self) -> float:
        """How many seconds the module's clock is ahead; 0 until it was heard."""
        return -min(self._lags, default=0.0)

    @property
    def in_doubt(self) -> bool:
        """Whether the last heartbeat was late, or the clock was set back."""
        return self._odd is not None

    def observe(self, timestamp: int, now: float) -> float:
        """Take a heartbeat's time and ours; return the drift, positive when ahead."""
        lag = now - timestamp
        if not self._lags or lag - min(self._lags) <= _LATE:
            self._odd = None
            self._lags.append(lag)
        elif self._agrees(lag, now):
            self._odd = None
            self._lags.clear()
            self._lags.append(lag)
        else:
            self._odd = lag, now
        return self.drift

    def reset(self) -> None:
        """Take the module's clock for right: it was set to ours."""
        self._odd = None
        self._lags.clear()
        self._lags.append(0.0)

    def _agrees(self, lag: float, now: float) -> bool:
        if self._odd is None:
            return False
        before, at = self._odd
        return abs(lag - before) <= _AGREE and abs(now - at) >= _APART
