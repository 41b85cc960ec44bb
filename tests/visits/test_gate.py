"""The trust gate, combination by combination."""

from copy import replace
from itertools import product

import pytest

from custom_components.face_module.client import LivenessType, SystemConfig
from custom_components.face_module.device.pipeline import Liveness
from custom_components.face_module.options import Options
from custom_components.face_module.visits.gate import (
    Reason,
    Verdict,
    covers,
    judge,
    judge_face,
)

# Each line of a column is (what is known, whether it passes there).
AGES = (
    (0.0, True),
    (10.0, True),
    (-10.0, True),
    (10.1, False),
    (-10.1, False),
    (3e7, False),
)
SCORES = ((90.0, True), (89.9, False))
LOW, GOOD, BEST = 89.9, 90.0, 99.0
S, U = Reason.SPOOF, Reason.LIVENESS_UNKNOWN
# Which models run, what is new of each, and what speaks against it.
LIVENESS = (
    (LivenessType.OFF, (), (), U),
    (LivenessType.OFF, (GOOD,), (GOOD,), U),
    (None, (GOOD,), (GOOD,), U),
    (LivenessType.RGB, (GOOD,), (), None),
    (LivenessType.RGB, (BEST,), (LOW,), None),
    (LivenessType.RGB, (LOW,), (GOOD,), S),
    (LivenessType.RGB, (), (GOOD,), U),
    (LivenessType.RGB, (), (), U),
    (LivenessType.RGB, (LOW, GOOD), (), S),
    (LivenessType.RGB, (LOW, LOW, LOW, GOOD), (), S),
    (LivenessType.RGB, (LOW, GOOD, GOOD), (), None),
    (LivenessType.NIR, (), (GOOD,), None),
    (LivenessType.NIR, (LOW,), (BEST,), None),
    (LivenessType.NIR, (GOOD,), (LOW,), S),
    (LivenessType.NIR, (GOOD,), (), U),
    (LivenessType.NIR, (), (GOOD, LOW), S),
    (LivenessType.RGB_NIR, (GOOD,), (GOOD,), None),
    (LivenessType.RGB_NIR, (LOW,), (GOOD,), S),
    (LivenessType.RGB_NIR, (GOOD,), (LOW,), S),
    (LivenessType.RGB_NIR, (LOW,), (LOW,), S),
    (LivenessType.RGB_NIR, (LOW,), (), S),
    (LivenessType.RGB_NIR, (GOOD,), (), U),
    (LivenessType.RGB_NIR, (), (GOOD,), U),
    (LivenessType.RGB_NIR, (), (), U),
    (LivenessType.RGB_NIR, (GOOD,) * 9, (LOW,) * 4 + (GOOD,) * 5, None),
)
CONFIRMATIONS = ((1, True), (2, True), (3, True))
GATES = tuple(product((0.0, 90.0), (False, True), (1, 2, 3)))


def expected(
    known: bool,
    age_good: bool,
    score_good: bool,
    doubt: Reason | None,
    confirmed: bool,
) -> tuple[Verdict, Reason | None]:
    if not age_good:
        return Verdict.REJECTED, Reason.STALE
    if not known:
        return Verdict.UNKNOWN, None
    if not score_good:
        return Verdict.REJECTED, Reason.LOW_SCORE
    if doubt is not None:
        return Verdict.REJECTED, doubt
    if not confirmed:
        return Verdict.REJECTED, Reason.UNCONFIRMED
    return Verdict.RECOGNIZED, None


@pytest.mark.parametrize(("minimum", "require", "wanted"), GATES)
@pytest.mark.parametrize("known", [True, False])
def test_every_combination_is_judged_as_the_table_says(
    minimum: float,
    require: bool,
    wanted: int,
    known: bool,
) -> None:
    gate = Options(
        max_age=10.0,
        minimum_score=minimum,
        require_liveness=require,
        minimum_liveness=0,
        confirmations=wanted,
        confirmation_window=10.0,
    )
    cases = 0
    for (age, age_good), (score, over_90), live, (count, _) in product(
        AGES, SCORES, LIVENESS, CONFIRMATIONS
    ):
        kind, rgb, nir, doubt = live
        found = judge_face(gate, known=known, score=score, age=age) or judge(
            gate,
            liveness=Liveness(rgb=rgb, nir=nir),
            config=SystemConfig(liveness_type=kind, liveness_threshold=90),
            confirmations=count,
        )
        assert found == expected(
            known,
            age_good,
            score_good=minimum == 0 or over_90,
            doubt=doubt if require else None,
            confirmed=count >= wanted,
        ), (age, score, live, count)
        cases += 1
    assert cases == 6 * 2 * 25 * 3


