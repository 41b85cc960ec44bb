"""Fixing what the repairs dashboard shows."""

from homeassistant.components.repairs import RepairsFlow, RepairsFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol

from .client import FaceModuleError
from .const import DOMAIN
from .errors import error_key
from .models import loaded_entry


class TakeOverFlow(RepairsFlow):
    """Ask once, then replace the callback addresses of another system by ours."""

    def __init__(self, entry_id: str) -> None:
        """Remember which module it is about."""
        self._entry_id = entry_id

    async def async_step_init(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Start with the only step."""
        return await self.async_step_confirm()

    async def async_step_confirm(
        self, user_input: dict[str, str] | None = None
    ) -> RepairsFlowResult:
        """Show whose addresses they are; take over when it is confirmed."""
        errors: dict[str, str] = {}
        if (entry := loaded_entry(self.hass, self._entry_id)) is None:
            return self.async_abort(reason="not_loaded")
        if user_input is not None:
            try:
                await entry.runtime_data.callbacks.async_take_over()
            except FaceModuleError as err:
                errors["base"] = error_key(err)
            else:
                return self.async_create_entry(data={})
        issue = ir.async_get(self.hass).async_get_issue(DOMAIN, self.issue_id)
        return self.async_show_form(
            step_id="confirm",
            data_schema=vol.Schema({}),
            errors=errors,
            description_placeholders=issue.translation_placeholders if issue else None,
        )


async def async_create_fix_flow(
    hass: HomeAssistant,
    issue_id: str,
    data: dict[str, str | int | float | None] | None,
) -> RepairsFlow:
    """Return the flow for our only fixable issue."""
    return TakeOverFlow(str((data or {})["entry_id"]))
