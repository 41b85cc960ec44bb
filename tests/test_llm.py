"""Tools for language models: who may use which, and what they say and do."""

from dataclasses import replace
from typing import Any

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import entity_registry as er, llm
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.face_module.llm import API_ADMIN, async_get_tools

from .conftest import settle
from .voice import House, assist, house  # noqa: F401

READING = {
    f"face_module__FaceModule{name}"
    for name in ("WhoIsThere", "LastVisitor", "LastSeen", "CountPeople")
}
WRITING = {
    "face_module__FaceModuleEnroll",
    "face_module__rename_person",
    "face_module__delete_person",
}


def context_of(user_id: str | None, assistant: str = "conversation") -> llm.LLMContext:
    return llm.LLMContext(
        platform="test",
        context=Context(user_id=user_id),
        language="en",
        assistant=assistant,
        device_id=None,
    )


@pytest.fixture
def admin(hass: HomeAssistant) -> llm.LLMContext:
    return context_of(MockUser(is_owner=True).add_to_hass(hass).id)


def tools(hass: HomeAssistant, context: llm.LLMContext, api: str) -> dict[str, llm.Tool]:
    found = async_get_tools(hass, context, api)
    return {tool.name: tool for tool in found.tools} if found else {}


def expose(hass: HomeAssistant, house: House, *, exposed: bool) -> None:  # noqa: F811
    """Let Assist see the module, or not."""
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, house.entry.entry_id):
        async_expose_entity(hass, "conversation", entity.entity_id, should_expose=exposed)


async def use(
    hass: HomeAssistant, context: llm.LLMContext, tool: str, /, **args: Any
) -> llm.ToolResult:
    """Let a model use a tool of the API for administrators."""
    found = tools(hass, context, API_ADMIN)[f"face_module__{tool}"]
    result = await found.async_call(hass, llm.ToolInput(found.name, args), context)
    assert isinstance(result, llm.ToolResult)
    return result


async def test_assist_reads_and_only_when_something_is_exposed(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    admin: llm.LLMContext,
) -> None:
    assert tools(hass, admin, llm.LLM_API_ASSIST) == {}, "nothing is exposed by itself"
    expose(hass, house, exposed=True)
    found = tools(hass, admin, llm.LLM_API_ASSIST)
    assert set(found) == READING
    for tool in found.values():
        assert (tool.annotations.read_only, tool.annotations.destructive) == (True, False)
        assert tool.integration == "face_module"
        assert tool.title
        assert tool.description
    expose(hass, house, exposed=False)
    assert tools(hass, admin, llm.LLM_API_ASSIST) == {}
    assert tools(hass, context_of(None, "another"), llm.LLM_API_ASSIST) == {}
    assert tools(hass, admin, "another") == {}
    await hass.config_entries.async_unload(house.entry.entry_id)
    assert tools(hass, admin, API_ADMIN) == {}


async def test_home_assistants_own_api_offers_them(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    admin: llm.LLMContext,
) -> None:
    expose(hass, house, exposed=True)
    api = await llm.async_get_api(hass, llm.LLM_API_ASSIST, admin)
    assert {tool.name for tool in api.tools} >= READING
    assert not {tool.name for tool in api.tools} & WRITING
    assert "never unlock" in api.api_prompt
    house.module.in_front = "anna"
    result = await api.async_call_tool(
        llm.ToolInput("face_module__FaceModuleWhoIsThere", {})
    )
    assert "It is Anna." in str(result)
    assert "base64" not in str(result)


async def test_administrators_change_people(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    admin: llm.LLMContext,
) -> None:
    assert set(tools(hass, admin, API_ADMIN)) == READING | WRITING
    delete = tools(hass, admin, API_ADMIN)["face_module__delete_person"]
    assert delete.annotations.destructive is True
    enrolled = await use(hass, admin, "FaceModuleEnroll", person="Zoe")
    assert "From now on I know Zoe" in str(enrolled.data)
    renamed = await use(hass, admin, "rename_person", name="Zoe", new_name="Zoë Smith")
    assert renamed.data == {"name": "Zoë Smith", "modules": ["Face module F6EE"]}
    assert house.module.users["zoe"].name == "Zoë Smith"
    empty = await use(hass, admin, "rename_person", name="Zoë Smith", new_name=" ")
    assert empty.error
    deleted = await use(hass, admin, "delete_person", name="Zoë Smith")
    assert deleted.data == {"deleted": "Zoë Smith"}
    assert set(house.module.users) == {"anna", "chenwei"}
    gone = await use(hass, admin, "delete_person", name="Zoë Smith")
    assert (gone.error, gone.data) == (True, {"error": "0 people have that name"})


async def test_a_deletion_that_fails_is_told(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    admin: llm.LLMContext,
) -> None:
    await house.module.walk_by("anna")
    await settle(hass)
    house.module.faults.refuse = {"DeleteUser"}
    failed = await use(hass, admin, "delete_person", name="Anna")
    assert failed.data == {"error": "It did not work on Face module F6EE"}


async def test_nobody_else_changes_anybody(
    hass: HomeAssistant,
    house: House,  # noqa: F811
) -> None:
    await house.module.walk_by("anna")
    await settle(hass)
    guest = context_of(MockUser().add_to_hass(hass).id)
    for context in (guest, context_of(None), context_of("nobody")):
        told = await use(hass, context, "delete_person", name="Anna")
        assert told.data == {"error": "Only administrators may do that"}
    told = await use(hass, guest, "FaceModuleEnroll", person="Zoe")
    assert "Only administrators" in str(told.data)
    nobody = replace(guest, context=None)
    assert (await use(hass, nobody, "delete_person", name="Anna")).error
    assert set(house.module.users) == {"anna", "chenwei"}
