"""Work on many people: one job on a module at a time, told while it goes on.

Whoever performs the action waits for the report. Meanwhile a notification and the
subscribers (websocket_api.py) hear how far it is. A job that Home Assistant's end cut
off is told at the next start: to call it again does what is left.
"""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypedDict

from homeassistant.components import persistent_notification
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import JsonObjectType
from homeassistant.util.ulid import ulid_now

from .const import DOMAIN
from .enrollment import Outcome
from .errors import invalid
from .models import FaceModuleConfigEntry
from .texts import plain, text

_VERSION: Final = 1
# The notification and the subscribers hear this often (s), and of the end.
_TELL_EVERY: Final = 1.0
# So many lines a report has; the rest is counted.
LINES_KEPT: Final = 1000
# So many failures the notification names.
_FAILURES_SHOWN: Final = 20


class JobKind(StrEnum):
    """What a job does."""

    IMPORT = "import"
    EXPORT = "export"
    SYNC = "sync"


class _Stored(TypedDict):
    kind: str
    modules: list[str]


@dataclass(slots=True, kw_only=True)
class Job:
    """A job: how far it is, and what came of it so far.

    `total` and `done` count people on modules: two people on three modules are six.
    """

    job_id: str
    kind: JobKind
    modules: dict[str, str]
    """Titles by entry id."""
    total: int = 0
    done: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[JsonObjectType] = field(default_factory=list)
    lines: list[JsonObjectType] = field(default_factory=list)
    dry_run: bool = False
    cancelled: bool = False
    crashed: bool = False
    finished: bool = False
    changed: Callable[[], None] = field(default=lambda: None, repr=False)

    @callback
    def async_cancel(self) -> None:
        """End the job after the person it is at."""
        self.cancelled = True

    @callback
    def async_record(
        self,
        name: str,
        result: Outcome | None,
        *,
        user_id: str | None = None,
        device_id: str | None = None,
        error: str | None = None,
    ) -> None:
        """Write a line: what became of somebody, `result` None if it failed."""
        line: JsonObjectType = {"name": name}
        if user_id is not None:
            line["user_id"] = user_id
        if device_id is not None:
            line["device_id"] = device_id
        self.done += 1
        if result is None:
            line["error"] = error
            self.counts["failed"] += 1
            if len(self.failed) < LINES_KEPT:
                self.failed.append(line)
        else:
            line["result"] = result
            self.counts[result] += 1
        if len(self.lines) < LINES_KEPT:
            self.lines.append(line)
        self.changed()

    @callback
    def async_unchanged(self, count: int) -> None:
        """Count people who need nothing."""
        self.counts[Outcome.UNCHANGED] += count
        self.done += count
        self.changed()

    def progress(self) -> JsonObjectType:
        """Return how far it is; no names."""
        return {
            "job_id": self.job_id,
            "kind": self.kind,
            "entry_ids": [*self.modules],
            "total": self.total,
            "done": self.done,
            **{outcome: self.counts[outcome] for outcome in (*Outcome, "failed")},
            "cancelled": self.cancelled,
            "finished": self.finished,
        }

    def report(self) -> dict[str, Any]:
        """Return what came of it: counts, who failed, and a line for each person."""
        return {
            **{outcome: self.counts[outcome] for outcome in Outcome},
            "failed": self.failed,
            "failed_left_out": self.counts["failed"] - len(self.failed),
            "cancelled": self.cancelled,
            "people": self.lines,
            "people_left_out": max(0, self.done - len(self.lines)),
        }


