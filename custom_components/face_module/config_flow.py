"""Adding a module, and changing how it is reached."""

import asyncio
from collections.abc import Mapping
from typing import Any, NamedTuple, override

from homeassistant.components import webhook
from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
import voluptuous as vol

from .callbacks.addresses import async_foreign, origins
from .client import (
    DEFAULT_PORT,
    FACTORY_PASSWORD,
    CallbackKind,
    FaceModuleClient,
    FaceModuleError,
    FaceModuleOtherError,
    FaceModuleRefusedError,
    FaceModuleUnreachableError,
    SystemConfig,
    same_serial,
)
from .const import CONF_REPLACE, CONF_WEBHOOK_IDS, DOMAIN, LOGGER, PAGE
from .device.connection import async_change_password, client_for
from .device.moving import async_follow, async_serial_at
from .errors import error_key, error_log, translation
from .flows.forms import (
    CONF_DEVICE_IP,
    CONF_GATEWAY,
    CONF_NETMASK,
    CONF_NEW_PASSWORD,
    NETWORK,
    NEW_PASSWORD,
    OTHER_PASSWORD,
    PASSWORD,
    SECTION_ADVANCED,
    connection_form,
    host_and_port,
    is_password,
    kept,
    network_errors,
)
from .flows.options import FaceModuleOptionsFlow
from .runtime import FaceModuleConfigEntry
from .texts import error_text, plain


class _Found(NamedTuple):
    """The module that answered."""

    serial: str
    config: SystemConfig


