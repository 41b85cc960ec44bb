"""The rows of the visits' database: what is written into them, and how they are read.

Times are whole microseconds since 1970. Blocking, and for one thread: visits/book.py.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import attrgetter
import sqlite3
from typing import Any, Final

from .database import TABLES, marks
from .gate import Reason, Verdict
from .visit import Visit

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# So many rows that are not wanted any more are changed at once: nobody shall wait for it.
SURPLUS: Final = 200
# An entry and a user id: somebody on a module.
_PERSON: Final = 2
_FIELDS: Final = attrgetter(*TABLES["visits"])
_REPLACE: Final = {
    table: f"REPLACE INTO {table} VALUES ({marks(columns)})"  # noqa: S608
    for table, columns in TABLES.items()
}


@dataclass(frozen=True, slots=True)
class Change:
    """What a row is from now on; `row` is None when it is gone.

    `key` is how the row begins. One that is shorter means all rows that begin so, to be
    deleted. `new`: there was none before. `erase`: nothing of it may stay in the file.
    """

    table: str
    key: tuple[str, ...]
    row: Visit | tuple[Any, ...] | None = None
    new: bool = False
    erase: bool = False

    def apply(self, db: sqlite3.Connection) -> list[tuple[str, ...]]:
        """Write it; return the keys of visits that are gone besides, with a picture."""
        if self.row is None:
            columns = TABLES[self.table][: len(self.key)]
            where = " AND ".join(f"{column} = ?" for column in columns)
            db.execute(f"DELETE FROM {self.table} WHERE {where}", self.key)  # noqa: S608
            return []
        values = _values(self.row) if isinstance(self.row, Visit) else self.key + self.row
        # What no database can hold costs no other row.
        with suppress(ValueError, OverflowError, sqlite3.IntegrityError):
            db.execute(_REPLACE[self.table], values)
        return []


class Pictureless(Change):
    """A visit that stays, without its picture."""

    def apply(self, db: sqlite3.Connection) -> list[tuple[str, ...]]:
        """Write it: not the whole row, for the sake of all that finds it."""
        _take_pictures(db, [self.key])
        return []


class Oblivion(Change):
    """Nothing of somebody is left of a module: no visit, and no mark that it was them.

    `key` is the entry, the user id, and the name if only visits under this one are meant;
    else those of strangers who were said to be them are, too.
    """

    def apply(self, db: sqlite3.Connection) -> list[tuple[str, ...]]:
        """Delete their visits; return the keys of those with a picture."""
        where = "entry_id = ?1 AND user_id = ?2"
        if len(self.key) > _PERSON:
            where += " AND name = ?3"
        elif self.key[1]:
            where = "entry_id = ?1 AND (user_id = ?2 OR wrong = ?2 AND user_id = '')"
        pictured = db.execute(
            f"SELECT entry_id, visit_id FROM visits"  # noqa: S608
            f" WHERE {where} AND content_type IS NOT NULL",
            self.key,
        ).fetchall()
        db.execute(f"DELETE FROM visits WHERE {where}", self.key)  # noqa: S608
        if not self.key[1]:
            for table in ("strangers", "stranger_pictures"):
                db.execute(f"DELETE FROM {table} WHERE entry_id = ?", self.key[:1])  # noqa: S608
        elif len(self.key) == _PERSON:
            db.execute(
                "UPDATE visits SET wrong = '' WHERE entry_id = ? AND wrong = ?",
                self.key[:_PERSON],
            )
        return pictured


def storable(text: str) -> str:
    """Return a text as it can be looked for: no text has halves of characters."""
    return text.encode(errors="replace").decode()


def to_number(time: datetime) -> int:
    """Return a time as the database has it."""
    return (time - _EPOCH) // _MICROSECOND


def to_time(number: int) -> datetime:
    """Return the time that the database has."""
    return _EPOCH + number * _MICROSECOND


def latest_visits(
    db: sqlite3.Connection, entry_id: str, count: int, since: int
) -> list[Visit]:
    """Return the latest visits of an entry that ended at or after `since`.

    The earliest of them first. What only a later release understands is left out.
    """
    rows = db.execute(
        "SELECT * FROM visits WHERE entry_id = ? AND last_seen >= ?"
        " ORDER BY time DESC LIMIT ?",
        (entry_id, since, count),
    )
    return readable(rows)[::-1]


def readable(rows: Iterable[tuple[Any, ...]]) -> list[Visit]:
    """Return rows as visits; what only a later release understands is left out."""
    visits = []
    for row in rows:
        with suppress(ValueError, TypeError, OverflowError):
            visits.append(_visit(row))
    return visits


def _take_pictures(db: sqlite3.Connection, keys: Iterable[tuple[str, ...]]) -> None:
    db.executemany(
        "UPDATE visits SET content_type = NULL WHERE entry_id = ? AND visit_id = ?", keys
    )


def drop_pictures(
    db: sqlite3.Connection, entry_id: str, count: int, before: int
) -> list[tuple[str, str]]:
    """Let visits have no picture: all but the latest `count`, and those before a time.

    But not too many at once. Returns the keys of the visits that had one.
    """
    gone = db.execute(
        "SELECT entry_id, visit_id FROM visits"
        " WHERE entry_id = ? AND content_type IS NOT NULL AND (last_seen < ? OR visit_id"
        " NOT IN (SELECT visit_id FROM visits WHERE entry_id = ?"
        " ORDER BY time DESC LIMIT ?)) LIMIT ?",
        (entry_id, before, entry_id, count, SURPLUS),
    ).fetchall()
    _take_pictures(db, gone)
    return gone


def drop_old(db: sqlite3.Connection, entry_id: str, before: int) -> list[tuple[str, str]]:
    """Delete visits of an entry that ended before a time, but not too many at once.

    Returns the keys of those that are gone.
    """
    gone = db.execute(
        "SELECT entry_id, visit_id FROM visits"
        " WHERE entry_id = ? AND time < ? AND last_seen < ? LIMIT ?",
        (entry_id, before, before, SURPLUS),
    ).fetchall()
    db.executemany("DELETE FROM visits WHERE entry_id = ? AND visit_id = ?", gone)
    return gone


def _values(visit: Visit) -> list[Any]:
    """Return a visit as a row."""
    return [to_number(v) if isinstance(v, datetime) else v for v in _FIELDS(visit)]


def _visit(row: tuple[Any, ...]) -> Visit:
    """Return a row as a visit. Raises ValueError, TypeError, OverflowError."""
    values = dict(zip(TABLES["visits"], row, strict=True))
    if not values["visit_id"].isalnum():
        raise ValueError("a file is named by it")
    for key in ("time", "last_seen", "device_time"):
        values[key] = to_time(values[key])
    values["verdict"] = Verdict(values["verdict"])
    values["reason"] = values["reason"] and Reason(values["reason"])
    values["late"] = bool(values["late"])
    if values["first_seen"] is not None:
        values["first_seen"] = to_time(values["first_seen"])
    return Visit(**values)
