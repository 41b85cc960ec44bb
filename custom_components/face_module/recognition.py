"""From recognition callbacks to visits: judged, merged, remembered, and told once.

The same person again within the visit window extends the visit and tells nobody, unless
the evidence became better: a rejected person who is recognized a moment later is told,
as the same visit. Only a spoof stays one until it is gone.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import CALLBACK_TYPE, Event, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from .client import FaceModuleError
from .const import (
    CONF_PRESENCE_TIMEOUT,
    CONF_VISIT_WINDOW,
    DOMAIN,
    LOGGER,
    MAX_CONFIRMATIONS,
)
from .coordinator import FaceModuleCoordinator
from .gate import Gate, Reason, Verdict
from .history import Deletion, VisitHistory
from .models import FaceModuleConfigEntry, options_of
from .presence import Presence
from .seen import SeenPeople
from .sightings import Sightings
from .visit import Visit

# A visit that goes on is written to disk at most this often.
_SAVE_EVERY: Final = timedelta(seconds=5)
# A visit that ends later than this in the future was written under another clock.
_FUTURE: Final = timedelta(seconds=2)
# What is told within one visit: only what is better evidence than what was told before.
_RANKS: Final = {Reason.SPOOF: 2, None: 3}


def _rank(visit: Visit) -> int:
    return _RANKS.get(visit.reason, 1)


@dataclass(slots=True)
class _Open:
    """A visit that may go on. Times are the event loop's."""

    visit: Visit
    seen_at: float
    saved: datetime
    told: bool = False
    # While it is not confirmed: when it was seen, the last picture, and the end of it.
    confirmed_at: deque[float] = field(
        default_factory=lambda: deque(maxlen=MAX_CONFIRMATIONS)
    )
    asked: int = 0
    crop: bytes | None = None
    gives_up: CALLBACK_TYPE | None = None