class FaceModuleConfigFlow(ConfigFlow, domain=DOMAIN):
    """Config flow; an entry is one module, its unique id the factory serial."""

    VERSION = 1
    MINOR_VERSION = 2

    def __init__(self) -> None:
        """Start empty."""
        self._data: dict[str, Any] = {}
        self._found: _Found | None = None
        # The addresses that it has already, and those of them that are not ours.
        self._replaced: list[str] = []
        self._foreign: list[str] = []
        self._log = ""
        self._move: asyncio.Task[str] | None = None
        self._follower: asyncio.Task[str] | None = None
        self._new_host = self._old_host = ""

    @staticmethod
    @callback
    @override
    def async_get_options_flow(
        config_entry: FaceModuleConfigEntry,
    ) -> FaceModuleOptionsFlow:
        return FaceModuleOptionsFlow()

    # Adding

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for address and password."""
        errors: dict[str, str] = {}
        if user_input is not None:
            self._data, errors = await self._async_connect(user_input)
            if self._found:
                await self.async_set_unique_id(self._found.serial)
                self._abort_if_unique_id_configured(updates=self._data)
                self._replaced = _addresses(self._found.config)
                self._foreign = await async_foreign(self.hass, self._data, self._replaced)
                if self._foreign:
                    return await self.async_step_take_over()
                return await self.async_step_new_password()
        return self._form("user", connection_form(kept(user_input, errors)), errors)

    async def async_step_take_over(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask before replacing the callback addresses of another system."""
        if user_input is not None:
            return await self.async_step_new_password()
        return self.async_show_form(
            step_id="take_over",
            data_schema=vol.Schema({}),
            description_placeholders={"addresses": origins(self._foreign)},
        )

    async def async_step_new_password(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Offer another password, if the module has the one that everybody knows."""
        errors: dict[str, str] = {}
        if self._data[CONF_PASSWORD] == FACTORY_PASSWORD and user_input is None:
            return self._form("new_password", OTHER_PASSWORD, errors)
        if password := (user_input or {}).get(CONF_NEW_PASSWORD, ""):
            if is_password(password):
                try:
                    await async_change_password(
                        self.hass, client_for(self.hass, self._data), self._data, password
                    )
                except FaceModuleError as err:
                    errors = self._failed(err)
            else:
                errors[CONF_NEW_PASSWORD] = "invalid_password"
            if errors:
                return self._form("new_password", OTHER_PASSWORD, errors)
            self._data[CONF_PASSWORD] = password
        return self._create()

    def _create(self) -> ConfigFlowResult:
        assert self._found is not None  # noqa: S101
        data = {
            **self._data,
            CONF_WEBHOOK_IDS: {kind: webhook.async_generate_id() for kind in CallbackKind},
        }
        if self._replaced:
            data[CONF_REPLACE] = self._replaced
        return self.async_create_entry(
            title=f"Face module {self._found.serial[-4:]}",
            data=data,
            description_placeholders={"page": f"/{PAGE}"},
        )

    # Reauthentication

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin: the module refuses our password."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Ask for the password it has now."""
        entry = self._get_reauth_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            data, errors = await self._async_connect({**entry.data, **user_input})
            if self._found:
                await self.async_set_unique_id(self._found.serial)
                self._abort_if_unique_id_mismatch()
                return self.async_update_reload_and_abort(entry, data_updates=data)
        return self._form("reauth_confirm", PASSWORD, errors, module=entry.title)

    # Reconfiguration

    async def async_step_reconfigure(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Offer what can be changed."""
        return self.async_show_menu(
            step_id="reconfigure",
            menu_options=["connection", "change_password", "network"],
        )

    async def async_step_connection(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change how Home Assistant reaches the module."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            password = {CONF_PASSWORD: entry.data[CONF_PASSWORD]}
            data, errors = await self._async_connect(password | user_input)
            if self._found:
                await self.async_set_unique_id(self._found.serial)
                self._abort_if_unique_id_mismatch()
                return self.async_update_reload_and_abort(entry, data_updates=data)
        known = {
            CONF_HOST: entry.data[CONF_HOST],
            SECTION_ADVANCED: {CONF_PORT: entry.data[CONF_PORT]},
        }
        form = connection_form(kept(user_input, errors) or known, ask_password=False)
        return self._form("connection", form, errors, module=entry.title)

    async def async_step_change_password(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Change the module's own password; the entry follows once it agreed."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            password = user_input[CONF_NEW_PASSWORD]
            if not is_password(password):
                errors[CONF_NEW_PASSWORD] = "invalid_password"
            else:
                errors = await self._async_change_password(entry, password)
            if not errors:
                return self.async_update_reload_and_abort(
                    entry,
                    data_updates={CONF_PASSWORD: password},
                    reason="password_changed",
                )
        return self._form("change_password", NEW_PASSWORD, errors, module=entry.title)

    async def _async_change_password(
        self, entry: FaceModuleConfigEntry, password: str
    ) -> dict[str, str]:
        try:
            client = await self._async_entry_client(entry)
            await async_change_password(self.hass, client, entry.data, password)
        except FaceModuleError as err:
            return self._failed(err)
        return {}

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
                config = await (await self._async_entry_client(entry)).get_config()
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
            client = await self._async_entry_client(entry)
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

    # Shared

    async def _async_entry_client(self, entry: FaceModuleConfigEntry) -> FaceModuleClient:
        """Return the client in use, so that one request is under way at a time.

        One of the module itself in any case. Raises FaceModuleError; GetDeviceID.
        """
        if entry.state is ConfigEntryState.LOADED:
            return entry.runtime_data.client
        client = client_for(self.hass, entry.data)
        if not same_serial(await client.get_device_id(), entry.unique_id):
            raise FaceModuleOtherError("GetDeviceID")
        return client

    async def _async_connect(
        self, user_input: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, str]]:
        """Talk to the module; return the entry's connection data, and errors.

        `_found` is set if and only if there are none.
        """
        self._found = None
        advanced = user_input.get(SECTION_ADVANCED, user_input)
        port = int(advanced.get(CONF_PORT, DEFAULT_PORT))
        try:
            host, port = host_and_port(user_input[CONF_HOST], port)
        except ValueError:
            return {}, {CONF_HOST: "invalid_host"}
        data = {
            CONF_HOST: host,
            CONF_PASSWORD: user_input[CONF_PASSWORD],
            CONF_PORT: port,
        }
        client = client_for(self.hass, data)
        try:
            config = await client.get_config()
            serial = self._known(await client.get_device_id())
            self._found = _Found(serial=serial, config=config)
        except FaceModuleError as err:
            return data, self._failed(err)
        return data, {}

    def _known(self, serial: str) -> str:
        """Return a serial as the entry has it that is about its module, if there is one."""
        known = [entry.unique_id for entry in self._async_current_entries()]
        return next((one for one in known if one and same_serial(one, serial)), serial)

    def _failed(self, err: FaceModuleError) -> dict[str, str]:
        self._log = error_log(err)
        return {"base": error_key(err)}

    def _form(
        self,
        step_id: str,
        schema: vol.Schema,
        errors: dict[str, str],
        **placeholders: str,
    ) -> ConfigFlowResult:
        return self.async_show_form(
            step_id=step_id,
            data_schema=schema,
            errors=errors,
            description_placeholders={**placeholders, "log": self._log or "-"},
        )


def _addresses(config: SystemConfig) -> list[str]:
    """Return the callback addresses that a module has already."""
    return [url for url in config.callback_urls.values() if url]
