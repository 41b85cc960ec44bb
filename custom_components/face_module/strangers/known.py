"""The strangers of one module: in memory, with their pictures in the visit book.

They age out like the pictures of the visits.
"""

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from operator import attrgetter
import sqlite3
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback

from ..errors import invalid
from ..visits.book import VisitBook
from ..visits.database import marks
from ..visits.history import Deletion, VisitHistory
from ..visits.rows import Change
from .looks import Glance
from .stranger import Stranger

# More are not kept: the one who was not seen for the longest time goes.
MOST: Final = 200
# A picture that is so many times as large as the one that is kept takes its place.
_LARGER: Final = 1.5
_TABLES: Final = ("strangers", "stranger_pictures")


class KnownStrangers:
    """Who was seen, by their ids."""

    def __init__(self, book: VisitBook, entry_id: str) -> None:
        """Prepare; `async_load` reads who is there."""
        self._book = book
        self._entry_id = entry_id
        self._known: dict[str, Stranger] = {}
        self._listeners: list[Callable[[], None]] = []

    async def async_load(self) -> None:
        """Read everybody; what only a later release understands is left out."""

        def read(db: sqlite3.Connection) -> list[Stranger]:
            rows = db.execute(
                "SELECT * FROM strangers WHERE entry_id = ?", (self._entry_id,)
            )
            found = []
            for row in rows:
                with suppress(ValueError, TypeError, OverflowError):
                    found.append(Stranger.from_row(row))
            return found

        strangers = await self._book.async_run(read, list[Stranger]())
        self._known = {one.stranger_id: one for one in strangers}

    @callback
    def async_follow(self, history: VisitHistory) -> list[CALLBACK_TYPE]:
        """Forget with the pictures of the visits; returns the undo."""
        return [
            history.async_subscribe_aging(self._aged),
            history.async_subscribe_deletions(self._deleted),
        ]

    @callback
    def async_subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` when somebody came, changed or is gone; returns the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @property
    def everybody(self) -> list[Stranger]:
        """Everybody, who was seen last first."""
        return sorted(self._known.values(), key=attrgetter("last_seen"), reverse=True)

    def get(self, stranger_id: str) -> Stranger | None:
        """Return somebody, None when they are not there (any more)."""
        return self._known.get(stranger_id)

    def demand(self, stranger_id: str) -> Stranger:
        """Return somebody; raises ServiceValidationError when they are not there."""
        if (found := self.get(stranger_id)) is None:
            raise invalid("stranger_unknown")
        return found

    async def async_picture(self, stranger_id: str) -> bytes | None:
        """Return the picture of somebody, None when there is none."""
        return (await self.async_pictures([stranger_id]) or {}).get(stranger_id)

    async def async_pictures(
        self, stranger_ids: Collection[str]
    ) -> dict[str, bytes] | None:
        """Return the pictures of some, by their ids; None when they cannot be read now."""

        def read(db: sqlite3.Connection) -> dict[str, bytes] | None:
            return dict(
                db.execute(
                    "SELECT stranger_id, jpeg FROM stranger_pictures"  # noqa: S608
                    f" WHERE entry_id = ? AND stranger_id IN ({marks(stranger_ids)})",
                    (self._entry_id, *stranger_ids),
                ).fetchall()
            )

        return await self._book.async_run(read, None)

    @callback
    def async_add(self, stranger_id: str, seen: datetime, face: Glance) -> Stranger:
        """Take in somebody new; whoever is one too many goes."""
        new = Stranger(
            stranger_id=stranger_id,
            first_seen=seen,
            last_seen=seen,
            size=face.size,
            looks=face.looks,
        )
        self._put(new, face.jpeg)
        self._drop([one.stranger_id for one in self.everybody[MOST:]])
        return new

    @callback
    def async_seen(
        self, known: Stranger, seen: datetime, face: Glance, window: timedelta
    ) -> Stranger:
        """Write down that somebody came again; the better picture is kept.

        Who is ignored has no visit that would go on: within its `window` they are still
        there.
        """
        stays = known.ignored and seen - known.last_seen < window
        times_seen = known.times_seen + (not stays)
        again = replace(known, last_seen=seen, times_seen=times_seen)
        if face.size < known.size * _LARGER:
            self._put(again)
        else:
            again = replace(again, size=face.size, looks=face.looks)
            self._put(again, face.jpeg)
        return again

    @callback
    def async_ignore(self, known: Stranger, *, ignored: bool) -> None:
        """Tell of somebody no more, or again."""
        self._put(replace(known, ignored=ignored))

    @callback
    def async_merge(self, one: Stranger, other: Stranger) -> None:
        """Let two be one; the other's picture is gone."""
        merged = replace(
            one,
            first_seen=min(one.first_seen, other.first_seen),
            last_seen=max(one.last_seen, other.last_seen),
            times_seen=one.times_seen + other.times_seen,
        )
        self._put(merged)
        self._drop([other.stranger_id], erase=True)

    @callback
    def async_lost(self, stranger_ids: Collection[str]) -> None:
        """Let go of those whose picture is gone: nobody can be found to be them."""
        self._drop(stranger_ids)

    @callback
    def async_forget(self, stranger_id: str) -> None:
        """Leave nothing of somebody."""
        self._drop([stranger_id], erase=True)

    def _put(self, stranger: Stranger, jpeg: bytes | None = None) -> None:
        key = self._entry_id, stranger.stranger_id
        self._known[stranger.stranger_id] = stranger
        self._book.async_write(Change("strangers", key, stranger.as_row()))
        if jpeg is not None:
            self._book.async_write(Change("stranger_pictures", key, (jpeg,)))
        self._tell()

    def _drop(self, stranger_ids: Collection[str], *, erase: bool = False) -> None:
        for stranger_id in stranger_ids:
            self._known.pop(stranger_id, None)
            key = self._entry_id, stranger_id
            self._book.async_write(*(Change(table, key, erase=erase) for table in _TABLES))
        if stranger_ids:
            self._tell()

    @callback
    def _aged(self, oldest: datetime) -> None:
        self._drop([one.stranger_id for one in self.everybody if one.last_seen < oldest])

    @callback
    def _deleted(self, deletion: Deletion) -> None:
        """Forget everybody when the user left nothing of strangers."""
        if not deletion.by_user or "" not in deletion.user_ids:
            return
        self._known.clear()
        key = (self._entry_id,)
        self._book.async_write(*(Change(table, key, erase=True) for table in _TABLES))
        self._tell()

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()