# Liveness is all that it demands.
LIVE = Options(
    max_age=10,
    minimum_score=0,
    require_liveness=True,
    minimum_liveness=0,
    confirmations=1,
    confirmation_window=10,
)


def test_without_a_threshold_nobody_is_shown_to_be_alive() -> None:
    verdict = judge(
        LIVE,
        liveness=Liveness(rgb=(99.0,), nir=(99.0,)),
        config=SystemConfig(liveness_type=LivenessType.RGB),
        confirmations=1,
    )
    assert verdict == (Verdict.REJECTED, Reason.LIVENESS_UNKNOWN)


@pytest.mark.parametrize(("demanded", "module"), [(90, 10), (10, 90), (90, 90)])
@pytest.mark.parametrize(("score", "reason"), [(89.9, Reason.SPOOF), (90.0, None)])
def test_of_two_liveness_thresholds_the_higher_one_counts(
    demanded: float, module: int, score: float, reason: Reason | None
) -> None:
    _, found = judge(
        replace(LIVE, minimum_liveness=demanded),
        liveness=Liveness(rgb=(score,)),
        config=SystemConfig(liveness_type=LivenessType.RGB, liveness_threshold=module),
        confirmations=1,
    )
    assert found is reason


RGB, NIR, BOTH = LivenessType.RGB, LivenessType.NIR, LivenessType.RGB_NIR


@pytest.mark.parametrize(
    ("kind", "rgb", "nir", "enough"),
    [
        (LivenessType.OFF, (), (), True),
        (None, (), (), True),
        (RGB, (), (GOOD,), False),
        (RGB, (LOW,), (), True),
        (NIR, (GOOD,), (), False),
        (NIR, (), (LOW,), True),
        (BOTH, (), (), False),
        (BOTH, (GOOD,), (), False),
        (BOTH, (), (GOOD,), False),
        (BOTH, (GOOD,), (LOW,), True),
    ],
)
def test_every_model_that_is_enabled_is_waited_for(
    kind: LivenessType | None,
    rgb: tuple[float, ...],
    nir: tuple[float, ...],
    enough: bool,
) -> None:
    config = SystemConfig(liveness_type=kind, liveness_threshold=90)
    assert covers(Liveness(rgb=rgb, nir=nir), config) is enough


@pytest.mark.parametrize(
    ("several", "scores", "reason"),
    [
        (False, (97.0, 5.0, 97.0), None),
        (False, (97.0, 5.0, 97.0, 97.0), None),
        (False, (97.0, 5.0, 97.0, 5.0, 97.0), Reason.SPOOF),
        (False, (5.0, 97.0, 5.0, 97.0, 97.0), Reason.SPOOF),
        (False, (91.0, 89.0, 91.0, 89.0, 91.0), None),
        (True, (97.0, 5.0, 97.0), Reason.SPOOF),
        (True, (97.0, 97.0, 97.0, 89.0), Reason.SPOOF),
        (True, (97.0, 98.0), None),
    ],
)
def test_where_several_faces_are_in_view_the_lowest_score_counts(
    several: bool, scores: tuple[float, ...], reason: Reason | None
) -> None:
    """They are, too, when the scores swing to and fro; one unlucky frame is one swing."""
    config = SystemConfig(
        liveness_type=RGB, liveness_threshold=90, multiface_detection=several
    )
    found = judge(LIVE, liveness=Liveness(rgb=scores), config=config, confirmations=1)
    assert found[1] is reason


def test_where_several_faces_may_be_in_view_one_score_is_not_enough_to_judge_soon() -> None:
    config = SystemConfig(
        liveness_type=RGB, liveness_threshold=90, multiface_detection=True
    )
    assert not covers(Liveness(rgb=(GOOD,)), config)
    assert covers(Liveness(rgb=(GOOD, GOOD)), config)
