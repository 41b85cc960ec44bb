"""The trust gate: whether an automation may act on a recognition.

Pure decisions on what is known at the moment, which is gathered in sightings.py, and what
the user demands before a recognition counts. Scores and thresholds are %, times seconds.
"""

from enum import StrEnum
from itertools import pairwise
from statistics import median_low
from typing import Final

from ..client import LivenessType, SystemConfig
from ..device.pipeline import Liveness
from ..options import Options

_RGB: Final = (LivenessType.RGB, LivenessType.RGB_NIR)
_NIR: Final = (LivenessType.NIR, LivenessType.RGB_NIR)
# The scores (points) of one face are nearer to each other, but for one unlucky frame:
# there and back again.
_SWING: Final = 10.0
_UNLUCKY: Final = 2


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
    NOT_ALLOWED = "not_allowed"


def judge_face(
    options: Options, *, known: bool, score: float, age: float, minimum_score: float = 0.0
) -> tuple[Verdict, Reason | None] | None:
    """Return the verdict that stands whatever is known besides; None: `judge` decides.

    `known` says whether the module gave a user id, `age` how long ago it recognized them
    (negative: in the future), `minimum_score` what this person needs at least. Who is not
    known is rejected only for being stale.
    """
    if abs(age) > options.max_age:
        return Verdict.REJECTED, Reason.STALE
    if not known:
        return Verdict.UNKNOWN, None
    if score < max(options.minimum_score, minimum_score):
        return Verdict.REJECTED, Reason.LOW_SCORE
    return None


def judge(
    options: Options,
    *,
    liveness: Liveness,
    config: SystemConfig,
    confirmations: int,
    is_trusted: bool = False,
) -> tuple[Verdict, Reason | None]:
    """Return the verdict on a face that nothing speaks against by itself.

    Whether they may enter is asked of whoever is recognized (admission.py).

    `confirmations` says how often they were recognized within the confirmation window,
    this time included, `is_trusted` that they need not be again. Of several reasons the
    first of `Reason`'s order is given.
    """
    if options.require_liveness and (doubt := _doubt(options, liveness, config)):
        return Verdict.REJECTED, doubt
    if confirmations < options.confirmations and not is_trusted:
        return Verdict.REJECTED, Reason.UNCONFIRMED
    return Verdict.RECOGNIZED, None


def liveness_models(config: SystemConfig) -> tuple[bool, bool]:
    """Return whether the color and the infrared liveness model are enabled."""
    return config.liveness_type in _RGB, config.liveness_type in _NIR


def covers(liveness: Liveness, config: SystemConfig) -> bool:
    """Say whether every model that is enabled has said enough to judge by.

    Where several faces may be in view, one score may be another's: it takes two.
    """
    enough = 2 if config.multiface_detection else 1
    rgb, nir = liveness_models(config)
    return (len(liveness.rgb) >= enough or not rgb) and (
        len(liveness.nir) >= enough or not nir
    )


def score_of(scores: tuple[float, ...], config: SystemConfig) -> float | None:
    """Return the score that counts; None for none.

    Of one face the middle one, the lower of two: one lucky frame makes no photo alive,
    one unlucky frame no person a photo. The lowest where several faces may be in view,
    which scores that swing to and fro tell, too: one of them may be a photo.
    """
    swings = sum(abs(a - b) >= _SWING for a, b in pairwise(scores))
    if config.multiface_detection or swings > _UNLUCKY:
        return min(scores, default=None)
    return median_low(scores) if scores else None


def _doubt(options: Options, liveness: Liveness, config: SystemConfig) -> Reason | None:
    """Return what speaks against a living person. A clear spoof beats missing scores.

    The higher threshold counts: everybody may lower the module's, administrators ours.
    """
    threshold: float | None = config.liveness_threshold
    scores = [
        score_of(scores, config)
        for scores, enabled in zip(
            (liveness.rgb, liveness.nir), liveness_models(config), strict=True
        )
        if enabled
    ]
    if not scores or threshold is None:
        return Reason.LIVENESS_UNKNOWN
    threshold = max(threshold, options.minimum_liveness)
    if any(score is not None and score < threshold for score in scores):
        return Reason.SPOOF
    return Reason.LIVENESS_UNKNOWN if None in scores else None
