"""The visits of one module on disk, and in memory without their pictures.

A visit is one JSON file and perhaps one picture, in `<config>/face_module/<entry id>/`.
Files appear whole (written beside, then renamed) and the picture before the visit that
names it: whenever the process ends, what is found next time is true. Home Assistant's
backups include the folder. Nobody is served from it without login (views.py).
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from pathlib import Path
import shutil
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_track_time_interval
from homeassistant.util import dt as dt_util
import orjson

from .const import CONF_HISTORY_DAYS, CONF_HISTORY_SIZE, DOMAIN, LOGGER
from .models import FaceModuleConfigEntry, options_of
from .visit import Visit

_PRUNE_EVERY: Final = timedelta(hours=1)
_SUFFIXES: Final = {"image/jpeg": ".jpg", "image/png": ".png"}
_VISIT: Final = ".json"
_HALF_WRITTEN: Final = ".tmp"
_OURS: Final = {_VISIT, _HALF_WRITTEN, *_SUFFIXES.values()}
# Pictures that could not be written stay in memory, so that the latest can be seen.
_UNWRITTEN_KEPT: Final = 5


def folder_of(hass: HomeAssistant, entry_id: str) -> Path:
    """Return where the visits of an entry are."""
    return Path(hass.config.path(DOMAIN, entry_id))


class VisitHistory:
    """The visits of one module, bounded by number and days."""

    def __init__(self, hass: HomeAssistant, entry: FaceModuleConfigEntry) -> None:
        """Prepare; `async_load` reads what is there."""
        options = options_of(entry)
        self._hass = hass
        self._entry = entry
        # How many visits are kept.
        self.size = int(options[CONF_HISTORY_SIZE])
        self._days = timedelta(days=float(options[CONF_HISTORY_DAYS]))
        self._folder = folder_of(hass, entry.entry_id)
        self._visits: dict[str, Visit] = {}
        self._unwritten: dict[str, bytes] = {}
        self._jobs: list[Callable[[], None]] = []
        self._writing: asyncio.Task[None] | None = None
        self._listeners: list[Callable[[], None]] = []
        # Whether the disk refused the last write.
        self.failed = False

    async def async_load(self) -> None:
        """Read the visits, and clear away what an unlucky end left behind."""
        found = await self._hass.async_add_executor_job(_load, self._folder)
        # A copied folder may name another entry.
        mine = (replace(visit, entry_id=self._entry.entry_id) for visit in found)
        self._visits = {v.visit_id: v for v in sorted(mine, key=attrgetter("time"))}
        self._prune()
        self._entry.async_on_unload(
            async_track_time_interval(self._hass, self._prune, _PRUNE_EVERY)
        )

    @property
    def visits(self) -> list[Visit]:
        """All visits, the latest first."""
        return list(reversed(self._visits.values()))

    def get(self, visit_id: str) -> Visit | None:
        """Return a visit."""
        return self._visits.get(visit_id)

    @callback
    def async_subscribe_deletions(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` after the user deleted visits; returns the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_extend(self, visit: Visit, *, write: bool) -> None:
        """Keep what is new of a visit that goes on; on disk only when `write` says so."""
        if visit.visit_id in self._visits:
            self._visits[visit.visit_id] = visit
            if write:
                self._queue(lambda: self._write(visit, None))

    @callback
    def async_put(self, visit: Visit, crop: bytes | None = None) -> None:
        """Add a visit, or replace it by one that is told again."""
        if visit.content_type is not None and crop is not None:
            self._unwritten[visit.visit_id] = crop
            while len(self._unwritten) > _UNWRITTEN_KEPT and self.failed:
                self._unwritten.pop(next(iter(self._unwritten)))
        self._queue(lambda: self._write(visit, crop))
        self._insert([visit])

    @callback
    def async_put_all(self, visits: list[Visit]) -> None:
        """Add visits without pictures."""
        for visit in visits:
            self._queue(partial(self._write, visit, None))
        self._insert(visits)

    def _insert(self, visits: list[Visit]) -> None:
        latest = next(reversed(self._visits.values()), None)
        self._visits |= {visit.visit_id: visit for visit in visits}
        if latest is not None and any(visit.time < latest.time for visit in visits):
            ordered = sorted(self._visits.values(), key=attrgetter("time"))
            self._visits = {item.visit_id: item for item in ordered}
        self._prune()

    async def async_picture(self, visit_id: str) -> tuple[str, bytes] | None:
        """Return content type and bytes of a crop, None when there is none."""
        visit = self._visits.get(visit_id)
        if visit is None or visit.content_type is None:
            return None
        if (crop := self._unwritten.get(visit_id)) is None:
            path = self.path(visit)
            crop = await self._hass.async_add_executor_job(_read, path)
        return None if crop is None else (visit.content_type, crop)

    def path(self, visit: Visit) -> Path:
        """Return where the crop of a visit is, or will be in a moment."""
        suffix = _SUFFIXES[visit.content_type or "image/jpeg"]
        return self._folder / f"{visit.visit_id}{suffix}"

    async def async_delete(self, visit_ids: Collection[str]) -> None:
        """Delete visits with their pictures, in memory and on disk."""
        for visit_id in visit_ids:
            self._forget(visit_id)
        for listener in list(self._listeners):
            listener()
        await self.async_flush()

    async def async_flush(self) -> None:
        """Wait until everything is on disk."""
        while self._writing is not None:
            await self._writing

    @callback
    def _prune(self, _now: datetime | None = None) -> None:
        oldest = dt_util.utcnow() - self._days
        while self._visits:
            first = next(iter(self._visits.values()))
            if len(self._visits) <= self.size and first.last_seen >= oldest:
                break
            self._forget(first.visit_id)

    def _forget(self, visit_id: str) -> None:
        if (visit := self._visits.pop(visit_id, None)) is None:
            return
        self._unwritten.pop(visit_id, None)
        paths = [self._folder / f"{visit_id}{_VISIT}"]
        if visit.content_type is not None:
            paths.append(self.path(visit))
        self._queue(lambda: _remove(paths))

    # Writing: in the order of what happened, one job at a time, off the event loop

    def _queue(self, job: Callable[[], None]) -> None:
        self._jobs.append(job)
        if self._writing is None:
            self._writing = self._hass.async_create_task(
                self._async_work(), f"{DOMAIN} write history", eager_start=False
            )

    async def _async_work(self) -> None:
        try:
            while self._jobs:
                jobs, self._jobs = self._jobs, []
                error = await self._hass.async_add_executor_job(_run, jobs)
                self._report(error)
        finally:
            self._writing = None

    def _report(self, error: OSError | None) -> None:
        """Say once that the disk does not take it, and once that it does again."""
        if error is None:
            if self.failed:
                LOGGER.info("%s: the history is written again", self._entry.title)
            self.failed = False
        elif not self.failed:
            self.failed = True
            LOGGER.warning(
                "%s: the history cannot be written: %s", self._entry.title, error.strerror
            )

    def _write(self, visit: Visit, crop: bytes | None) -> None:
        """Write in the executor; raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if crop is not None and visit.content_type is not None:
            _replace(self.path(visit), crop)
            self._unwritten.pop(visit.visit_id, None)
        _replace(self._folder / f"{visit.visit_id}{_VISIT}", orjson.dumps(visit.as_dict()))


