"""The trust gate: whether an automation may act on a recognition.

Pure decisions on what is known at the moment; what is known is gathered in
recognition.py. Scores and thresholds are %, times seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from statistics import median_low
from typing import Any, Final, Self

from .client import LivenessType, SystemConfig
from .const import (
    CONF_CONFIRMATION_WINDOW,
    CONF_CONFIRMATIONS,
    CONF_MAX_AGE,
    CONF_MINIMUM_LIVENESS,
    CONF_MINIMUM_SCORE,
    CONF_REQUIRE_LIVENESS,
)

# The module repeats its last liveness score for as long as nobody comes: a score says
# something about a face only if it was new within this time of its recognition.
LIVENESS_WITHIN: Final = 1.5

_RGB: Final = (LivenessType.RGB, LivenessType.RGB_NIR)
_NIR: Final = (LivenessType.NIR, LivenessType.RGB_NIR)


class Verdict(StrEnum):
    """The types of the event entity `recognition`."""

    RECOGNIZED = "recognized"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why somebody was rejected."""

    STALE = "stale"
    LOW_SCORE = "low_score"
    SPOOF = "spoof"
    LIVENESS_UNKNOWN = "liveness_unknown"
    UNCONFIRMED = "unconfirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What the user demands before a recognition counts (options)."""

    max_age: float
    minimum_score: float
    require_liveness: bool
    minimum_liveness: float
    confirmations: int
    confirmation_window: float

    @classmethod
    def from_options(cls, options: Mapping[str, Any]) -> Self:
        """Read the options of an entry."""
        return cls(
            max_age=float(options[CONF_MAX_AGE]),
            minimum_score=float(options[CONF_MINIMUM_SCORE]),
            require_liveness=bool(options[CONF_REQUIRE_LIVENESS]),
            minimum_liveness=float(options[CONF_MINIMUM_LIVENESS]),
            confirmations=int(options[CONF_CONFIRMATIONS]),
            confirmation_window=float(options[CONF_CONFIRMATION_WINDOW]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Liveness:
    """The new scores of each liveness model around a recognition; empty: none."""

    rgb: tuple[float, ...] = ()
    nir: tuple[float, ...] = ()

    def covers(self, config: SystemConfig) -> bool:
        """Say whether every model that is enabled has said something."""
        rgb, nir = liveness_models(config)
        return bool(self.rgb or not rgb) and bool(self.nir or not nir)


def judge(
    gate: Gate,
    *,
    known: bool,
    score: float,
    age: float,
    liveness: Liveness,
    config: SystemConfig,
    confirmations: int,
    minimum_score: float = 0.0,
) -> tuple[Verdict, Reason | None]:
    """Return the verdict, and the reason if it is a rejection.

    `known` says whether the module gave a user id, `age` how long ago it recognized them
    (negative: in the future), `confirmations` how often they were recognized within the
    confirmation window, this time included, `minimum_score` what this person needs at
    least. Of several reasons the first of `Reason`'s
    order is given; who is not known is rejected only for being stale.
    """
    if abs(age) > gate.max_age:
        return Verdict.REJECTED, Reason.STALE
    if not known:
        return Verdict.UNKNOWN, None
    if score < max(gate.minimum_score, minimum_score):
        return Verdict.REJECTED, Reason.LOW_SCORE
    if gate.require_liveness and (doubt := _doubt(gate, liveness, config)):
        return Verdict.REJECTED, doubt
    if confirmations < gate.confirmations:
        return Verdict.REJECTED, Reason.UNCONFIRMED
    return Verdict.RECOGNIZED, None


def liveness_models(config: SystemConfig) -> tuple[bool, bool]:
    """Return whether the color and the infrared liveness model are enabled."""
    return config.liveness_type in _RGB, config.liveness_type in _NIR


def score_of(scores: tuple[float, ...]) -> float | None:
    """Return the score that counts: the middle one, the lower of two; None for none.

    One lucky frame makes no photo alive, one unlucky frame no person a photo.
    """
    return median_low(scores) if scores else None


def _doubt(gate: Gate, liveness: Liveness, config: SystemConfig) -> Reason | None:
    """Return what speaks against a living person. A clear spoof beats missing scores.

    The higher threshold counts: everybody may lower the module's, administrators ours.
    """
    threshold: float | None = config.liveness_threshold
    scores = [
        score_of(scores)
        for scores, enabled in zip(
            (liveness.rgb, liveness.nir), liveness_models(config), strict=True
        )
        if enabled
    ]
    if not scores or threshold is None:
        return Reason.LIVENESS_UNKNOWN
    threshold = max(threshold, gate.minimum_liveness)
    if any(score is not None and score < threshold for score in scores):
        return Reason.SPOOF
    return Reason.LIVENESS_UNKNOWN if None in scores else None
