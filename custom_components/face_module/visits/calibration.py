"""What scores right and wrong visits had, and which threshold would have told them apart.

Pure, but for the reading (in the book's thread). Right is who was recognized and not marked
as wrong, rejected only who was for the score. Scores count in whole percent, rounded down,
so that a threshold of whole percent decides about all of one number alike.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import sqlite3
from typing import Final, NamedTuple

from .gate import Reason, Verdict

# So few say nothing.
ENOUGH: Final = 20
_HIGHEST: Final = 100
# A threshold that would reject more than one in so many of the right ones is no help.
_TOO_DEAR: Final = 20


class Why(StrEnum):
    """Why a threshold is suggested, or none; the end of the key of its text."""

    TOO_FEW = "too_few"
    NOTHING_WRONG = "nothing_wrong"
    APART = "apart"
    MOSTLY = "mostly"
    MIXED = "mixed"


@dataclass(slots=True, eq=False)
class Scores:
    """How many visits of somebody had which score (%, whole)."""

    name: str
    right: Counter[int] = field(default_factory=Counter)
    wrong: Counter[int] = field(default_factory=Counter)
    rejected: Counter[int] = field(default_factory=Counter)

    def add(self, other: Scores) -> None:
        """Add those of somebody else."""
        self.right.update(other.right)
        self.wrong.update(other.wrong)
        self.rejected.update(other.rejected)


class Outcome(NamedTuple):
    """What another threshold would have done to the visits that are known.

    `lost`: right ones rejected, `stopped`: wrong ones rejected, `let_in`: rejected ones
    accepted.
    """

    threshold: int
    lost: int
    stopped: int
    let_in: int


class Suggestion(NamedTuple):
    """A threshold, None for leaving it as it is, and why."""

    why: Why
    outcome: Outcome | None = None


def scores_of(db: sqlite3.Connection, entry_id: str) -> dict[tuple[str, str], Scores]:
    """Return the scores of a module by user id and name; visits of an outage are none."""
    found: dict[tuple[str, str], Scores] = {}
    rows = db.execute(
        "SELECT user_id, name, verdict, wrong IS NOT NULL, CAST(score AS INTEGER), count(*)"
        " FROM visits WHERE entry_id = ? AND user_id != '' AND NOT late"
        # The scores of pictures are measured by another minimum.
        " AND source IS NULL"
        " AND (verdict = ? OR reason = ?) GROUP BY 1, 2, 3, 4, 5",
        (entry_id, Verdict.RECOGNIZED, Reason.LOW_SCORE),
    )
    for user_id, name, verdict, wrong, score, count in rows:
        scores = found.setdefault((user_id, name), Scores(name))
        if verdict != Verdict.RECOGNIZED:
            scores.rejected[score] += count
        elif wrong:
            scores.wrong[score] += count
        else:
            scores.right[score] += count
    return found


def at(scores: Scores, threshold: int) -> Outcome:
    """Return what a threshold would have done."""
    return Outcome(
        threshold,
        lost=_count(scores.right, below=threshold),
        stopped=_count(scores.wrong, below=threshold),
        let_in=scores.rejected.total() - _count(scores.rejected, below=threshold),
    )


def suggest(scores: Scores) -> Suggestion:
    """Return the lowest threshold that tells wrong visits from right ones best."""
    right, wrong = scores.right.total(), scores.wrong.total()
    if right + wrong < ENOUGH:
        return Suggestion(Why.TOO_FEW)
    if not wrong:
        return Suggestion(Why.NOTHING_WRONG)
    above = max(scores.wrong) + 1
    outcome = at(scores, min(above, _HIGHEST))
    if not outcome.lost and outcome.stopped == wrong:
        return Suggestion(Why.APART, outcome)
    # The most wrong ones that can be had for one right one in twenty.
    affordable = [
        one
        for one in (at(scores, threshold) for threshold in range(_HIGHEST + 1))
        if one.lost * _TOO_DEAR <= right and one.stopped * 2 > wrong
    ]
    best = max(affordable, key=lambda one: (one.stopped, -one.lost), default=None)
    return Suggestion(Why.MIXED) if best is None else Suggestion(Why.MOSTLY, best)


def _count(scores: Mapping[int, int], *, below: int) -> int:
    return sum(count for score, count in scores.items() if score < below)