class Jobs:
    """The jobs that are running, of all modules."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; `async_load` tells what was cut off."""
        self._hass = hass
        self._store: Store[dict[str, _Stored]] = Store(
            hass, _VERSION, f"{DOMAIN}.jobs", private=True, atomic_writes=True
        )
        self._running: dict[str, Job] = {}
        self._listeners: list[Callable[[Job], None]] = []
        self._told_at: dict[str, float] = {}

    async def async_load(self) -> None:
        """Tell which jobs the last end of Home Assistant cut off."""
        for job_id, stored in (await self._store.async_load() or {}).items():
            kind = JobKind(stored["kind"])
            self._notify(
                job_id,
                text(self._hass, "job_cut_off", modules=_titles(stored["modules"])),
                kind,
            )
        await self._store.async_remove()
        self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._stop)

    @property
    def running(self) -> list[Job]:
        """The jobs that are running."""
        return list(self._running.values())

    def get(self, job_id: str) -> Job | None:
        """Return a running job."""
        return self._running.get(job_id)

    @callback
    def async_subscribe(self, listener: Callable[[Job], None]) -> CALLBACK_TYPE:
        """Call `listener` with a job that is further, or finished; returns the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    @callback
    def async_cancel(self, *entry_ids: str) -> int:
        """Cancel the jobs on modules; returns how many."""
        found = [
            job for job in self.running if not job.modules.keys().isdisjoint(entry_ids)
        ]
        for job in found:
            job.async_cancel()
        return len(found)

    @asynccontextmanager
    async def async_job(
        self, kind: JobKind, entries: list[FaceModuleConfigEntry], *, dry_run: bool = False
    ) -> AsyncGenerator[Job]:
        """Begin a job; raises ServiceValidationError if a module is busy with another."""
        modules = {entry.entry_id: entry.title for entry in entries}
        for job in self.running:
            for entry_id in modules.keys() & job.modules.keys():
                raise invalid("job_running", module=modules[entry_id])
        job = Job(job_id=ulid_now(), kind=kind, modules=modules, dry_run=dry_run)
        job.changed = lambda: self._changed(job)
        self._running[job.job_id] = job
        try:
            await self._async_save()
            yield job
        except BaseException:
            job.crashed = True
            raise
        finally:
            job.finished = True
            del self._running[job.job_id]
            self._tell(job)
            if not self._hass.is_stopping:
                await self._async_save()

    def _changed(self, job: Job) -> None:
        now = self._hass.loop.time()
        if now - self._told_at.get(job.job_id, float("-inf")) >= _TELL_EVERY:
            self._told_at[job.job_id] = now
            self._tell(job)

    def _tell(self, job: Job) -> None:
        if job.finished:
            self._told_at.pop(job.job_id, None)
        if job.finished and (job.dry_run or (job.crashed and not job.done)):
            # The answer, or the error, says it all.
            persistent_notification.async_dismiss(self._hass, _notification_id(job.job_id))
        else:
            self._notify(job.job_id, self._words(job), job.kind)
        for listener in list(self._listeners):
            listener(job)

    def _notify(self, job_id: str, message: str, kind: JobKind) -> None:
        persistent_notification.async_create(
            self._hass,
            message,
            text(self._hass, f"job_{kind}"),
            _notification_id(job_id),
        )

    def _words(self, job: Job) -> str:
        """Return the notification: how far it is, or the report."""
        key = "job_running"
        if job.crashed:
            key = "job_failed"
        elif job.finished:
            key = "job_cancelled" if job.cancelled else "job_finished"
        numbers = {o: str(job.counts[o]) for o in (*Outcome, "failed")}
        words = text(
            self._hass,
            key,
            modules=_titles(job.modules.values()) or "Home Assistant",
            done=str(job.done),
            total=str(job.total),
            **numbers,
        )
        shown = job.failed[:_FAILURES_SHOWN] if job.finished else []
        lines = [f"- {plain(line['name'])}: {plain(line['error'])}" for line in shown]
        if (more := job.counts["failed"] - len(lines)) > 0 and lines:
            lines.append(f"- … (+{more})")
        return "\n".join([words, "", *lines]).strip()

    async def _async_save(self) -> None:
        await self._store.async_save(
            {
                job.job_id: {"kind": job.kind, "modules": [*job.modules.values()]}
                for job in self.running
            }
        )

    @callback
    def _stop(self, _event: Event) -> None:
        for job in self.running:
            job.async_cancel()


def _titles(modules: Iterable[str]) -> str:
    return ", ".join(map(plain, modules))


def _notification_id(job_id: str) -> str:
    return f"{DOMAIN}_job_{job_id}"


DATA_JOBS: HassKey[Jobs] = HassKey(f"{DOMAIN}.jobs")
