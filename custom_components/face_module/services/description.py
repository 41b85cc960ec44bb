"""What every action shares: its target, its errors and its answer."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import (
    HomeAssistant,
    ServiceCall,
    ServiceResponse,
    SupportsResponse,
    callback,
)
from homeassistant.helpers import config_validation as cv, service
import voluptuous as vol

from ..const import DOMAIN
from ..errors import translated_errors
from ..models import FaceModuleConfigEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionDescription:
    """An action on one module, which `device_id` names.

    `run` gets the loaded entry and the checked fields and returns the answer. It may
    raise FaceModuleError: it becomes a translated HomeAssistantError.
    """

    name: str
    fields: Mapping[vol.Marker, Any]
    run: Callable[[FaceModuleConfigEntry, Mapping[str, Any]], Awaitable[ServiceResponse]]
    response: SupportsResponse = SupportsResponse.OPTIONAL

    @property
    def schema(self) -> vol.Schema:
        """What the action takes."""
        return vol.Schema({vol.Required(ATTR_DEVICE_ID): cv.string, **self.fields})

    @callback
    def async_register(self, hass: HomeAssistant) -> None:
        """Register the action."""

        async def handle(call: ServiceCall) -> ServiceResponse:
            entry: FaceModuleConfigEntry
            _, entry = service.async_get_device_and_config_entry(
                hass, DOMAIN, call.data[ATTR_DEVICE_ID]
            )
            async with translated_errors(hass, entry):
                answer = await self.run(entry, call.data)
            return answer if call.return_response else None

        hass.services.async_register(
            DOMAIN, self.name, handle, schema=self.schema, supports_response=self.response
        )
