"""Who was seen in the last 30 days, and until when callbacks were heard.

Kept in the book (visits/book.py). It tells the back-fill (visits/backfill.py) whose
records to ask for, and since when. A clock that is set back or forward moves nothing but
its bounds.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
import sqlite3
from typing import Final

from homeassistant.core import callback
from homeassistant.util import dt as dt_util

from .book import VisitBook
from .rows import Change, to_number, to_time

_DAYS: Final = timedelta(days=30)
# So many people are remembered, the latest ones; each is one request after an outage.
PEOPLE_KEPT: Final = 100
# Heartbeats alone are written this rarely: they would wear out a memory card.
_SAVE_HEARTBEATS: Final = timedelta(minutes=15)
_EVERYBODY: Final = "*"

type _People = list[tuple[str, str, int]]
type _Forgotten = list[tuple[str, int]]
type _Kept = tuple[_People, _Forgotten, int | None]


class SeenPeople:
    """Names by user id, the latest last."""

    def __init__(self, book: VisitBook, entry_id: str) -> None:
        """Prepare; `async_load` reads what is there."""
        self._book = book
        self._entry_id = entry_id
        self._people: dict[str, tuple[str, datetime]] = {}
        self._forgotten: dict[str, datetime] = {}
        self._saved = dt_util.utcnow()
        self.heard: datetime | None = None

    async def async_load(self) -> None:
        """Read what is kept; what is too old goes."""
        mine, oldest = (self._entry_id,), to_number(dt_util.utcnow() - _DAYS)

        def load(db: sqlite3.Connection) -> _Kept:
            too_old = *mine, oldest
            db.execute("DELETE FROM people WHERE entry_id = ? AND seen < ?", too_old)
            db.execute("DELETE FROM forgotten WHERE entry_id = ? AND at < ?", too_old)
            people = (
                "SELECT user_id, name, seen FROM people WHERE entry_id = ? ORDER BY seen"
            )
            forgotten = "SELECT mark, at FROM forgotten WHERE entry_id = ?"
            heard = "SELECT at FROM heard WHERE entry_id = ?"
            return (
                db.execute(people, mine).fetchall(),
                db.execute(forgotten, mine).fetchall(),
                next((at for (at,) in db.execute(heard, mine)), None),
            )

        nothing: _Kept = ([], [], None)
        people, forgotten, heard = await self._book.async_run(load, nothing)
        self._people = {user_id: (name, to_time(at)) for user_id, name, at in people}
        self._forgotten = {mark: to_time(at) for mark, at in forgotten}
        self.heard = None if heard is None else to_time(heard)

    def forgotten_at(self, user_id: str) -> datetime | None:
        """Return when something about somebody was deleted: nothing older comes back."""
        times = (self._forgotten.get(_mark(user_id)), self._forgotten.get(_EVERYBODY))
        return max((at for at in times if at is not None), default=None)

    @property
    def names(self) -> dict[str, str]:
        """Names by user id, the latest first."""
        oldest = dt_util.utcnow() - _DAYS
        return {
            user_id: name
            for user_id, (name, seen) in reversed(self._people.items())
            if seen >= oldest
        }

    @callback
    def async_saw(self, user_id: str, name: str) -> None:
        """Remember somebody who was recognized now."""
        now = dt_util.utcnow()
        self._people.pop(user_id, None)
        self._people[user_id] = (name, now)
        self._write("people", user_id, name, to_number(now))
        while len(self._people) > PEOPLE_KEPT:
            oldest = next(iter(self._people))
            del self._people[oldest]
            self._write("people", oldest)

    @callback
    def async_heard(self, now: datetime) -> None:
        """Remember that callbacks arrive."""
        self.heard = now
        if abs(now - self._saved) >= _SAVE_HEARTBEATS:
            self._write_heard(now)

    async def async_forget(
        self, user_ids: Collection[str], touched: Collection[str] = ()
    ) -> None:
        """Forget people; of those who are only `touched`, nothing older comes back."""
        for user_id in user_ids:
            self._people.pop(user_id, None)
            self._write("people", user_id, erase=True)
        for mark in map(_mark, (*user_ids, *touched)):
            self._forget(mark)
        await self._book.async_flush()

    async def async_forget_all(self) -> None:
        """Forget everybody."""
        self._people.clear()
        self._forgotten.clear()
        for table in ("people", "forgotten"):
            self._book.async_write(Change(table, (self._entry_id,), erase=True))
        self._forget(_EVERYBODY)
        await self._book.async_flush()

    async def async_save(self) -> None:
        """Write now."""
        if self.heard is not None:
            self._write_heard(self.heard)
        await self._book.async_flush()

    def _forget(self, mark: str) -> None:
        self._forgotten[mark] = now = dt_util.utcnow()
        self._write("forgotten", mark, to_number(now))

    def _write_heard(self, heard: datetime) -> None:
        self._saved = heard
        key = (self._entry_id,)
        self._book.async_write(Change("heard", key, (to_number(heard),)))

    def _write(self, table: str, key: str, *values: str | int, erase: bool = False) -> None:
        """Write a row; without values it is gone."""
        change = Change(table, (self._entry_id, key), values or None, erase=erase)
        self._book.async_write(change)


def _mark(user_id: str) -> str:
    """Return what is kept of somebody who shall be forgotten."""
    return sha256(user_id.encode(errors="replace")).hexdigest()[:16]
