"""How the integration behaves, and what it remembers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
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

from .const import CONF_CALLBACK_BASE_URL
from .forms import OPTION_SECTIONS, OPTIONS, base_url
from .models import options_of
from .people_flow import PeopleOptionsFlow
from .sentences import DATA_SENTENCES, State
from .texts import error_text, local_time, name_or_unknown, text
from .visit import Visit

CONF_PEOPLE: Final = "people"
CONF_VISITS: Final = "visits"
CONF_EVERYTHING: Final = "everything"
CONF_INSTALL: Final = "install"
# Longer lists are no help; whoever wants older visits gone deletes by person.
_VISITS_SHOWN: Final = 200
# A select has no empty value.
_USER: Final = "user-"


class FaceModuleOptionsFlow(PeopleOptionsFlow):
    """Settings, people, and the deletion of visits.

    Only changed settings reload the entry.
    """

    async def async_step_init(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Offer what can be done."""
        return self.async_show_menu(
            step_id="init", menu_options=["settings", "people", "history", "sentences"]
        )

    async def async_step_settings(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Show all options on one page."""
        errors: dict[str, str] = {}
        if user_input is not None:
            base = user_input.get(CONF_CALLBACK_BASE_URL, "")
            try:
                base = base_url(base) if base else ""
            except ValueError:
                errors[CONF_CALLBACK_BASE_URL] = "invalid_url"
            else:
                return self.async_create_entry(
                    data={**_flat(user_input), CONF_CALLBACK_BASE_URL: base}
                )
        suggested = user_input or _nested(options_of(self.config_entry))
        return self.async_show_form(
            step_id="settings",
            data_schema=self.add_suggested_values_to_schema(OPTIONS, suggested),
            errors=errors,
            # Texts may not contain addresses.
            description_placeholders={"example": "http://192.168.1.10:8123"},
        )

    async def async_step_sentences(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Write the sentences for Assist into the configuration folder, or remove them."""
        sentences = self.hass.data[DATA_SENTENCES]
        error = ""
        files = await sentences.async_files()
        there = any(state is not State.MISSING for state in files.values())
        if user_input is not None:
            change = (
                sentences.async_install
                if user_input[CONF_INSTALL]
                else sentences.async_remove
            )
            try:
                report = await change()
            except HomeAssistantError as err:
                error = error_text(self.hass, err)
            else:
                placeholders = {
                    key: ", ".join(names) or "-"
                    for key, names in asdict(report).items()
                    if key != "unchanged"
                }
                return self.async_abort(
                    reason="sentences_done", description_placeholders=placeholders
                )
        return self.async_show_form(
            step_id="sentences",
            data_schema=vol.Schema(
                {vol.Required(CONF_INSTALL, default=there): BooleanSelector()}
            ),
            errors={"base": "not_written"} if error else {},
            description_placeholders={"files": ", ".join(files), "error": error},
        )

    async def async_step_history(
        self, user_input: dict[str, Any] | None = None
    ) -> ConfigFlowResult:
        """Delete visits, all about a person, or everything."""
        if self.config_entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="not_loaded")
        keeper = self.config_entry.runtime_data.visits
        if user_input is None:
            return self.async_show_form(
                step_id="history",
                data_schema=self._history_form(keeper.history.visits, keeper.seen.names),
            )
        visits = keeper.history.visits
        visit_ids = set(user_input[CONF_VISITS])
        user_ids = {value.removeprefix(_USER) for value in user_input[CONF_PEOPLE]}
        if user_input[CONF_EVERYTHING]:
            await keeper.async_delete_all()
        else:
            await keeper.async_delete(visit_ids, user_ids)
        deleted = len(visits) - len(keeper.history.visits)
        return self.async_abort(
            reason="history_deleted", description_placeholders={"count": str(deleted)}
        )

    def _history_form(self, visits: list[Visit], seen: Mapping[str, str]) -> vol.Schema:
        people = Counter(dict.fromkeys(seen, 0))
        people.update(visit.user_id for visit in visits)
        names = dict(seen)
        for visit in reversed(visits):
            names[visit.user_id] = name_or_unknown(self.hass, visit.name)
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
