"""Who may not always enter, and how many visits they have left: a file that must be true.

The roster is written some seconds after a change, and may be lost. What is used up is
here before anybody is let in, and of whom the roster says nothing any more it is known
that there was something to ask.
"""

import asyncio
from collections.abc import Mapping
from typing import Final, TypedDict, cast

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..const import LOGGER
from ..errors import invalid
from .ledger import Ledger
from .rule import AccessRule

_PEOPLE: Final = "people"


class _Row(TypedDict):
    user_id: str
    left: int | None


class Limits:
    """The people with a rule, by their key in the roster."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; `async_load` reads what is there."""
        self._ledger = Ledger(hass, "access")
        self._rows: dict[str, _Row] = {}
        self._lost: dict[str, str] = {}
        self._dirty = False
        # Then it is not known who had a rule that is not in the roster.
        self.was_unreadable = False
        # One visit is used up at a time, by whichever door.
        self.lock = asyncio.Lock()

    async def async_load(
        self, known: Mapping[str, tuple[str, AccessRule]]
    ) -> dict[str, int]:
        """Compare with the user ids and rules of the roster; return what is less left."""
        for key, (user_id, rule) in known.items():
            if rule.is_limited:
                self._rows[key] = _Row(user_id=user_id, left=rule.visits)
        less: dict[str, int] = {}
        try:
            stored = (await self._ledger.async_read()).get(_PEOPLE, {})
            for key, row in cast("dict[str, _Row]", stored).items():
                if key not in known:
                    self._rows[key] = row
                    self._lost[key] = row["user_id"]
                elif key in self._rows:
                    now, left = self._rows[key]["left"], row["left"]
                    if now is not None and left is not None and left < now:
                        less[key] = self._rows[key]["left"] = left
        except HomeAssistantError, LookupError, TypeError, AttributeError:
            LOGGER.error("How many visits people have left cannot be read")
            self._dirty = self.was_unreadable = True
        return less

    @property
    def lost(self) -> set[str]:
        """User ids of people who had a rule that is lost."""
        return set(self._lost.values())

    def put(self, key: str, user_id: str, rule: AccessRule, *, is_new: bool) -> None:
        """Take in the rule of somebody; `async_save` writes it."""
        if is_new:
            # Whoever shares the id has another key, and may still not enter.
            self._lost.pop(key, None)
        if not rule.is_limited:
            self.forget(key)
        elif self._rows.get(key) != (row := _Row(user_id=user_id, left=rule.visits)):
            self._rows[key] = row
            self._dirty = True

    def forget(self, key: str) -> None:
        """Somebody is gone, or always may enter; `async_save` writes it."""
        self._dirty = self._rows.pop(key, None) is not None or self._dirty

    async def async_lower(self, left: Mapping[str, int]) -> bool:
        """Write what people have left; return whether it is on disk. `lock` is held."""
        before = dict(self._rows)
        lowered = {
            key: _Row(user_id=before[key]["user_id"], left=number)
            for key, number in left.items()
        }
        if not await self._async_write(before | lowered):
            return False
        for key, row in lowered.items():
            # Whoever changed the rule meanwhile counts from then on.
            if self._rows.get(key) is before[key]:
                self._rows[key] = row
        return True

    async def async_save(self) -> None:
        """Have everything on disk; raises ServiceValidationError if that is not so."""
        async with self.lock:
            if self._dirty and not await self._async_write(self._rows):
                raise invalid("access_not_saved")

    async def async_clear(self) -> None:
        """Forget everybody."""
        async with self.lock:
            self._rows, self._lost, self._dirty = {}, {}, False
            await self._ledger.async_remove()

    async def _async_write(self, rows: Mapping[str, _Row]) -> bool:
        self._dirty = False
        try:
            await self._ledger.async_write({_PEOPLE: dict(rows)})
        except (HomeAssistantError, OSError) as err:
            self._dirty = True
            LOGGER.warning("Who may enter cannot be saved: %s", type(err).__name__)
            return False
        return True
