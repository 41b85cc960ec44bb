"""Outages that we caused: expected in the log, watched, and followed to another address."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST, CONF_PASSWORD
from homeassistant.core import HomeAssistant, callback

from ..client import (
    FACTORY_PASSWORD,
    FaceModuleAuthError,
    FaceModuleError,
    FaceModuleRefusedError,
    FaceModuleUnreachableError,
    same_serial,
)
from ..const import DOMAIN, ISSUE_LOST_AFTER_RESTORE, LOGGER
from ..issues import async_raise
from .connection import client_for

# After Restart, Restore and SetWiredNetwork the module answers for about 5 s more, and
# how long it boots is not documented.
OUTAGE_BEGINS: Final = 6.0
OUTAGE_RETRY: Final = 3.0
OUTAGE_ENDS: Final = 120.0


class OutageWatch:
    """Watches for the return of one module."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        answers: Callable[[], Awaitable[bool]],
    ) -> None:
        """Poll the module with `answers`, which says whether it did."""
        self._hass = hass
        self._entry = entry
        self._answers = answers
        self._until = float("-inf")

    @property
    def expected(self) -> bool:
        """Whether the module may be away because of us."""
        return self._hass.loop.time() < self._until

    @asynccontextmanager
    async def follows(self, other_host: str | None = None) -> AsyncGenerator[None]:
        """Send what takes the module away, and watch for its return.

        It may go, too, where only the answer is missing.
        """
        try:
            yield
        except FaceModuleRefusedError, FaceModuleUnreachableError:
            raise
        except FaceModuleError:
            self.async_expect(other_host, in_doubt=True)
            raise
        self.async_expect(other_host)

    @callback
    def async_expect(
        self, other_host: str | None = None, *, in_doubt: bool = False
    ) -> None:
        """Watch for the module's return, here or at `other_host`.

        `in_doubt`: nobody knows whether it goes, nor when.
        """
        self._until = self._hass.loop.time() + OUTAGE_ENDS
        self._entry.async_create_background_task(
            self._hass,
            self._async_await_return(other_host, in_doubt=in_doubt),
            f"{DOMAIN} await return",
        )

    async def _async_await_return(self, other_host: str | None, *, in_doubt: bool) -> None:
        answered = False
        await asyncio.sleep(OUTAGE_BEGINS)
        while self.expected:
            if answered := await self._answers():
                if not in_doubt:
                    return
            elif other_host and await self._async_found_at(other_host):
                return
            await asyncio.sleep(OUTAGE_RETRY)
        if other_host and not answered:
            async_raise(
                self._hass,
                self._entry,
                ISSUE_LOST_AFTER_RESTORE,
                fixable=True,
                error=True,
                address=other_host,
            )

    async def _async_found_at(self, host: str) -> bool:
        """Follow the module to `host` if it is there, perhaps with its first password."""
        entry = self._entry
        for password in (entry.data[CONF_PASSWORD], FACTORY_PASSWORD):
            data = {**entry.data, CONF_HOST: host, CONF_PASSWORD: password}
            try:
                there = await client_for(self._hass, data).get_device_id()
                if not same_serial(there, entry.unique_id or ""):
                    return False
            except FaceModuleAuthError:
                continue
            except FaceModuleError as err:
                LOGGER.debug("%s is not at %s: %s", entry.title, host, err)
                return False
            self._hass.config_entries.async_update_entry(entry, data=data)
            self._hass.config_entries.async_schedule_reload(entry.entry_id)
            return True
        return False
