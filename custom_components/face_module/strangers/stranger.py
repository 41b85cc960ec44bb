"""A stranger: somebody who came, and whom nobody knows."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from ..visits.rows import to_number, to_time
from ..visits.visit import Met
from .looks import distance

# So many comparisons a visit: of those who look most alike at a glance, who came last,
# and who came most often.
_BY_LOOKS, _BY_TIME, _BY_TIMES = 10, 5, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Somebody of whom a module has one picture: the largest, of `size` pixels.

    `looks` is that picture at a glance (strangers/looks.py).
    """

    stranger_id: str
    first_seen: datetime
    last_seen: datetime
    times_seen: int = 1
    ignored: bool = False
    size: int
    looks: bytes = field(repr=False)

    @property
    def met(self) -> Met:
        """What is told of them."""
        return Met(self.stranger_id, self.times_seen, self.first_seen, self.ignored)

    def as_row(self) -> tuple[Any, ...]:
        """Return them as the book has them, after entry and id."""
        times = to_number(self.first_seen), to_number(self.last_seen), self.times_seen
        return (*times, int(self.ignored), self.size, self.looks)

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> Self:
        """Read a row of the book; raises ValueError, TypeError or OverflowError."""
        _, stranger_id, first_seen, last_seen, times_seen, ignored, size, looks = row
        return cls(
            stranger_id=stranger_id,
            first_seen=to_time(first_seen),
            last_seen=to_time(last_seen),
            times_seen=times_seen,
            ignored=bool(ignored),
            size=size,
            looks=bytes(looks),
        )


def in_order(known: Iterable[Stranger], looks: bytes) -> list[Stranger]:
    """Return who may have come, the most likely first, no more than are compared."""
    left, chosen = list(known), list[Stranger]()
    left.sort(key=lambda one: distance(one.looks, looks))
    chosen += left[:_BY_LOOKS]
    left = left[_BY_LOOKS:]
    left.sort(key=lambda one: one.last_seen, reverse=True)
    chosen += left[:_BY_TIME]
    left = left[_BY_TIME:]
    left.sort(key=lambda one: one.times_seen, reverse=True)
    return chosen + left[:_BY_TIMES]
