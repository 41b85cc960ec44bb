"""What this house has announced to the broker, until it is taken back.

The broker keeps an announcement for ever. It may be away when the option is switched off
or the module removed, so it is on disk what there is to be taken back.
"""

import asyncio
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store
from homeassistant.util.hass_dict import HassKey

from ..const import CONF_PUBLISH_MQTT, DOMAIN
from .broker import (
    async_follow,
    async_forget_hidden,
    async_is_connected,
    async_is_hidden,
    async_publish,
)
from .topics import Topics

DATA_ANNOUNCED: Final[HassKey[Announced]] = HassKey(f"{DOMAIN}.announced")

_VERSION: Final = 1
# So long (s) Home Assistant may take to remove by itself what it was told to hide.
_REMOVED: Final = 1.0


class Announced:
    """The modules that are announced, with the prefix under which they are."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; `async_load` reads what is there."""
        self._hass = hass
        self._store: Store[dict[str, str]] = Store(
            hass, _VERSION, f"{DOMAIN}.announced", private=True, atomic_writes=True
        )
        self._prefixes: dict[str, str] = {}
        self._follows = False
        self._changing = asyncio.Lock()

    async def async_load(self) -> None:
        """Read what is announced, and take back what should not be any more."""
        self._prefixes = await self._store.async_load() or {}
        self._follow()

    def __contains__(self, serial: str) -> bool:
        """Say whether a module is announced."""
        return serial in self._prefixes

    async def async_put(self, serial: str, prefix: str) -> bool:
        """Write down that a module is about to be announced.

        Returns False when it must not be yet: under another prefix it still is, and the
        broker was not reached to take that back.
        """
        async with self._changing:
            before = self._prefixes.get(serial)
            if before == prefix:
                return True
            # The houses of this broker look elsewhere now.
            if before is not None and not await _async_clear(
                self._hass, Topics.of(serial, before)
            ):
                return False
            self._prefixes[serial] = prefix
            await self._store.async_save(self._prefixes)
        self._follow()
        return True

    async def async_settle(self) -> None:
        """Take back what is not to be published any more, if the broker is reached."""
        async with self._changing:
            gone = [
                serial
                for serial in self._prefixes.keys() - self._wanted()
                if await _async_clear(self._hass, Topics.of(serial, self._prefixes[serial]))
            ]
            if not gone:
                return
            identifiers = [
                Topics.of(serial, self._prefixes.pop(serial)).identifier for serial in gone
            ]
            if self._prefixes:
                await self._store.async_save(self._prefixes)
            else:
                await self._store.async_remove()
            # Removed before Home Assistant knows, each entity would clear the topic again.
            if any(async_is_hidden(self._hass, one) for one in identifiers):
                await asyncio.sleep(_REMOVED)
            for one in identifiers:
                async_forget_hidden(self._hass, one)

    def _wanted(self) -> set[str]:
        return {
            entry.unique_id or ""
            for entry in self._hass.config_entries.async_entries(DOMAIN)
            if entry.options.get(CONF_PUBLISH_MQTT)
        }

    def _follow(self) -> None:
        """Listen for the broker, if there is anything."""
        if self._prefixes and not self._follows:
            self._follows = True
            async_follow(self._hass, self._reached)

    @callback
    def _reached(self, connected: bool) -> None:  # noqa: FBT001  # as it is called
        if connected:
            self.async_settle_soon()

    @callback
    def async_settle_soon(self) -> None:
        """Take back what is not to be published any more; nobody waits for it."""
        if async_is_connected(self._hass) and self._prefixes.keys() - self._wanted():
            self._hass.async_create_background_task(
                self.async_settle(), f"{DOMAIN} announcements"
            )


async def _async_clear(hass: HomeAssistant, topics: Topics) -> bool:
    """Have the broker keep nothing; return whether it was reached."""
    return await async_publish(
        hass, topics.config, "", retain=True
    ) and await async_publish(hass, topics.availability, "", retain=True)
