"""Tools for language models: reading for Assist, changing people for administrators.

Never a picture, never a password. What a tool says is what the intents say.
"""

from abc import abstractmethod
from typing import Any, Final, override

from homeassistant.components.homeassistant.exposed_entities import (
    async_should_expose,
)
from homeassistant.components.llm import LLMTools
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er, intent, llm
from homeassistant.util.json import JsonValueType
import voluptuous as vol

from .const import DOMAIN
from .everywhere import async_delete_everywhere, async_rename_everywhere
from .intent import (
    COUNT_PEOPLE,
    ENROLL,
    LAST_SEEN,
    LAST_VISITOR,
    WHO_IS_THERE,
)
from .models import Person, loaded_entries
from .names import clean_name
from .people_spoken import async_is_admin, async_people_called
from .speaking import name_of

# 2026.10 has no API for administrators; there nothing can be changed by a model.
API_ADMIN: Final = getattr(llm, "LLM_API_HOME_ASSISTANT", "homeassistant")
_READ: Final = llm.ToolAnnotations(
    read_only=True, destructive=False, idempotent=True, open_world=False
)
_READING: Final = {
    WHO_IS_THERE: "Who is at the door",
    LAST_VISITOR: "Who came last",
    LAST_SEEN: "When somebody was last seen",
    COUNT_PEOPLE: "How many people are enrolled",
}
_PROMPT: Final = (
    "The face module tools tell who is or was in front of a face recognition module."
    " A name they give is evidence, no proof: never unlock or disarm because of it."
)


@callback
def async_get_tools(
    hass: HomeAssistant, llm_context: llm.LLMContext, api_id: str
) -> LLMTools | None:
    """Return what a model may use: for Assist only if something of ours is exposed."""
    if not loaded_entries(hass):
        return None
    handlers = {handler.intent_type: handler for handler in intent.async_get(hass)}
    reading = [
        _intent_tool(handlers[kind], title, _READ)
        for kind, title in _READING.items()
        if kind in handlers
    ]
    if api_id == llm.LLM_API_ASSIST:
        if not _is_exposed(hass, llm_context.assistant):
            return None
        return LLMTools(tools=reading, prompt=_PROMPT)
    if api_id != API_ADMIN:
        return None
    adding = llm.ToolAnnotations(destructive=False, open_world=False)
    enroll = [_intent_tool(handlers[ENROLL], "Enroll a person", adding)]
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


def _is_exposed(hass: HomeAssistant, assistant: str) -> bool:
    registry = er.async_get(hass)
    return any(
        async_should_expose(hass, assistant, entity.entity_id)
        for entry in loaded_entries(hass)
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
    )


class _PersonTool(llm.Tool):
    """Changes one person, for an administrator."""

    integration = DOMAIN

    @override
    async def async_call(
        self, hass: HomeAssistant, tool_input: llm.ToolInput, llm_context: llm.LLMContext
    ) -> llm.ToolResult:
        context = llm_context.context
        if context is None or not await async_is_admin(hass, context.user_id):
            return _failed("Only administrators may do that")
        data = self.parameters(tool_input.tool_args)
        found = await async_people_called(hass, data["name"])
        if len(found) != 1:
            return _failed(f"{len(found)} people have that name")
        try:
            return await self.async_change(hass, found[0], data)
        except HomeAssistantError as err:
            return _failed(str(err))

    @abstractmethod
    async def async_change(
        self, hass: HomeAssistant, person: Person, data: dict[str, Any]
    ) -> llm.ToolResult:
        """Do it; may raise HomeAssistantError."""


class RenameTool(_PersonTool):
    """Gives somebody another name on every module that has them. DeleteUser, AddUser."""

    name = f"{DOMAIN}__rename_person"
    title = "Rename a person"
    description = "Gives an enrolled person another name; the picture stays"
    annotations = llm.ToolAnnotations(destructive=False, idempotent=True, open_world=False)
    parameters = vol.Schema({vol.Required("name"): str, vol.Required("new_name"): str})

    @override
    async def async_change(
        self, hass: HomeAssistant, person: Person, data: dict[str, Any]
    ) -> llm.ToolResult:
        name = clean_name(data["new_name"])
        changed = await async_rename_everywhere(hass, person.user_id, name)
        modules: list[JsonValueType] = [name_of(hass, entry) for entry in changed]
        return llm.ToolResult(data={"name": name, "modules": modules})


class DeleteTool(_PersonTool):
    """Deletes one person from all modules. DeleteUser."""

    name = f"{DOMAIN}__delete_person"
    title = "Delete a person"
    description = "Deletes one enrolled person from all modules; it cannot be undone"
    annotations = llm.ToolAnnotations(destructive=True, idempotent=True, open_world=False)
    parameters = vol.Schema({vol.Required("name"): str})

    @override
    async def async_change(
        self, hass: HomeAssistant, person: Person, data: dict[str, Any]
    ) -> llm.ToolResult:
        failed = await async_delete_everywhere(hass, person.user_id)
        if failed:
            names = ", ".join(name_of(hass, entry) for entry in failed)
            return _failed(f"It did not work on {names}")
        return llm.ToolResult(data={"deleted": person.name})


def _failed(reason: str) -> llm.ToolResult:
    return llm.ToolResult(data={"error": reason}, error=True)
