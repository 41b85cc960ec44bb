"""Who was seen in the last 30 days, and until when callbacks were heard.

In Home Assistant's storage. It tells the back-fill (backfill.py) whose records to ask
for, and since when. A clock that is set back or forward moves nothing but its bounds.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final, NotRequired, TypedDict

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util

from .const import DOMAIN

_VERSION: Final = 1
_DAYS: Final = timedelta(days=30)
# So many people are remembered, the latest ones; each is one request after an outage.
PEOPLE_KEPT: Final = 100
# Heartbeats alone are written this rarely: they would wear out a memory card.
_SAVE_HEARTBEATS: Final = timedelta(minutes=15)
_SAVE_DELAY: Final = 30.0
_EVERYBODY: Final = "*"


class _Stored(TypedDict):
    heard: str | None
    people: dict[str, list[str]]
    # When something about somebody was deleted, by a mark of the user id.
    forgotten: NotRequired[dict[str, str]]


def _store(hass: HomeAssistant, entry_id: str) -> Store[_Stored]:
    return Store(hass, _VERSION, f"{DOMAIN}.seen.{entry_id}", private=True)


async def async_remove_seen(hass: HomeAssistant, entry_id: str) -> None:
    """Forget everything about an entry."""
    await _store(hass, entry_id).async_remove()


class SeenPeople:
    """Names by user id, the latest last."""

    def __init__(self, hass: HomeAssistant, entry_id: str) -> None:
        """Prepare; `async_load` reads what is there."""
        self._store = _store(hass, entry_id)
        self._people: dict[str, tuple[str, datetime]] = {}
        self._forgotten: dict[str, datetime] = {}
        self._saved = dt_util.utcnow()
        self.heard: datetime | None = None

    async def async_load(self) -> None:
        """Read what was stored."""
        if (stored := await self._store.async_load()) is None:
            return
        self.heard = dt_util.parse_datetime(stored["heard"] or "")
        for user_id, (name, seen) in stored["people"].items():
            if (time := dt_util.parse_datetime(seen)) is not None:
                self._people[user_id] = (name, time)
        for mark, at in stored.get("forgotten", {}).items():
            if (time := dt_util.parse_datetime(at)) is not None:
                self._forgotten[mark] = time

    def forgotten_at(self, user_id: str) -> datetime | None:
        """Return when something about somebody was deleted: nothing older comes back."""
        times = (self._forgotten.get(_mark(user_id)), self._forgotten.get(_EVERYBODY))
        return max((at for at in times if at is not None), default=None)

    @property
    def names(self) -> dict[str, str]:
        """Names by user id, the latest first."""
        oldest = dt_util.utcnow() - _DAYS
        return {
            user_id: name
            for user_id, (name, seen) in reversed(self._people.items())
            if seen >= oldest
        }

    @callback
    def async_saw(self, user_id: str, name: str) -> None:
        """Remember somebody who was recognized now."""
        self._people.pop(user_id, None)
        self._people[user_id] = (name, dt_util.utcnow())
        while len(self._people) > PEOPLE_KEPT:
            del self._people[next(iter(self._people))]
        self._store.async_delay_save(self._data, _SAVE_DELAY)

    @callback
    def async_heard(self, now: datetime) -> None:
        """Remember that callbacks arrive."""
        self.heard = now
        if abs(now - self._saved) >= _SAVE_HEARTBEATS:
            self._saved = now
            self._store.async_delay_save(self._data, _SAVE_DELAY)

    async def async_forget(
        self, user_ids: Collection[str], touched: Collection[str] = ()
    ) -> None:
        """Forget people; of those who are only `touched`, nothing older comes back."""
        now = dt_util.utcnow()
        for user_id in user_ids:
            self._people.pop(user_id, None)
        self._forgotten |= dict.fromkeys(map(_mark, (*user_ids, *touched)), now)
        await self.async_save()

    async def async_forget_all(self) -> None:
        """Forget everybody."""
        self._people.clear()
        self._forgotten = {_EVERYBODY: dt_util.utcnow()}
        await self.async_save()

    async def async_save(self) -> None:
        """Write now."""
        await self._store.async_save(self._data())

    def _data(self) -> Any:
        oldest = dt_util.utcnow() - _DAYS
        return {
            "heard": None if self.heard is None else self.heard.isoformat(),
            "people": {
                user_id: [name, seen.isoformat()]
                for user_id, (name, seen) in self._people.items()
                if seen >= oldest
            },
            "forgotten": {
                mark: at.isoformat() for mark, at in self._forgotten.items() if at >= oldest
            },
        }


def _mark(user_id: str) -> str:
    """Return what is kept of somebody who shall be forgotten."""
    return sha256(user_id.encode(errors="replace")).hexdigest()[:16]
