"""The trust gate, combination by combination."""

from itertools import product

import pytest

from custom_components.face_module.client import LivenessType, SystemConfig
from custom_components.face_module.gate import Gate, Liveness, Reason, Verdict, judge

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
LOW, GOOD = 89.9, 90.0
FRESH, OLD = 3.0, 3.1
S, U = Reason.SPOOF, Reason.LIVENESS_UNKNOWN
# Which models run, what they say, how old that is, and what speaks against it.
LIVENESS = (
    (LivenessType.OFF, None, None, FRESH, U),
    (LivenessType.OFF, GOOD, GOOD, FRESH, U),
    (None, GOOD, GOOD, FRESH, U),
    (LivenessType.RGB, GOOD, None, FRESH, None),
    (LivenessType.RGB, GOOD, LOW, FRESH, None),
    (LivenessType.RGB, LOW, GOOD, FRESH, S),
    (LivenessType.RGB, None, GOOD, FRESH, U),
    (LivenessType.RGB, GOOD, None, OLD, U),
    (LivenessType.RGB, LOW, None, OLD, U),
    (LivenessType.RGB, GOOD, None, None, U),
    (LivenessType.NIR, None, GOOD, FRESH, None),
    (LivenessType.NIR, LOW, GOOD, FRESH, None),
    (LivenessType.NIR, GOOD, LOW, FRESH, S),
    (LivenessType.NIR, GOOD, None, FRESH, U),
    (LivenessType.NIR, None, GOOD, OLD, U),
    (LivenessType.RGB_NIR, GOOD, GOOD, FRESH, None),
    (LivenessType.RGB_NIR, LOW, GOOD, FRESH, S),
    (LivenessType.RGB_NIR, GOOD, LOW, FRESH, S),
    (LivenessType.RGB_NIR, LOW, LOW, FRESH, S),
    (LivenessType.RGB_NIR, LOW, None, FRESH, S),
    (LivenessType.RGB_NIR, GOOD, None, FRESH, U),
    (LivenessType.RGB_NIR, None, GOOD, FRESH, U),
    (LivenessType.RGB_NIR, None, None, FRESH, U),
    (LivenessType.RGB_NIR, GOOD, GOOD, OLD, U),
    (LivenessType.RGB_NIR, GOOD, GOOD, None, U),
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
    gate = Gate(
        max_age=10.0,
        minimum_score=minimum,
        require_liveness=require,
        confirmations=wanted,
        confirmation_window=10.0,
    )
    cases = 0
    for (age, age_good), (score, over_90), live, (count, _) in product(
        AGES, SCORES, LIVENESS, CONFIRMATIONS
    ):
        kind, rgb, nir, liveness_age, doubt = live
        found = judge(
            gate,
            known=known,
            score=score,
            age=age,
            liveness=Liveness(rgb=rgb, nir=nir, age=liveness_age),
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


def test_without_a_threshold_nobody_is_shown_to_be_alive() -> None:
    verdict = judge(
        Gate(
            max_age=10,
            minimum_score=0,
            require_liveness=True,
            confirmations=1,
            confirmation_window=10,
        ),
        known=True,
        score=99.0,
        age=0.0,
        liveness=Liveness(rgb=99.0, nir=99.0, age=0.0),
        config=SystemConfig(liveness_type=LivenessType.RGB),
        confirmations=1,
    )
    assert verdict == (Verdict.REJECTED, Reason.LIVENESS_UNKNOWN)
