"""Who is there, and since when: recognized within the presence timeout."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util import dt as dt_util

from ..device.coordinator import FaceModuleCoordinator
from ..device.state import PresentPerson
from .gate import Verdict
from .visit import Visit

# A visit that ends later than this in the future was written under another clock.
FUTURE: Final = timedelta(seconds=2)


class _Present(NamedTuple):
    """Somebody who counts as present until a time of the event loop."""

    person: PresentPerson
    until: float


class Presence:
    """The people in front of one module, shown by its coordinator."""

    def __init__(
        self, hass: HomeAssistant, coordinator: FaceModuleCoordinator, timeout: float
    ) -> None:
        """Let people leave `timeout` seconds after they were seen last."""
        self._hass = hass
        self._coordinator = coordinator
        self._timeout = timeout
        self._people: dict[str, _Present] = {}
        self._timer: CALLBACK_TYPE | None = None

    @callback
    def async_restore(self, visits: Iterable[Visit]) -> None:
        """Begin with who is still there by the visits of before, the earliest first.

        Visits that followed each other within the timeout were one stay.
        """
        stays: dict[str, tuple[Visit, datetime]] = {}
        timeout, now = timedelta(seconds=self._timeout), dt_util.utcnow()
        for visit in visits:
            if visit.verdict is not Verdict.RECOGNIZED or visit.late or visit.source:
                continue
            known = stays.get(visit.user_id)
            stays_on = known and visit.time - known[0].last_seen < timeout
            since = known[1] if known and stays_on else visit.time
            stays[visit.user_id] = (visit, since)
        loop_now = self._hass.loop.time()
        for visit, since in stays.values():
            ago = max(0.0, (now - visit.last_seen).total_seconds())
            if ago < self._timeout and visit.last_seen - now <= FUTURE:
                self._put(visit, since, loop_now - ago)
        self.async_show()

    @callback
    def async_saw(self, visit: Visit, at: float) -> None:
        """Take in somebody who was recognized at a time of the event loop."""
        known = self._people.get(visit.user_id)
        stays_on = known is not None and known.until > at
        since = known.person.since if known and stays_on else visit.last_seen
        self._put(visit, since, at)
        if known is None or known.person != self._people[visit.user_id].person:
            self.async_show()

    def _put(self, visit: Visit, since: datetime, at: float) -> None:
        person = PresentPerson(visit.user_id, visit.name, since, visit.person)
        self._people[visit.user_id] = _Present(person, at + self._timeout)

    @callback
    def async_leave(self, user_ids: Collection[str] | None = None) -> None:
        """Let some people leave, or all."""
        for user_id in list(self._people):
            if user_ids is None or user_id in user_ids:
                del self._people[user_id]
        self.async_show()

    @callback
    def async_stop(self) -> None:
        """Show nothing more."""
        if self._timer is not None:
            self._timer()
            self._timer = None

    @callback
    def _look(self, _now: datetime) -> None:
        self._timer = None
        self.async_show()

    @callback
    def async_show(self) -> None:
        """Show who is there, and look again when the first of them may have left."""
        now = self._hass.loop.time()
        self._people = {k: v for k, v in self._people.items() if v.until > now}
        if self._people and self._timer is None:
            # Who stays longer meanwhile is found then; nobody stays shorter.
            ends = min(known.until for known in self._people.values())
            job = HassJob(self._look, cancel_on_shutdown=True)
            self._timer = async_call_later(self._hass, ends - now, job)
        self._coordinator.async_show_present(
            tuple(known.person for _, known in sorted(self._people.items()))
        )
