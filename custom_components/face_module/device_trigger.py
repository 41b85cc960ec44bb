"""The trigger `person_recognized` on the device page, where people can be picked.

The fields of a trigger that is not a device's are fixed by its description; these are
made when somebody looks, so they can offer the people the module knows. What fires is
the same trigger (trigger.py).
"""

from itertools import islice
from typing import Any, Final

from homeassistant.components.device_automation import DEVICE_TRIGGER_BASE_SCHEMA
from homeassistant.const import CONF_DEVICE_ID, CONF_DOMAIN, CONF_PLATFORM, CONF_TYPE
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.selector import (
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
)
from homeassistant.helpers.trigger import TriggerActionType, TriggerConfig, TriggerInfo
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .client import FaceModuleError
from .const import ATTR_RESULT, ATTR_USER_ID, DOMAIN
from .gate import Verdict
from .models import loaded_entry
from .roster import DATA_ROSTER
from .texts import text
from .trigger import PERSON_OPTIONS, PERSON_RECOGNIZED, PersonRecognizedTrigger

# Longer lists are no help; a user id can be typed.
_OFFERED: Final = 200

TRIGGER_SCHEMA: Final = DEVICE_TRIGGER_BASE_SCHEMA.extend(
    {vol.Required(CONF_TYPE): PERSON_RECOGNIZED, **PERSON_OPTIONS}
)


async def async_get_triggers(hass: HomeAssistant, device_id: str) -> list[dict[str, Any]]:
    """Return the trigger of a device that is one of our modules."""
    entities = er.async_entries_for_device(er.async_get(hass), device_id)
    if not any(entity.platform == DOMAIN for entity in entities):
        return []
    return [
        {
            CONF_PLATFORM: "device",
            CONF_DOMAIN: DOMAIN,
            CONF_DEVICE_ID: device_id,
            CONF_TYPE: PERSON_RECOGNIZED,
        }
    ]


async def async_get_trigger_capabilities(
    hass: HomeAssistant, config: ConfigType
) -> dict[str, vol.Schema]:
    """Return the fields: people to pick or to type, and how they were judged."""
    people = await _async_people(hass, config[CONF_DEVICE_ID])
    who = SelectSelectorConfig(
        options=[SelectOptionDict(value=k, label=label) for k, label in people.items()],
        multiple=True,
        custom_value=True,
    )
    # No frontend translates these.
    results = SelectSelectorConfig(
        options=[
            SelectOptionDict(value=verdict, label=text(hass, f"result_{verdict}"))
            for verdict in Verdict
        ],
        multiple=True,
    )
    return {
        "extra_fields": vol.Schema(
            {
                vol.Optional(ATTR_USER_ID): SelectSelector(who),
                vol.Optional(ATTR_RESULT, default=[Verdict.RECOGNIZED]): SelectSelector(
                    results
                ),
            }
        )
    }


async def _async_people(hass: HomeAssistant, device_id: str) -> dict[str, str]:
    """Return labels by user id: who was seen, then who is enrolled."""
    device = dr.async_get(hass).async_get(device_id)
    entry = loaded_entry(hass, device.config_entry_id or "") if device else None
    if entry is None:
        return {}
    runtime = entry.runtime_data
    roster = islice(hass.data[DATA_ROSTER].people.values(), _OFFERED)
    names = runtime.visits.seen.names | {known.user_id: known.name for known in roster}
    people = {
        user_id: name if name == user_id else f"{name} ({user_id})"
        for user_id, name in names.items()
    }
    try:
        enrolled = await runtime.client.list_users(0, _OFFERED)
    except FaceModuleError:
        return people
    return people | {user_id: user_id for user_id in enrolled if user_id not in people}


async def async_attach_trigger(
    hass: HomeAssistant,
    config: ConfigType,
    action: TriggerActionType,
    trigger_info: TriggerInfo,
) -> CALLBACK_TYPE:
    """Attach the trigger to the device's recognition event."""
    trigger = PersonRecognizedTrigger(
        hass,
        TriggerConfig(
            key=f"{DOMAIN}.{PERSON_RECOGNIZED}",
            target={CONF_DEVICE_ID: [config[CONF_DEVICE_ID]]},
            options={
                ATTR_USER_ID: config[ATTR_USER_ID],
                ATTR_RESULT: config[ATTR_RESULT],
            },
        ),
    )

    @callback
    def payload(extra_trigger_payload: dict[str, Any], description: str) -> dict[str, Any]:
        data = {**trigger_info["trigger_data"], **extra_trigger_payload}
        return {"trigger": {**data, "description": description}}

    return await trigger.async_attach_action(action, payload)
