"""The trigger `face_module.person_recognized`: sugar on the event entity.

It works before the entry is loaded: it follows the states of the entities it targets.
Somebody seen before a restart does not fire it: the event entity restores nothing.
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

from .const import (
    ATTR_FIRST_TIME,
    ATTR_PERSON,
    ATTR_REASON,
    ATTR_RESULT,
    ATTR_TIMES_SEEN,
    ATTR_USER_ID,
)
from .entity import of_this_integration
from .visits.gate import Reason, Verdict

PERSON_RECOGNIZED: Final = "person_recognized"
# Who, how it was judged, and why; nobody and nothing named: everybody, whyever. And of a
# stranger only the first time: whoever cannot be told from others is told.
PERSON_OPTIONS: Final = {
    vol.Optional(ATTR_PERSON, default=list): cv.entities_domain("person"),
    vol.Optional(ATTR_USER_ID, default=list): vol.All(cv.ensure_list, [cv.string]),
    vol.Optional(ATTR_RESULT, default=[Verdict.RECOGNIZED]): vol.All(
        cv.ensure_list, vol.Length(min=1), [vol.In(list(Verdict))]
    ),
    vol.Optional(ATTR_REASON, default=list): vol.All(
        cv.ensure_list, [vol.In(list(Reason))]
    ),
    vol.Optional(ATTR_FIRST_TIME, default=False): cv.boolean,
}
_SCHEMA: Final = ENTITY_STATE_TRIGGER_SCHEMA.extend(
    {vol.Required(CONF_OPTIONS, default={}): PERSON_OPTIONS}
)


class PersonRecognizedTrigger(StatelessEntityTriggerBase):
    """Somebody came; the options say who, how it was judged, and why."""

    _domain_specs = {Platform.EVENT: DomainSpec()}  # noqa: RUF012
    _schema = _SCHEMA

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Read the options."""
        super().__init__(hass, config)
        self._persons = set(self._options[ATTR_PERSON])
        self._user_ids = set(self._options[ATTR_USER_ID])
        self._results = set(self._options[ATTR_RESULT])
        self._reasons = set(self._options[ATTR_REASON])
        self._first_time = self._options[ATTR_FIRST_TIME]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        return of_this_integration(self._hass, super().entity_filter(entities))

    @override
    def is_valid_state(
        self, state: State, report_not_triggered: NotTriggeredReasonReporter
    ) -> bool:
        attributes = state.attributes
        result = attributes.get(EventEntityStateAttribute.EVENT_TYPE)
        reason = attributes.get(ATTR_REASON)
        if result not in self._results or (self._reasons and reason not in self._reasons):
            report_not_triggered("result", result=result, reason=reason)
            return False
        times_seen = attributes.get(ATTR_TIMES_SEEN)
        if self._first_time and times_seen is not None and times_seen > 1:
            report_not_triggered("times_seen", times_seen=times_seen)
            return False
        return (
            not (self._user_ids or self._persons)
            or attributes.get(ATTR_USER_ID) in self._user_ids
            or attributes.get(ATTR_PERSON) in self._persons
        )


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return our triggers."""
    return {PERSON_RECOGNIZED: PersonRecognizedTrigger}
