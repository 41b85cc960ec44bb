"""What is asked of the book: which visits, who, how many, and since when.

Blocking, for the book's thread (`VisitBook.async_run`). Somebody is a user id and a name
together: two people of one id on two modules are two, and whoever was renamed is found
under both names. Everything is as it was told; what the user marked as wrong is only told
along, but for the attendance (visits/attendance.py).
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
import sqlite3
from typing import Any, Final, NamedTuple

from homeassistant.util import dt as dt_util

from .database import marks
from .gate import Verdict
from .rows import readable, to_number, to_time
from .visit import Visit

# Of a time before this, or in the future, a clock was not set: it belongs to no day.
_BELIEVED: Final = datetime(2020, 1, 1, tzinfo=UTC)
# Nobody stands in front of a module for longer: a visit that goes on began since then.
_LONGEST: Final = timedelta(days=2) // timedelta(microseconds=1)
# How many values a statement takes.
_VALUES: Final = 500


class Query(NamedTuple):
    """Which visits: those that began in `since <= time < until`, the latest first.

    None and an empty collection say nothing, but for `entry_ids`: the modules, None for
    all.
    """

    entry_ids: Collection[str] | None = None
    user_id: str | None = None
    name: str | None = None
    results: Collection[Verdict] = ()
    since: datetime | None = None
    until: datetime | None = None
    offset: int = 0
    limit: int = 50

    def source(self) -> tuple[str, list[Any]]:
        """Return where the visits are, by an index that knows the rest, and the values."""
        terms, values = ["TRUE"], list[Any]()
        if self.entry_ids is not None:
            terms.append(f"entry_id IN ({marks(self.entry_ids)})")
            values += self.entry_ids
        for term, value in (
            ("user_id = ?", self.user_id),
            ("name = ?", self.name),
            ("time >= ?", self.since),
            ("time < ?", self.until),
        ):
            if value is not None:
                terms.append(term)
                values.append(to_number(value) if isinstance(value, datetime) else value)
        if self.results:
            terms.append(f"verdict IN ({marks(self.results)})")
            values += self.results
        index = "moment" if self.user_id is None else "person"
        if index == "moment" and not self.results and len(self.entry_ids or ()) == 1:
            index = "time"
        return (
            f"FROM visits INDEXED BY visits_by_{index} WHERE {' AND '.join(terms)}",
            values,
        )


class Found(NamedTuple):
    """A page of visits, and how many there are in all."""

    total: int
    visits: list[Visit]


class Known(NamedTuple):
    """Somebody of whom there are visits, how many, and when the last one began."""

    user_id: str
    name: str
    visits: int
    last: datetime


class Doomed(NamedTuple):
    """Visits of a module that are to be deleted, and whose they are.

    Of those in `left` there are others.
    """

    visit_ids: frozenset[str] = frozenset()
    user_ids: frozenset[str] = frozenset()
    left: frozenset[str] = frozenset()


def find(db: sqlite3.Connection, query: Query) -> Found:
    """Return the visits that are asked for."""
    source, values = query.source()
    (count,) = db.execute(f"SELECT count(*) {source}", values).fetchone()
    limit = min(query.limit, count - query.offset)
    if limit <= 0:
        return Found(count, [])
    order, offset = "DESC", query.offset
    if (from_end := count - offset - limit) < offset:
        # What is skipped is read.
        order, offset = "ASC", from_end
    # Only of those that are shown the rest is read.
    page = f"SELECT rowid {source} ORDER BY time {order}, rowid {order} LIMIT ? OFFSET ?"
    rows = db.execute(
        f"SELECT * FROM visits WHERE rowid IN ({page}) ORDER BY time DESC, rowid DESC",  # noqa: S608
        (*values, limit, offset),
    )
    return Found(count, readable(rows))


def get(db: sqlite3.Connection, visit_id: str) -> Visit | None:
    """Return a visit, None when there is none."""
    rows = db.execute("SELECT * FROM visits WHERE visit_id = ?", (visit_id,))
    return next(iter(readable(rows)), None)


def called(db: sqlite3.Connection, user_id: str) -> str | None:
    """Return the latest name that somebody had, None when there was no visit."""
    row = db.execute(
        "SELECT name FROM visits WHERE user_id = ? AND name != ''"
        " ORDER BY time DESC LIMIT 1",
        (user_id,),
    ).fetchone()
    return row and str(row[0])


def during(
    db: sqlite3.Connection, entry_id: str, since: datetime, until: datetime
) -> list[Visit]:
    """Return the visits of a module that were going on then, the earliest first."""
    first = to_number(since)
    rows = db.execute(
        "SELECT * FROM visits WHERE entry_id = ? AND time >= ? AND time < ?"
        " AND last_seen >= ? ORDER BY time",
        (entry_id, first - _LONGEST, to_number(until), first),
    )
    return readable(rows)


def of_stranger(db: sqlite3.Connection, entry_id: str, stranger_id: str) -> list[Visit]:
    """Return the visits of a stranger of a module."""
    rows = db.execute(
        "SELECT * FROM visits WHERE stranger_id = ? AND entry_id = ?",
        (stranger_id, entry_id),
    )
    return readable(rows)


def ids_since(db: sqlite3.Connection, entry_id: str, since: datetime) -> set[str]:
    """Return the ids of the visits of a module since then, as far as clocks were set."""
    first, end = believed_since(since), believed_until(None)
    rows = db.execute(
        "SELECT visit_id FROM visits WHERE entry_id = ? AND time >= ? AND time < ?",
        (entry_id, to_number(first), to_number(end)),
    )
    return {visit_id for (visit_id,) in rows}


def people(db: sqlite3.Connection, entry_ids: Collection[str] | None = None) -> list[Known]:
    """Return everybody of whom there are visits; strangers are one, without an id."""
    source, values = Query(entry_ids=entry_ids).source()
    source = source.replace("visits_by_moment", "visits_by_person")
    rows = db.execute(
        f"SELECT user_id, name, count(*), max(time) {source} GROUP BY user_id, name", values
    )
    return [Known(user_id, name, n, to_time(last)) for user_id, name, n, last in rows]


def doomed(
    db: sqlite3.Connection,
    entry_id: str,
    visit_ids: Collection[str],
    user_ids: Collection[str],
) -> Doomed:
    """Return the visits of a module that have one of the ids, or are somebody's.

    Those of strangers, too, who were said to be them.
    """
    gone: dict[str, str] = {}
    for by, wanted in (
        ("visits WHERE visit_id", visit_ids),
        ("visits INDEXED BY visits_by_person WHERE user_id", user_ids),
        ("visits INDEXED BY visits_wrong WHERE user_id = '' AND wrong", {*user_ids} - {""}),
    ):
        for some in _pieces(wanted):
            statement = (
                f"SELECT visit_id, user_id FROM {by} IN ({marks(some)}) AND entry_id = ?"  # noqa: S608
            )
            gone.update(db.execute(statement, (*some, entry_id)).fetchall())
    touched = frozenset(gone.values())
    counts: dict[str, int] = {}
    for some in _pieces(touched):
        statement = (
            "SELECT user_id, count(*) FROM visits INDEXED BY visits_by_person"  # noqa: S608
            f" WHERE user_id IN ({marks(some)}) AND entry_id = ? GROUP BY user_id"
        )
        counts.update(db.execute(statement, (*some, entry_id)).fetchall())
    for user_id in gone.values():
        counts[user_id] -= 1
    left = frozenset(user_id for user_id, number in counts.items() if number)
    return Doomed(frozenset(gone), touched, left)


def believed_since(since: datetime | None) -> datetime:
    """Return since when times are of a clock that was set."""
    return _BELIEVED if since is None else max(since, _BELIEVED)


def believed_until(until: datetime | None) -> datetime:
    """Return until when, exclusive, times are of a clock that was not ahead."""
    now: datetime = dt_util.utcnow() + timedelta(microseconds=1)
    return now if until is None else min(until, now)


def _pieces(values: Collection[str]) -> Iterator[list[str]]:
    found = list(values)
    for begin in range(0, len(found), _VALUES):
        yield found[begin : begin + _VALUES]
