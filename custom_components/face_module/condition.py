"""The condition `face_module.is_person_present`: sugar on the occupancy sensor."""

from typing import Final, override

from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import CONF_OPTIONS, STATE_ON, Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import (
    ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL,
    Condition,
    ConditionConfig,
    EntityConditionBase,
)
import voluptuous as vol

from .const import ATTR_USER_ID
from .entity import of_this_integration

_SCHEMA: Final = ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL.extend(
    {
        vol.Required(CONF_OPTIONS, default={}): {
            vol.Optional(ATTR_USER_ID, default=list): vol.All(cv.ensure_list, [cv.string]),
        },
    }
)


class IsPersonPresentCondition(EntityConditionBase):
    """Somebody was recognized within the presence timeout; `user_id` says who."""

    _domain_specs = {  # noqa: RUF012
        Platform.BINARY_SENSOR: DomainSpec(device_class=BinarySensorDeviceClass.OCCUPANCY)
    }
    _schema = _SCHEMA

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Read the options."""
        super().__init__(hass, config)
        self._user_ids = set((config.options or {})[ATTR_USER_ID])

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return of_this_integration(self._hass, super().entity_filter(entities))

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        if entity_state.state != STATE_ON:
            return False
        present = entity_state.attributes.get(ATTR_USER_ID) or ()
        return not self._user_ids or not self._user_ids.isdisjoint(present)


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return our conditions."""
    return {"is_person_present": IsPersonPresentCondition}
