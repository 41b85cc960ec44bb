"""Which score is shown when: status callbacks can come 30 times a second.

A change of the DMS type, a model that goes on or off, and a score that crosses the
threshold that matters are shown at once; other changes of a score at most once an
interval, and only from one point on. So is a score that keeps crossing back and forth.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from .models import Pipeline

SCORES: Final = ("mask_score", "rgb_liveness_score", "nir_liveness_score")
# Smaller moves are noise of the model.
_POINT: Final = 1.0
# So many crossings within an interval are news: somebody came, somebody went.
_CROSSINGS: Final = 2


class ScoreThrottle:
    """Decides for one module; times are the event loop's seconds."""

    def __init__(self, interval: float) -> None:
        """Show ordinary moves of a score at most every `interval` seconds."""
        self._interval = interval
        self._looked_at: dict[str, float] = {}
        self._crossed_at: dict[str, deque[float]] = {
            key: deque(maxlen=_CROSSINGS) for key in SCORES
        }

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
            earliest = self._looked_at.get(key, -self._interval) + self._interval
            if not _moved(old, new):
                if now >= earliest:
                    # Otherwise more callbacks would find more noise to show.
                    self._looked_at[key] = now
                continue
            news = _crossed(old, new, thresholds.get(key)) and self._may_cross(key, now)
            if old is None or new is None or news or now >= earliest:
                values[key] = new
                self._looked_at[key] = now
            else:
                due = earliest if due is None else min(due, earliest)
        return (
            replace(
                shown,
                dms_type=latest.dms_type,
                mask_score=values["mask_score"],
                rgb_liveness_score=values["rgb_liveness_score"],
                nir_liveness_score=values["nir_liveness_score"],
            ),
            due,
        )

    def _may_cross(self, key: str, now: float) -> bool:
        """Say whether a crossing is news, and remember it if it is."""
        crossed = self._crossed_at[key]
        if len(crossed) == _CROSSINGS and now - crossed[0] < self._interval:
            return False
        crossed.append(now)
        return True


def _moved(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old is not new
    return abs(new - old) >= _POINT


def _crossed(old: float | None, new: float | None, threshold: float | None) -> bool:
    """Say whether a score passed the threshold, by more than noise."""
    if old is None or new is None or threshold is None:
        return False
    passed = (old >= threshold) != (new >= threshold)
    return passed and abs(new - threshold) >= _POINT
