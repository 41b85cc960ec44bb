"""Adds an entry with so many sensors: what Home Assistant itself needs for them."""

from typing import Any, override

from homeassistant.config_entries import ConfigFlow, ConfigFlowResult
import voluptuous as vol

from .const import DOMAIN, SENSORS


class ReferenceConfigFlow(ConfigFlow, domain=DOMAIN):
    """One step."""

    @override
    async def async_step_user(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        if user_input is not None:
            return self.async_create_entry(title="Reference", data=user_input)
        return self.async_show_form(data_schema=vol.Schema({vol.Required(SENSORS): int}))
