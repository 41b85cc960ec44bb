"""Tools for language models: who may use which, and what they say and do."""

from dataclasses import replace
from functools import partial
from typing import Any
from unittest.mock import patch

from homeassistant.core import Context, HomeAssistant
from homeassistant.helpers import llm
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.face_module.llm import API_ADMIN, async_get_tools
from tests.voice.asking import House, assist, expose, house  # noqa: F401

from .common import eventually, perform
from .conftest import settle

READING = {
    f"face_module__FaceModule{name}"
    for name in ("WhoIsThere", "LastVisitor", "Visitors", "LastSeen", "CountPeople")
} | {"face_module__get_access"}
WRITING = {
    "face_module__FaceModuleEnroll",
    "face_module__FaceModuleConfirmEnroll",
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
    expose(hass, house.entry, exposed=False)
    for api in (llm.LLM_API_ASSIST, API_ADMIN):
        assert tools(hass, admin, api) == {}, "it is not exposed"
    expose(hass, house.entry, exposed=True)
    found = tools(hass, admin, llm.LLM_API_ASSIST)
    assert set(found) == READING
    for tool in found.values():
        assert (tool.annotations.read_only, tool.annotations.destructive) == (True, False)
        assert tool.integration == "face_module"
        assert tool.title
        assert tool.description
    expose(hass, house.entry, exposed=False)
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
    expose(hass, house.entry, exposed=True)
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
    asked = await use(hass, admin, "FaceModuleEnroll", person="Zoe")
    assert "Then say: yes, enroll Zoe" in str(asked.data)
    assert "zoe" not in house.module.users
    enrolled = await use(hass, admin, "FaceModuleConfirmEnroll", person="Zoe")
    assert "From now on I know Zoe" in str(enrolled.data)
    renamed = await use(hass, admin, "rename_person", name="Zoe", new_name="Zoë Smith")
    assert renamed.data == {"name": "Zoë Smith", "modules": ["Face module F6EE"]}
    assert house.module.users["zoe"].name == "Zoë Smith"
    empty = await use(hass, admin, "rename_person", name="Zoë Smith", new_name=" ")
    assert empty.error
    asked = await use(hass, admin, "delete_person", name="Zoë Smith")
    zoe = {"name": "Zoë Smith", "user_id": "zoe"}
    assert (asked.error, asked.data["deleted"]) == (False, None)
    assert asked.data["would_delete"] == zoe
    assert "zoe" in house.module.users, "the first call deletes nothing"
    deleted = await use(
        hass, admin, "delete_person", name="Zoë Smith", confirm=asked.data["confirm"]
    )
    assert deleted.data == {"deleted": zoe}
    assert set(house.module.users) == {"anna", "chenwei"}
    gone = await use(hass, admin, "delete_person", name="Zoë Smith")
    assert gone.error
    assert gone.data == {
        "error": "0 people have that full name or user id",
        "candidates": [],
    }


async def test_a_model_deletes_only_whom_it_names_in_full_and_confirms(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    admin: llm.LLMContext,
) -> None:
    seen = house.entry.runtime_data.visits.seen

    def came(name: str) -> bool:
        return name in seen.names.values()

    for user_id, name in (("berta", "Berta Klein"), ("b2", "Bert"), ("b3", "bert")):
        house.module.add_user(user_id, name)
        await house.module.walk_by(user_id, score=0.97)
        await eventually(partial(came, name))
    everybody = set(house.module.users)
    berta = {"name": "Berta Klein", "user_id": "berta"}
    for part in ("Berta", "berta k", "Klein"):
        told = await use(hass, admin, "delete_person", name=part)
        assert told.error
        assert told.data["candidates"] == [berta], part
    told = await use(hass, admin, "rename_person", name="Klein", new_name="Olga")
    assert told.data["candidates"] == [berta], "nor is anybody renamed"
    both = await use(hass, admin, "delete_person", name="Bert")
    assert both.data["error"] == "2 people have that full name or user id"
    candidates: Any = both.data["candidates"]
    assert {one["user_id"] for one in candidates} == {"b2", "b3"}
    # By id or full name it is asked; the token is for that person, once, and not for ever.
    asked = await use(hass, admin, "delete_person", name="b2")
    token = asked.data["confirm"]
    for name, confirm in (("berta klein", token), ("b2", token), ("b2", "12345678")):
        told = await use(hass, admin, "delete_person", name=name, confirm=confirm)
        assert told.error, (name, confirm)
    with patch("custom_components.face_module.llm._CONFIRM_WITHIN", -1.0):
        asked = await use(hass, admin, "delete_person", name="berta klein")
    late = {"name": "berta klein", "confirm": asked.data["confirm"]}
    assert (await use(hass, admin, "delete_person", **late)).error
    assert set(house.module.users) == everybody
    asked = await use(hass, admin, "delete_person", name="berta klein")
    confirmed = {"name": "berta", "confirm": asked.data["confirm"]}
    assert (await use(hass, admin, "delete_person", **confirmed)).data == {"deleted": berta}
    assert set(house.module.users) == everybody - {"berta"}


async def test_a_deletion_that_fails_is_told(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    admin: llm.LLMContext,
) -> None:
    await house.module.walk_by("anna")
    await settle(hass)
    house.module.faults.refuse = {"DeleteUser"}
    asked = await use(hass, admin, "delete_person", name="Anna")
    confirmed = {"name": "Anna", "confirm": asked.data["confirm"]}
    failed = await use(hass, admin, "delete_person", **confirmed)
    assert failed.data == {"error": "It did not work on Face module F6EE"}


async def test_nobody_else_changes_anybody(
    hass: HomeAssistant,
    house: House,  # noqa: F811
) -> None:
    await house.module.walk_by("anna")
    await settle(hass)
    guest = context_of(house.context(admin=False).user_id)
    for context in (guest, context_of(None), context_of("nobody")):
        told = await use(hass, context, "delete_person", name="Anna")
        assert told.data == {"error": "Only administrators may do that"}
    told = await use(hass, guest, "FaceModuleEnroll", person="Zoe")
    assert "Only administrators" in str(told.data)
    nobody = replace(guest, context=None)
    assert (await use(hass, nobody, "delete_person", name="Anna")).error
    assert set(house.module.users) == {"anna", "chenwei"}


async def test_an_administrator_is_told_when_somebody_may_enter(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    admin: llm.LLMContext,
) -> None:
    expose(hass, house.entry, exposed=True)
    await house.module.walk_by("anna")
    await settle(hass)
    told = await use(hass, admin, "get_access", name="Anna")
    assert told.data == {
        "name": "Anna",
        "mode": "always",
        "text": "May always enter",
        "may_enter": True,
        "why": None,
    }
    await perform(hass, "set_access", user_id="anna", mode="rule", visits=0)
    told = await use(hass, admin, "get_access", name="Anna")
    assert told.data["text"] == "May no longer enter: no visits are left"
    assert (told.data["may_enter"], told.data["why"]) == (False, "used_up")
    told = await use(hass, context_of(None), "get_access", name="Anna")
    assert told.error
