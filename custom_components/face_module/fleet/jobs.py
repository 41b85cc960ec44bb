"""Work on many people: one job on a module at a time, told while it goes on.

Whoever performs the action waits for the report. Meanwhile a notification and the
subscribers (websocket/jobs.py) hear how far it is. A job that Home Assistant's end cut
off is told at the next start: to call it again does what is left.
"""

from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final, TypedDict

from homeassistant.components import persistent_notification
from homeassistant.components.persistent_notification import Notification, UpdateType
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.ulid import ulid_now

from ..const import DOMAIN
from ..errors import invalid
from ..people.enrollment import Outcome
from ..runtime import FaceModuleConfigEntry
from ..texts import bullets, error_text, listed, plain, text
from .job import Job, JobKind

_VERSION: Final = 1
# The notification and the subscribers hear this often (s), and of the end.
_TELL_EVERY: Final = 1.0
# So many failures the notification names, and as many notes.
_LINES_SHOWN: Final = 20
# The report of an import, and the pictures of who failed, are there for so long (s).
KEPT_FOR: Final = 3600.0


class _Stored(TypedDict):
    kind: str
    modules: list[str]


class Jobs:
    """The jobs that are running, of all modules."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; `async_load` tells what was cut off."""
        self._hass = hass
        self._store: Store[dict[str, _Stored]] = Store(
            hass, _VERSION, f"{DOMAIN}.jobs", private=True, atomic_writes=True
        )
        self._running: dict[str, Job] = {}
        self._ended: dict[str, tuple[Job, CALLBACK_TYPE]] = {}
        self._listeners: list[Callable[[Job], None]] = []
        self._told_at: dict[str, float] = {}

    async def async_load(self) -> None:
        """Tell which jobs the last end of Home Assistant cut off."""
        for job_id, stored in (await self._store.async_load() or {}).items():
            modules = _titles(self._hass, stored["modules"])
            words = text(self._hass, "job_cut_off", modules=modules)
            self._notify(job_id, words, JobKind(stored["kind"]))
        await self._store.async_remove()
        self._hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, self._stop)
        persistent_notification.async_register_callback(self._hass, self._notified)

    @property
    def running(self) -> list[Job]:
        """The jobs that are running."""
        return list(self._running.values())

    @property
    def ended(self) -> list[Job]:
        """The jobs whose report is still there."""
        return [job for job, _ in self._ended.values()]

    def get(self, job_id: str) -> Job | None:
        """Return a running job."""
        return self._running.get(job_id)

    def get_ended(self, job_id: str) -> Job:
        """Return a job whose report is still there; raises ServiceValidationError."""
        if (found := self._ended.get(job_id)) is None:
            raise invalid("no_such_report")
        return found[0]

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

    @callback
    def async_dismiss(self, job_id: str) -> None:
        """Forget a report, if it is there, and what the notification says of it."""
        if job_id in self._ended:
            self._forget(job_id)
            persistent_notification.async_dismiss(self._hass, _notification_id(job_id))

    @asynccontextmanager
    async def async_job(
        self, kind: JobKind, entries: list[FaceModuleConfigEntry], *, dry_run: bool = False
    ) -> AsyncGenerator[Job]:
        """Begin a job; raises ServiceValidationError if a module is busy with another."""
        modules = {entry.entry_id: entry.title for entry in entries}
        for job in self.running:
            for entry_id in modules.keys() & job.modules.keys():
                raise invalid("job_running", module=modules[entry_id])
        if kind is JobKind.IMPORT:
            for job in self.ended:
                if not modules.keys().isdisjoint(job.modules):
                    self._forget(job.job_id)
        job = Job(
            hass=self._hass,
            job_id=ulid_now(),
            kind=kind,
            modules=modules,
            dry_run=dry_run,
        )
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
            # How it ended is news to whoever did not want to see how far it is.
            job.unwanted = False
            del self._running[job.job_id]
            if kind is JobKind.IMPORT and (job.done or job.error):
                self._keep(job)
            self._tell(job)
            if not self._hass.is_stopping:
                await self._async_save()

    def _keep(self, job: Job) -> None:
        """Keep the report for a while: whoever began it may have put the phone away."""

        @callback
        def expire(_now: object) -> None:
            self._forget(job.job_id)

        job.kept = True
        later = HassJob(expire, cancel_on_shutdown=True)
        self._ended[job.job_id] = (job, async_call_later(self._hass, KEPT_FOR, later))

    def _forget(self, job_id: str) -> None:
        """Keep a report no longer; what the notification says of it goes on to be so."""
        job, undo = self._ended.pop(job_id)
        undo()
        job.kept = False
        job.pictures.clear()
        self._call(job)

    @callback
    def _notified(self, update: UpdateType, found: dict[str, Notification]) -> None:
        """Remember which notifications the user does not want to see any more."""
        if update is UpdateType.REMOVED:
            for job in (*self.running, *self.ended):
                job.unwanted |= _notification_id(job.job_id) in found

    def _changed(self, job: Job) -> None:
        now = self._hass.loop.time()
        if now - self._told_at.get(job.job_id, float("-inf")) >= _TELL_EVERY:
            self._told_at[job.job_id] = now
            self._tell(job)

    def _tell(self, job: Job) -> None:
        if job.finished:
            self._told_at.pop(job.job_id, None)
        done = job.done or job.error
        if job.finished and (job.dry_run or (job.crashed and not done)):
            # The answer, or the error, says it all.
            persistent_notification.async_dismiss(self._hass, _notification_id(job.job_id))
        elif not job.unwanted:
            self._notify(job.job_id, self._words(job), job.kind)
        self._call(job)

    def _call(self, job: Job) -> None:
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
        if job.error is not None:
            why = plain(error_text(self._hass, job.error))
            return f"{_titles(self._hass, job.modules.values())}: {why}"
        if job.crashed:
            key = "job_failed"
        elif job.finished:
            key = "job_cancelled" if job.cancelled else "job_finished"
        numbers = {o: str(job.counts[o]) for o in (*Outcome, "failed")}
        words = text(
            self._hass,
            key,
            modules=_titles(self._hass, job.modules.values()) or "Home Assistant",
            done=str(job.done),
            total=str(job.total),
            **numbers,
        )
        lines: list[str] = []
        for found, count in ((job.notes, "noted"), (job.failed, "failed")):
            if found and job.finished:
                shown = (plain(_about(it.name, it.words)) for it in found[:_LINES_SHOWN])
                lines.append(bullets(shown, job.counts[count]))
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


def _titles(hass: HomeAssistant, modules: Iterable[str]) -> str:
    return listed(hass, map(plain, modules))


def _about(name: str, words: str) -> str:
    """Return whom or what a line is about, and it, unless it begins with that itself."""
    rest = words.removeprefix(name)
    return words if rest != words and not rest[:1].isalnum() else f"{name}: {words}"


def _notification_id(job_id: str) -> str:
    return f"{DOMAIN}_job_{job_id}"


DATA_JOBS: HassKey[Jobs] = HassKey(f"{DOMAIN}.jobs")
