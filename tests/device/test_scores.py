"""When a score is shown, and how a clock is judged."""

from collections.abc import Callable

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.face_module.device.clock import ClockWatch
from custom_components.face_module.device.scores import Pace, ScoreThrottle
from custom_components.face_module.device.state import Pipeline


def rows_in_an_hour(
    shown: Pipeline, mask_score: Callable[[int], float | None]
) -> list[int]:
    """Return at which of an hour's callbacks, 30 a second, another score is shown."""
    throttle, rows = ScoreThrottle(5), []
    for tick in range(3600 * 30):
        latest = Pipeline(mask_score=mask_score(tick))
        new, _ = throttle.show(shown, latest, 10 + tick / 30)
        if new != shown:
            rows.append(tick)
        shown = new
    return rows


@pytest.mark.parametrize("leap", [1, 7, 50])
def test_an_hour_at_30_a_second_writes_at_most_one_row_in_five_seconds(leap: int) -> None:
    rows = rows_in_an_hour(Pipeline(), lambda tick: 10.0 + tick * leap % 80)
    assert len(rows) <= 3600 / 5 + 1


def test_noise_within_a_point_is_never_a_row() -> None:
    rows = rows_in_an_hour(Pipeline(), lambda tick: 10.0 + tick % 10 / 11)
    assert rows == [0]


def test_a_model_that_flickers_does_not_flood_the_database() -> None:
    rows = rows_in_an_hour(Pipeline(), lambda tick: 60.0 if tick % 2 else None)
    assert rows[:3] == [1, 2, 3]
    assert len(rows) <= 3600 / 5 + 2


def test_a_few_changes_pass_at_once_and_again_after_a_rest() -> None:
    pace = Pace(5)
    passed = [
        now for now in (10, 11, 12, 13, 16, 17, 40, 41, 42, 43) if pace.passes(now) is None
    ]
    assert passed == [10, 11, 12, 16, 40, 41, 42]
    assert pace.passes(43) == 45


def test_a_score_is_looked_at_on_time_and_not_when_the_next_callback_comes() -> None:
    """Otherwise a module that reports more often would write more rows."""
    throttle = ScoreThrottle(5)
    shown, _ = throttle.show(Pipeline(), Pipeline(mask_score=20.0), 10)
    shown, due = throttle.show(shown, Pipeline(mask_score=20.5), 11)
    assert due == 15
    shown, due = throttle.show(shown, Pipeline(mask_score=20.5), 15)
    assert (shown.mask_score, due) == (20.0, None), "nothing moves: nobody asks again"
    _, due = throttle.show(shown, Pipeline(mask_score=22.0), 16)
    assert due == 20


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(
        st.tuples(
            st.floats(0, 20),
            st.one_of(st.none(), st.floats(0, 100)),
            st.sampled_from(["normal", "smoking", None]),
        ),
        max_size=40,
    )
)
def test_what_is_shown_is_true_or_about_to_be(
    moves: list[tuple[float, float | None, str | None]],
) -> None:
    throttle, shown, now = ScoreThrottle(5), Pipeline(), 100.0
    for wait, score, dms in moves:
        now += wait
        latest = Pipeline(mask_score=score, dms_type=dms)
        shown, due = throttle.show(shown, latest, now)
        if shown.dms_type != dms:
            assert due is not None, "no DMS change is lost"
        if score is None or shown.mask_score is None:
            held_back = shown.mask_score is not score
        else:
            held_back = abs(shown.mask_score - score) >= 1
        if held_back:
            assert due is not None, "nothing is lost"
            assert now < due <= now + 5


def test_delays_and_whole_seconds_only_add_to_the_lag() -> None:
    watch = ClockWatch()
    drifts = [
        watch.observe(1000 + n, 1000 + n + lag) for n, lag in enumerate((0.9, 3, 0.2))
    ]
    assert [round(drift, 6) for drift in drifts] == [-0.9, -0.9, -0.2]
    watch.reset()
    assert watch.drift == 0, "it was set to ours"
    assert watch.observe(5000, 1000) == 4000


def test_a_late_heartbeat_makes_nothing_old_look_fresh() -> None:
    watch = ClockWatch()
    for n in range(6):
        watch.observe(1000 + 10 * n, 1000.3 + 10 * n)
    assert watch.observe(1000, 87_400) == pytest.approx(-0.3)
    assert watch.in_doubt
    assert watch.observe(87_410, 87_410.3) == pytest.approx(-0.3)
    assert not watch.in_doubt


def test_a_queue_of_late_heartbeats_is_no_clock_set_back() -> None:
    """After a stall of 45 seconds they arrive together."""
    watch = ClockWatch()
    for n in range(6):
        watch.observe(1000 + n, 1000.3 + n)
    for n in range(45):
        assert watch.observe(1006 + n, 1051 + n / 100) == pytest.approx(-0.3)


@pytest.mark.parametrize("back", [11, 25, 3600, 365 * 86_400])
def test_a_clock_that_is_set_back_is_believed_at_its_second_heartbeat(back: int) -> None:
    watch = ClockWatch()
    for n in range(6):
        watch.observe(1000 + 10 * n, 1000.3 + 10 * n)
    assert watch.observe(1060 - back, 1060.4) == pytest.approx(-0.3)
    assert watch.observe(1070 - back, 1070.3) == pytest.approx(-back - 0.3)
    assert not watch.in_doubt


def test_a_late_heartbeat_after_the_clock_was_set_is_not_believed() -> None:
    watch = ClockWatch()
    watch.observe(5, 1_700_000_000)
    watch.reset()
    assert watch.observe(6, 1_700_000_001) == 0
