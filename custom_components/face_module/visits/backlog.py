"""What the book has yet to write: rows, pictures, and what has to go. In its thread.

What the disk refuses stays here, and is tried again with what comes next.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
import sqlite3
from typing import Final

from .crops import Crops
from .database import Database
from .rows import SURPLUS, Change, Oblivion, Pictureless
from .visit import Visit

# So much that the disk does not take (yet) stays in memory.
BACKLOG: Final = 5000


class Backlog:
    """The changes that are not written, by the keys of their rows."""

    def __init__(self, database: Database, crops: Crops) -> None:
        """Begin with nothing to write."""
        self._database = database
        self._crops = crops
        self.changes: dict[tuple[str, ...], Change] = {}
        # Pictures to be removed: all of a visit, but for the one that is kept.
        self._outdated: dict[tuple[str, ...], str | None] = {}
        self._erase = False
        # Whether no file may vanish now.
        self.held = False

    @property
    def has_work(self) -> bool:
        """Whether there is something to write."""
        return bool(self.changes or self._outdated or self._erase or self._crops.waiting)

    def take(self, change: Change) -> None:
        """Take in what changed: of a row, only the latest counts."""
        whose = "everything" if isinstance(change, Oblivion) else ""
        key = (change.table, *change.key, whose)
        known = self.changes.pop(key, None)
        self._erase |= change.erase
        if isinstance(change, Pictureless) and known and isinstance(known.row, Visit):
            row = replace(known.row, content_type=None)
            change = Change(change.table, change.key, row, new=known.new)
            # The picture may have been there before the row.
            self._outdated[change.key] = None
        elif known is not None and known.new:
            if change.row is None and not change.erase:
                return  # It was never written.
            change = replace(change, new=change.row is not None)
        self.changes[key] = change
        if len(self.changes) > BACKLOG:
            self._drop_earliest()
        if isinstance(change.row, Visit):
            if not change.new:
                self._outdated[change.key] = change.row.content_type
        elif change.table == "visits" and not isinstance(change, Oblivion):
            self._outdated[change.key] = None

    def _drop_earliest(self) -> None:
        """Give up the earliest visit that was never written and has no picture."""
        for key, change in self.changes.items():
            row = change.row
            if isinstance(row, Visit) and change.new and row.content_type is None:
                del self.changes[key]
                return

    def write(self) -> Exception | None:
        """Write what there is; return the first error. No picture without its row."""
        errors = [attempt(self._write_rows)[1]]
        if not self.held:
            # What the user deletes may be what the disk has no room for.
            errors.append(attempt(self._remove_outdated)[1])
            if errors[0] is None:
                steps = (self._crops.write, self._erase_rows)
                errors += [attempt(step)[1] for step in steps]
        return next(filter(None, errors), None)

    def run[T](self, work: Callable[[sqlite3.Connection], T], default: T) -> T:
        """Work with the database as it would be if everything were written."""

        def now(db: sqlite3.Connection) -> T:
            self._apply(db)
            try:
                return work(db)
            except UnicodeEncodeError:
                # Nobody is called so: no text has halves of characters.
                return default

        return self._database.run(now, keep=not self.changes)

    def drop(self, work: Callable[[sqlite3.Connection], list[tuple[str, str]]]) -> bool:
        """Let `work` drop visits or pictures; say whether there may be more to drop."""
        gone = self._database.run(work)
        self._outdated |= dict.fromkeys(gone)
        return len(gone) == SURPLUS

    def tidy(self) -> None:
        """Leave no trace of what was dropped, unless no file may vanish now."""
        if not self.held:
            self._remove_outdated()
            self._database.tidy()

    def with_pictures(
        self, db: sqlite3.Connection, entry_id: str, visits: list[Visit]
    ) -> list[Visit]:
        """Return visits without the pictures that are not there; clear others away."""
        names = self._crops.names(entry_id)
        found = [self._crops.take_from(names, visit) for visit in visits]
        known = "SELECT 1 FROM visits WHERE visit_id = ? AND content_type IS NOT NULL"
        for name in () if self.held else names:
            # Of the rows that are not shown, some are of a later release, or of before.
            stem, _, suffix = name.partition(".")
            if "." in suffix or db.execute(known, (stem,)).fetchone() is None:
                self._crops.clear_away(entry_id, name)
        return found

    def _write_rows(self) -> None:
        if self.changes:
            gone = self._database.run(self._apply)
            self.changes.clear()
            self._outdated |= dict.fromkeys(gone)

    def _apply(self, db: sqlite3.Connection) -> list[tuple[str, ...]]:
        gone = list[tuple[str, ...]]()
        for change in self.changes.values():
            # What is not to be written to any database is not there, either.
            with suppress(UnicodeEncodeError):
                gone += change.apply(db)
        return gone

    def _remove_outdated(self) -> None:
        self._crops.remove(self._outdated)

    def _erase_rows(self) -> None:
        if self._erase:
            self._database.erase()
            self._erase = False


def attempt[T](
    work: Callable[[], T], default: T | None = None
) -> tuple[T | None, Exception | None]:
    """Return what comes of it and None, or the default and what went wrong."""
    try:
        return work(), None
    except Exception as err:  # noqa: BLE001 - nobody else would write any more
        return default, err
