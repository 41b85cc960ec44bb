"""Which score is shown when: status callbacks can come 30 times a second.

A change of the DMS type, a model that goes on or off, and a score that crosses the
threshold that matters are shown at once; other changes of a score at most once an
interval, and only from one point on. So is a score that keeps crossing back and forth,
and a model that keeps going on and off.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from .models import Pipeline

SCORES: Final = ("mask_score", "rgb_liveness_score", "nir_liveness_score")
# Smaller moves are noise of the model.
_POINT: Final = 1.0
# A score this near to its threshold may be on either side by noise alone, the more often
# the more often it is reported.
_NEAR: Final = 3.0
# So many intervals may be used up ahead: somebody comes, and goes, and looks back.
_AHEAD: Final = 2


class ScoreThrottle:
    """Decides for one module; times are the event loop's seconds."""

    def __init__(self, interval: float) -> None:
        """Show ordinary moves of a score at most every `interval` seconds."""
        self._interval = interval
        self._looked_at: dict[str, float] = {}
        # Until when a score has used up its one row an interval.
        self._used_up: dict[str, float] = {}

    def show(
        self,
        shown: Pipeline,
        latest: Pipeline,
        thresholds: Mapping[str, float | None],
        now: float,
    ) -> tuple[Pipeline, float | None]:
        """Return what to show now, and when to ask again (None: nothing is held back)."""
        changed: dict[str, Any] = {}
        due: float | None = None
        if latest.dms_type != shown.dms_type:
            changed["dms_type"] = latest.dms_type
        for key in SCORES:
            old: float | None = getattr(shown, key)
            new: float | None = getattr(latest, key)
            earliest = self._looked_at.get(key, -self._interval) + self._interval
            moved, used_up = _moved(old, new), self._used_up.get(key, now)
            may_hurry = moved and used_up - now <= _AHEAD * self._interval
            if now < earliest and not (
                may_hurry and _is_news(old, new, thresholds.get(key))
            ):
                due = earliest if due is None else min(due, earliest)
                continue
            # A look that finds nothing is a look, and none waits for a callback: otherwise
            # more callbacks would find more noise to show.
            self._looked_at[key] = now
            if moved:
                changed[key] = new
                self._used_up[key] = max(used_up, now) + self._interval
        return (replace(shown, **changed) if changed else shown), due


def _moved(old: float | None, new: float | None) -> bool:
    if old is None or new is None:
        return old is not new
    return abs(new - old) >= _POINT


def _is_news(old: float | None, new: float | None, threshold: float | None) -> bool:
    """Say whether a model went on or off, or its score clearly passed the threshold."""
    if old is None or new is None:
        return True
    if threshold is None:
        return False
    passed = (old >= threshold) != (new >= threshold)
    return passed and abs(new - threshold) >= _NEAR
