"""The book: what is kept of the visits of all modules, in a database and in files.

`<config>/face_module/visits.db` (visits/database.py) and pictures (visits/crops.py). One
thread does all of it, in the order in which it was told to. What comes within a moment is
one transaction (visits/backlog.py). Nobody who waits, and is cancelled, keeps it from
writing.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
import sqlite3
from threading import Event as ThreadEvent, Thread
from time import monotonic
from typing import Any, Final, NamedTuple

from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN, ISSUE_BOOK_DAMAGED, LOGGER
from ..texts import listed
from .backlog import Backlog, attempt
from .crops import Crops
from .database import TABLES, Database
from .rows import Change, drop_old, drop_pictures, latest_visits
from .visit import Visit

DATA_BOOK: HassKey[VisitBook] = HassKey(f"{DOMAIN}_book")
# What changed is written once nothing more came for so many seconds, or after so many at
# most: while people come, telling who it is comes first.
_LULL: Final = 0.05
_PATIENCE: Final = 1.0
# A backup waits no longer.
_HOLD_TIMEOUT: Final = 60.0


class _Job(NamedTuple):
    """Something to do once everything before it is written."""

    work: Callable[[], Any] | None = None
    default: Any = None
    done: asyncio.Future[Any] | None = None
    last: bool = False


class VisitBook:
    """The database and the pictures of the house."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; the thread begins with the first thing there is to do."""
        root = Path(hass.config.path(DOMAIN))
        self._hass = hass
        self.crops = Crops(root)
        # Whether the disk refused the last write.
        self.failed = False
        self._queue: SimpleQueue[Change | _Job] = SimpleQueue()
        # Set with every job: nobody who waits for one waits for a lull.
        self._hurry = ThreadEvent()
        self._thread: Thread | None = None
        self._closed = False
        # What follows is the thread's.
        self._database = Database(
            root / "visits.db", opened=partial(self._call, self._show_damaged)
        )
        self._backlog = Backlog(self._database, self.crops)
        hass.bus.async_listen_once(EVENT_HOMEASSISTANT_FINAL_WRITE, self._async_close)

    @callback
    def async_write(self, *changes: Change) -> None:
        """Write rows soon."""
        for change in changes:
            self._put(change)

    async def async_flush(self) -> None:
        """Wait until everything that can be written is."""
        await self._async_do(None)

    async def async_run[T](self, work: Callable[[sqlite3.Connection], T], default: T) -> T:
        """Do something with the database as it is now, in its thread.

        That is with everything that the disk refused, too: nothing that was deleted is seen
        again. Returns `default` when the database cannot be used.
        """
        run = partial(self._backlog.run, work, default)
        result: T = await self._async_do(run, default)
        return result

    async def async_load(self, entry_id: str, count: int, since: int) -> list[Visit]:
        """Return the latest visits of an entry that ended since then, the earliest first.

        Files that nobody needs are cleared away. Empty when nothing can be read now.
        """

        def load(db: sqlite3.Connection) -> list[Visit]:
            visits = latest_visits(db, entry_id, count, since)
            return self._backlog.with_pictures(db, entry_id, visits)

        visits = await self.async_run(load, list[Visit]())
        # Whether the clock can be believed, nobody knows yet.
        self.async_tidy(entry_id, count)
        return visits

    @callback
    def async_tidy(
        self, entry_id: str, count: int, pictures_before: int = 0, rows_before: int = 0
    ) -> None:
        """Leave no trace of what was dropped, nor of what ended before a time.

        Only the latest `count` visits may have a picture.
        """
        drop: Sequence[Callable[[sqlite3.Connection], list[tuple[str, str]]]] = (
            partial(drop_old, entry_id=entry_id, before=rows_before),
            partial(drop_pictures, entry_id=entry_id, count=count, before=pictures_before),
        )

        def tidy() -> None:
            full = False
            for work in drop:
                full |= self._backlog.drop(work)
            if full:
                # Whoever waits comes first.
                self._put(_Job(tidy))
            else:
                self._backlog.tidy()

        self._put(_Job(tidy))

    async def async_remove_entry(self, entry_id: str, *, last: bool) -> None:
        """Remove everything of an entry; with the `last` one the database, too."""

        def remove() -> None:
            self.crops.remove_folder(entry_id)
            if last:
                self._database.remove()
                self.crops.remove_root()
                self._call(self._show_damaged, [])

        for table in TABLES:
            self._put(Change(table, (entry_id,), erase=not last))
        await self._async_do(remove)

    async def async_hold(self) -> None:
        """Write everything, and let no file vanish or change until `async_release`.

        Rows are still written: beside the database, where a copy may end anywhere.
        """

        def hold() -> None:
            self._backlog.held = True
            self._database.keep_still(still=True)

        if self._thread is None:
            return
        try:
            async with asyncio.timeout(_HOLD_TIMEOUT):
                await self._async_do(hold)
        except TimeoutError:
            LOGGER.warning("The visits could not be written before the backup")

    async def async_release(self) -> None:
        """Go on after `async_hold`."""

        def release() -> None:
            self._backlog.held = False
            self._database.keep_still(still=False)

        if self._thread is not None:
            await self._async_do(release)
            await self.async_flush()

    async def _async_close(self, _event: Event) -> None:
        """Write what there is to write, and then nothing more."""
        if (thread := self._thread) is not None:
            self._put(_Job(self._database.close, last=True))
        self._closed = True
        if thread is not None:
            await self._hass.async_add_executor_job(thread.join)

    async def _async_do(self, work: Callable[[], Any] | None, default: Any = None) -> Any:
        done = self._hass.loop.create_future()
        if not self._put(_Job(work, default, done)):
            return default
        return await done

    def _put(self, item: Change | _Job) -> bool:
        if self._closed:
            return False
        if self._thread is None:
            # A disk that hangs is no reason for Home Assistant not to end.
            self._thread = Thread(target=self._work, name=f"{DOMAIN} visits", daemon=True)
            self._thread.start()
        self._queue.put(item)
        if isinstance(item, _Job):
            self._hurry.set()
        return True

    @callback
    def _tell(
        self, job: _Job, result: Any, error: Exception | None, *, worked: bool
    ) -> None:
        """Answer; say once that the disk does not take it, and once that it does again."""
        if error is not None and not self.failed:
            words = getattr(error, "strerror", None) or str(error)
            LOGGER.warning("The history cannot be written: %s", words)
        elif error is None and self.failed and worked:
            LOGGER.info("The history is written again")
        if worked:
            self.failed = error is not None
        if job.done is not None and not job.done.done():
            job.done.set_result(result)

    @callback
    def _show_damaged(self, names: list[str]) -> None:
        if not names:
            ir.async_delete_issue(self._hass, DOMAIN, ISSUE_BOOK_DAMAGED)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            ISSUE_BOOK_DAMAGED,
            is_fixable=False,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_BOOK_DAMAGED,
            translation_placeholders={"files": listed(self._hass, names)},
        )

    # The thread

    def _work(self) -> None:
        job = _Job()
        while not job.last:
            job = self._collect()
            self._backlog.held &= not job.last
            worked = self._backlog.has_work or job.work is not None
            error, result = self._backlog.write(), None
            if job.work is not None:
                result, failed = attempt(job.work, job.default)
                error = error or failed
            self._call(partial(self._tell, job, result, error, worked=worked))

    def _call(self, target: Callable[..., None], *args: Any) -> None:
        with suppress(RuntimeError):  # the loop is closed
            self._hass.loop.call_soon_threadsafe(target, *args)

    def _collect(self) -> _Job:
        """Take in what changed, until there is a lull or a job."""
        self._hurry.clear()
        item = self._queue.get()
        until = monotonic() + _PATIENCE
        while isinstance(item, Change):
            self._backlog.take(item)
            if self._queue.empty():
                # Woken for every change, this thread would take the time of who tells.
                self._hurry.wait(min(max(until - monotonic(), 0), _LULL))
            try:
                item = self._queue.get_nowait()
            except Empty:
                return _Job()
        return item
