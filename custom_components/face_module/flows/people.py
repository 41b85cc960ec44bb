"""The options' steps about people: who is which person of Home Assistant, how sure to be.

The roster is one for all modules, while subentries belong to one: they would show each
person once for every module and be lost with it. So people are a step of the options,
where they are the same whichever module one came from.
"""

from dataclasses import replace
from typing import Any, Final

from homeassistant.config_entries import (
    ConfigEntryState,
    ConfigFlowResult,
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

from ..client import FaceModuleError
from ..const import ATTR_PERSON, ATTR_USER_ID, CONF_MINIMUM_SCORE
from ..errors import invalid, words
from ..fleet.erasing import async_erase_person
from ..fleet.everywhere import async_rename_everywhere
from ..fleet.holding import async_forget
from ..people.identity import is_same_name
from ..people.names import clean_name
from ..people.person import RosterPerson
from ..people.roster import DATA_ROSTER
from ..people.rule import AccessMode
from ..runtime import FaceModuleRuntime
from ..texts import error_text, plain
from .access import MODES, AccessOptionsFlow
from .choices import APART, async_choices

CONF_NAME: Final = "name"
CONF_ACCESS: Final = "access"
CONF_DEVICE: Final = "device"
CONF_FORGET: Final = "forget"
CONF_ERASE: Final = "erase"
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
        vol.Optional(CONF_ACCESS): MODES,
        vol.Optional(CONF_DEVICE, default=False): BooleanSelector(),
        vol.Optional(CONF_FORGET, default=False): BooleanSelector(),
        vol.Optional(CONF_ERASE, default=False): BooleanSelector(),
    }
)


class PeopleOptionsFlow(AccessOptionsFlow):
    """Choose somebody, then edit what Home Assistant knows of them."""

    _given: tuple[str, ...] = ()

    async def async_step_people(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Choose somebody of the roster or the module."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        errors: dict[str, str] = {}
        if user_input is not None:
            # Nobody is chosen beforehand: it would be whoever is first.
            chosen = user_input.get(ATTR_USER_ID, "")
            if chosen and (person := await self._async_chosen(chosen)) is not None:
                self._person, self._given = person, ()
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
            data_schema=vol.Schema({vol.Optional(ATTR_USER_ID): choice}),
            errors=errors,
        )

    async def async_step_person(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Edit somebody; another name is written to every module that has them."""
        known, error = self._person, ""
        if user_input is not None:
            if user_input[CONF_ERASE]:
                return await self.async_step_erase()
            if user_input[CONF_FORGET]:
                return await self._async_forget()
            try:
                if not self._is_there():
                    raise invalid("user_unknown", user_id=known.user_id)
                return await self._async_keep(user_input)
            except HomeAssistantError as err:
                error = words(self.hass, err, self.config_entry)
        suggested = user_input or {
            CONF_NAME: known.name,
            ATTR_PERSON: known.person,
            CONF_MINIMUM_SCORE: known.minimum_score,
            CONF_ACCESS: known.access.mode.value,
            CONF_DEVICE: known.device is not None,
        }
        return self.async_show_form(
            step_id="person",
            data_schema=self.add_suggested_values_to_schema(PERSON_FORM, suggested),
            errors={"base": "not_changed"} if error else {},
            # The description is Markdown, the error is not.
            description_placeholders={"user_id": plain(known.user_id), "error": error},
        )

    def _is_there(self) -> bool:
        """Say whether who was chosen is still who has the key, or nobody had it yet."""
        now = self.hass.data[DATA_ROSTER].get(self._person.key)
        if now is None:
            return not (self._person.names or self._person.picture)
        # It may be what was saved before on one module, and failed on another.
        names = (self._person.name, *self._given)
        return any(is_same_name(now.name, name) for name in names)

    async def _async_forget(self) -> ConfigFlowResult:
        """Forget whoever was chosen, and say so. GetUserInfo."""
        roster = self.hass.data[DATA_ROSTER]
        known = roster.get(self._person.key) if self._is_there() else None
        # By the name of now: another one may have reached some of the modules.
        if known and await async_forget(self.hass, known.key, known.name):
            return self.async_abort(reason="person_forgotten_but_rule")
        return self.async_abort(reason="person_forgotten")

    async def _async_keep(self, user_input: dict[str, Any]) -> ConfigFlowResult:
        """Do what the form says; raises HomeAssistantError."""
        roster, known = self.hass.data[DATA_ROSTER], self._person
        name = clean_name(user_input[CONF_NAME])
        if name != known.name:
            self._given = (*self._given, name)
            await async_rename_everywhere(self.hass, known.user_id, name, called=known.name)
        # The change of the name may have told the roster more.
        now = roster.get(known.key) or roster.called(known.user_id, name) or known
        self._person = replace(
            now,
            name=name,
            person=user_input.get(ATTR_PERSON),
            minimum_score=user_input.get(CONF_MINIMUM_SCORE),
        ).with_device(wanted=user_input[CONF_DEVICE])
        roster.async_put(self._person)
        await roster.async_save()
        return await self._async_after(user_input.get(CONF_ACCESS))

    async def _async_after(self, mode: str | None) -> ConfigFlowResult:
        """Go on with the conditions if there are to be any, else end."""
        if mode == AccessMode.RULE:
            return await self.async_step_access()
        if mode is not None and mode != self._person.access.mode:
            await self.async_set_mode(AccessMode(mode))
        return self.async_create_entry(data=dict(self.config_entry.options))

    async def async_step_erase(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Erase somebody everywhere once that is confirmed; say what was done."""
        known = self._person
        if user_input is None:
            return self.async_show_form(
                step_id="erase",
                data_schema=vol.Schema({}),
                description_placeholders={"name": plain(known.name)},
            )
        done = await async_erase_person(self.hass, known.user_id, known.name)
        said = {
            "name": plain(known.name),
            "changed": str(len(done.modules.changed)),
            "waiting": str(len(done.modules.waiting)),
            "visits": str(done.visits),
        }
        if done.modules.failed:
            failed = "; ".join(
                f"{entry.title}: {error_text(self.hass, err)}"
                for entry, err in done.modules.failed
            )
            return self.async_abort(
                reason="person_not_erased",
                description_placeholders={**said, "failed": plain(failed)},
            )
        if done.stays:
            return self.async_abort(
                reason="person_erased_but_rule", description_placeholders=said
            )
        return self.async_abort(reason="person_erased", description_placeholders=said)

    async def _async_chosen(self, value: str) -> RosterPerson | None:
        """Return whom a choice, or a user id that was typed, means; None for nobody."""
        roster = self.hass.data[DATA_ROSTER]
        if (known := roster.get(value)) is not None:
            return known
        user_id, _, name = value.partition(APART)
        told = name or await self._async_name(user_id)
        if told is None:
            return next(iter(roster.of_id(user_id)), None)
        known = roster.who(self.config_entry.entry_id, user_id, told)
        return known or roster.async_new(user_id, told or user_id)

    async def _async_name(self, user_id: str) -> str | None:
        """Return the name of somebody on this module, None if it does not know them."""
        runtime: FaceModuleRuntime = self.config_entry.runtime_data
        try:
            return await runtime.people.names.async_get(user_id)
        except FaceModuleError:
            return None
