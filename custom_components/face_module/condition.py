"""The condition `face_module.is_person_present`: sugar on the occupancy sensor."""

from datetime import datetime
from itertools import zip_longest
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
from homeassistant.util import dt as dt_util
import voluptuous as vol

from .const import ATTR_PERSON, ATTR_SINCE, ATTR_USER_ID
from .entity import of_this_integration

_SCHEMA: Final = ENTITY_STATE_CONDITION_SCHEMA_ANY_ALL.extend(
    {
        vol.Required(CONF_OPTIONS, default={}): {
            vol.Optional(ATTR_PERSON, default=list): cv.entities_domain("person"),
            vol.Optional(ATTR_USER_ID, default=list): vol.All(cv.ensure_list, [cv.string]),
        },
    }
)


class IsPersonPresentCondition(EntityConditionBase):
    """Somebody was recognized within the presence timeout; the options say who.

    With `for` one of them has been there that long. The base class counts from when the
    sensor went on, or from when the automation was loaded; the sensor says since when
    each of the people has been there, also after a restart.
    """

    _domain_specs = {  # noqa: RUF012
        Platform.BINARY_SENSOR: DomainSpec(device_class=BinarySensorDeviceClass.OCCUPANCY)
    }
    _schema = _SCHEMA

    def __init__(self, hass: HomeAssistant, config: ConditionConfig) -> None:
        """Read the options."""
        super().__init__(hass, config)
        options = config.options or {}
        self._persons = set(options[ATTR_PERSON])
        self._user_ids = set(options[ATTR_USER_ID])

    @property
    @override
    def _needs_duration_tracking(self) -> bool:
        return False

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return of_this_integration(self._hass, super().entity_filter(entities))

    @override
    def is_valid_state(self, entity_state: State) -> bool:
        since = self._since(entity_state)
        if since is None or not self._duration:
            return since is not None
        return since <= dt_util.utcnow() - self._duration

    def _since(self, state: State) -> datetime | None:
        """Return since when any of the people has been there, None if nobody is."""
        if state.state != STATE_ON:
            return None
        lists = (ATTR_USER_ID, ATTR_PERSON, ATTR_SINCE)
        came = [
            (user_id, person, dt_util.parse_datetime(since or "") or state.last_updated)
            for user_id, person, since in zip_longest(
                *(state.attributes.get(key) or () for key in lists)
            )
        ]
        if not (self._user_ids or self._persons):
            # Whoever is there: people may have come and gone meanwhile.
            return min([state.last_changed, *(since for *_, since in came)])
        return min(
            (
                since
                for user_id, person, since in came
                if user_id in self._user_ids or person in self._persons
            ),
            default=None,
        )

    @override
    def _check_any_match_state(self, states: list[State]) -> bool:
        return any(map(self.is_valid_state, states))

    @override
    def _check_all_match_state(self, states: list[State]) -> bool:
        # Where no sensor says anything nobody was seen.
        return bool(states) and all(map(self.is_valid_state, states))


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return our conditions."""
    return {"is_person_present": IsPersonPresentCondition}
