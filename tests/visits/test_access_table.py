"""Who may enter, in every combination: compared with what the words of the rule say."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest

from custom_components.face_module.people.rule import AccessMode, AccessRule, Match
from custom_components.face_module.visits.access import Denial, is_on, judge_access

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
# Each with whether it allows NOW.
STARTS = ((None, True), (NOW - HOUR, True), (NOW, True), (NOW + HOUR, False))
ENDS = ((None, True), (NOW + HOUR, True), (NOW, False), (NOW - HOUR, False))
VISITS = ((None, True), (2, True), (1, True), (0, False))
DOORS = (((), True), (("here",), True), (("there", "here"), True), (("there",), False))
# None: there is no such entity.
STATES = ("on", "off", "unknown", "unavailable", None)
ENTITIES = [states for number in (0, 1, 2, 3) for states in product(STATES, repeat=number)]


def no_state(_entity_id: str) -> None:
    """Home Assistant has no entities."""


def combinations() -> Iterator[tuple[AccessRule, tuple[str | None, ...], bool]]:
    """Give each rule with the states of its entities, and whether it is fulfilled."""
    for mode, start, end, visits, doors, match, states in product(
        AccessMode, STARTS, ENDS, VISITS, DOORS, Match, ENTITIES
    ):
        rule = AccessRule(
            mode=mode,
            start=start[0],
            end=end[0],
            visits=visits[0],
            doors=doors[0],
            match=match,
            entities=tuple(f"schedule.n{number}" for number in range(len(states))),
        )
        number_on = states.count("on")
        enough = len(states) if match is Match.ALL else min(1, len(states))
        conditions = start[1] and end[1] and visits[1] and doors[1] and number_on >= enough
        fulfilled = mode is AccessMode.ALWAYS or (mode is AccessMode.RULE and conditions)
        yield rule, states, fulfilled


def test_every_combination_is_judged_as_the_words_say(
    figure: Callable[[str, int], None],
) -> None:
    number = right = 0
    for rule, states, fulfilled in combinations():
        by_id = dict(zip(rule.entities, states, strict=True))
        denial = judge_access(rule, moment=NOW, door="here", state_of=by_id.__getitem__)
        number += 1
        right += (denial is None) is fulfilled
    figure("combinations of an access rule judged", number)
    figure("combinations of an access rule judged rightly", right)
    assert right == number


@pytest.mark.parametrize(
    ("rule", "denial"),
    [
        (AccessRule(mode=AccessMode.NEVER), Denial.NEVER),
        (AccessRule(mode=AccessMode.RULE, end=NOW), Denial.OVER),
        (AccessRule(mode=AccessMode.RULE, visits=0), Denial.USED_UP),
        (AccessRule(mode=AccessMode.RULE, start=NOW + HOUR), Denial.EARLY),
        (AccessRule(mode=AccessMode.RULE, doors=("there",)), Denial.ELSEWHERE),
        (AccessRule(mode=AccessMode.RULE, entities=("switch.a",)), Denial.CLOSED),
    ],
)
def test_it_is_said_why(rule: AccessRule, denial: Denial) -> None:
    assert judge_access(rule, moment=NOW, door="here", state_of=no_state) is denial


def test_a_visit_that_was_counted_is_not_counted_again() -> None:
    rule = AccessRule(mode=AccessMode.RULE, visits=0, end=NOW + HOUR)

    def judged(moment: datetime) -> Denial | None:
        return judge_access(
            rule, moment=moment, door="here", state_of=no_state, is_counted=False
        )

    assert judged(NOW) is None
    assert judged(NOW + HOUR) is Denial.OVER


def test_for_a_list_the_door_is_any_of_theirs() -> None:
    rule = AccessRule(mode=AccessMode.RULE, doors=("there",))
    assert judge_access(rule, moment=NOW, door=None, state_of=no_state) is None


@pytest.mark.parametrize(
    ("entity_id", "state", "on"),
    [
        ("person.anna", "home", True),
        ("group.family", "home", True),
        ("group.lights", "on", True),
        ("person.anna", "not_home", False),
        ("person.anna", "Work", False),
        ("binary_sensor.door", "home", False),
        ("schedule.home", "off", False),
        ("calendar.guests", "on", True),
        ("switch.a", "ON", False),
        ("switch.a", "", False),
    ],
)
def test_what_counts_as_on(entity_id: str, state: str, on: bool) -> None:
    assert is_on(entity_id, state) is on


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        # Central Europe: the clock goes forward at two, and back at three.
        ("2026-03-29 01:00", "2026-03-29 04:00", 2),
        ("2026-10-25 01:00", "2026-10-25 04:00", 4),
    ],
)
def test_a_night_when_the_clock_is_changed_has_its_hours(
    start: str, end: str, hours: int
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    since, until = (
        datetime.fromisoformat(time).replace(tzinfo=zone) for time in (start, end)
    )
    rule = AccessRule(
        mode=AccessMode.RULE, start=since.astimezone(UTC), end=until.astimezone(UTC)
    )
    quarter = timedelta(minutes=15)
    night = [since.astimezone(UTC) - HOUR + number * quarter for number in range(32)]
    allowed = [
        moment
        for moment in night
        # As somebody reads the clock on the wall, and as it is stored.
        if judge_access(rule, moment=moment.astimezone(zone), door="", state_of=no_state)
        is None
    ]
    assert len(allowed) == 4 * hours
    assert allowed[0] == since.astimezone(UTC)
