"""How many visits of today the book has, and when today began."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_CORE_CONFIG_UPDATE
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.helpers.event import async_track_point_in_time
from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from .history import Deletion
from .meanwhile import Meanwhile
from .merge import FaceModuleVisits
from .visit import Visit


class Today:
    """Since when it is today; `begins` is called whenever that is another day.

    From midnight on, until the next; some days begin later than at 0:00.
    """

    def __init__(self, hass: HomeAssistant, begins: Callable[[], Awaitable[None]]) -> None:
        """Prepare; `async_start` begins to wait for the next day."""
        self._hass = hass
        self._begins = begins
        self._undo: CALLBACK_TYPE | None = None
        self._midnight: CALLBACK_TYPE | None = None
        self.since = dt_util.start_of_local_day()

    @callback
    def async_start(self) -> None:
        """Wait for the next day, and for another time zone."""
        self._undo = self._hass.bus.async_listen(EVENT_CORE_CONFIG_UPDATE, self._new_day)
        self._begin()

    @callback
    def async_stop(self) -> None:
        """Wait no more."""
        for undo in (self._undo, self._midnight):
            if undo is not None:
                undo()
        self._undo = self._midnight = None

    @callback
    def _begin(self) -> None:
        if self._midnight is not None:
            self._midnight()
        self.since = dt_util.start_of_local_day()
        tomorrow = dt_util.now().date() + timedelta(days=1)
        self._midnight = async_track_point_in_time(
            self._hass, self._new_day, dt_util.start_of_local_day(tomorrow)
        )

    async def _new_day(self, _now: datetime | Event) -> None:
        self._begin()
        await self._begins()


class _Listener(NamedTuple):
    """Whom to call when somebody came, and when the book was asked anew."""

    came: Callable[[], None]
    counted: Callable[[], None]


class VisitsToday:
    """Counts them, of one module, for whoever subscribes."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, visits: FaceModuleVisits
    ) -> None:
        """Prepare; `async_start` counts."""
        self._hass = hass
        self._entry = entry
        self._visits = visits
        # Of the day that began then.
        self._ids: set[str] = set()
        self._counted: datetime | None = None
        self._meanwhile = Meanwhile[str]()
        self._today = Today(hass, self._async_recount)
        self._listeners: list[_Listener] = []
        self._is_told = False

    @property
    def since(self) -> datetime:
        """When today began."""
        return self._today.since

    @property
    def count(self) -> int:
        """How many visits began today."""
        return len(self._ids)

    async def async_start(self) -> None:
        """Count, and go on counting until the entry is unloaded."""
        history = self._visits.history
        self._today.async_start()
        for undo in (
            history.async_subscribe_deletions(self._deleted),
            history.async_subscribe_changes(self._changed),
            self._today.async_stop,
        ):
            self._entry.async_on_unload(undo)
        await self._async_count()

    @callback
    def async_subscribe(
        self, *, came: Callable[[], None], counted: Callable[[], None]
    ) -> CALLBACK_TYPE:
        """Call `came` when somebody came, `counted` when the book was asked anew.

        Returns the undo.
        """
        if not self._is_told:
            # Not before: what tells who came is told first.
            self._is_told = True
            self._entry.async_on_unload(self._visits.async_subscribe(self._visited))
        listener = _Listener(came, counted)
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def _async_count(self) -> None:
        since = self.since
        with self._meanwhile.asking() as came:
            found = await self._visits.history.async_ids_since(since)
        if found is None:
            # What was known of this day goes on to be so.
            found = self._ids if since == self._counted else set()
        self._ids, self._counted = found.union(came), since

    async def _async_recount(self) -> None:
        await self._async_count()
        for listener in list(self._listeners):
            listener.counted()

    @callback
    def _visited(self, visit: Visit) -> None:
        self._meanwhile.async_came(visit.visit_id)
        if visit.visit_id not in self._ids:
            self._ids.add(visit.visit_id)
            for listener in list(self._listeners):
                listener.came()

    @callback
    def _deleted(self, deletion: Deletion) -> None:
        if deletion.by_user:
            # Some may be known to the book alone.
            self._changed()

    @callback
    def _changed(self) -> None:
        self._entry.async_create_task(
            self._hass, self._async_recount(), f"{DOMAIN} visits today"
        )
