"""Actions about the module itself."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..fleet.times import INSTANT
from .description import ActionDescription, Target, on_each

ATTR_DATETIME: Final = "datetime"


async def _set_clock(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Set the clock of modules, to now if no time is given. SetTime."""
    wanted: datetime | None = data.get(ATTR_DATETIME)

    async def set_clock(target: Target) -> JsonObjectType:
        coordinator = target.runtime.coordinator
        if wanted is None:
            await coordinator.async_set_clock()
        else:
            await coordinator.client.set_time(round(wanted.timestamp()))
        return {}

    return {"results": [*await on_each(hass, targets, set_clock)]}


DEVICE_ACTIONS: Final = (
    ActionDescription(
        name="set_clock",
        fields={vol.Optional(ATTR_DATETIME): INSTANT},
        run=_set_clock,
        many=True,
        admin=True,
    ),
)
