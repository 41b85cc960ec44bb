"""The latest visits of one module, in memory; the book (visits/book.py) keeps all.

Only what is in memory has a picture: what is too old for it, or too much, stays a row.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import islice
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from ..options import Options
from .book import VisitBook
from .clock import HostClock
from .gate import Verdict
from .rows import Change, Oblivion, Pictureless, to_number
from .search import during, ids_since, of_stranger
from .visit import Visit

_PRUNE_EVERY: Final = timedelta(hours=1)


class Deletion(NamedTuple):
    """What is gone: visits, and people of whom the user left nothing.

    `by_user` is False for what became too old or too much: the book still has it.
    """

    visits: frozenset[str]
    user_ids: frozenset[str] = frozenset()
    by_user: bool = False


class VisitHistory:
    """The visits of one module, bounded by number and days."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, book: VisitBook, options: Options
    ) -> None:
        """Prepare; `async_load` reads what is there."""
        # How many visits are in memory, with their pictures.
        self.size = options.history_size
        self._hass = hass
        self._entry = entry
        self._book = book
        # 0: for ever.
        self._row_days = timedelta(days=options.book_days)
        self._days = timedelta(days=options.history_days)
        if self._row_days:
            self._days = min(self._days, self._row_days)
        # In the order in which they came: a clock may be set back.
        self._visits: dict[str, Visit] = {}
        self._closed = False
        self._listeners: list[Callable[[Deletion], None]] = []
        self._change_listeners: list[Callable[[], None]] = []
        self._age_listeners: list[Callable[[datetime], None]] = []
        self._clock = HostClock(hass)

    async def async_load(self) -> None:
        """Read the visits, and clear away what an unlucky end left behind."""
        since = to_number(dt_util.utcnow() - self._days)
        found = await self._book.async_load(self._entry.entry_id, self.size, since)
        self._visits = {visit.visit_id: visit for visit in found}
        self._entry.async_on_unload(
            async_track_time_interval(self._hass, self._drop_old, _PRUNE_EVERY)
        )

    @property
    def failed(self) -> bool:
        """Whether the disk refused the last write."""
        return self._book.failed

    @property
    def visits(self) -> list[Visit]:
        """All visits, the latest first."""
        return sorted(self._visits.values(), key=attrgetter("time"), reverse=True)

    @property
    def last_recognized(self) -> Visit | None:
        """The visit of whoever was recognized last, None when nobody is known.

        Not one that was added late, or that began under a clock that was ahead.
        """
        now = dt_util.utcnow()
        for visit in self.visits:
            recognized = visit.verdict is Verdict.RECOGNIZED
            if recognized and not visit.late and visit.time <= now:
                return visit
        return None

    def get(self, visit_id: str) -> Visit | None:
        """Return a visit."""
        return self._visits.get(visit_id)

    @callback
    def async_subscribe_deletions(
        self, listener: Callable[[Deletion], None]
    ) -> CALLBACK_TYPE:
        """Call `listener` after visits were deleted or dropped; returns the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_subscribe_changes(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` after visits of before were added or marked; returns the undo."""
        self._change_listeners.append(listener)
        return lambda: self._change_listeners.remove(listener)

    @callback
    def async_subscribe_aging(self, listener: Callable[[datetime], None]) -> CALLBACK_TYPE:
        """Call `listener` with the time before which pictures go; returns the undo."""
        self._age_listeners.append(listener)
        return lambda: self._age_listeners.remove(listener)

    @callback
    def async_put(self, visit: Visit, crop: bytes | None = None) -> None:
        """Add a visit, or replace it by one that is told again."""
        before = self._visits.get(visit.visit_id)
        if before is not None and before.content_type != visit.content_type:
            self._book.crops.drop(before)
        if visit.content_type is not None and crop is not None:
            self._book.crops.keep(visit, crop)
        self._put(visit)
        self._drop_surplus()

    @callback
    def async_put_late(self, visits: list[Visit]) -> None:
        """Add visits of an earlier time, without pictures."""
        for visit in visits:
            self._put(visit)
        ordered = sorted(self._visits.values(), key=attrgetter("time"))
        self._visits = {visit.visit_id: visit for visit in ordered}
        self._drop_surplus()
        if visits:
            self._changed()

    @callback
    def async_change(self, visits: Iterable[Visit], **changes: Any) -> None:
        """Write down what is found out later of visits of this module.

        Of those in memory and of others: that it was somebody else (`wrong`), which
        stranger it was.
        """
        for visit in visits:
            changed = replace(self._visits.get(visit.visit_id, visit), **changes)
            self._write(changed)
            if visit.visit_id in self._visits:
                self._visits[visit.visit_id] = changed
        self._changed()

    @callback
    def async_extend(self, visit: Visit, *, write: bool) -> None:
        """Keep what is new of a visit that goes on; on disk only when `write` says so."""
        if visit.visit_id in self._visits:
            self._put(visit, write=write)

    async def async_during(self, since: datetime, until: datetime) -> list[Visit]:
        """Return the visits of the book that were going on then, the earliest first."""
        ask = partial(during, entry_id=self._entry.entry_id, since=since, until=until)
        found = await self._book.async_run(ask, list[Visit]())
        return [self._visits.get(visit.visit_id, visit) for visit in found]

    async def async_of_stranger(self, stranger_id: str) -> list[Visit]:
        """Return the visits of the book that were a stranger's."""
        ask = partial(of_stranger, entry_id=self._entry.entry_id, stranger_id=stranger_id)
        found = await self._book.async_run(ask, list[Visit]())
        return [self._visits.get(visit.visit_id, visit) for visit in found]

    async def async_ids_since(self, since: datetime) -> set[str] | None:
        """Return the ids of the visits of the book that began since then.

        None when the book cannot be used.
        """
        ask = partial(ids_since, entry_id=self._entry.entry_id, since=since)
        return await self._book.async_run(ask, None)

    async def async_picture(self, visit_id: str) -> tuple[str, bytes] | None:
        """Return content type and bytes of a crop, None when there is none."""
        visit = self._visits.get(visit_id)
        if visit is None or visit.content_type is None:
            return None
        if (crop := self._book.crops.unwritten(visit)) is None:
            crop = await self._hass.async_add_executor_job(self._book.crops.read, visit)
        return None if crop is None else (visit.content_type, crop)

    async def async_path(self, visit: Visit) -> Path | None:
        """Return where the crop of a visit is, once it is there; None without one."""
        await self.async_flush()
        path = Path(self._book.crops.path(visit))
        return path if await self._hass.async_add_executor_job(path.exists) else None

    async def async_delete(
        self, visit_ids: Collection[str], user_ids: Collection[str] = ()
    ) -> None:
        """Delete visits with their pictures; of `user_ids` nothing is left then.

        Also those that are only in the book.
        """
        # A file is named by it.
        ids = [one for one in visit_ids if one.isalnum()]
        rows = [(self._entry.entry_id, one) for one in ids]
        self._book.async_write(*(Change("visits", key, erase=True) for key in rows))
        self._forget(ids, user_ids, by_user=True)
        await self.async_flush()

    @callback
    def async_forget(self, user_id: str, name: str | None = None) -> None:
        """Delete all visits of somebody, and what says that others were them, soon.

        With a name, only those under it.
        """
        known = [v.visit_id for v in self._visits.values() if _is(v, user_id, name)]
        for one in self._visits.values():
            if name is None and one.wrong == user_id != "":
                self._visits[one.visit_id] = replace(one, wrong="")
        key = (self._entry.entry_id, user_id, *(() if name is None else (name,)))
        self._book.async_write(Oblivion("visits", key, erase=True))
        # Of others under this id there is something left.
        self._forget(known, [user_id] if name is None else (), by_user=True)

    async def async_clear(self, user_ids: Collection[str]) -> None:
        """Delete everything, rows and files that cannot be read too."""
        self._book.async_write(Change("visits", (self._entry.entry_id,), erase=True))
        self._forget(list(self._visits), user_ids, by_user=True)
        await self.async_flush()

    async def async_flush(self) -> None:
        """Wait until everything is on disk."""
        await self._book.async_flush()

    async def async_close(self) -> None:
        """Write what there is to write, and then nothing more."""
        self._closed = True
        await self.async_flush()

    def _put(self, visit: Visit, *, write: bool = True) -> None:
        """Take over what is new of a visit; what the user said of it stays."""
        known = self._visits.get(visit.visit_id)
        if known is not None and known.wrong is not None:
            visit = replace(visit, wrong=known.wrong)
        if known is not None and known.stranger_id is not None:
            visit = replace(visit, stranger_id=known.stranger_id)
        if write:
            self._write(visit, new=known is None)
        self._visits[visit.visit_id] = visit

    def _write(self, visit: Visit, *, new: bool = False) -> None:
        if not self._closed:
            key = self._entry.entry_id, visit.visit_id
            self._book.async_write(Change("visits", key, visit, new=new))

    def _changed(self) -> None:
        for listener in list(self._change_listeners):
            listener()

    # Bounds

    def _drop_surplus(self) -> None:
        """Keep the latest so many, in the order in which they came."""
        surplus = len(self._visits) - self.size
        if surplus > 0:
            self._forget(list(islice(self._visits, surplus)))

    @callback
    def _drop_old(self, _now: datetime | None = None) -> None:
        """Keep so many days, once an hour.

        Nothing is deleted because a clock was set before it has been so for an hour.
        """
        if self._clock.was_set():
            return
        now = dt_util.utcnow()
        oldest = now - self._days
        self._forget([v.visit_id for v in self.visits if v.last_seen < oldest])
        for listener in list(self._age_listeners):
            listener(oldest)
        rows_before = to_number(now - self._row_days) if self._row_days else 0
        self._book.async_tidy(
            self._entry.entry_id, self.size, to_number(oldest), rows_before
        )

    def _forget(
        self,
        visit_ids: Collection[str],
        user_ids: Collection[str] = (),
        *,
        by_user: bool = False,
    ) -> None:
        gone = [self._visits.pop(one) for one in visit_ids if one in self._visits]
        for visit in gone:
            self._book.crops.drop(visit)
            if by_user:
                key = self._entry.entry_id, visit.visit_id
                self._book.async_write(Change("visits", key, erase=True))
            elif visit.content_type is not None and not self._closed:
                key = self._entry.entry_id, visit.visit_id
                self._book.async_write(Pictureless("visits", key))
        ids = frozenset(visit_ids if by_user else (visit.visit_id for visit in gone))
        if ids or user_ids:
            deletion = Deletion(ids, frozenset(user_ids), by_user)
            for listener in list(self._listeners):
                listener(deletion)


def _is(visit: Visit, user_id: str, name: str | None) -> bool:
    if user_id and name is None and not visit.user_id:
        # A stranger who was said to be them.
        return visit.wrong == user_id
    return visit.user_id == user_id and name in (None, visit.name)
