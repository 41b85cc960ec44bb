"""The options' step about eyes: cameras whose pictures the module looks at."""

from collections import Counter
import math
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.selector import (
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    ObjectSelector,
    ObjectSelectorConfig,
)
import voluptuous as vol

from ..const import CONF_EYES, DOMAIN
from ..options import Eye, Options
from .people import PeopleOptionsFlow

# What happens, or goes on: motion, somebody rings, a new picture.
_TRIGGERS: Final = (
    *("binary_sensor", "event", "image", "button"),
    *("input_boolean", "input_button"),
)
_NUMBERS: Final = {"pictures", "pause", "cool_down"}


def _number(minimum: float, maximum: float, step: float, unit: str | None = None) -> Any:
    config = NumberSelectorConfig(
        min=minimum, max=maximum, step=step, mode=NumberSelectorMode.BOX
    )
    if unit is not None:
        config["unit_of_measurement"] = unit
    return NumberSelector(config)


_ENTITY: Final = EntitySelector(
    EntitySelectorConfig(filter={"domain": ["camera", "image"]})
)
_TRIGGER: Final = EntitySelector(EntitySelectorConfig(filter={"domain": list(_TRIGGERS)}))
EYES: Final = vol.Schema(
    {
        vol.Optional(CONF_EYES, default=list): ObjectSelector(
            ObjectSelectorConfig(
                fields={
                    "entity_id": {"selector": _ENTITY, "required": True},
                    "trigger": {"selector": _TRIGGER},
                    "pictures": {"selector": _number(1, 5, 1), "default": 1},
                    "pause": {"selector": _number(0.2, 30, 0.1, "s"), "default": 1},
                    "cool_down": {"selector": _number(0, 3600, 1, "s"), "default": 10},
                },
                multiple=True,
                label_field="entity_id",
                description_field="trigger",
                translation_key=CONF_EYES,
            )
        )
    }
)


class EyesOptionsFlow(PeopleOptionsFlow):
    """Edit the eyes."""

    async def async_step_eyes(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show all eyes, a row each."""
        options = Options.from_entry(self.config_entry)
        error = ""
        if user_input is not None:
            eyes = tuple(_eye(row) for row in user_input[CONF_EYES])
            if not (error := _error(self.hass, eyes)):
                return self.async_create_entry(data=options._replace(eyes=eyes).as_dict())
        rows = [
            {key: value for key, value in eye._asdict().items() if value is not None}
            for eye in options.eyes
        ]
        suggested = user_input or {CONF_EYES: rows}
        return self.async_show_form(
            step_id="eyes",
            data_schema=self.add_suggested_values_to_schema(EYES, suggested),
            errors={CONF_EYES: error} if error else {},
        )


def _eye(row: dict[str, Any]) -> Eye:
    # The form leaves out what is empty, or says that it is.
    known = {key: value for key, value in row.items() if value not in (None, "")}
    for key in _NUMBERS & known.keys():
        # They are checked, and stay as they are spelled.
        known[key] = float(known[key])
        if not math.isfinite(known[key]):
            del known[key]
    eye = Eye(**known)
    return eye._replace(pictures=int(eye.pictures))


def _error(hass: HomeAssistant, eyes: tuple[Eye, ...]) -> str:
    """Return what is wrong with the rows, empty if nothing."""
    registry = er.async_get(hass)
    for eye in eyes:
        entity = registry.async_get(eye.entity_id)
        if entity is not None and entity.platform == DOMAIN:
            # What came of a picture would be a new picture, without an end.
            return "eye_own"
        if not eye.trigger and split_entity_id(eye.entity_id)[0] != "image":
            return "trigger_missing"
    if any(count > 1 for count in Counter(eye.entity_id for eye in eyes).values()):
        return "eye_twice"
    return ""
