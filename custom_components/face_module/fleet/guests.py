"""Guests who are to be removed afterwards: deleted everywhere once it is over.

From modules that are away when they are back (people/waiting.py), from the roster with
all pictures at once. What fails is tried again; nothing of it is lost by a restart.
"""

from datetime import datetime
from typing import Final

from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.start import async_at_started
from homeassistant.util import dt as dt_util

from ..const import DOMAIN, EVENT_GUEST_REMOVED, LOGGER
from ..people.person import RosterPerson
from ..people.roster import Roster
from ..visits.clock import HostClock
from .everywhere import async_delete_everywhere
from .jobs import DATA_JOBS

# Changes come in crowds (s).
_SETTLES: Final = 1.0
# Whoever used up their last visit may still be at the door (s).
LINGERS: Final = 60.0
# While people are enrolled or copied it is looked so often (s) if that is done.
_JOB: Final = 5.0
# What failed is tried again so much later (s).
_AGAIN: Final = 600.0
# It is looked at least so often (s): timers do not follow the clock.
_LONGEST: Final = 3600.0


class Guests:
    """Removes people whose time is over."""

    def __init__(self, hass: HomeAssistant, roster: Roster) -> None:
        """Begin once Home Assistant has started."""
        self._hass = hass
        self._roster = roster
        self._timer: CALLBACK_TYPE | None = None
        self._ends = float("inf")
        self._is_removing = False
        # By key, times of the event loop: since when the visits are used up, and until
        # when somebody is not tried again.
        self._used_up: dict[str, float] = {}
        self._failed: dict[str, float] = {}
        self._believed = 0.0
        self._clock = HostClock(hass)
        async_at_started(hass, self._started)

    @callback
    def _started(self, _hass: HomeAssistant) -> None:
        self._roster.async_subscribe(self._changed)
        self._changed()

    @callback
    def _changed(self) -> None:
        self._plan(_SETTLES)

    def _plan(self, delay: float) -> None:
        """Look after so long (s), or earlier."""
        ends = self._hass.loop.time() + delay
        if self._timer is not None:
            if ends >= self._ends:
                return
            self._timer()
        self._ends = ends
        job = HassJob(self._look, cancel_on_shutdown=True)
        self._timer = async_call_later(self._hass, delay, job)

    @callback
    def _look(self, _now: datetime) -> None:
        """Remove whose time is over, and look again when the next one's may be."""
        self._timer = None
        if self._is_removing:
            return
        if self._clock.was_set():
            # Nobody is deleted because of it before it has been so for an hour. They may
            # not enter anyway.
            self._believed = self._hass.loop.time() + _LONGEST
        waits = {
            person.key: self._wait(person)
            for person in self._roster.people.values()
            if person.access.remove_afterwards
        }
        for known in (self._used_up, self._failed):
            for key in known.keys() - waits.keys():
                del known[key]
        due = [key for key, wait in waits.items() if wait <= 0]
        if due and any(not job.dry_run for job in self._hass.data[DATA_JOBS].running):
            # It may be about to enroll them: they come again then, and may not enter.
            self._plan(_JOB)
        elif due:
            self._is_removing = True
            task = self._async_remove(due)
            self._hass.async_create_task(task, f"{DOMAIN} remove guests")
        elif waits:
            self._plan(min(_LONGEST, *waits.values()))

    def _wait(self, person: RosterPerson) -> float:
        """Return after how long (s) somebody is to be removed; 0 and less: now."""
        loop_now = self._hass.loop.time()
        if person.access.visits == 0:
            wait = self._used_up.setdefault(person.key, loop_now) + LINGERS - loop_now
        elif person.access.end is not None:
            self._used_up.pop(person.key, None)
            wait = (person.access.end - dt_util.utcnow()).total_seconds()
            wait = max(wait, self._believed - loop_now)
        else:
            return _LONGEST
        return max(wait, self._failed.get(person.key, 0.0) - loop_now)

    async def _async_remove(self, keys: list[str]) -> None:
        try:
            for key in keys:
                person = self._roster.get(key)
                # Meanwhile they may have been given more time.
                if person is not None and self._wait(person) <= 0:
                    await self._async_remove_one(person)
        finally:
            self._is_removing = False
            self._plan(_SETTLES)

    async def _async_remove_one(self, person: RosterPerson) -> None:
        """Delete somebody everywhere, and say so. GetUserInfo, DeleteUser."""
        self._failed[person.key] = self._hass.loop.time() + _AGAIN
        try:
            done = await async_delete_everywhere(
                self._hass, person.user_id, called=person.name, even_if_none=True
            )
        except HomeAssistantError:
            LOGGER.debug("A guest could not be removed")
            return
        if self._roster.get(person.key) is not None:
            LOGGER.debug("A guest could not be removed everywhere")
            return
        self._hass.bus.async_fire(
            EVENT_GUEST_REMOVED,
            {
                "user_id": person.user_id,
                "name": person.name,
                "why": "used_up" if person.access.visits == 0 else "over",
                "when_back": [entry.title for entry in done.waiting],
            },
        )
