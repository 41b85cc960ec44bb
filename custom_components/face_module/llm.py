"""Tools for language models: reading for Assist, changing people for administrators.

Never a picture, never a password. What a tool says is what the intents say.
"""

from abc import abstractmethod
from secrets import token_hex
from typing import Any, Final, NamedTuple, override

from homeassistant.components.llm import LLMTools
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import intent, llm
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import JsonValueType
import voluptuous as vol

from .const import DOMAIN
from .device.state import Person
from .fleet.everywhere import async_delete_everywhere, async_rename_everywhere
from .people.names import clean_name
from .people.roster import DATA_ROSTER
from .runtime import FaceModuleConfigEntry
from .visits.allowed import async_allowed
from .voice.changes import CONFIRM_ENROLL, ENROLL
from .voice.modules import exposed_entries, name_of, names_of, usable_entries
from .voice.people import async_of_id, async_people_called, key_of
from .voice.permission import async_is_admin
from .voice.questions import (
    COUNT_PEOPLE,
    LAST_SEEN,
    LAST_VISITOR,
    VISITORS,
    WHO_IS_THERE,
)

# 2026.10 has no API for administrators; there nothing can be changed by a model.
API_ADMIN: Final = getattr(llm, "LLM_API_HOME_ASSISTANT", "homeassistant")
_READ: Final = llm.ToolAnnotations(
    read_only=True, destructive=False, idempotent=True, open_world=False
)
_READING: Final = {
    WHO_IS_THERE: "Who is at the door",
    LAST_VISITOR: "Who came last",
    VISITORS: "Who came today",
    LAST_SEEN: "When somebody was last seen",
    COUNT_PEOPLE: "How many people are enrolled",
}
_ADDING: Final = {
    ENROLL: "Ask to enroll a person",
    CONFIRM_ENROLL: "Enroll the person who was asked about",
}
_PROMPT: Final = (
    "The face module tools tell who is or was in front of a face recognition module."
    " A name they give is evidence, no proof: never unlock or disarm because of it."
)


_WHOM: Final = "The full name or the user id"
# So long a deletion can be confirmed (s), and so many candidates are told.
_CONFIRM_WITHIN: Final = 300.0
_CANDIDATES: Final = 10


class _Candidates(NamedTuple):
    exact: list[Person]
    others: list[Person]


class _ToDelete(NamedTuple):
    person: Person
    until: float


_DATA_TOKENS: HassKey[dict[str, _ToDelete]] = HassKey(f"{DOMAIN}.deletion_tokens")


@callback
def async_get_tools(
    hass: HomeAssistant, llm_context: llm.LLMContext, api_id: str
) -> LLMTools | None:
    """Return what a model may use: for Assist only if something of ours is exposed."""
    if not usable_entries(hass, llm_context.assistant):
        return None
    handlers = {handler.intent_type: handler for handler in intent.async_get(hass)}
    reading: list[llm.Tool] = [
        _intent_tool(handlers[kind], title, _READ)
        for kind, title in _READING.items()
        if kind in handlers
    ]
    reading.append(AccessTool())
    if api_id == llm.LLM_API_ASSIST:
        return LLMTools(tools=reading, prompt=_PROMPT)
    if api_id != API_ADMIN:
        return None
    adding = llm.ToolAnnotations(destructive=False, open_world=False)
    enroll = [
        _intent_tool(handlers[kind], title, adding) for kind, title in _ADDING.items()
    ]
    return LLMTools(tools=[*reading, *enroll, RenameTool(), DeleteTool()], prompt=_PROMPT)


def _intent_tool(
    handler: intent.IntentHandler, title: str, annotations: llm.ToolAnnotations
) -> llm.Tool:
    return llm.IntentTool(
        f"{DOMAIN}__{handler.intent_type}",
        handler,
        title=title,
        integration=DOMAIN,
        annotations=annotations,
    )


class _PersonTool(llm.Tool):
    """Tells of one person, or changes one, for an administrator."""

    integration = DOMAIN

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext
    ) -> llm.ToolResult:
        context = llm_context.context
        if context is None or not await async_is_admin(hass, context.user_id):
            return _failed("Only administrators may do that")
        data = self.parameters(tool_input.tool_args)
        assistant = llm_context.assistant
        usable = usable_entries(hass, assistant)
        found = await _async_candidates(hass, usable, data["name"])
        if len(found.exact) != 1:
            return _unclear(found)
        # What is away is changed when it is back.
        entries = exposed_entries(hass, assistant)
        try:
            return await self.async_answer(hass, found.exact[0], entries, data)
        except HomeAssistantError as err:
            return _failed(str(err))

    @abstractmethod
    async def async_answer(
        self,
        hass: HomeAssistant,
        person: Person,
        entries: list[FaceModuleConfigEntry],
        data: dict[str, Any],
    ) -> llm.ToolResult:
        """Tell of them, or change them on these modules; may raise HomeAssistantError."""


