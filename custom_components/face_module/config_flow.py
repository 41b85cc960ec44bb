"""Adding a module, and changing how it is reached."""

from collections.abc import Mapping
from typing import Any, override

from homeassistant.components import webhook
from homeassistant.config_entries import ConfigFlowResult
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import callback
import voluptuous as vol

from .callbacks.addresses import async_foreign, origins
from .client import (
    FACTORY_PASSWORD,
    CallbackKind,
    FaceModuleError,
    SystemConfig,
)
from .const import CONF_REPLACE, CONF_WEBHOOK_IDS, DOMAIN, PAGE
from .device.connection import async_change_password, client_for
from .flows.connecting import async_client_of
from .flows.forms import (
    CONF_NEW_PASSWORD,
    NEW_PASSWORD,
    OTHER_PASSWORD,
    PASSWORD,
    SECTION_ADVANCED,
    connection_form,
    is_password,
    kept,
)
from .flows.moving import MovingFlow
from .flows.options import FaceModuleOptionsFlow
from .runtime import FaceModuleConfigEntry


class FaceModuleConfigFlow(MovingFlow, domain=DOMAIN):
    """Config flow; an entry is one module, its unique id the factory serial."""

    VERSION = 1
    MINOR_VERSION = 2

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._data: dict[str, Any] = {}
        # The addresses that it has already, and those of them that are not ours.
        self._replaced: list[str] = []
        self._foreign: list[str] = []

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
            client = await async_client_of(self.hass, entry, password)
            await async_change_password(self.hass, client, entry.data, password)
        except FaceModuleError as err:
            return self._failed(err)
        return {}


def _addresses(config: SystemConfig) -> list[str]:
    """Return the callback addresses that a module has already."""
    return [url for url in config.callback_urls.values() if url]
