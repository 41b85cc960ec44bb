"""What a card asks about who may enter, and says."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.face_module.people import ledger
from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.people.rule import NEVER, AccessMode, AccessRule
from simulator import SimulatedModule
from tests.common import rule_of
from tests.conftest import SERIAL, Another
from tests.websocket.kit import ask, photo, refused

ALWAYS_TOLD = {
    "mode": "always",
    "text": "May always enter",
    "may_enter": True,
    "why": None,
    "start": None,
    "end": None,
    "entities": [],
    "match": "all",
    "visits": None,
    "device_id": [],
    "doors": [],
    "remove_afterwards": False,
    "guest": False,
}
ANNA = {"user_id": "anna", "name": "Anna"}


async def test_a_rule_is_read_set_and_read_again(
    hass: HomeAssistant, socket: MockHAClientWebSocket, device_id: str
) -> None:
    assert await ask(socket, "access/get", **ANNA) == ALWAYS_TOLD
    hass.states.async_set("switch.gate", "off", {"friendly_name": "Gate"})
    end = (dt_util.now() + timedelta(days=1)).replace(microsecond=0)
    wish: dict[str, Any] = {
        "mode": "rule",
        "end": end.strftime("%Y-%m-%d %H:%M:%S"),
        "entities": ["switch.gate"],
        "visits": 2,
        "device_id": [device_id],
        "remove_afterwards": True,
    }
    told = await ask(socket, "access/set", **ANNA, **wish, language="zh-Hans")
    assert told == {
        **ALWAYS_TOLD,
        **wish,
        "end": end.isoformat(),
        "doors": [SERIAL],
        "text": told["text"],
        "may_enter": False,
        "why": "closed",
        "guest": True,
    }
    assert told["text"].startswith("可以进入：当 Gate 开启时")
    assert rule_of(hass).visits == 2
    again = await ask(socket, "access/get", **ANNA)
    assert again["text"].startswith("May enter while Gate is on")
    told = await ask(socket, "access/set", **ANNA, mode="always")
    assert told == ALWAYS_TOLD


async def test_a_list_says_who_may_enter_at_this_door(
    hass: HomeAssistant,
    socket: MockHAClientWebSocket,
    entry: MockConfigEntry,
    device_id: str,
    another: Another,
) -> None:
    simulated, other, _ = another
    simulated.add_user("anna", "Anna")
    await ask(socket, "access/set", **ANNA, mode="rule", device_id=[device_id])
    for where, may_enter in ((entry, True), (other, False)):
        page = await ask(socket, "people/list", entry_id=where.entry_id)
        access = {one["user_id"]: one["access"] for one in page["people"]}
        assert access["anna"]["may_enter"] is may_enter
        assert access.get("chenwei", ALWAYS_TOLD) == ALWAYS_TOLD
    found = await ask(
        socket,
        "people/search",
        entry_id=entry.entry_id,
        query="anna",
        language="zh-Hans",
    )
    assert found["people"][0]["access"]["text"].startswith("可以进入：")


async def test_everybody_who_may_not_always_enter_is_listed(
    hass: HomeAssistant, socket: MockHAClientWebSocket, entry: MockConfigEntry
) -> None:
    roster = hass.data[DATA_ROSTER]
    guest = AccessRule(mode=AccessMode.RULE, visits=1)
    for name, access in (("Zoe", NEVER), ("Ben", guest), ("Eva", AccessRule())):
        roster.async_put(RosterPerson(user_id=name.lower(), name=name, access=access))
    page = await ask(socket, "access/list")
    told = [(one["name"], one["access"]["may_enter"]) for one in page["people"]]
    assert (page["total"], told) == (2, [("Ben", True), ("Zoe", False)])
    page = await ask(socket, "access/list", offset=1, limit=1)
    assert [one["user_id"] for one in page["people"]] == ["zoe"]


async def test_whether_everybody_may_enter_now_is_told_for_each_door(
    hass: HomeAssistant,
    socket: MockHAClientWebSocket,
    entry: MockConfigEntry,
    another: Another,
) -> None:
    roster = hass.data[DATA_ROSTER]
    here = AccessRule(mode=AccessMode.RULE, doors=(SERIAL,))
    for name, access in (("Zoe", NEVER), ("Ben", here), ("Eva", AccessRule())):
        roster.async_put(RosterPerson(user_id=name.lower(), name=name, access=access))
    page = await ask(socket, "access/list", everybody=True)
    doors = [one["entry_id"] for one in page["doors"]]
    assert doors == [entry.entry_id, another[1].entry_id]
    assert (page["total"], page["limited"]) == (3, 2)
    told = {one["name"]: one["at"] for one in page["people"]}
    assert told == {"Ben": [True, False], "Zoe": [False, False], "Eva": [True, True]}
    assert [*told] == ["Ben", "Zoe", "Eva"], "whoever has a rule comes first"


async def test_a_door_that_is_no_module_any_more_stays_in_the_rule(
    hass: HomeAssistant, socket: MockHAClientWebSocket, entry: MockConfigEntry
) -> None:
    """Without it the only door that is left would be every door."""
    await ask(socket, "access/set", **ANNA, mode="never")
    roster = hass.data[DATA_ROSTER]
    old = AccessRule(mode=AccessMode.RULE, doors=("an old serial",), visits=1)
    roster.async_put(replace(roster.people["anna"], access=old))
    told = await ask(socket, "access/set", **ANNA, mode="rule", visits=2)
    assert told["doors"] == ["an old serial"]
    told = await ask(socket, "access/set", **ANNA, mode="always")
    assert told == ALWAYS_TOLD


@pytest.mark.parametrize(
    ("wish", "error"),
    [
        ({"mode": "rule"}, "access_no_condition"),
        ({"mode": "rule", "visits": -1}, "invalid_format"),
        ({"mode": "rule", "entities": ["switch.gone"]}, "access_entity_unknown"),
        ({"mode": "rule", "device_id": ["gone"]}, "access_door_unknown"),
        ({"mode": "never", "visits": 1}, "access_conditions_unused"),
    ],
)
async def test_what_makes_no_sense_is_refused(
    socket: MockHAClientWebSocket,
    entry: MockConfigEntry,
    wish: dict[str, Any],
    error: str,
) -> None:
    assert await refused(socket, "access/set", **ANNA, **wish) == error


async def test_who_is_meant_is_said_by_the_name(
    hass: HomeAssistant, socket: MockHAClientWebSocket, entry: MockConfigEntry
) -> None:
    roster = hass.data[DATA_ROSTER]
    for name in ("Anna", "Anna Miller"):
        roster.async_put(roster.async_new("anna", name))
    await ask(socket, "access/set", user_id="anna", name="Anna Miller", mode="never")
    modes = {p.name: p.access.mode for p in roster.of_id("anna")}
    assert modes == {"Anna": "always", "Anna Miller": "never"}
    told = await ask(socket, "access/get", **ANNA, entry_id=entry.entry_id)
    assert told["mode"] == "always"


async def test_a_guest_has_the_rule_before_any_module_knows_them(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    another: Another,
) -> None:
    end = (dt_util.utcnow() + timedelta(hours=1)).replace(microsecond=0)
    guest: dict[str, Any] = {
        "entry_ids": [entry.entry_id, another[1].entry_id],
        "picture_id": photo(hass, "Greta"),
        "name": "Greta",
    }
    stay = {"mode": "rule", "end": end.isoformat(), "remove_afterwards": True}
    over = {**stay, "end": "2020-01-01 00:00:00"}
    assert await refused(socket, "people/enroll", **guest, access=over) == "access_over"

    with patch.object(ledger, "save_json", side_effect=OSError(28, "No space")):
        key = await refused(socket, "people/enroll", **guest, access=stay)
    assert key == "access_not_saved"
    assert "greta" not in module.users

    answer = await ask(socket, "people/enroll", **guest, access=stay)
    assert [line["ok"] for line in answer["results"]] == [True, True]
    rule = hass.data[DATA_ROSTER].people["greta"].access
    assert rule == AccessRule(mode=AccessMode.RULE, end=end, remove_afterwards=True)
    assert "greta" in module.users


async def test_a_guest_whom_no_module_takes_leaves_no_rule(
    hass: HomeAssistant, entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    key = await refused(
        socket,
        "people/enroll",
        entry_ids=[entry.entry_id],
        picture_id=photo(hass, "Anna"),
        name="Hanna",
        access={"mode": "rule", "visits": 1},
    )
    assert key == "looks_like"
    assert "hanna" not in hass.data[DATA_ROSTER].people
