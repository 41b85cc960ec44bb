"""The options' steps about people: who is which person of Home Assistant, how sure to be.

The roster is one for all modules, while subentries belong to one: they would show each
person once for every module and be lost with it. So people are a step of the options,
where they are the same whichever module one came from.
"""

from typing import Any, Final

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlowResult,
    OptionsFlowWithReload,
)
from homeassistant.const import UnitOfRatio
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import (
    BooleanSelector,
    EntitySelector,
    EntitySelectorConfig,
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from .client import FaceModuleError
from .const import ATTR_PERSON, ATTR_USER_ID, CONF_MINIMUM_SCORE
from .errors import words
from .everywhere import async_rename_everywhere
from .ids import async_choices
from .models import FaceModuleRuntime
from .names import clean_name
from .roster import DATA_ROSTER, RosterPerson
from .texts import plain

CONF_NAME: Final = "name"
CONF_FORGET: Final = "forget"
PERSON_FORM: Final = vol.Schema(
    {
        vol.Required(CONF_NAME): TextSelector(),
        vol.Optional(ATTR_PERSON): EntitySelector(
            EntitySelectorConfig(filter={"domain": "person"})
        ),
        vol.Optional(CONF_MINIMUM_SCORE): NumberSelector(
            NumberSelectorConfig(
                min=0,
                max=100,
                step=1,
                mode=NumberSelectorMode.BOX,
                unit_of_measurement=UnitOfRatio.PERCENTAGE,
            )
        ),
        vol.Optional(CONF_FORGET, default=False): BooleanSelector(),
    }
)


class PeopleOptionsFlow(OptionsFlowWithReload):
    """Choose somebody, then edit what Home Assistant knows of them."""

    _person: RosterPerson

    async def async_step_people(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose somebody of the roster or the module."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            user_id = user_input[ATTR_USER_ID]
            known = self.hass.data[DATA_ROSTER].get(user_id)
            name = await self._async_name(user_id)
            if known is not None or name is not None:
                self._person = known or RosterPerson(user_id=user_id, name=name or user_id)
                return await self.async_step_person()
            errors[ATTR_USER_ID] = "user_unknown"
        choice = SelectSelector(
            SelectSelectorConfig(
                options=await async_choices(self.hass, self.config_entry),
                custom_value=True,
                mode=SelectSelectorMode.DROPDOWN,
            )
        )
        return self.async_show_form(
            step_id="people",
            data_schema=vol.Schema({vol.Required(ATTR_USER_ID): choice}),
            errors=errors,
        )

    async def async_step_person(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Edit somebody; another name is written to every module that has them."""
        roster, known = self.hass.data[DATA_ROSTER], self._person
        error = ""
        if user_input is not None:
            if user_input[CONF_FORGET]:
                await roster.async_remove(known.user_id)
                return self.async_abort(reason="person_forgotten")
            try:
                name = clean_name(user_input[CONF_NAME])
                if name != known.name:
                    await async_rename_everywhere(self.hass, known.user_id, name)
            except HomeAssistantError as err:
                error = words(self.hass, err, self.config_entry)
            else:
                # The change of the name may have told the roster more.
                now = roster.get(known.user_id) or known
                roster.async_put(
                    RosterPerson(
                        user_id=known.user_id,
                        name=name,
                        person=user_input.get(ATTR_PERSON),
                        minimum_score=user_input.get(CONF_MINIMUM_SCORE),
                        picture=now.picture,
                        modules=now.modules,
                    )
                )
                await roster.async_save()
                return self.async_create_entry(data=dict(self.config_entry.options))
        suggested = user_input or {
            CONF_NAME: known.name,
            ATTR_PERSON: known.person,
            CONF_MINIMUM_SCORE: known.minimum_score,
        }
        return self.async_show_form(
            step_id="person",
            data_schema=self.add_suggested_values_to_schema(PERSON_FORM, suggested),
            errors={"base": "not_changed"} if error else {},
            # The description is Markdown, the error is not.
            description_placeholders={"user_id": plain(known.user_id), "error": error},
        )

    async def _async_name(self, user_id: str) -> str | None:
        """Return the name of somebody on this module, None if it does not know them."""
        runtime: FaceModuleRuntime = self.config_entry.runtime_data
        try:
            return await runtime.people.names.async_get(user_id)
        except FaceModuleError:
            return None
