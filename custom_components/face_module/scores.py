"""Which score is shown when: status callbacks can come 30 times a second.

A change of the DMS type and a score that crosses the threshold that matters are shown at
once; other changes of a score at most once an interval, and only from one point on.
"""

from collections.abc import Mapping
from typing import Final

from .models import Pipeline

SCORES: Final = ("mask_score", "rgb_liveness_score", "nir_liveness_score")
# Smaller moves are noise of the model.
_POINT: Final = 1.0


class ScoreThrottle:
    """Decides for one module; times are the event loop's seconds."""

    def __init__(self, interval: float) -> None:
        """Show ordinary moves of a score at most every `interval` seconds."""
        self._interval = interval
        self._shown_at: dict[str, float] = {}

    def show(
        self,
        shown: Pipeline,
        latest: Pipeline,
        thresholds: Mapping[str, float | None],
        now: float,
    ) -> tuple[Pipeline, float | None]:
        """Return what to show now, and when to ask again (None: nothing is held back)."""
        values: dict[str, float | None] = {}
        due: float | None = None
        for key in SCORES:
            old: float | None = getattr(shown, key)
            new: float | None = getattr(latest, key)
            values[key] = old
            if not _moved(old, new):
                continue
            earliest = self._shown_at.get(key, 0.0) + self._interval
            if _crossed(old, new, thresholds.get(key)) or now >= earliest:
                values[key] = new
                self._shown_at[key] = now
            else:
                due = earliest if due is None else min(due, earliest)
        return Pipeline(dms_type=latest.dms_type, **values), due


def _moved(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old is not new
    return abs(new - old) >= _POINT


def _crossed(old: float | None, new: float | None, threshold: float | None) -> bool:
    """Say whether a model went on or off, or its score passed the threshold."""
    if old is None or new is None:
        return True
    return threshold is not None and (old >= threshold) != (new >= threshold)
