"""Whether somebody may enter: their rule, judged at a moment and at a door.

Pure: what is known of the moment is gathered in admission.py. What is not known is no.
"""

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Final

from ..people.rule import AccessMode, AccessRule, Match

_ON: Final = "on"
# Whoever is at home, and a group of such people.
_AT_HOME: Final = ("person", "group")
_HOME: Final = "home"

type States = Callable[[str], str | None]


class Denial(StrEnum):
    """Why somebody may not enter; of several reasons the first."""

    NEVER = "never"
    OVER = "over"
    USED_UP = "used_up"
    EARLY = "early"
    ELSEWHERE = "elsewhere"
    CLOSED = "closed"


def judge_access(
    rule: AccessRule,
    *,
    moment: datetime,
    door: str | None,
    state_of: States,
    is_counted: bool = True,
) -> Denial | None:
    """Return why somebody may not enter, None if they may.

    `moment` (aware) is when they were recognized, `door` the serial number of the module,
    None: any of their doors. `state_of` gives the state of an entity, None for none.
    Without `is_counted` the visit is one that was counted before.
    """
    if rule.mode is not AccessMode.RULE:
        return Denial.NEVER if rule.mode is AccessMode.NEVER else None
    if (denial := _judge_time(rule, moment, is_counted=is_counted)) is not None:
        return denial
    if rule.doors and door is not None and door not in rule.doors:
        return Denial.ELSEWHERE
    return None if _is_open(rule, state_of) else Denial.CLOSED


def _judge_time(rule: AccessRule, moment: datetime, *, is_counted: bool) -> Denial | None:
    if rule.end is not None and moment >= rule.end:
        return Denial.OVER
    if is_counted and rule.visits == 0:
        return Denial.USED_UP
    if rule.start is not None and moment < rule.start:
        return Denial.EARLY
    return None


def _is_open(rule: AccessRule, state_of: States) -> bool:
    """Say whether so many entities are on as must be."""
    decides = rule.match is Match.ANY
    for entity_id in rule.entities:
        if is_on(entity_id, state_of(entity_id)) is decides:
            return decides
    return not decides or not rule.entities


def is_on(entity_id: str, state: str | None) -> bool:
    """Say whether the state of an entity counts as on."""
    if state == _HOME:
        return entity_id.partition(".")[0] in _AT_HOME
    return state == _ON
