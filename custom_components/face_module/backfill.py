"""What was missed: after an outage the module's own records enter the history.

They are marked late and never fire anything: nobody judged them, and they are old.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid

from .client import FaceModuleError, Record
from .const import (
    CONF_HEARTBEAT_INTERVAL,
    CONF_HISTORY_DAYS,
    CONF_VISIT_WINDOW,
    DOMAIN,
    LOGGER,
    MISSED_HEARTBEATS,
)
from .coordinator import FaceModuleCoordinator
from .gate import Verdict
from .models import FaceModuleConfigEntry, options_of
from .recognition import FaceModuleVisits
from .visit import Visit

_SHORTEST: Final = 30.0
# Reloading the entry takes no longer.
_RELOAD: Final = 5.0
# The clocks agree to a second or two.
_BLUR: Final = timedelta(seconds=3)
_NEVER: Final = (datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class BackFill:
    """Watches for gaps between heartbeats, and fills them."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: FaceModuleConfigEntry,
        coordinator: FaceModuleCoordinator,
        visits: FaceModuleVisits,
    ) -> None:
        """Prepare; `async_start` does the rest."""
        options = options_of(entry)
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._visits = visits
        self._interval = float(options[CONF_HEARTBEAT_INTERVAL])
        self._days = timedelta(days=float(options[CONF_HISTORY_DAYS]))
        self._window = timedelta(seconds=float(options[CONF_VISIT_WINDOW])) + _BLUR
        self._heard_at: float | None = None
        # What is missing since when, until it was read; and what went missing meanwhile.
        self._missing: datetime | None = None
        self._next: datetime | None = None
        self._busy = False
        self._stopped = False
        # How many visits were filled in, for the diagnostics.
        self.filled = 0

    @callback
    def async_start(self) -> None:
        """Begin to watch."""
        self._entry.async_on_unload(
            self._coordinator.async_subscribe_heartbeats(self._heard)
        )

    @callback
    def async_stop(self) -> None:
        """Enter nothing more."""
        self._stopped = True

    @callback
    def _heard(self, drift: float) -> None:
        """Notice a gap at its end. `drift` is how far the module's clock is ahead."""
        now, loop_now = dt_util.utcnow(), self._hass.loop.time()
        seen = self._visits.seen
        since = self._missing_since(now, loop_now)
        self._heard_at = loop_now
        seen.async_heard(now)
        if since is not None:
            since = max(since, now - self._days)
            if self._busy:
                self._next = since if self._next is None else min(since, self._next)
            elif self._missing is None or since < self._missing:
                self._missing = since
        if self._missing is None or self._busy or not seen.names:
            return
        if not self._coordinator.clock_in_doubt:
            self._busy = True
            self._entry.async_create_background_task(
                self._hass, self._async_fill(self._missing, drift), f"{DOMAIN} back-fill"
            )

    def _missing_since(self, now: datetime, loop_now: float) -> datetime | None:
        if self._heard_at is None:
            before = self._visits.seen.heard  # until we were stopped
            patience = timedelta(seconds=self._interval + _RELOAD)
            return before if before is not None and now - before > patience else None
        # Not by the clock on the wall, which may have jumped.
        silent = loop_now - self._heard_at
        if silent <= max(MISSED_HEARTBEATS * self._interval, _SHORTEST):
            return None
        return now - timedelta(seconds=silent)

    async def _async_fill(self, since: datetime, drift: float) -> None:
        """Ask for everybody's records; what fails is asked for again, next heartbeat."""
        until, seen = dt_util.utcnow(), self._visits.seen
        try:
            for user_id, name in seen.names.items():
                records = await self._coordinator.client.search_records(user_id)
                if self._stopped:
                    return
                # The user may have deleted something meanwhile.
                forgotten = seen.forgotten_at(user_id)
                begin = since if forgotten is None else max(since, forgotten + _BLUR)
                self._enter(user_id, name, records, (begin, until, drift))
        except FaceModuleError as err:
            LOGGER.debug("%s: records could not be read: %s", self._entry.title, err)
            return
        finally:
            self._busy = False
        self._missing, self._next = self._next, None

    def _enter(
        self,
        user_id: str,
        name: str,
        records: Iterable[Record],
        bounds: tuple[datetime, datetime, float],
    ) -> None:
        """Enter the records of one person that nobody knows of yet."""
        history = self._visits.history
        mine = [visit for visit in history.visits if visit.user_id == user_id]
        known = sorted((v.time - self._window, v.last_seen + self._window) for v in mine)
        seconds = {int(visit.device_time.timestamp()) for visit in mine}
        times = [
            (when, one)
            for one in records
            if one.timestamp not in seconds and (when := _when(one, *bounds))
        ]
        times.sort(key=lambda item: item[0])
        late = [
            self._late(user_id, name, first, last, record)
            for first, last, record in _unknown(times[-history.size :], known, self._window)
        ]
        self.filled += len(late)
        history.async_put_late(late)

    def _late(
        self, user_id: str, name: str, first: datetime, last: datetime, record: Record
    ) -> Visit:
        return Visit(
            entry_id=self._entry.entry_id,
            visit_id=ulid(first.timestamp()),
            verdict=Verdict.RECOGNIZED,
            reason=None,
            user_id=user_id,
            name=record.name or name,
            score=round(min(max(record.score, 0.0), 1.0) * 100, 1),
            time=first,
            last_seen=last,
            device_time=datetime.fromtimestamp(record.timestamp, UTC),
            age=round((dt_util.utcnow() - first).total_seconds(), 1),
            late=True,
        )


def _unknown(
    times: list[tuple[datetime, Record]],
    known: list[tuple[datetime, datetime]],
    window: timedelta,
) -> Iterator[tuple[datetime, datetime, Record]]:
    """Yield begin, end and first record of every visit that is not known, in order."""
    left = iter(known)
    begin, end = next(left, _NEVER)
    going_on: tuple[datetime, datetime, Record] | None = None
    for when, record in times:
        while end < when:
            begin, end = next(left, _NEVER)
        if begin <= when:
            continue
        if going_on is not None and when - going_on[1] <= window:
            going_on = going_on[0], when, going_on[2]
            continue
        if going_on is not None:
            yield going_on
        going_on = when, when, record
    if going_on is not None:
        yield going_on


def _when(
    record: Record, since: datetime, until: datetime, drift: float
) -> datetime | None:
    """Return when a record was made if that was between `since` and `until`.

    The module's clock may have been right when it was made and wrong at the first
    heartbeat after a restart: then a time that is corrected lies in the future.
    """
    time = record.timestamp - drift
    if time > until.timestamp():
        time = float(record.timestamp)
    if not since.timestamp() <= time <= until.timestamp():
        return None
    return dt_util.utc_from_timestamp(time)