class FaceModuleVisits:
    """The visits of one module while its entry is loaded."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: FaceModuleConfigEntry,
        coordinator: FaceModuleCoordinator,
    ) -> None:
        """Prepare; `async_start` does the rest."""
        options = options_of(entry)
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._gate = Gate.from_options(options)
        self._window = float(options[CONF_VISIT_WINDOW])
        self._presence_timeout = float(options[CONF_PRESENCE_TIMEOUT])
        # Stale visits are apart: a replay neither begins nor prolongs a real one.
        self._open: dict[tuple[str, bool], _Open] = {}
        self._listeners: list[Callable[[Visit], None]] = []
        self._waiting: list[asyncio.Future[Visit | None]] = []
        # Who was seen since the last question, but not confirmed yet.
        self._unconfirmed: Visit | None = None
        self._unsubscribe: list[CALLBACK_TYPE] = []
        self._stopping: CALLBACK_TYPE | None = None
        self.sightings = Sightings(
            hass,
            entry.entry_id,
            coordinator,
            self._gate,
            confirmed=self._confirmed,
            take=self._take,
        )
        self.presence = Presence(hass, coordinator, self._presence_timeout)
        self.history = VisitHistory(hass, entry)
        self.seen = SeenPeople(hass, entry.entry_id)

    async def async_load(self) -> None:
        """Read the history back; a visit of a moment ago may go on."""
        await self.history.async_load()
        await self.seen.async_load()
        now, loop_now = dt_util.utcnow(), self._hass.loop.time()
        longest = timedelta(seconds=max(self._window, self._presence_timeout))
        for visit in reversed(self.history.visits):
            ago = now - visit.last_seen
            if visit.late or not -_FUTURE <= ago <= longest:
                continue
            seen_at = loop_now - max(0.0, ago.total_seconds())
            self._open[_key(visit)] = _Open(visit, seen_at, visit.last_seen, told=True)
            if visit.verdict is Verdict.RECOGNIZED:
                self.presence.async_saw(visit, seen_at)

    @callback
    def async_start(self) -> None:
        """Begin to listen."""
        self._unsubscribe.append(
            self._coordinator.async_subscribe_recognitions(self.sightings.async_recognized)
        )
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
        self.presence.async_stop()
        for running in self._open.values():
            if running.gives_up is not None:
                running.gives_up()
        self._answer(None)

    async def _async_hass_stops(self, _event: Event) -> None:
        self._stopping = None
        await self._async_save()

    async def async_stop(self) -> None:
        """Have everything on disk, and write nothing more."""
        await self._async_save()
        await self.history.async_close()

    async def _async_save(self) -> None:
        for running in self._open.values():
            if running.told and running.visit.last_seen > running.saved:
                running.saved = running.visit.last_seen
                self.history.async_extend(running.visit, write=True)
        await self.history.async_flush()
        await self.seen.async_save()

    @callback
    def async_subscribe(self, listener: Callable[[Visit], None]) -> CALLBACK_TYPE:
        """Call `listener` with every visit that is told; returns the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_request(self, timeout: float) -> Visit | None:  # noqa: ASYNC109
        """Ask the module who is there; return the answer, None when none came in time.

        Somebody who is not confirmed by then is the answer, too. Raises FaceModuleError.
        SetCallbackRequest.
        """
        future: asyncio.Future[Visit | None] = self._hass.loop.create_future()
        self._waiting.append(future)
        self._unconfirmed = None
        try:
            await self._coordinator.client.request_recognition()
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            return self._unconfirmed
        finally:
            self._waiting.remove(future)

    # In

    def _confirmed(self, user_id: str) -> int:
        """Return how often somebody was recognized within the confirmation window."""
        if (running := self._open.get((user_id, False))) is None:
            return 0
        since = self._hass.loop.time() - self._gate.confirmation_window
        return sum(at >= since for at in running.confirmed_at)

    @callback
    def _take(self, sighting: Visit, crop: bytes | None) -> None:
        """Begin a visit, or go on with the one that is open."""
        now = self._hass.loop.time()
        running = self._running(sighting, now)
        known = running.visit
        sighting = replace(sighting, visit_id=known.visit_id)
        if running.told:
            sighting = _in_light_of(known, sighting)
        better = not running.told or _rank(sighting) > _rank(known)
        if better and running.told and known.reason is Reason.SPOOF:
            # Whoever held up a photo does not become a person by one good picture.
            self._answer(replace(sighting, verdict=known.verdict, reason=known.reason))
            return
        as_good = better or _rank(sighting) == _rank(known)
        if as_good:
            running.seen_at = now
        if sighting.reason is Reason.UNCONFIRMED:
            self._ask_again(running, now)
            if not running.told:
                self._await_confirmation(running, sighting, crop)
                return
        if sighting.verdict is Verdict.RECOGNIZED:
            self.presence.async_saw(sighting, now)
        if better:
            # A better sighting may come without a picture.
            content_type = sighting.content_type or known.content_type
            running.visit = replace(sighting, time=known.time, content_type=content_type)
            self._tell(running, crop if sighting.content_type else running.crop)
        elif as_good:
            running.visit = replace(known, last_seen=sighting.last_seen)
            self._extend(running)
        self._answer(sighting)
        self._close_old(now)

    def _running(self, sighting: Visit, now: float) -> _Open:
        """Return the visit that this sighting belongs to, a new one if none is open."""
        key = _key(sighting)
        running = self._open.get(key)
        if running is None or not self._may_go_on(running, now):
            running = self._open[key] = _Open(sighting, now, sighting.time)
        return running

    def _may_go_on(self, running: _Open, now: float) -> bool:
        return running.gives_up is not None or now - running.seen_at < self._window

    def _tell(self, running: _Open, crop: bytes | None) -> None:
        if running.gives_up is not None:
            running.gives_up()
            running.gives_up = None
        running.told = True
        running.crop = None
        visit = running.visit
        self._coordinator.async_heard()
        running.saved = visit.last_seen
        self.history.async_put(visit, crop)
        if visit.verdict is Verdict.RECOGNIZED:
            self.seen.async_saw(visit.user_id, visit.name)
        for listener in list(self._listeners):
            listener(visit)

    def _extend(self, running: _Open) -> None:
        visit = running.visit
        write = visit.last_seen - running.saved >= _SAVE_EVERY
        if write:
            running.saved = visit.last_seen
        self.history.async_extend(visit, write=write)

    def _answer(self, visit: Visit | None) -> None:
        for future in self._waiting:
            if not future.done():
                future.set_result(visit)

    def _close_old(self, now: float) -> None:
        """Forget visits that cannot go on; here, so that no timer is needed."""
        for key, running in list(self._open.items()):
            if not self._may_go_on(running, now):
                del self._open[key]

    # Confirmation

    def _ask_again(self, running: _Open, now: float) -> None:
        """Ask for another result: a face that stays in view is not sent again by itself.

        So often as may be needed, and no more: every question keeps the module busy.
        """
        running.confirmed_at.append(now)
        if running.asked < self._gate.confirmations:
            running.asked += 1
            self._entry.async_create_background_task(
                self._hass, self._async_ask_again(), f"{DOMAIN} confirm"
            )

    def _await_confirmation(
        self, running: _Open, sighting: Visit, crop: bytes | None
    ) -> None:
        """Tell nobody before it is confirmed, or known that it will not be."""
        running.visit = replace(sighting, time=running.visit.time)
        running.crop = crop
        self._unconfirmed = running.visit
        if running.gives_up is not None:
            return

        @callback
        def give_up(_now: datetime) -> None:
            running.gives_up = None
            self._tell(running, running.crop)
            self._answer(running.visit)

        running.gives_up = async_call_later(
            self._hass,
            self._gate.confirmation_window,
            HassJob(give_up, cancel_on_shutdown=True),
        )

    async def _async_ask_again(self) -> None:
        try:
            await self._coordinator.client.request_recognition()
        except FaceModuleError as err:
            LOGGER.debug("%s: no confirmation asked for: %s", self._entry.title, err)

    # Deletion

    async def async_delete(
        self, visit_ids: Collection[str], user_ids: Collection[str]
    ) -> None:
        """Delete visits, and everything about some people (an empty id: strangers)."""
        visits = [
            visit
            for visit in self.history.visits
            if visit.visit_id in visit_ids or visit.user_id in user_ids
        ]
        touched = {visit.user_id for visit in visits}
        left = {v.user_id for v in self.history.visits if v not in visits}
        self.presence.async_leave(user_ids)
        await self.seen.async_forget(user_ids, touched)
        await self.history.async_delete(
            {visit.visit_id for visit in visits}, touched - left | set(user_ids)
        )

    @callback
    def _deleted(self, deletion: Deletion) -> None:
        """Let a visit that the user deleted not go on."""
        for key, running in list(self._open.items()):
            if deletion.by_user and running.visit.visit_id in deletion.visits:
                del self._open[key]

    async def async_delete_all(self) -> None:
        """Delete everything that was remembered."""
        people = {visit.user_id for visit in self.history.visits} | set(self.seen.names)
        self.presence.async_leave()
        await self.seen.async_forget_all()
        await self.history.async_clear(people)


def _in_light_of(known: Visit, sighting: Visit) -> Visit:
    """Return a sighting of a visit that was told: who was confirmed need not be again."""
    if known.verdict is Verdict.RECOGNIZED and sighting.reason is Reason.UNCONFIRMED:
        return replace(sighting, verdict=Verdict.RECOGNIZED, reason=None)
    return sighting


def _key(visit: Visit) -> tuple[str, bool]:
    return visit.user_id, visit.reason is Reason.STALE