def remove_all(hass: HomeAssistant, entry_id: str) -> None:
    """Remove the folder of an entry; in the executor."""
    folder = folder_of(hass, entry_id)
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()  # only when no other entry has visits


def _run(jobs: list[Callable[[], None]]) -> OSError | None:
    """Do all jobs; return the last one's error if one failed."""
    failed: OSError | None = None
    for job in jobs:
        try:
            job()
        except OSError as err:
            failed = err
    return failed


def _replace(path: Path, data: bytes) -> None:
    half = path.with_name(f"{path.name}{_HALF_WRITTEN}")
    half.write_bytes(data)
    half.replace(path)


def _remove(paths: list[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() or None
    except OSError:
        return None


def _load(folder: Path) -> list[Visit]:
    """Return the visits of a folder; files of ours that belong to none are removed."""
    visits: list[Visit] = []
    try:
        left = {path.name for path in folder.iterdir() if path.suffix in _OURS}
    except OSError:
        return visits
    for name in sorted(item for item in left if item.endswith(_VISIT)):
        try:
            data = (folder / name).read_bytes()
        except OSError:
            left.discard(name)  # perhaps next time
            continue
        try:
            visit = Visit.from_dict(orjson.loads(data))
        except ValueError, KeyError, TypeError, AttributeError:
            LOGGER.debug("A visit of the history is damaged")
            continue
        if visit.visit_id != name.removesuffix(_VISIT):
            continue
        picture = f"{visit.visit_id}{_SUFFIXES.get(visit.content_type or '', '')}"
        if picture not in left:
            visit = replace(visit, content_type=None)
        left -= {name, picture}
        visits.append(visit)
    for name in left:
        with suppress(OSError):
            (folder / name).unlink()
    return visits
