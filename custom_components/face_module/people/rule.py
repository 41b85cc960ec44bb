"""Who may enter, and when: the access rule of somebody in the roster.

What it comes to at a moment is judged in visits/access.py.
"""

from collections.abc import Mapping
from copy import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple, Self

# Home Assistant's things that can be on, or somebody who can be at home.
ENTITY_DOMAINS: Final = (
    "binary_sensor",
    "calendar",
    "group",
    "input_boolean",
    "person",
    "schedule",
    "switch",
)
MAX_VISITS: Final = 9999
MAX_ENTITIES: Final = 100
# Times that every time zone has.
_FIRST: Final = datetime(1, 1, 3, tzinfo=UTC)
_LAST: Final = datetime(9999, 12, 29, tzinfo=UTC)


class AccessMode(StrEnum):
    """Whether somebody may enter: whenever they like, not at all, or by conditions."""

    ALWAYS = "always"
    NEVER = "never"
    RULE = "rule"


class Match(StrEnum):
    """How many of several entities must be on."""

    ALL = "all"
    ANY = "any"


class AccessRule(NamedTuple):
    """When and where somebody may enter; with the mode `rule` all that is given holds.

    From `start` until before `end` (aware, in UTC), while `entities` are on, as long as
    `visits` are left, at the `doors` (serial numbers of modules); None or nothing: not
    asked. With `remove_afterwards` they are deleted when it is over.
    """

    mode: AccessMode = AccessMode.ALWAYS
    start: datetime | None = None
    end: datetime | None = None
    entities: tuple[str, ...] = ()
    match: Match = Match.ALL
    visits: int | None = None
    doors: tuple[str, ...] = ()
    remove_afterwards: bool = False

    @property
    def is_limited(self) -> bool:
        """Whether there is anything to ask."""
        return self.mode is not AccessMode.ALWAYS

    @property
    def is_counted(self) -> bool:
        """Whether each visit uses one up."""
        return self.mode is AccessMode.RULE and self.visits is not None

    @property
    def is_guest(self) -> bool:
        """Whether there is an end to it."""
        ends = self.end is not None or self.visits is not None
        return self.mode is AccessMode.RULE and ends

    def is_over(self, moment: datetime) -> bool:
        """Say whether it can never again be fulfilled."""
        if self.mode is not AccessMode.RULE:
            return False
        return self.visits == 0 or (self.end is not None and moment >= self.end)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any] | None) -> Self:
        """Read what was stored or exported; None: they always may enter.

        Raises KeyError, TypeError or ValueError for what is none.
        """
        if data is None:
            return cls()
        visits, entities, doors = data["visits"], data["entities"], data["doors"]
        if visits is not None and (type(visits) is not int or visits < 0):
            raise ValueError("No number of visits")
        if not all(type(one) is list for one in (entities, doors)) or not all(
            type(one) is str for one in (*entities, *doors)
        ):
            raise TypeError
        if type(data["remove_afterwards"]) is not bool:
            raise TypeError
        return cls(
            mode=AccessMode(data["mode"]),
            start=_time(data["start"]),
            end=_time(data["end"]),
            entities=tuple(entities),
            match=Match(data["match"]),
            visits=visits,
            doors=tuple(doors),
            remove_afterwards=data["remove_afterwards"],
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what is stored and exported; times are ISO 8601 with their offset."""
        return {
            "mode": self.mode.value,
            "start": self.start and self.start.isoformat(),
            "end": self.end and self.end.isoformat(),
            "entities": list(self.entities),
            "match": self.match.value,
            "visits": self.visits,
            "doors": list(self.doors),
            "remove_afterwards": self.remove_afterwards,
        }

    def renamed(self, old: str, new: str) -> AccessRule:
        """Return it with another id for one of the entities."""
        return replace(
            self, entities=tuple(new if one == old else one for one in self.entities)
        )

    def like(self, other: AccessRule) -> AccessRule:
        """Return a rule that holds only when both do.

        Where no rule says both, they may not enter until somebody decides.
        """
        if self == other or not other.is_limited:
            return self
        if not self.is_limited:
            return other
        doors = tuple(one for one in self.doors if one in other.doors)
        entities = tuple(dict.fromkeys((*self.entities, *other.entities)))
        several = (rule for rule in (self, other) if len(rule.entities) > 1)
        both = bool(self.entities and other.entities) and (
            (self.entities, self.match) != (other.entities, other.match)
        )
        if (
            AccessMode.NEVER in (self.mode, other.mode)
            or (self.doors and other.doors and not doors)
            or (both and any(rule.match is Match.ANY for rule in several))
        ):
            return AccessRule(mode=AccessMode.NEVER)
        visits = [rule.visits for rule in (self, other) if rule.visits is not None]
        starts = [rule.start for rule in (self, other) if rule.start is not None]
        ends = [rule.end for rule in (self, other) if rule.end is not None]
        return AccessRule(
            mode=AccessMode.RULE,
            start=max(starts, default=None),
            end=min(ends, default=None),
            entities=entities,
            match=Match.ALL if both else (self if self.entities else other).match,
            visits=min(visits, default=None),
            doors=doors or self.doors or other.doors,
            remove_afterwards=self.remove_afterwards and other.remove_afterwards,
        )


ALWAYS: Final = AccessRule()
NEVER: Final = AccessRule(mode=AccessMode.NEVER)


def instant(time: datetime) -> datetime:
    """Return a time (aware) in UTC, at the ends of the calendar one that can be told."""
    return min(max(time, _FIRST), _LAST).astimezone(UTC)


def _time(value: str | None) -> datetime | None:
    if value is None:
        return None
    time = datetime.fromisoformat(value)
    if time.tzinfo is None:
        raise ValueError("No time zone")
    return instant(time)
