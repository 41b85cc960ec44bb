"""When somebody was seen last, where, and how often today: of all modules together.

What counts is what the attendance counts (visits/attendance.py).
"""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial
import sqlite3
from typing import Any, NamedTuple

from homeassistant.core import CALLBACK_TYPE, callback

from .book import VisitBook
from .database import marks
from .gate import Verdict
from .meanwhile import Meanwhile
from .rows import to_number, to_time
from .search import believed_since, believed_until
from .visit import Visit


class Whose(NamedTuple):
    """Whose visits are meant: those of a user id, but for what is under names of others.

    `marked` is what a mark calls them.
    """

    user_id: str
    marked: str
    others: Collection[str] = ()

    def is_theirs(self, visit: Visit) -> bool:
        """Say whether a visit that nobody marked counts."""
        return (
            visit.verdict is Verdict.RECOGNIZED
            and visit.user_id == self.user_id
            and visit.name not in self.others
        )


class Seen(NamedTuple):
    """When and where (an entry) somebody was seen last, and the ids of today's visits."""

    last_seen: datetime | None = None
    entry_id: str | None = None
    today: frozenset[str] = frozenset()


def seen(db: sqlite3.Connection, whose: Whose, today: datetime) -> Seen:
    """Return what the book knows of somebody; `today` is when today began.

    Blocking, for the book's thread.
    """
    others = marks(whose.others)
    since, until = to_number(believed_since(None)), to_number(believed_until(None))
    terms = "verdict = ? AND time >= ? AND time < ?"
    values: list[Any] = [Verdict.RECOGNIZED, since, until]
    source = (
        "(SELECT visit_id, entry_id, time, last_seen FROM visits"  # noqa: S608
        f" INDEXED BY visits_by_person WHERE user_id = ? AND name NOT IN ({others})"
        f" AND wrong IS NULL AND {terms}"
        " UNION ALL SELECT visit_id, entry_id, time, last_seen FROM visits"
        f" INDEXED BY visits_wrong WHERE wrong = ? AND {terms})"
    )
    values = [whose.user_id, *whose.others, *values, whose.marked, *values]
    last = db.execute(
        f"SELECT last_seen, entry_id FROM {source} ORDER BY time DESC LIMIT 1",  # noqa: S608
        values,
    ).fetchone()
    ids = db.execute(
        f"SELECT visit_id FROM {source} WHERE time >= ?",  # noqa: S608
        [*values, to_number(today)],
    )
    number, entry_id = last or (None, None)
    return Seen(
        None if number is None else to_time(number),
        entry_id,
        frozenset(visit_id for (visit_id,) in ids),
    )


class Someone:
    """What is known of somebody's visits now."""

    def __init__(self, book: VisitBook, whose: Whose) -> None:
        """Prepare; `async_look` asks the book."""
        self.whose = whose
        self.seen = Seen()
        self._book = book
        # Since when it is today.
        self._today: datetime | None = None
        self._meanwhile = Meanwhile[Visit]()
        self._listeners: list[Callable[[], None]] = []

    @property
    def since(self) -> datetime | None:
        """When the day began of which visits are counted."""
        return self._today

    @callback
    def async_subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` after every change; returns the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_look(self, today: datetime) -> None:
        """Ask the book; `today` is when today began."""
        ask = partial(seen, whose=self.whose, today=today)
        with self._meanwhile.asking() as came:
            found = await self._book.async_run(ask, None)
        if found is None:
            # What was known of this day goes on to be so.
            if self._today in (None, today):
                return
            found = self.seen._replace(today=frozenset())
        self.seen, self._today = found, today
        for visit in came:
            self._take(visit)
        self.async_tell()

    @callback
    def async_came(self, visit: Visit) -> None:
        """Take in a visit that is told now."""
        if self.whose.is_theirs(visit):
            self._meanwhile.async_came(visit)
            self._take(visit)
            self.async_tell()

    def _take(self, visit: Visit) -> None:
        last_seen, entry_id, today = self.seen
        if last_seen is None or visit.last_seen >= last_seen:
            last_seen, entry_id = visit.last_seen, visit.entry_id
        if self._today is not None and visit.time >= self._today:
            today |= {visit.visit_id}
        self.seen = Seen(last_seen, entry_id, today)

    @callback
    def async_tell(self) -> None:
        """Call the listeners."""
        for listener in list(self._listeners):
            listener()
