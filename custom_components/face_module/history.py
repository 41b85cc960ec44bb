"""The visits of one module: in memory without their pictures, and on disk (disk.py).

Home Assistant's backups include the folder. Nobody is served from it without login
(views.py).
"""

import asyncio
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from operator import attrgetter
from pathlib import Path
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util

from .const import CONF_HISTORY_DAYS, CONF_HISTORY_SIZE, DOMAIN, LOGGER
from .disk import Changes, VisitFolder, folder_of
from .gate import Verdict
from .models import FaceModuleConfigEntry, options_of
from .visit import Visit

_PRUNE_EVERY: Final = timedelta(hours=1)
# A clock that moved otherwise than time did was set: nothing is deleted because of it
# before it has been so for an hour.
_CLOCK_SET: Final = timedelta(minutes=10)
# A visit is written once nobody has come for so many seconds, or after so many at most:
# while people come, telling who it is comes first.
_LULL: Final = 0.05
_PATIENCE: Final = 1.0
# Pictures that could not be written stay in memory, so that the latest can be seen.
_UNWRITTEN_KEPT: Final = 5


@dataclass(frozen=True, slots=True)
class Deletion:
    """What is gone: visits, and people of whom the user left nothing.

    `by_user` is False for what became too old or too much.
    """

    visits: frozenset[str]
    user_ids: frozenset[str] = frozenset()
    by_user: bool = False


