"""How the integration behaves, and what it remembers."""

from collections import Counter
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, Final

from homeassistant.config_entries import ConfigEntryState, ConfigFlowResult
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
)
import voluptuous as vol

from ..const import CONF_CALLBACK_BASE_URL
from ..options import Options
from ..texts import error_text, listed, local_time, name_or_unknown, text
from ..visits.search import Known
from ..visits.visit import Visit
from ..voice.exposure import CONVERSATION, async_expose, is_exposed
from ..voice.installing import DATA_SENTENCES, State
from .eyes import EyesOptionsFlow
from .forms import EXAMPLE_URL, OPTION_SECTIONS, OPTIONS, base_url

CONF_PEOPLE: Final = "people"
CONF_VISITS: Final = "visits"
CONF_EVERYTHING: Final = "everything"
CONF_INSTALL: Final = "install"
CONF_EXPOSE: Final = "expose"
# Longer lists are no help; whoever wants older visits gone deletes by person.
_VISITS_SHOWN: Final = 200
# A select has no empty value.
_USER: Final = "user-"


class FaceModuleOptionsFlow(EyesOptionsFlow):
    """Settings, people, eyes, and the deletion of visits.

    Only changed settings reload the entry.
    """

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Offer what can be done."""
        return self.async_show_menu(
            step_id="init",
            menu_options=["settings", "people", "eyes", "history", "sentences"],
        )

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show all options on one page."""
        errors: dict[str, str] = {}
        known = Options.from_entry(self.config_entry).as_dict()
        if user_input is not None:
            base = user_input.get(CONF_CALLBACK_BASE_URL, "")
            try:
                base = base_url(base) if base else ""
            except ValueError:
                errors[CONF_CALLBACK_BASE_URL] = "invalid_url"
            else:
                return self.async_create_entry(
                    data={**known, **_flat(user_input), CONF_CALLBACK_BASE_URL: base}
                )
        suggested = user_input or _nested(known)
        return self.async_show_form(
            step_id="settings",
            data_schema=self.add_suggested_values_to_schema(OPTIONS, suggested),
            errors=errors,
            # Texts may not contain addresses.
            description_placeholders={"example": EXAMPLE_URL},
        )

    async def async_step_sentences(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Write the sentences for Assist into the configuration folder, or remove them."""
        sentences = self.hass.data[DATA_SENTENCES]
        error = ""
        files = await sentences.async_files()
        if user_input is not None:
            try:
                return await self._async_sentences_done(user_input)
            except HomeAssistantError as err:
                error = error_text(self.hass, err)
        there = any(state is not State.MISSING for state in files.values())
        fields = {vol.Required(CONF_INSTALL, default=there): BooleanSelector()}
        if not is_exposed(self.hass, self.config_entry, CONVERSATION):
            # Nothing else of a module is exposed by itself.
            fields[vol.Required(CONF_EXPOSE, default=True)] = BooleanSelector()
        return self.async_show_form(
            step_id="sentences",
            data_schema=vol.Schema(fields),
            errors={"base": "not_written"} if error else {},
            description_placeholders={"files": listed(self.hass, files), "error": error},
        )

    async def _async_sentences_done(self, user_input: dict[str, Any]) -> ConfigFlowResult:
        """Write or remove them, and say what can be said now; raises HomeAssistantError."""
        sentences = self.hass.data[DATA_SENTENCES]
        installs = user_input[CONF_INSTALL]
        change = sentences.async_install if installs else sentences.async_remove
        kept = listed(self.hass, (await change()).kept)
        if installs and user_input.get(CONF_EXPOSE):
            async_expose(self.hass, self.config_entry, CONVERSATION)
        if kept:
            return self.async_abort(
                reason="sentences_kept", description_placeholders={"kept": kept}
            )
        if not installs:
            return self.async_abort(reason="sentences_removed")
        if not is_exposed(self.hass, self.config_entry, CONVERSATION):
            return self.async_abort(reason="sentences_hidden")
        return self.async_abort(reason="sentences_installed")

    async def async_step_history(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Delete visits, all about a person, or everything."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        visits = self.config_entry.runtime_data.visits
        if user_input is None:
            return self.async_show_form(
                step_id="history",
                data_schema=self._history_form(
                    visits.history.visits,
                    await visits.forgetting.async_people(),
                    visits.seen.names,
                ),
            )
        visit_ids = set(user_input[CONF_VISITS])
        user_ids = {value.removeprefix(_USER) for value in user_input[CONF_PEOPLE]}
        if user_input[CONF_EVERYTHING]:
            deleted = await visits.forgetting.async_delete_all()
        else:
            deleted = await visits.forgetting.async_delete(visit_ids, user_ids)
        return self.async_abort(
            reason="history_deleted", description_placeholders={"count": str(deleted)}
        )

    def _history_form(
        self, visits: list[Visit], known: list[Known], seen: Mapping[str, str]
    ) -> vol.Schema:
        people = Counter(dict.fromkeys(seen, 0))
        names = dict(seen)
        for one in sorted(known, key=attrgetter("last")):
            people[one.user_id] += one.visits
            names[one.user_id] = name_or_unknown(self.hass, one.name)
        return vol.Schema(
            {
                vol.Optional(CONF_PEOPLE, default=list): _choice(
                    {f"{_USER}{u}": f"{names[u]} ({n})" for u, n in people.items()}
                ),
                vol.Optional(CONF_VISITS, default=list): _choice(
                    {v.visit_id: self._title(v) for v in visits[:_VISITS_SHOWN]}
                ),
                vol.Optional(CONF_EVERYTHING, default=False): BooleanSelector(),
            }
        )

    def _title(self, visit: Visit) -> str:
        judged = f"reason_{visit.reason}" if visit.reason else f"result_{visit.verdict}"
        if visit.late:
            judged = "result_late"
        name = name_or_unknown(self.hass, visit.name)
        return f"{local_time(visit.time)} · {name} · {text(self.hass, judged)}"


def _choice(labels: Mapping[str, str]) -> SelectSelector:
    return SelectSelector(
        SelectSelectorConfig(
            options=[SelectOptionDict(value=v, label=label) for v, label in labels.items()],
            multiple=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def _flat(user_input: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a form without its sections."""
    flat = {key: value for key, value in user_input.items() if key not in OPTION_SECTIONS}
    for name in OPTION_SECTIONS:
        flat |= user_input[name]
    return flat


def _nested(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return options as the form wants them."""
    nested = dict(options)
    for name, schema in OPTION_SECTIONS.items():
        keys = [str(key) for key in schema.schema]
        # A field that is empty has no value.
        values = {key: nested.pop(key) for key in keys}
        nested[name] = {key: value for key, value in values.items() if value is not None}
    return nested
