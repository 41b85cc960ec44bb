"""From sightings to visits: judged, merged, remembered, and told once.

The same person again within the visit window extends the visit and tells nobody, unless
the evidence became better: a rejected person who is recognized a moment later is told,
as the same visit. Only a spoof stays one until it is gone.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Context, Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util

from ..client import CallbackKind
from ..device.coordinator import FaceModuleCoordinator
from ..options import Options
from .book import VisitBook
from .forgetting import Forgetting
from .gate import Reason, Verdict
from .history import Deletion, VisitHistory
from .looks import Looks
from .migration import async_migrate
from .presence import FUTURE, Presence
from .requests import Requests
from .seen import SeenPeople
from .sightings import Sightings
from .visit import Met, Visit

# A visit that goes on is written to disk at most this often.
_SAVE_EVERY: Final = timedelta(seconds=5)
# What is told within one visit: only what is better evidence than what was told before.
_RANKS: Final = {Reason.NOT_ALLOWED: 2, Reason.SPOOF: 3, None: 4}
_STRANGER: Final = ("stranger_id", "times_seen", "first_seen")

type Meet = Callable[[Coming, bytes, Callable[[Met | None], None]], None]

type _Key = tuple[str, bool, str | None]


class Coming(Protocol):
    """Somebody unknown, told or yet to be told."""

    @property
    def visit(self) -> Visit:
        """Their visit."""

    @property
    def is_told(self) -> bool:
        """Whether everybody knows of it."""


def _rank(visit: Visit) -> int:
    return _RANKS.get(visit.reason, 1)


@dataclass(slots=True, eq=False)
class _Open:
    """A visit that may go on, seen last at a time of the event loop.

    It was told, or it is being found out which stranger it is; `again` then takes who came
    last, perhaps somebody else, and `met` is set. `context` is what made somebody look, if
    anything did.
    """

    visit: Visit
    seen_at: float
    saved: datetime
    context: Context | None = None
    is_told: bool = True
    met: asyncio.Event | None = None
    again: Callable[[], Visit] | None = None


class FaceModuleVisits:
    """The visits of one module while its entry is loaded."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        coordinator: FaceModuleCoordinator,
        book: VisitBook,
        options: Options,
        *,
        is_told: Callable[[CallbackKind], bool],
    ) -> None:
        """Prepare; `async_start` does the rest.

        `is_told` says whether the module calls us for a kind.
        """
        self._hass = hass
        self._entry = entry
        self._book = book
        self.window = options.visit_window
        self._presence_timeout = options.presence_timeout
        # A callback that is repeated so much later is still no new visit.
        self._kept = max(self.window, 2 * options.max_age)
        # Stale visits are apart: a replay neither begins nor prolongs a real one. So are
        # those of each eye: a picture makes no recognition of the module go unheard.
        self._open: dict[_Key, _Open] = {}
        self._listeners: list[Callable[[Visit], None]] = []
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._stopping: CALLBACK_TYPE | None = None
        # What made that happen which is told now; None: it came by itself.
        self.context: Context | None = None
        self._meet: Meet | None = None
        self.sightings = Sightings(
            hass,
            entry,
            coordinator,
            options,
            running=self._running,
            take=self._take,
            again=self._answer_again,
        )
        self.looks = Looks(
            hass, entry, coordinator, options, running=self._running, take=self._take
        )
        self.presence = Presence(hass, coordinator, self._presence_timeout)
        self.history = VisitHistory(hass, entry, book, options)
        self.seen = SeenPeople(book, entry.entry_id)
        self.requests = Requests(
            entry, coordinator, is_told=is_told, unconfirmed=self.sightings.unconfirmed
        )
        self.forgetting = Forgetting(
            book, entry.entry_id, self.history, seen=self.seen, presence=self.presence
        )

    @callback
    def async_introduce(self, meet: Meet) -> None:
        """Have `meet` say which stranger somebody unknown is, before they are told.

        Its last argument is to be called with the answer: None for "not known", or
        "not yet", then perhaps once more.
        """
        self._meet = meet

    async def async_load(self) -> None:
        """Read the history back; a visit of a moment ago may go on."""
        await async_migrate(self._hass, self._book, self._entry.entry_id)
        await self.history.async_load()
        await self.seen.async_load()
        now, loop_now = dt_util.utcnow(), self._hass.loop.time()
        longest = timedelta(seconds=max(self.window, self._presence_timeout))
        for visit in reversed(self.history.visits):
            ago = now - visit.last_seen
            if visit.late or not -FUTURE <= ago <= longest:
                continue
            seen_at = loop_now - max(0.0, ago.total_seconds())
            self._open[_key(visit)] = _Open(visit, seen_at, visit.last_seen)
        self.presence.async_restore(reversed(self.history.visits))

    @callback
    def async_start(self) -> None:
        """Begin to listen, or listen again."""
        self.looks.async_start()
        self.presence.async_show()
        self._unsubscribe.append(self.history.async_subscribe_deletions(self._deleted))
        # Entries are not unloaded when Home Assistant stops.
        self._stopping = self._hass.bus.async_listen_once(
            EVENT_HOMEASSISTANT_STOP, self._async_hass_stops
        )

    @callback
    def async_quiet(self) -> None:
        """Hear and tell nothing more: the entities are about to go."""
        for undo in self._unsubscribe:
            undo()
        self._unsubscribe.clear()
        if self._stopping is not None:
            self._stopping()
            self._stopping = None
        self.sightings.async_stop()
        self.looks.async_stop()
        self.presence.async_stop()
        self.requests.answer(None)

    async def _async_hass_stops(self, _event: Event) -> None:
        self._stopping = None
        await self._async_save()

    async def async_stop(self) -> None:
        """Have everything on disk, and write nothing more."""
        await self._async_save()
        await self.history.async_close()

    async def _async_save(self) -> None:
        for running in self._open.values():
            if running.visit.last_seen > running.saved:
                running.saved = running.visit.last_seen
                self.history.async_extend(running.visit, write=True)
        await self.history.async_flush()
        await self.seen.async_save()

    @callback
    def async_subscribe(self, listener: Callable[[Visit], None]) -> CALLBACK_TYPE:
        """Call `listener` with every visit that is told; returns the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_introduced(self, sighting: Visit) -> Visit:
        """Return a sighting with which stranger it is, once its visit is told.

        Without, where that cannot be said by then, or they are ignored.
        """
        running = self._open.get(_key(sighting))
        if running is None or running.visit.visit_id != sighting.visit_id:
            return sighting
        if not running.is_told:
            running.met = running.met or asyncio.Event()
            await running.met.wait()
        known = {key: getattr(running.visit, key) for key in _STRANGER}
        return replace(sighting, **known)

    # In

    def _running(self, user_id: str, source: str | None = None) -> Visit | None:
        """Return somebody's visit that may go on, None if the next one is a new one."""
        running = self._open.get((user_id, False, source))
        return running.visit if running and self._may_go_on(running) else None

    def _may_go_on(self, running: _Open) -> bool:
        return self._hass.loop.time() - running.seen_at < self.window

    @callback
    def _take(
        self, sighting: Visit, crop: bytes | None, context: Context | None = None
    ) -> Visit:
        """Begin a visit, go on with the one that is open, or make it a better one."""
        now, key = self._hass.loop.time(), _key(sighting)
        running = self._open.get(key)
        if running is None or not self._may_go_on(running):
            self._close_old(now)
            running = self._open[key] = _Open(sighting, now, sighting.time)
            known, rank = sighting, 0
        else:
            known, rank = running.visit, _rank(running.visit)
            sighting = replace(sighting, visit_id=known.visit_id)
        better = _rank(sighting) - rank
        if better > 0 and rank and known.reason is Reason.SPOOF:
            # Whoever held up a photo does not become a person by one good picture.
            sighting = replace(sighting, verdict=known.verdict, reason=known.reason)
            better = -1
        if better >= 0:
            running.seen_at = now
        if sighting.verdict is Verdict.RECOGNIZED and sighting.source is None:
            self.presence.async_saw(sighting, now)
        if better > 0:
            running.context = context
            if rank:
                # A better sighting may come without a picture.
                kind = sighting.content_type or known.content_type
                running.visit = replace(sighting, time=known.time, content_type=kind)
            self._introduce(running, crop)
        elif better == 0:
            running.visit = replace(known, last_seen=sighting.last_seen)
            running.again = partial(self._take, sighting, crop, context)
            self._extend(running)
        if running.is_told:
            self.requests.answer(sighting)
        return running.visit

    def _answer_again(self, user_id: str, may_enter: bool) -> None:  # noqa: FBT001
        """Answer who asked with somebody whose callback came before, in this visit."""
        if (running := self._open.get((user_id, False, None))) is None:
            return
        visit = running.visit
        if visit.verdict is Verdict.RECOGNIZED and not may_enter:
            # That was before their rule, or what it asks for, changed.
            visit = replace(visit, verdict=Verdict.REJECTED, reason=Reason.NOT_ALLOWED)
        self.requests.answer(visit)

    def _introduce(self, running: _Open, crop: bytes | None) -> None:
        """Tell of a visit; of somebody unknown once it is known which stranger it is."""
        visit = running.visit
        is_unknown = visit.verdict is Verdict.UNKNOWN and visit.content_type is not None
        if self._meet is None or crop is None or not is_unknown:
            self._tell(running, crop)
            return
        running.is_told = False
        self._meet(running, crop, partial(self._met, running, crop))

    @callback
    def _met(self, running: _Open, crop: bytes, met: Met | None) -> None:
        """Tell which stranger it is; after it was told, only write it down."""
        known = {}
        if running.met is not None:
            running.met.set()
        if met is not None and met.ignored and not running.is_told:
            # Whoever comes next may be somebody else.
            self._open = {k: one for k, one in self._open.items() if one is not running}
            self.requests.answer(running.visit)
            if running.again is not None:
                running.again()
            return
        if met is not None:
            known = {key: getattr(met, key) for key in _STRANGER}
            running.visit = replace(running.visit, **known)
        if not running.is_told:
            running.is_told = True
            self._tell(running, crop)
            self.requests.answer(running.visit)
        elif known and self.history.get(running.visit.visit_id) is not None:
            self.history.async_change([running.visit], **known)

    def _tell(self, running: _Open, crop: bytes | None) -> None:
        visit = running.visit
        running.saved = visit.last_seen
        self.history.async_put(visit, crop)
        if visit.verdict is Verdict.RECOGNIZED:
            self.seen.async_saw(visit.user_id, visit.name)
        self.context = running.context
        for listener in list(self._listeners):
            listener(visit)
        self.context = None

    def _extend(self, running: _Open) -> None:
        visit = running.visit
        write = visit.last_seen - running.saved >= _SAVE_EVERY
        if write:
            running.saved = visit.last_seen
        self.history.async_extend(visit, write=write)

    def _close_old(self, now: float) -> None:
        """Forget visits of long ago; here, so that no timer is needed."""
        for key, running in list(self._open.items()):
            if now - running.seen_at >= self._kept:
                del self._open[key]

    @callback
    def _deleted(self, deletion: Deletion) -> None:
        """Let a visit that the user deleted not go on."""
        if not deletion.by_user:
            return
        for key, running in list(self._open.items()):
            if running.visit.visit_id in deletion.visits:
                del self._open[key]


def _key(visit: Visit) -> _Key:
    return visit.user_id, visit.reason is Reason.STALE, visit.source