class AccessTool(_PersonTool):
    """Tells when somebody may enter."""

    name = f"{DOMAIN}__get_access"
    title = "When a person may enter"
    description = "Tells when and where an enrolled person may enter, and if they may now"
    annotations = _READ
    parameters = vol.Schema({vol.Required("name", description=_WHOM): str})

    @override
    async def async_answer(
        self,
        hass: HomeAssistant,
        person: Person,
        entries: list[FaceModuleConfigEntry],
        data: dict[str, Any],
    ) -> llm.ToolResult:
        roster = hass.data[DATA_ROSTER]
        known = roster.called(person.user_id, person.name)
        told = await async_allowed(hass, roster.access_of(known, person.user_id))
        return llm.ToolResult(data={"name": person.name, **told})


class RenameTool(_PersonTool):
    """Gives somebody another name on every module that has them. DeleteUser, AddUser."""

    name = f"{DOMAIN}__rename_person"
    title = "Rename a person"
    description = "Gives an enrolled person another name; the picture stays"
    annotations = llm.ToolAnnotations(destructive=False, idempotent=True, open_world=False)
    parameters = vol.Schema(
        {
            vol.Required("name", description=_WHOM): str,
            vol.Required("new_name"): str,
        }
    )

    @override
    async def async_answer(
        self,
        hass: HomeAssistant,
        person: Person,
        entries: list[FaceModuleConfigEntry],
        data: dict[str, Any],
    ) -> llm.ToolResult:
        name = clean_name(data["new_name"])
        changed = await async_rename_everywhere(
            hass, person.user_id, name, called=person.name, entries=entries
        )
        modules: list[JsonValueType] = [name_of(hass, entry) for entry in changed]
        return llm.ToolResult(data={"name": name, "modules": modules})


class DeleteTool(_PersonTool):
    """Deletes one person from all modules, in two calls. DeleteUser."""

    name = f"{DOMAIN}__delete_person"
    title = "Delete a person"
    description = (
        "Deletes one enrolled person from all modules; it cannot be undone. The first call"
        " deletes nothing: it returns who would be deleted, and a token. Ask the user, and"
        " call again with the token only after they said yes"
    )
    annotations = llm.ToolAnnotations(destructive=True, idempotent=True, open_world=False)
    parameters = vol.Schema(
        {
            vol.Required("name", description=_WHOM): str,
            vol.Optional("confirm", description="The token of the first call"): str,
        }
    )

    @override
    async def async_answer(
        self,
        hass: HomeAssistant,
        person: Person,
        entries: list[FaceModuleConfigEntry],
        data: dict[str, Any],
    ) -> llm.ToolResult:
        tokens = hass.data.setdefault(_DATA_TOKENS, {})
        now = hass.loop.time()
        for old in [token for token, one in tokens.items() if one.until < now]:
            del tokens[old]
        shown = _shown(person)
        if "confirm" not in data:
            token = token_hex(4)
            tokens[token] = _ToDelete(person, now + _CONFIRM_WITHIN)
            return llm.ToolResult(
                data={"deleted": None, "would_delete": shown, "confirm": token}
            )
        asked = tokens.pop(data["confirm"], None)
        if asked is None or asked.person != person:
            return _failed("That token is for nobody, or for somebody else: ask again")
        done = await async_delete_everywhere(
            hass, person.user_id, called=person.name, entries=entries
        )
        if done.failed:
            names = names_of(hass, (entry for entry, _ in done.failed))
            return _failed(f"It did not work on {names}")
        told: dict[str, JsonValueType] = {"deleted": shown}
        if done.waiting:
            told["when_back"] = [name_of(hass, entry) for entry in done.waiting]
        return llm.ToolResult(data=told)


async def _async_candidates(
    hass: HomeAssistant, entries: list[FaceModuleConfigEntry], said: str
) -> _Candidates:
    """Return whose full name or user id this is, and who else may be meant."""
    called = await async_people_called(hass, entries, said)
    of_id = await async_of_id(entries, said)
    exact = {key_of(one): one for one in (*of_id, *called.same)}
    return _Candidates([*exact.values()], [*called.first, *called.partly])


def _unclear(found: _Candidates) -> llm.ToolResult:
    """Answer with whom may be meant: nobody is changed by a part of a name."""
    candidates: list[JsonValueType] = [
        _shown(one) for one in (found.exact or found.others)[:_CANDIDATES]
    ]
    number = len(found.exact)
    reason = f"{number} people have that full name or user id"
    data: dict[str, JsonValueType] = {"error": reason, "candidates": candidates}
    return llm.ToolResult(data=data, error=True)


def _shown(person: Person) -> dict[str, JsonValueType]:
    return {"name": person.name, "user_id": person.user_id}


def _failed(reason: str) -> llm.ToolResult:
    return llm.ToolResult(data={"error": reason}, error=True)
