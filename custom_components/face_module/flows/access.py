"""The options' step about when somebody may enter."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from homeassistant.config_entries import ConfigFlowResult, OptionsFlowWithReload
from homeassistant.const import ATTR_DEVICE_ID, Platform
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import (
    BooleanSelector,
    DateTimeSelector,
    DeviceSelector,
    DeviceSelectorConfig,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import DOMAIN
from ..errors import words
from ..fleet.access import (
    RULE_FIELDS,
    async_set_access,
    devices_of,
    rule_from,
    unknown_doors,
)
from ..people.person import RosterPerson
from ..people.rule import ENTITY_DOMAINS, MAX_VISITS, AccessMode, AccessRule, Match
from ..people.rule_words import async_rule_text
from ..texts import plain

CONF_MODE: Final = "mode"
MODES: Final = SelectSelector(
    SelectSelectorConfig(
        options=[*map(str, AccessMode)],
        translation_key="access_mode",
        mode=SelectSelectorMode.LIST,
    )
)
ACCESS_FORM: Final = vol.Schema(
    {
        vol.Optional("start"): DateTimeSelector(),
        vol.Optional("end"): DateTimeSelector(),
        vol.Optional("entities", default=list): EntitySelector(
            EntitySelectorConfig(filter={"domain": [*ENTITY_DOMAINS]}, multiple=True)
        ),
        vol.Optional("match", default=Match.ALL.value): SelectSelector(
            SelectSelectorConfig(
                options=[*map(str, Match)],
                translation_key="access_match",
                mode=SelectSelectorMode.LIST,
            )
        ),
        vol.Optional("visits"): NumberSelector(
            NumberSelectorConfig(min=0, max=MAX_VISITS, step=1, mode=NumberSelectorMode.BOX)
        ),
        vol.Optional(ATTR_DEVICE_ID, default=list): DeviceSelector(
            DeviceSelectorConfig(
                filter={"integration": DOMAIN},
                # Devices of people have none.
                entity={"domain": Platform.BINARY_SENSOR},
                multiple=True,
            )
        ),
        vol.Optional("remove_afterwards", default=False): BooleanSelector(),
    }
)


class AccessOptionsFlow(OptionsFlowWithReload):
    """Edit the conditions under which somebody may enter."""

    _person: RosterPerson

    async def async_step_access(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show the conditions; those that make no sense are refused in words."""
        rule, error = self._person.access, ""
        if user_input is not None:
            data = _CHECKED({**user_input, CONF_MODE: AccessMode.RULE})
            try:
                also = unknown_doors(self.hass, rule)
                wanted = rule_from(self.hass, data, also=also)
                await async_set_access(self.hass, self._person, wanted)
            except HomeAssistantError as err:
                error = words(self.hass, err, self.config_entry)
            else:
                return self.async_create_entry(data=dict(self.config_entry.options))
        suggested = user_input or self._suggested(rule)
        return self.async_show_form(
            step_id="access",
            data_schema=self.add_suggested_values_to_schema(ACCESS_FORM, suggested),
            errors={"base": "not_changed"} if error else {},
            description_placeholders={
                "name": plain(self._person.name),
                "rule": plain(await async_rule_text(self.hass, rule)),
                "error": error,
            },
        )

    async def async_set_mode(self, mode: AccessMode) -> None:
        """Let somebody always or never enter."""
        await async_set_access(self.hass, self._person, AccessRule(mode=mode))

    def _suggested(self, rule: AccessRule) -> Mapping[str, Any]:
        return {
            "start": _local(rule.start),
            "end": _local(rule.end),
            "entities": [*rule.entities],
            "match": rule.match.value,
            "visits": rule.visits,
            ATTR_DEVICE_ID: [*devices_of(self.hass, rule.doors).values()],
            "remove_afterwards": rule.remove_afterwards,
        }


_CHECKED: Final = vol.Schema({**RULE_FIELDS})


def _local(moment: datetime | None) -> str | None:
    """Return a time as the picker has it."""
    return None if moment is None else f"{dt_util.as_local(moment):%Y-%m-%d %H:%M:%S}"
