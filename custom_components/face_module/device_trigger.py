"""The trigger `person_recognized` on the device page, where people can be picked.

The fields of a trigger that is not a device's are fixed by its description; these are
made when somebody looks, so they can offer the people the module knows. What fires is
the same trigger (trigger.py).
"""

from typing import Any, Final

from homeassistant.components.device_automation import DEVICE_TRIGGER_BASE_SCHEMA
from homeassistant.const import (
    CONF_DEVICE_ID,
    CONF_DOMAIN,
    CONF_PLATFORM,
    CONF_TYPE,
    Platform,
)
from homeassistant.core import CALLBACK_TYPE, Context, HassJob, HomeAssistant, callback
from homeassistant.helpers import (
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
)
from homeassistant.helpers.trigger import TriggerActionType, TriggerConfig, TriggerInfo
from homeassistant.helpers.typing import ConfigType
import voluptuous as vol

from .const import ATTR_FIRST_TIME, ATTR_REASON, ATTR_RESULT, ATTR_USER_ID, DOMAIN
from .flows.choices import async_user_ids
from .permissions import asking_user
from .runtime import loaded_entry
from .texts import text
from .trigger import PERSON_OPTIONS, PERSON_RECOGNIZED, PersonRecognizedTrigger
from .visits.gate import Reason, Verdict

TRIGGER_SCHEMA: Final = DEVICE_TRIGGER_BASE_SCHEMA.extend(
    {vol.Required(CONF_TYPE): PERSON_RECOGNIZED, **PERSON_OPTIONS}
)


async def async_get_triggers(hass: HomeAssistant, device_id: str) -> list[dict[str, Any]]:
    """Return the trigger of a device that is one of our modules."""
    entities = er.async_entries_for_device(er.async_get(hass), device_id)
    # Not the device of a person.
    if not any(
        entity.platform == DOMAIN and entity.domain == Platform.EVENT for entity in entities
    ):
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
    """Return the fields: people to pick or to type, and how they were judged.

    Only administrators are offered people.
    """
    device = dr.async_get(hass).async_get(config[CONF_DEVICE_ID])
    entry = loaded_entry(hass, device.config_entry_id or "") if device else None
    # Home Assistant asks on behalf of everybody; who is enrolled is for administrators.
    may = (user := asking_user()) is None or user.is_admin
    who = SelectSelectorConfig(
        options=[] if entry is None or not may else await async_user_ids(hass, entry),
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
    reasons = SelectSelectorConfig(
        options=[
            SelectOptionDict(value=reason, label=text(hass, f"reason_{reason}"))
            for reason in Reason
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
                vol.Optional(ATTR_REASON): SelectSelector(reasons),
                vol.Optional(ATTR_FIRST_TIME): BooleanSelector(),
            }
        )
    }


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
            options={str(key): config[str(key)] for key in PERSON_OPTIONS},
        ),
    )

    # A coroutine function of an automation, or a plain callback of the editor.
    job = HassJob(action)

    async def run(run_variables: dict[str, Any], context: Context | None = None) -> Any:
        future = hass.async_run_hass_job(job, run_variables, context)
        return None if future is None else await future

    @callback
    def payload(extra_trigger_payload: dict[str, Any], description: str) -> dict[str, Any]:
        data = {**trigger_info["trigger_data"], **extra_trigger_payload}
        return {"trigger": {**data, "description": description}}

    return await trigger.async_attach_action(run, payload)
