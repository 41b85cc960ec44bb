"""Giving a module another address in the network, and waiting for it there."""

import asyncio
from collections.abc import Mapping
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.const import CONF_HOST
from homeassistant.exceptions import HomeAssistantError

from ..client import (
    FaceModuleError,
    FaceModuleRefusedError,
    FaceModuleUnreachableError,
)
from ..const import DOMAIN, LOGGER
from ..device.connection import client_for
from ..device.moving import async_follow, async_serial_at
from ..errors import translation
from ..runtime import FaceModuleConfigEntry
from ..texts import error_text, plain
from .connecting import ConnectingFlow, async_client_of
from .forms import (
    CONF_DEVICE_IP,
    CONF_GATEWAY,
    CONF_NETMASK,
    NETWORK,
    network_errors,
)


class MovingFlow(ConnectingFlow):
    """The steps of reconfiguring that move a module."""

    def __init__(self) -> None:
        """Begin with a module that stays where it is."""
        super().__init__()
        self._move: asyncio.Task[str] | None = None
        self._follower: asyncio.Task[str] | None = None
        self._new_host = self._old_host = ""

    async def async_step_network(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Give the module another address."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        suggested: Mapping[str, Any] = user_input or {}
        if user_input is not None:
            errors = network_errors(user_input)
            if not errors:
                errors = await self._async_begin_move(entry, user_input)
            if not errors:
                return await self.async_step_moving()
        else:
            try:
                config = await (await async_client_of(self.hass, entry)).get_config()
            except FaceModuleError as err:
                return self.async_abort(
                    reason="cannot_connect",
                    description_placeholders={
                        "log": plain(
                            error_text(
                                self.hass, HomeAssistantError(**translation(err, entry))
                            )
                        )
                    },
                )
            suggested = {
                CONF_DEVICE_IP: config.device_ip,
                CONF_NETMASK: config.netmask,
                CONF_GATEWAY: config.gateway,
            }
        schema = self.add_suggested_values_to_schema(NETWORK, suggested)
        return self._form("network", schema, errors, module=entry.title)

    async def _async_begin_move(
        self, entry: FaceModuleConfigEntry, network: dict[str, str]
    ) -> dict[str, str]:
        new = network[CONF_DEVICE_IP]
        if (
            await async_serial_at(client_for(self.hass, {**entry.data, CONF_HOST: new}))
            is not None
        ):
            return {CONF_DEVICE_IP: "address_in_use"}
        try:
            client = await async_client_of(self.hass, entry)
        except FaceModuleError as err:
            return self._failed(err)
        try:
            await client.set_network(new, network[CONF_NETMASK], network[CONF_GATEWAY])
        except (FaceModuleRefusedError, FaceModuleUnreachableError) as err:
            return self._failed(err)
        except FaceModuleError as err:
            # It may be on its way: that is seen at both addresses.
            LOGGER.debug("%s did not answer that it moves: %s", entry.title, err)
        if entry.state is ConfigEntryState.LOADED:
            entry.runtime_data.coordinator.outage.async_expect()
        self._old_host, self._new_host = entry.data[CONF_HOST], new
        self._follower = async_follow(self.hass, entry, new)
        return {}

    async def async_step_moving(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Wait until the module answers at its new address."""
        if self._move is None:
            self._move = self.hass.async_create_task(
                self._async_moved(), f"{DOMAIN} moving", eager_start=False
            )
        if not self._move.done():
            return self.async_show_progress(
                step_id="moving",
                progress_action="moving",
                progress_task=self._move,
                description_placeholders={"address": self._new_host},
            )
        return self.async_show_progress_done(next_step_id="moved")

    async def _async_moved(self) -> str:
        """Wait for how it ends. Closing the dialog ends the waiting, nothing else."""
        assert self._follower is not None  # noqa: S101
        return await asyncio.shield(self._follower)

    async def async_step_moved(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Say where the module is, or may be."""
        assert self._move is not None  # noqa: S101
        return self.async_abort(
            reason=self._move.result(),
            description_placeholders={"address": self._new_host, "old": self._old_host},
        )
