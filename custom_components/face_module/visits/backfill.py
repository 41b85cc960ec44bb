"""What was missed: after an outage the module's own records enter the history.

Every time when we were stopped is one, however short: nobody was told then.

They are marked late and never fire anything: nobody judged them, and they are old.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.util import dt as dt_util
from homeassistant.util.ulid import ulid

from ..client import (
    FaceModuleAuthError,
    FaceModuleError,
    FaceModuleRefusedError,
    Record,
)
from ..const import DOMAIN, LOGGER, MISSED_HEARTBEATS
from ..device.coordinator import FaceModuleCoordinator
from ..options import Options
from .gate import Verdict
from .merge import FaceModuleVisits
from .visit import Visit

_SHORTEST: Final = 30.0
# A module that fails is asked again after so many seconds, then twice as many and so on.
RETRY: Final = 5.0
_LONGEST_WAIT: Final = 600.0
# The clocks agree to a second or two.
_BLUR: Final = timedelta(seconds=3)
_NEVER: Final = (datetime.max.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class BackFill:
    """Watches for gaps between heartbeats, and fills them."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        coordinator: FaceModuleCoordinator,
        visits: FaceModuleVisits,
        options: Options,
    ) -> None:
        """Prepare; `async_start` does the rest."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._visits = visits
        self._interval = options.heartbeat_interval
        self._days = timedelta(days=options.history_days)
        self._window = timedelta(seconds=options.visit_window) + _BLUR
        self._heard_at: float | None = None
        # Of whom records are missing, since when and until when; the latest person first.
        self._missing: dict[str, tuple[datetime, datetime]] = {}
        self._busy = False
        # A module that fails is left alone until then, and longer the next time.
        self._not_before = float("-inf")
        self._wait = RETRY
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
            since = max(since, now - self._days) - _BLUR
            for user_id in seen.names:
                known = self._missing.get(user_id, (since, now))
                self._missing[user_id] = min(since, known[0]), now
        if not self._missing or self._busy or loop_now < self._not_before:
            return
        if not self._coordinator.clock_in_doubt:
            self._busy = True
            self._entry.async_create_background_task(
                self._hass, self._async_fill(drift), f"{DOMAIN} back-fill"
            )

    def _missing_since(self, now: datetime, loop_now: float) -> datetime | None:
        if self._heard_at is None:
            return self._visits.seen.heard  # until we were stopped
        # Not by the clock on the wall, which may have jumped.
        silent = loop_now - self._heard_at
        if silent <= max(MISSED_HEARTBEATS * self._interval, _SHORTEST):
            return None
        return now - timedelta(seconds=silent)

    async def _async_fill(self, drift: float) -> None:
        """Ask for the records of one after the other; who is left is asked for later."""
        seen = self._visits.seen
        try:
            while self._missing:
                user_id, bounds = next(iter(self._missing.items()))
                records = await self._async_records(user_id)
                if self._stopped:
                    return
                if self._missing[user_id] == bounds:
                    del self._missing[user_id]
                # The user may have deleted something meanwhile.
                forgotten = seen.forgotten_at(user_id)
                since, until = bounds
                since = since if forgotten is None else max(since, forgotten + _BLUR)
                if (name := seen.names.get(user_id)) is not None:
                    self._enter(user_id, name, records, (since, until, drift))
                self._wait = RETRY
        except FaceModuleError as err:
            LOGGER.debug("%s: records could not be read: %s", self._entry.title, err)
            # Perhaps it is only this person's.
            self._missing[user_id] = self._missing.pop(user_id)
            self._not_before = self._hass.loop.time() + self._wait
            self._wait = min(2 * self._wait, _LONGEST_WAIT)
        finally:
            self._busy = False

    async def _async_records(self, user_id: str) -> tuple[Record, ...]:
        """Return the records of somebody: none of whom the module does not know."""
        try:
            return await self._coordinator.client.search_records(user_id)
        except FaceModuleAuthError:
            raise
        except FaceModuleRefusedError:
            return ()

    def _enter(
        self,
        user_id: str,
        name: str,
        records: Iterable[Record],
        bounds: tuple[datetime, datetime, float],
    ) -> None:
        """Enter the records of one person that nobody knows of yet."""
        history = self._visits.history
        # The module records what it saw itself.
        mine = [v for v in history.visits if v.user_id == user_id and v.source is None]
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
