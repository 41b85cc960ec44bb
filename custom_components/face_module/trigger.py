"""The trigger `face_module.person_recognized`: sugar on the event entity.

It works before the entry is loaded: it follows the states of the entities it targets.
Someone seen before a restart or an outage does not fire it (the base class wants a state
before that was available).
"""

from typing import Final, override

from homeassistant.components.event import EventEntityStateAttribute
from homeassistant.const import CONF_OPTIONS, Platform
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.trigger import (
    ENTITY_STATE_TRIGGER_SCHEMA,
    NotTriggeredReasonReporter,
    StatelessEntityTriggerBase,
    Trigger,
    TriggerConfig,
)
import voluptuous as vol

from .const import ATTR_RESULT, ATTR_USER_ID
from .entity import of_this_integration
from .gate import Verdict

PERSON_RECOGNIZED: Final = "person_recognized"
# Who, and how it was judged; nobody named: everybody.
PERSON_OPTIONS: Final = {
    vol.Optional(ATTR_USER_ID, default=list): vol.All(cv.ensure_list, [cv.string]),
    vol.Optional(ATTR_RESULT, default=[Verdict.RECOGNIZED]): vol.All(
        cv.ensure_list, vol.Length(min=1), [vol.In(list(Verdict))]
    ),
}
_SCHEMA: Final = ENTITY_STATE_TRIGGER_SCHEMA.extend(
    {vol.Required(CONF_OPTIONS, default={}): PERSON_OPTIONS}
)


class PersonRecognizedTrigger(StatelessEntityTriggerBase):
    """Somebody came; `user_id` and `result` say who, and how it was judged."""

    _domain_specs = {Platform.EVENT: DomainSpec()}  # noqa: RUF012
    _schema = _SCHEMA

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Read the options."""
        super().__init__(hass, config)
        self._user_ids = set(self._options[ATTR_USER_ID])
        self._results = set(self._options[ATTR_RESULT])

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return of_this_integration(self._hass, super().entity_filter(entities))

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        attributes = state.attributes
        result = attributes.get(EventEntityStateAttribute.EVENT_TYPE)
        if result not in self._results:
            report_not_triggered("result", result=result, reason=attributes.get("reason"))
            return False
        return not self._user_ids or attributes.get(ATTR_USER_ID) in self._user_ids


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return our triggers."""
    return {PERSON_RECOGNIZED: PersonRecognizedTrigger}
