"""The database of the visits: its tables, and how it is opened and mended.

Times are whole microseconds since 1970. Blocking, and for one thread: visits/book.py.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from functools import partial
from operator import attrgetter
from pathlib import Path
import sqlite3
from typing import Any, Final

from ..const import LOGGER
from .gate import Reason, Verdict
from .visit import Visit

_EPOCH: Final = datetime.fromtimestamp(0, UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_AUTOCHECKPOINT: Final = 1000
_DAMAGED: Final = "damaged"
# So many rows that are not wanted any more are changed at once: nobody shall wait for it.
SURPLUS: Final = 200
# An entry and a user id: somebody on a module.
_PERSON: Final = 2
# The columns of each table, those first that a row is known by.
TABLES: Final = {
    "visits": [field.name for field in fields(Visit)],
    "people": ["entry_id", "user_id", "name", "seen"],
    "forgotten": ["entry_id", "mark", "at"],
    "heard": ["entry_id", "at"],
    "strangers": [
        *("entry_id", "stranger_id", "first_seen", "last_seen", "times_seen", "ignored"),
        *("size", "looks"),
    ],
    "stranger_pictures": ["entry_id", "stranger_id", "jpeg"],
}
_FIELDS: Final = attrgetter(*TABLES["visits"])
# What makes each version of the database of the one before; user_version counts them.
_LADDER: Final = (
    """
    CREATE TABLE visits (
        entry_id TEXT NOT NULL, visit_id TEXT NOT NULL PRIMARY KEY, verdict TEXT NOT NULL,
        reason TEXT, user_id TEXT NOT NULL, name TEXT NOT NULL, person TEXT,
        score REAL NOT NULL, rgb_liveness_score REAL, nir_liveness_score REAL,
        mask_score REAL, time INTEGER NOT NULL, last_seen INTEGER NOT NULL,
        device_time INTEGER NOT NULL, age REAL NOT NULL, content_type TEXT,
        late INTEGER NOT NULL
    );
    CREATE INDEX visits_by_time ON visits (entry_id, time);
    CREATE TABLE people (
        entry_id TEXT NOT NULL, user_id TEXT NOT NULL, name TEXT NOT NULL,
        seen INTEGER NOT NULL, PRIMARY KEY (entry_id, user_id)
    );
    CREATE TABLE forgotten (
        entry_id TEXT NOT NULL, mark TEXT NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (entry_id, mark)
    );
    CREATE TABLE heard (entry_id TEXT NOT NULL PRIMARY KEY, at INTEGER NOT NULL);
    """,
    # What is asked of a book of years is read from these alone: visits/search.py.
    """
    ALTER TABLE visits ADD COLUMN wrong TEXT;
    ALTER TABLE visits ADD COLUMN source TEXT;
    CREATE INDEX visits_by_moment ON visits (time, entry_id, verdict);
    CREATE INDEX visits_by_person ON visits (user_id, name, time, entry_id, verdict);
    CREATE INDEX visits_with_picture ON visits (entry_id) WHERE content_type IS NOT NULL;
    CREATE INDEX visits_wrong ON visits (wrong) WHERE wrong IS NOT NULL;
    """,
    """
    ALTER TABLE visits ADD COLUMN stranger_id TEXT;
    ALTER TABLE visits ADD COLUMN times_seen INTEGER;
    ALTER TABLE visits ADD COLUMN first_seen INTEGER;
    CREATE INDEX visits_of_strangers ON visits (stranger_id) WHERE stranger_id IS NOT NULL;
    CREATE TABLE strangers (
        entry_id TEXT NOT NULL, stranger_id TEXT NOT NULL, first_seen INTEGER NOT NULL,
        last_seen INTEGER NOT NULL, times_seen INTEGER NOT NULL, ignored INTEGER NOT NULL,
        size INTEGER NOT NULL, looks BLOB NOT NULL, PRIMARY KEY (entry_id, stranger_id)
    );
    CREATE TABLE stranger_pictures (
        entry_id TEXT NOT NULL, stranger_id TEXT NOT NULL, jpeg BLOB NOT NULL,
        PRIMARY KEY (entry_id, stranger_id)
    );
    """,
)
_REPLACE: Final = {
    table: f"REPLACE INTO {table} VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
    for table, columns in TABLES.items()
}


class DamagedError(sqlite3.DatabaseError):
    """The file is no database that this release can read."""


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


class Database:
    """One file, opened when it is needed, and again when it is another one."""

    def __init__(self, path: Path, opened: Callable[[list[str]], None]) -> None:
        """Work with `path`; it is made when it is not there.

        `opened` is called whenever it was opened, with the names of those that were damaged
        and put aside.
        """
        self._path = path
        self._opened = opened
        self._db: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        # Whether the file may change; what is written goes beside it in any case.
        self._still = False

    def run[T](self, work: Callable[[sqlite3.Connection], T], *, keep: bool = True) -> T:
        """Work with the database, in one transaction; a damaged one is put aside first.

        Unless it is to `keep` it, what `work` writes is undone. Raises OSError and
        sqlite3.Error; then nothing was done.
        """

        def transaction(db: sqlite3.Connection) -> T:
            db.execute("BEGIN IMMEDIATE")
            try:
                result = work(db)
                if keep:
                    db.commit()
            finally:
                db.rollback()
            return result

        return self._mending(transaction)

    def keep_still(self, *, still: bool) -> None:
        """Let the file stay as it is now, or change again. Raises sqlite3.Error."""
        self._still = still
        self._checkpoint_by_itself(self._open())
        self.tidy()

    def tidy(self) -> None:
        """Leave nothing beside the file of what was deleted. Raises sqlite3.Error."""
        self._mending(lambda db: db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall())

    def erase(self) -> None:
        """Leave nothing in the file of what was deleted. Raises sqlite3.Error."""
        self._mending(lambda db: db.execute("VACUUM"))
        self.tidy()

    def close(self) -> None:
        """Close the file."""
        if self._db is not None:
            with suppress(sqlite3.Error):
                self._db.close()
            self._db = None

    def remove(self) -> None:
        """Remove the file, and those that were put aside."""
        self.close()
        for path in self._path.parent.glob(f"{self._path.name}*"):
            path.unlink(missing_ok=True)

    def _mending[T](self, work: Callable[[sqlite3.Connection], T]) -> T:
        try:
            return work(self._open())
        except sqlite3.DatabaseError as err:
            if not _is_damage(err):
                raise
            self._put_aside()
            return work(self._open())

    def _open(self) -> sqlite3.Connection:
        if self._db is not None and _identity(self._path) == self._file:
            return self._db
        self.close()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        self._path.touch(0o600)
        self._file = _identity(self._path)
        self._db = db = sqlite3.connect(self._path, isolation_level=None)
        # Bytes that went bad cost these characters, not everything that can be read.
        db.text_factory = partial(str, encoding="utf-8", errors="replace")
        try:
            db.execute("PRAGMA journal_mode = WAL").fetchall()
            # Whoever was told of a visit finds it after a power failure, too.
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA secure_delete = ON").fetchall()
            _climb(db)
            self._checkpoint_by_itself(db)
        except sqlite3.Error:
            self.close()
            raise
        aside = self._path.parent.glob(f"{self._path.name}.{_DAMAGED}-*[0-9]")
        self._opened(sorted(path.name for path in aside))
        return db

    def _checkpoint_by_itself(self, db: sqlite3.Connection) -> None:
        pages = 0 if self._still else _AUTOCHECKPOINT
        db.execute(f"PRAGMA wal_autocheckpoint = {pages}").fetchall()

    def _put_aside(self) -> None:
        self.close()
        number = 1
        while (aside := Path(f"{self._path}.{_DAMAGED}-{number}")).exists():
            number += 1
        for end in ("-wal", "-shm", ""):
            with suppress(FileNotFoundError):
                Path(f"{self._path}{end}").rename(f"{aside}{end}")
        LOGGER.warning("The history is damaged; it was put aside as %s", aside.name)


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def _climb(db: sqlite3.Connection) -> None:
    """Bring a database to the version of this release."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    used = db.execute("SELECT 1 FROM sqlite_schema").fetchone()
    if version > len(_LADDER) or (version == 0 and used):
        raise DamagedError("another schema")
    for number, step in enumerate(_LADDER[version:], version + 1):
        db.executescript(f"BEGIN; {step} PRAGMA user_version = {number}; COMMIT;")
    for table, columns in TABLES.items():
        found = [name for _, name, *_ in db.execute(f"PRAGMA table_info({table})")]
        if found != columns:
            raise DamagedError("another schema")


def _is_damage(err: sqlite3.Error) -> bool:
    if isinstance(err, DamagedError):
        return True
    code = getattr(err, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


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
