"""Writing our addresses into the slots of a module, and taking them back.

When that is done, the keeper decides (callbacks/keeper.py), and the user.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..client import (
    CallbackKind,
    FaceModuleAuthError,
    FaceModuleClient,
    FaceModuleError,
    FaceModuleRefusedError,
    FaceModuleUnchangedError,
    SystemConfig,
)
from ..const import CONF_REPLACE, ISSUE_ADDRESS_NOT_KEPT, LOGGER
from ..device.coordinator import FaceModuleCoordinator
from ..errors import invalid
from ..issues import async_clear, async_raise
from ..texts import listed, plain
from .slots import Slots, leads_to

# Taking our addresses back must not hold up an unload.
WITHDRAW_TIMEOUT: Final = 5.0


class SlotWriter:
    """Writes the slots of one module. `written` is called whenever it has."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        coordinator: FaceModuleCoordinator,
        slots: Slots,
        *,
        written: Callable[[], None],
    ) -> None:
        """Write by way of the coordinator's client."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._client = coordinator.client
        self._slots = slots
        self._written = written
        self._lock = asyncio.Lock()
        self._stopped = self._warned = False

    async def async_write(
        self, config: SystemConfig
    ) -> dict[CallbackKind, FaceModuleRefusedError | None]:
        """Write into the slots that are wrong, and read them back.

        Return those that still are, with the refusal if there was one. Raises
        FaceModuleError.
        """
        refused: dict[CallbackKind, FaceModuleRefusedError] = {}
        async with self._lock:
            wrong = [] if self._stopped else self._slots.wrong(config)
            for kind in wrong:
                if config.callback_urls.get(kind) is None:
                    self._slots.blind[kind] = self._slots.url(kind)
                try:
                    await self._client.set_callback(
                        kind, self._slots.url(kind), interval=self._slots.interval
                    )
                except FaceModuleAuthError:
                    raise
                except FaceModuleRefusedError as err:
                    refused[kind] = err
                    self._slots.blind.pop(kind, None)
            config = await self._client.get_config()
            for kind in wrong:
                self._slots.read_back(kind, config)
            self._written()
            self._agreement_used(config)
        # Some of them, or others: what is written may cost what was there.
        return {
            kind: refused.get(kind)
            for kind in dict.fromkeys((*wrong, *self._slots.wrong(config)))
            if self._slots.is_wrong(kind, config)
        }

    async def async_take_over(self) -> None:
        """Replace the addresses of another system, as the user asked.

        Raises FaceModuleError, and ServiceValidationError without an address of ours.
        """
        if self._slots.base is None:
            raise invalid("no_address")
        config = await self._client.get_config()
        agreed = self._slots.replace
        foreign = set(self._slots.foreign(config).values())
        self._slots.replace = agreed | foreign
        try:
            left = await self.async_write(config)
            for kind, refusal in left.items():
                raise refusal or FaceModuleUnchangedError(kind)
        except FaceModuleError:
            # The user is asked again; nothing is replaced behind their back.
            self._slots.replace = agreed
            raise

    def _agreement_used(self, config: SystemConfig) -> None:
        """Forget which foreign addresses could be replaced, once they are."""
        still_there = self._slots.replace & set(config.callback_urls.values())
        if not still_there and CONF_REPLACE in self._entry.data:
            data = {k: v for k, v in self._entry.data.items() if k != CONF_REPLACE}
            self._hass.config_entries.async_update_entry(self._entry, data=data)
        self._slots.replace = still_there
        self._coordinator.async_show_config(config)

    @callback
    def show_refused(
        self, left: Mapping[CallbackKind, FaceModuleRefusedError | None]
    ) -> None:
        """Say, once, what the module does not keep, and why."""
        words = "; ".join(
            dict.fromkeys(err.log for err in left.values() if err and err.log)
        )
        if not self._warned:
            self._warned = True
            LOGGER.warning(
                "%s does not keep the callback addresses it is given (%s): %s",
                self._entry.title,
                ", ".join(left),
                words or "it gives no reason",
            )
        async_raise(
            self._hass,
            self._entry,
            ISSUE_ADDRESS_NOT_KEPT,
            fixable=True,
            callbacks=listed(self._hass, left),
            log=plain(words or "-"),
        )

    @callback
    def show_kept(self) -> None:
        """Say no more that it does not."""
        self._warned = False
        async_clear(self._hass, self._entry, ISSUE_ADDRESS_NOT_KEPT)

    async def async_stop(self, *, withdraw: bool) -> None:
        """Write nothing more; with `withdraw` take our addresses back."""
        self._stopped = True
        async with self._lock:
            if withdraw and self._coordinator.last_update_success:
                await async_withdraw(self._client, self._slots.ids)


async def async_withdraw(client: FaceModuleClient, ids: Mapping[str, str]) -> None:
    """Take our addresses back if they are still ours; tolerates every failure."""
    try:
        async with asyncio.timeout(WITHDRAW_TIMEOUT):
            config = await client.get_config()
            for kind, url in config.callback_urls.items():
                if not leads_to(url, ids[kind]):
                    continue
                try:
                    await client.set_callback(kind, "", interval=config.heartbeat_interval)
                except FaceModuleRefusedError as err:
                    LOGGER.debug("An empty callback address was refused: %s", err)
    except (FaceModuleError, TimeoutError) as err:
        LOGGER.debug("Callback addresses could not be taken back: %s", err)
