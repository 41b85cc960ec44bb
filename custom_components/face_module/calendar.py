"""The visits of a module on Home Assistant's calendar page."""

from datetime import datetime, timedelta
from operator import attrgetter
from typing import Final, override

from homeassistant.components.calendar import (
    CalendarEntity,
    CalendarEntityDescription,
    CalendarEvent,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.util import dt as dt_util

from .entity import FaceModuleVisitEntity
from .runtime import FaceModuleConfigEntry, FaceModuleRuntime
from .texts import name_or_unknown, text
from .visits.history import Deletion
from .visits.visit import Visit

PARALLEL_UPDATES = 0

VISITS: Final = CalendarEntityDescription(key="visits")
# Somebody who was seen once was there for a moment, and no calendar shows less.
_MOMENT: Final = timedelta(seconds=1)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FaceModuleConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the calendar of a module."""
    async_add_entities([VisitCalendar(entry.runtime_data, VISITS)])


class VisitCalendar(FaceModuleVisitEntity, CalendarEntity):
    """Every visit of the book is an event; the state tells of the latest one.

    It is on as long as that visit may go on.
    """

    _latest: Visit | None = None

    def __init__(
        self, runtime: FaceModuleRuntime, description: CalendarEntityDescription
    ) -> None:
        """Listen to the visits of a module once it is added."""
        super().__init__(runtime, description)
        self._window = timedelta(seconds=runtime.options.visit_window)

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self._find_latest()

    @property
    @override
    def event(self) -> CalendarEvent | None:
        if self._latest is None:
            return None
        # It may have gone on, or been marked.
        visit = self._visits.history.get(self._latest.visit_id) or self._latest
        return self._event(visit, goes_on=self._window)

    @override
    async def async_get_events(
        self, hass: HomeAssistant, start_date: datetime, end_date: datetime
    ) -> list[CalendarEvent]:
        visits = await self._visits.history.async_during(start_date, end_date)
        return [self._event(visit) for visit in visits]

    def _event(self, visit: Visit, goes_on: timedelta = timedelta(0)) -> CalendarEvent:
        last_seen = visit.last_seen + goes_on
        return CalendarEvent(
            start=dt_util.as_local(visit.time),
            end=dt_util.as_local(max(last_seen, visit.time + _MOMENT)),
            summary=self._summary(visit),
            uid=visit.visit_id,
        )

    def _summary(self, visit: Visit) -> str:
        name = name_or_unknown(self.hass, visit.name)
        if visit.wrong is not None:
            return text(self.hass, "visit_wrong", name=name)
        if visit.reason is not None:
            return f"{name} · {text(self.hass, f'reason_{visit.reason}')}"
        return name

    def _find_latest(self) -> None:
        now = dt_util.utcnow()
        known = (v for v in self._visits.history.visits if not v.late and v.time <= now)
        self._latest = max(known, key=attrgetter("time"), default=None)

    @override
    @callback
    def _visited(self, visit: Visit) -> None:
        self._latest = visit
        self._write_seldom()

    @override
    @callback
    def _deleted(self, deletion: Deletion) -> None:
        if self._latest is not None and self._latest.visit_id in deletion.visits:
            self._find_latest()
            self.async_write_ha_state()

    @override
    @callback
    def _changed(self) -> None:
        self.async_write_ha_state()
