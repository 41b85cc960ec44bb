"""Which score is shown when: status callbacks can come 30 times a second.

A score is looked at once an interval, and shown when it moved by a point. A change of the
DMS type is shown at once, and so is a model that goes on or off, and what is concluded
from a score: a few times in a row, and then once an interval, since models flicker.
"""

from copy import replace
from typing import Any, Final

from .state import Pipeline

LIVENESS_SCORES: Final = ("rgb_liveness_score", "nir_liveness_score")
SCORES: Final = ("mask_score", *LIVENESS_SCORES)
# Smaller moves are noise of the model.
_POINT: Final = 1.0
# So many intervals may be used up ahead: somebody comes, and goes, and looks back.
_AHEAD: Final = 2
# A driver does many things in a row.
_DMS_AHEAD: Final = 10


class Pace:
    """Lets a few changes pass at once, later ones once an interval (s)."""

    def __init__(self, interval: float, ahead: int = _AHEAD) -> None:
        """Begin rested; `ahead` + 1 changes may come at once."""
        self._interval = interval
        self._ahead = ahead * interval
        self._used_up = float("-inf")

    def passes(self, now: float) -> float | None:
        """Count a change that is to be shown now; return when it may be if not now."""
        earliest = self._used_up - self._ahead
        if earliest > now:
            return earliest
        self._used_up = max(self._used_up, now) + self._interval
        return None


class ScoreThrottle:
    """Decides for one module; times are the event loop's seconds."""

    def __init__(self, interval: float) -> None:
        """Show moves of a score at most every `interval` seconds."""
        self._interval = interval
        # When scores may be looked at again.
        self.next_look = float("-inf")
        self._switched = {key: Pace(interval) for key in SCORES}
        self._dms = Pace(interval, _DMS_AHEAD)

    def show(
        self, shown: Pipeline, latest: Pipeline, now: float
    ) -> tuple[Pipeline, float | None]:
        """Return what to show now, and when to ask again (None: nothing is held back)."""
        changed: dict[str, Any] = {}
        held_back: list[float] = []
        # A look that finds nothing is a look, and none waits for a callback: otherwise
        # more callbacks would find more noise to show.
        if is_look := now >= self.next_look:
            self.next_look = now + self._interval
        if latest.dms_type != shown.dms_type:
            if (at := self._dms.passes(now)) is None:
                changed["dms_type"] = latest.dms_type
            else:
                held_back.append(at)
        for key in SCORES:
            old: float | None = getattr(shown, key)
            new: float | None = getattr(latest, key)
            if old == new:
                continue
            if old is None or new is None:
                if (at := self._switched[key].passes(now)) is None:
                    changed[key] = new
                else:
                    held_back.append(at)
            elif not is_look:
                held_back.append(self.next_look)
            elif abs(new - old) >= _POINT:
                changed[key] = new
        return replace(shown, **changed), min(held_back, default=None)