class VisitHistory:
    """The visits of one module, bounded by number and days."""

    def __init__(self, hass: HomeAssistant, entry: FaceModuleConfigEntry) -> None:
        """Prepare; `async_load` reads what is there."""
        options = options_of(entry)
        # How many visits are kept.
        self.size = int(options[CONF_HISTORY_SIZE])
        self._hass = hass
        self._entry = entry
        self._days = timedelta(days=float(options[CONF_HISTORY_DAYS]))
        self._folder = VisitFolder(folder_of(hass, entry.entry_id))
        # In the order in which they came: a clock may be set back.
        self._visits: dict[str, Visit] = {}
        self._changes = Changes()
        # How often something changed.
        self._changed = 0
        # Pictures that are not on disk yet; those that the disk refused are tried again.
        self._unwritten: dict[str, bytes] = {}
        self._writing: asyncio.Task[None] | None = None
        self._closed = False
        self._listeners: list[Callable[[Deletion], None]] = []
        self._late_listeners: list[Callable[[], None]] = []
        self._looked = (dt_util.utcnow(), hass.loop.time())
        # Whether the disk refused the last write.
        self.failed = False

    async def async_load(self) -> None:
        """Read the visits, and clear away what an unlucky end left behind."""
        found = await self._hass.async_add_executor_job(self._folder.load)
        # A copied folder may name another entry.
        mine = (replace(visit, entry_id=self._entry.entry_id) for visit in found)
        self._visits = {v.visit_id: v for v in sorted(mine, key=attrgetter("time"))}
        self._drop_surplus()
        self._entry.async_on_unload(
            async_track_time_interval(self._hass, self._drop_old, _PRUNE_EVERY)
        )

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
    def async_subscribe_late(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` after visits of an earlier time were added; returns the undo."""
        self._late_listeners.append(listener)
        return lambda: self._late_listeners.remove(listener)

    @callback
    def async_put(self, visit: Visit, crop: bytes | None = None) -> None:
        """Add a visit, or replace it by one that is told again."""
        if visit.content_type is None:
            self._unwritten.pop(visit.visit_id, None)
        elif crop is not None:
            self._unwritten[visit.visit_id] = crop
            self._bound_unwritten()
        before = self._visits.get(visit.visit_id)
        if before is not None and before.content_type != visit.content_type:
            self._changes.unwanted.append(before)
        self._visits[visit.visit_id] = visit
        self._drop_surplus()
        self._write_soon(visit)

    @callback
    def async_put_late(self, visits: list[Visit]) -> None:
        """Add visits of an earlier time, without pictures."""
        for visit in visits:
            self._visits[visit.visit_id] = visit
            self._write_soon(visit)
        ordered = sorted(self._visits.values(), key=attrgetter("time"))
        self._visits = {visit.visit_id: visit for visit in ordered}
        self._drop_surplus()
        if visits:
            for listener in list(self._late_listeners):
                listener()

    @callback
    def async_extend(self, visit: Visit, *, write: bool) -> None:
        """Keep what is new of a visit that goes on; on disk only when `write` says so."""
        if visit.visit_id in self._visits:
            self._visits[visit.visit_id] = visit
            if write:
                self._write_soon(visit)

    async def async_picture(self, visit_id: str) -> tuple[str, bytes] | None:
        """Return content type and bytes of a crop, None when there is none."""
        visit = self._visits.get(visit_id)
        if visit is None or visit.content_type is None:
            return None
        if (crop := self._unwritten.get(visit_id)) is None:
            crop = await self._hass.async_add_executor_job(self._folder.read_picture, visit)
        return None if crop is None else (visit.content_type, crop)

    async def async_path(self, visit: Visit) -> Path | None:
        """Return where the crop of a visit is, once it is there; None without one."""
        await self.async_flush()
        path = self._folder.picture(visit)
        return path if await self._hass.async_add_executor_job(path.exists) else None

    async def async_delete(
        self, visit_ids: Collection[str], user_ids: Collection[str] = ()
    ) -> None:
        """Delete visits with their pictures; of `user_ids` nothing is left then."""
        self._forget(visit_ids, user_ids, by_user=True)
        await self.async_flush()

    async def async_clear(self, user_ids: Collection[str]) -> None:
        """Delete everything, files that cannot be read too."""
        self._forget(list(self._visits), user_ids, by_user=True)
        self._changes.cleared = True
        self._write_soon()
        await self.async_flush()

    async def async_flush(self) -> None:
        """Wait until everything is on disk."""
        while self._writing is not None:
            await self._writing

    async def async_close(self) -> None:
        """Write what there is to write, and then nothing more."""
        await self.async_flush()
        self._closed = True

    # Bounds

    def _drop_surplus(self) -> None:
        """Keep the latest so many, in the order in which they came."""
        surplus = len(self._visits) - self.size
        if surplus > 0:
            self._forget(list(self._visits)[:surplus])

    @callback
    def _drop_old(self, _now: datetime | None = None) -> None:
        """Keep so many days, once an hour, if the clock can be believed."""
        (before, loop_before), now = self._looked, dt_util.utcnow()
        self._looked = now, self._hass.loop.time()
        passed = timedelta(seconds=self._looked[1] - loop_before)
        if abs((now - before) - passed) > _CLOCK_SET:
            return
        oldest = now - self._days
        self._forget(v.visit_id for v in self.visits if v.last_seen < oldest)
        self._changes.tidy = True
        self._write_soon()

    def _forget(
        self,
        visit_ids: Iterable[str],
        user_ids: Collection[str] = (),
        *,
        by_user: bool = False,
    ) -> None:
        gone = [visit_id for visit_id in visit_ids if visit_id in self._visits]
        for visit_id in gone:
            visit = self._visits.pop(visit_id)
            self._unwritten.pop(visit_id, None)
            self._changes.visits[visit_id] = None
            if by_user:
                self._changes.deleted.add(visit_id)
            else:
                self._changes.unwanted.append(visit)
            self._write_soon()
        if gone or user_ids:
            deletion = Deletion(frozenset(gone), frozenset(user_ids), by_user)
            for listener in list(self._listeners):
                listener(deletion)

    # Writing: one batch at a time, off the event loop

    def _write_soon(self, visit: Visit | None = None) -> None:
        if visit is not None:
            self._changes.visits[visit.visit_id] = visit
        self._changed += 1
        if self._writing is None and not self._closed:
            self._writing = self._hass.async_create_task(
                self._async_work(), f"{DOMAIN} write history", eager_start=False
            )

    async def _async_work(self) -> None:
        try:
            while self._changes:
                await self._async_lull()
                changes, self._changes = self._changes, Changes()
                visits, crops = self._visits.copy(), self._unwritten.copy()
                written, error = await self._hass.async_add_executor_job(
                    self._folder.write, changes, visits, crops
                )
                for visit_id in written:
                    if self._unwritten.get(visit_id) is crops[visit_id]:
                        del self._unwritten[visit_id]
                self._say(error)
                self._bound_unwritten()
        finally:
            self._writing = None

    async def _async_lull(self) -> None:
        until, known = self._hass.loop.time() + _PATIENCE, -1
        while self._changed != known and self._hass.loop.time() < until:
            known = self._changed
            await asyncio.sleep(_LULL)

    def _say(self, error: OSError | None) -> None:
        """Say once that the disk does not take it, and once that it does again."""
        if error is not None and not self.failed:
            LOGGER.warning(
                "%s: the history cannot be written: %s", self._entry.title, error.strerror
            )
        elif error is None and self.failed:
            LOGGER.info("%s: the history is written again", self._entry.title)
        self.failed = error is not None

    def _bound_unwritten(self) -> None:
        while self.failed and len(self._unwritten) > _UNWRITTEN_KEPT:
            self._unwritten.pop(next(iter(self._unwritten)))
