"""From recognition callbacks to visits: judged, merged, remembered, and told once.

The same person again within the visit window extends the visit and tells nobody, unless
the evidence became better: a rejected person who is recognized a moment later is told,
as the same visit.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid_now

from .client import FaceModuleError, Recognition
from .const import CONF_PRESENCE_TIMEOUT, CONF_VISIT_WINDOW, DOMAIN, LOGGER
from .coordinator import FaceModuleCoordinator
from .gate import Gate, Reason, Verdict, judge
from .history import VisitHistory
from .models import FaceModuleConfigEntry, Person, options_of
from .seen import SeenPeople
from .visit import Visit, picture_type

# The liveness scores of a face and its recognition travel on two connections: where they
# matter, they are given time to arrive in whatever order.
SETTLE: Final = 0.3
# More are never asked for (forms.py).
_CONFIRMATIONS: Final = 10
# A visit that goes on is written to disk at most this often.
_SAVE_EVERY: Final = timedelta(seconds=5)
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
    confirmed_at: deque[float] = field(default_factory=lambda: deque(maxlen=_CONFIRMATIONS))
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
        self._presence = float(options[CONF_PRESENCE_TIMEOUT])
        # Stale visits are apart: a replay neither begins nor prolongs a real one.
        self._open: dict[tuple[str, bool], _Open] = {}
        self._present: dict[str, tuple[str, float]] = {}
        self._presence_timer: CALLBACK_TYPE | None = None
        self._settling: set[CALLBACK_TYPE] = set()
        self._listeners: list[Callable[[Visit], None]] = []
        self._waiting: list[asyncio.Future[Visit | None]] = []
        self.history = VisitHistory(hass, entry)
        self.seen = SeenPeople(hass, entry.entry_id)
        # How often which verdict was given, for the diagnostics.
        self.judged: Counter[str] = Counter()

    async def async_load(self) -> None:
        """Read the history back; a visit of a moment ago may go on."""
        await self.history.async_load()
        await self.seen.async_load()
        now, loop_now = dt_util.utcnow(), self._hass.loop.time()
        for visit in reversed(self.history.visits):
            ago = max(0.0, (now - visit.last_seen).total_seconds())
            if visit.late or ago > max(self._window, self._presence):
                continue
            self._open[_key(visit)] = _Open(
                visit, loop_now - ago, visit.last_seen, told=True
            )
            if visit.verdict is Verdict.RECOGNIZED:
                until = loop_now - ago + self._presence
                self._present[visit.user_id] = (visit.name, until)

    @callback
    def async_start(self) -> None:
        """Begin to listen."""
        self._entry.async_on_unload(
            self._coordinator.async_subscribe_recognitions(self._recognized)
        )
        self._entry.async_on_unload(
            self.history.async_subscribe_deletions(self._forget_deleted)
        )
        self._show_present()

    async def async_stop(self) -> None:
        """Let nothing go on, and have everything on disk."""
        for cancel in (self._presence_timer, *self._settling):
            if cancel is not None:
                cancel()
        for running in self._open.values():
            if running.gives_up is not None:
                running.gives_up()
            if running.told and running.visit.last_seen > running.saved:
                self.history.async_extend(running.visit, write=True)
        self._answer(None)
        await self.history.async_flush()
        await self.seen.async_save()

    @callback
    def async_subscribe(self, listener: Callable[[Visit], None]) -> CALLBACK_TYPE:
        """Call `listener` with every visit that is told; returns the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_request(self, timeout: float) -> Visit | None:  # noqa: ASYNC109
        """Ask the module who is there; return the answer, None when none came in time.

        Raises FaceModuleError. SetCallbackRequest.
        """
        future: asyncio.Future[Visit | None] = self._hass.loop.create_future()
        self._waiting.append(future)
        try:
            await self._coordinator.client.request_recognition()
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            return None
        finally:
            self._waiting.remove(future)

    # In

    @callback
    def _recognized(self, recognition: Recognition) -> None:
        now = dt_util.utcnow()
        age = now.timestamp() - (recognition.timestamp - self._coordinator.drift)
        visit = Visit(
            entry_id=self._entry.entry_id,
            visit_id=ulid_now(),
            verdict=Verdict.UNKNOWN,
            reason=None,
            user_id=recognition.user_id,
            name=recognition.username or recognition.user_id,
            score=round(recognition.score * 100, 1),
            time=now,
            last_seen=now,
            device_time=datetime.fromtimestamp(recognition.timestamp, UTC),
            age=round(age, 1),
            content_type=picture_type(recognition.image),
        )
        if not self._gate.require_liveness:
            self._judge(visit, recognition.image)
            return

        @callback
        def settled(_now: datetime) -> None:
            self._settling.discard(cancel)
            self._judge(visit, recognition.image)

        cancel = async_call_later(
            self._hass, SETTLE, HassJob(settled, cancel_on_shutdown=True)
        )
        self._settling.add(cancel)

    def _judge(self, visit: Visit, crop: bytes | None) -> None:
        running = self._open.get((visit.user_id, False))
        now = self._hass.loop.time()
        times = [*(running.confirmed_at if running else ()), now]
        verdict, reason = judge(
            self._gate,
            known=bool(visit.user_id),
            score=visit.score,
            age=visit.age,
            liveness=self._coordinator.pipeline.liveness,
            config=self._coordinator.data.config,
            confirmations=sum(now - at <= self._gate.confirmation_window for at in times),
        )
        self.judged[reason or verdict] += 1
        fresh = self._coordinator.pipeline.fresh
        judged = replace(
            visit,
            verdict=verdict,
            reason=reason,
            rgb_liveness_score=fresh.rgb_liveness_score,
            nir_liveness_score=fresh.nir_liveness_score,
            mask_score=fresh.mask_score,
        )
        self._settle(judged, crop, now)

    def _settle(self, sighting: Visit, crop: bytes | None, now: float) -> None:
        """Begin a visit, or go on with the one that is open."""
        running = self._running(sighting, now)
        known = running.visit
        if running.told and known.verdict is Verdict.RECOGNIZED:
            sighting = _as_confirmed(sighting)
        sighting = replace(sighting, visit_id=known.visit_id)
        better = not running.told or _rank(sighting) > _rank(known)
        as_good = better or _rank(sighting) == _rank(known)
        if as_good:
            running.seen_at = now
        if sighting.reason is Reason.UNCONFIRMED:
            self._await_confirmation(running, sighting, crop, now)
            return
        if sighting.verdict is Verdict.RECOGNIZED:
            self._show_present(sighting, now)
        if better:
            running.visit = replace(sighting, time=known.time)
            self._tell(running, crop)
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

    def _await_confirmation(
        self, running: _Open, sighting: Visit, crop: bytes | None, now: float
    ) -> None:
        """Ask for another result: a face that stays in view is not sent again by itself."""
        running.confirmed_at.append(now)
        self._entry.async_create_background_task(
            self._hass, self._async_ask_again(), f"{DOMAIN} confirm"
        )
        if running.told:
            return
        running.visit = replace(sighting, time=running.visit.time)
        running.crop = crop
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

    # Presence

    @callback
    def _show_present(self, visit: Visit | None = None, now: float | None = None) -> None:
        """Show who was recognized within the presence timeout."""
        now = self._hass.loop.time() if now is None else now
        if visit is not None:
            self._present[visit.user_id] = (visit.name, now + self._presence)
        self._present = {k: v for k, v in self._present.items() if v[1] > now}
        if self._presence_timer is not None:
            self._presence_timer()
            self._presence_timer = None
        if self._present:
            ends = min(until for _, until in self._present.values())

            @callback
            def look(_now: datetime) -> None:
                self._presence_timer = None
                self._show_present()

            self._presence_timer = async_call_later(
                self._hass, ends - now, HassJob(look, cancel_on_shutdown=True)
            )
        self._coordinator.async_show_present(
            tuple(
                Person(user_id=user_id, name=name)
                for user_id, (name, _) in sorted(self._present.items())
            )
        )

    # Deletion

    async def async_delete(self, visit_ids: set[str], user_ids: set[str]) -> None:
        """Delete visits, and everything about some people (an empty id: strangers)."""
        visits = {
            visit.visit_id
            for visit in self.history.visits
            if visit.visit_id in visit_ids or visit.user_id in user_ids
        }
        await self.history.async_delete(visits)
        await self.seen.async_forget(user_ids)

    async def async_delete_all(self) -> None:
        """Delete everything that was remembered."""
        await self.history.async_delete({v.visit_id for v in self.history.visits})
        await self.seen.async_forget()

    @callback
    def _forget_deleted(self) -> None:
        for key, running in list(self._open.items()):
            if running.told and self.history.get(running.visit.visit_id) is None:
                del self._open[key]


def _as_confirmed(sighting: Visit) -> Visit:
    """Return a sighting of somebody who was confirmed a moment ago."""
    if sighting.reason is not Reason.UNCONFIRMED:
        return sighting
    return replace(sighting, verdict=Verdict.RECOGNIZED, reason=None)


def _key(visit: Visit) -> tuple[str, bool]:
    return visit.user_id, visit.reason is Reason.STALE
