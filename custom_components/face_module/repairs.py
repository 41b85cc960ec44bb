"""Fixing what the repairs dashboard shows, where it is shown."""

from abc import ABC, abstractmethod
from typing import ClassVar, Final, override

from homeassistant.components.repairs import (
    ConfirmRepairFlow,
    RepairsFlow,
    RepairsFlowResult,
)
from homeassistant.const import CONF_HOST, CONF_PASSWORD, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol

from .client import FaceModuleError, same_serial
from .const import (
    CONF_CALLBACK_BASE_URL,
    DOMAIN,
    ISSUE_ADDRESS_NOT_KEPT,
    ISSUE_CALLBACKS_UNREACHABLE,
    ISSUE_FACTORY_PASSWORD,
    ISSUE_HTTPS_ONLY,
    ISSUE_LOST_AFTER_RESTORE,
    ISSUE_OTHER_MODULE,
    ISSUE_SAME_ID,
)
from .device.connection import async_change_password, client_for
from .errors import error_key
from .fleet.settling import async_are_one, async_is_another
from .flows.connecting import async_client_of
from .flows.forms import (
    CONF_NEW_PASSWORD,
    EXAMPLE_URL,
    base_url,
    host_and_port,
    is_password,
)
from .people.conflicts import DATA_CONFLICTS
from .runtime import FaceModuleConfigEntry, loaded_entry
from .texts import error_text, plain, text


class _ModuleFlow(ConfirmRepairFlow):
    """Its only step is `confirm`, and it is about one module."""

    def __init__(self, entry_id: str) -> None:
        """Remember which module it is about."""
        self._entry_id = entry_id


class TakeOverFlow(_ModuleFlow):
    """Ask once, then replace the callback addresses of another system by ours."""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Show whose addresses they are; take over when it is confirmed."""
        errors: dict[str, str] = {}
        if (entry := loaded_entry(self.hass, self._entry_id)) is None:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            try:
                await entry.runtime_data.keeper.writer.async_take_over()
            except FaceModuleError as err:
                errors["base"] = error_key(err)
            except HomeAssistantError as err:
                errors["base"] = err.translation_key or "refused"
            else:
                return self.async_create_entry(data={})
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=issue.translation_placeholders if issue else None,
        )


class SettleFlow(ConfirmRepairFlow):
    """Ask about one after the other of those who share a user id whether they are one."""

    _user_id = ""

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Show who shares a user id, and do what is chosen; then the next ones."""
        conflicts = self.hass.data[DATA_CONFLICTS].open
        error = ""
        if user_input is not None:
            decision, _, name = user_input["decision"].partition(":")
            try:
                if decision == "same":
                    await async_are_one(self.hass, self._user_id, name)
                else:
                    await async_is_another(self.hass, self._user_id, name)
            except HomeAssistantError as err:
                error = error_text(self.hass, err)
        if not conflicts:
            return self.async_create_entry(data={})
        if self._user_id not in conflicts:
            # Settled, perhaps by somebody else.
            self._user_id = next(iter(conflicts))
        options = []
        for side in conflicts.get(self._user_id, ()):
            label = text(self.hass, "settle_same", name=side.name)
            options.append(SelectOptionDict(value=f"same:{side.name}", label=label))
        for side in conflicts.get(self._user_id, ()):
            label = text(self.hass, "settle_another", name=side.name)
            if side.entry_ids:
                options.append(SelectOptionDict(value=f"another:{side.name}", label=label))
        choice = SelectSelector(
            SelectSelectorConfig(options=options, mode=SelectSelectorMode.LIST)
        )
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({vol.Required("decision"): choice}),
            errors={"base": "not_settled"} if error else {},
            description_placeholders={"user_id": plain(self._user_id), "error": error},
        )


class _FieldFlow(_ModuleFlow, ABC):
    """Ask for one thing, and set it right."""

    field: ClassVar[str]
    selector: ClassVar[TextSelectorType] = TextSelectorType.TEXT

    @override
    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Show what is wrong; with what is entered, mend it."""
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is None:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                error = await self._async_mend(entry, user_input.get(self.field, ""))
            except FaceModuleError as err:
                errors["base"] = error_key(err)
            else:
                if error is None:
                    self.hass.config_entries.async_schedule_reload(entry.entry_id)
                    return self.async_create_entry(data={})
                errors[self.field] = error
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        schema = vol.Schema(
            {vol.Optional(self.field): TextSelector(TextSelectorConfig(type=self.selector))}
        )
        return self.async_show_form(
            step_id="confirm",
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
            description_placeholders={
                **((issue and issue.translation_placeholders) or {}),
                "example": EXAMPLE_URL,
            },
        )

    @abstractmethod
    async def _async_mend(self, entry: FaceModuleConfigEntry, entered: str) -> str | None:
        """Do it; return what is wrong with what was entered. Raises FaceModuleError."""


class PasswordFlow(_FieldFlow):
    """The module gets another password than that of the factory."""

    field = CONF_NEW_PASSWORD
    selector = TextSelectorType.PASSWORD

    @override
    async def _async_mend(self, entry: FaceModuleConfigEntry, entered: str) -> str | None:
        if not is_password(entered):
            return "invalid_password"
        client = await async_client_of(self.hass, entry, entered)
        await async_change_password(self.hass, client, entry.data, entered)
        data = {**entry.data, CONF_PASSWORD: entered}
        self.hass.config_entries.async_update_entry(entry, data=data)
        return None


class AddressFlow(_FieldFlow):
    """Home Assistant is reached at another address; empty: it finds its own."""

    field = CONF_CALLBACK_BASE_URL

    @override
    async def _async_mend(self, entry: FaceModuleConfigEntry, entered: str) -> str | None:
        try:
            address = base_url(entered) if entered.strip() else ""
        except ValueError:
            return "invalid_url"
        options = {**entry.options, CONF_CALLBACK_BASE_URL: address}
        self.hass.config_entries.async_update_entry(entry, options=options)
        return None


class HostFlow(_FieldFlow):
    """The module is at another address."""

    field = CONF_HOST

    @override
    async def _async_mend(self, entry: FaceModuleConfigEntry, entered: str) -> str | None:
        try:
            host, port = host_and_port(entered, entry.data[CONF_PORT])
        except ValueError:
            return "invalid_host"
        data = {**entry.data, CONF_HOST: host, CONF_PORT: port}
        serial = await client_for(self.hass, data).get_device_id()
        if not same_serial(serial, entry.unique_id):
            return "wrong_module"
        self.hass.config_entries.async_update_entry(entry, data=data)
        return None


_FIELDS: Final[dict[str, type[_ModuleFlow]]] = {
    ISSUE_FACTORY_PASSWORD: PasswordFlow,
    ISSUE_ADDRESS_NOT_KEPT: AddressFlow,
    ISSUE_CALLBACKS_UNREACHABLE: AddressFlow,
    ISSUE_HTTPS_ONLY: AddressFlow,
    ISSUE_LOST_AFTER_RESTORE: HostFlow,
    ISSUE_OTHER_MODULE: HostFlow,
}


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the flow for one of our fixable issues."""
    if issue_id == ISSUE_SAME_ID:
        return SettleFlow()
    entry_id = str((data or {})["entry_id"])
    flow = _FIELDS.get(issue_id.removesuffix(f"_{entry_id}"), TakeOverFlow)
    return flow(entry_id)
