"""The database of the visits: its tables, and how it is opened and mended.

What is in its rows: visits/rows.py. Blocking, and for one thread: visits/book.py.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import fields
from functools import partial
from pathlib import Path
import sqlite3
from typing import Final

from ..const import LOGGER
from .visit import Visit

_AUTOCHECKPOINT: Final = 1000
_DAMAGED: Final = "damaged"
_BESIDE: Final = ("-wal", "-shm")
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


def marks(values: Collection[object]) -> str:
    """Return what stands for values in a statement."""
    return ", ".join("?" * len(values))


class DamagedError(sqlite3.DatabaseError):
    """The file is no database that this release can read."""


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
        if self._db is not None:
            if _identity(self._path) == self._file:
                return self._db
            self.close()
            # What the other file has left beside it says nothing of this one.
            for end in _BESIDE:
                Path(f"{self._path}{end}").unlink(missing_ok=True)
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
        for end in (*_BESIDE, ""):
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
