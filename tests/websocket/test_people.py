"""The people card writes: who may, on which modules, and what is said when it fails."""

from base64 import b64encode
import logging
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.pictures.uploads import DATA_UPLOADS
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import complaints
from tests.conftest import Another
from tests.websocket.kit import HOSTILE, ask, photo, refused


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("people/list", {"entry_id": "x"}),
        ("people/search", {"entry_id": "x", "query": "a"}),
        ("pictures/take", {"entity_id": "camera.door"}),
        ("pictures/check", {"picture_id": "x", "entry_ids": ["x"]}),
        ("people/enroll", {"picture_id": "x", "entry_ids": ["x"], "name": "A"}),
        ("people/update", {"entry_ids": ["x"], "user_id": "a", "name": "A"}),
        (
            "people/link",
            {"user_id": "a", "name": "A", "person": None, "minimum_score": None},
        ),
        ("people/delete", {"entry_ids": ["x"], "user_id": "anna"}),
    ],
)
async def test_only_administrators_may(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    kind: str,
    fields: dict[str, Any],
) -> None:
    client = await hass_ws_client(hass, hass_read_only_access_token)
    for name in ("entry_id", "entry_ids"):
        if name in fields:
            fields |= {name: entry.entry_id if name == "entry_id" else [entry.entry_id]}
    assert await refused(client, kind, **fields) == "unauthorized"
    assert len(module.users) == 2
    assert not hass.data[DATA_ROSTER].people


async def test_somebody_is_enrolled_on_all_chosen_modules(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    another: Another,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    picture_id = photo(hass, "Ben")
    jpeg = hass.data[DATA_UPLOADS].get(picture_id)
    both = [entry.entry_id, another[1].entry_id]
    answer = await ask(
        socket, "people/enroll", picture_id=picture_id, entry_ids=both, name=HOSTILE
    )
    assert answer["name"] == HOSTILE
    assert [line["ok"] for line in answer["results"]] == [True, True]
    assert [line["entry_id"] for line in answer["results"]] == both
    assert answer["results"][0]["position"].keys() == {"left", "top", "right", "bottom"}
    user_id = answer["user_id"]
    assert module.users[user_id].name == another[0].users[user_id].name == HOSTILE
    # It is used up.
    key = await refused(
        socket, "people/enroll", picture_id=picture_id, entry_ids=both, name="Ben"
    )
    assert key == "no_such_picture"
    assert b64encode(jpeg[600:640]).decode() not in caplog.text


async def test_what_fails_on_one_module_is_its_line(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    socket: MockHAClientWebSocket,
    another: Another,
    caplog: pytest.LogCaptureFixture,
) -> None:
    enroll = {
        "entry_ids": [entry.entry_id, another[1].entry_id],
        "name": "Benno",
        "user_id": "anna",
    }
    picture_id = photo(hass, "Ben")
    answer = await ask(socket, "people/enroll", picture_id=picture_id, **enroll)
    here, there = answer["results"]
    assert not here["ok"]
    assert "taken by Anna" in here["error"]
    assert here["key"] == "user_exists"
    assert there["ok"]
    # The picture stays for another try.
    enroll["entry_ids"] = [entry.entry_id]
    key = await refused(socket, "people/enroll", picture_id=picture_id, **enroll)
    assert key == "user_exists"
    answer = await ask(
        socket,
        "people/enroll",
        picture_id=picture_id,
        **enroll,
        if_exists="replace",
        allow_duplicate_face=True,
    )
    assert answer["results"][0]["result"] == "replaced"
    # What an administrator can mend is no trouble of Home Assistant's.
    assert complaints(caplog) == []


async def test_who_looks_like_somebody_is_refused_unless_allowed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    module.add_user("eva", "Eva", portrait("Eva"))
    enroll = {
        "entry_ids": [entry.entry_id],
        "name": "Twin",
        "picture_id": photo(hass, "Eva", 2),
    }
    assert await refused(socket, "people/enroll", **enroll) == "looks_like"
    answer = await ask(socket, "people/enroll", **enroll, allow_duplicate_face=True)
    assert answer["user_id"] == "twin"


async def test_a_second_click_enrolls_nobody_twice(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    for outcome in ("added", "unchanged"):
        answer = await ask(
            socket,
            "people/enroll",
            picture_id=photo(hass, "Ben"),
            entry_ids=[entry.entry_id],
            name="Ben",
        )
        assert answer["user_id"] == "ben"
        assert answer["results"][0]["result"] == outcome
    assert sorted(module.users) == ["anna", "ben", "chenwei"]
    assert not hass.data[DATA_ROSTER].reserved


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"name": "  "}, "name_empty"),
        ({"name": "x" * 101}, "name_too_long"),
        ({"name": "Ben", "picture_id": "gone"}, "no_such_picture"),
        ({"name": "Ben", "user_id": "x" * 65}, "user_id_invalid"),
        ({"name": "Ben", "entry_ids": ["none"]}, "cannot_connect"),
        ({"name": "Ben", "entry_ids": []}, "invalid_format"),
    ],
)
async def test_what_cannot_be_enrolled_is_said(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    fields: dict[str, Any],
    key: str,
) -> None:
    given = {"entry_ids": [entry.entry_id], "picture_id": photo(hass, "Ben")}
    assert await refused(socket, "people/enroll", **(given | fields)) == key
    assert len(module.users) == 2


async def test_name_and_picture_are_changed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    update = {"entry_ids": [entry.entry_id], "user_id": "anna"}
    assert await refused(socket, "people/update", **update) == "nothing_to_change"
    answer = await ask(socket, "people/update", **update, name=HOSTILE)
    assert answer["results"] == [
        {"entry_id": entry.entry_id, "ok": True, "result": "replaced"}
        | {"position": answer["results"][0]["position"]}
    ]
    assert module.users["anna"].name == HOSTILE
    picture_id = photo(hass, "Anna", 5)
    jpeg = hass.data[DATA_UPLOADS].get(picture_id)
    await ask(socket, "people/update", **update, picture_id=picture_id)
    assert module.users["anna"].name == HOSTILE
    assert await hass.data[DATA_ROSTER].async_picture("anna") == jpeg
    unknown = update | {"user_id": "nobody", "name": "X"}
    assert await refused(socket, "people/update", **unknown) == "user_unknown"


async def test_a_link_changes_home_assistants_list_only(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    link = {"user_id": "anna", "name": "Anna"}
    module.requests.clear()
    await ask(socket, "people/link", **link, person="person.anna", minimum_score=85)
    known = hass.data[DATA_ROSTER].get("anna")
    assert known == RosterPerson(
        user_id="anna", name="Anna", person="person.anna", minimum_score=85
    )
    await ask(socket, "people/link", **link, person=None, minimum_score=None)
    assert hass.data[DATA_ROSTER].get("anna") == RosterPerson(user_id="anna", name="Anna")
    assert not module.requests
    for wrong in (
        {"person": "light.kitchen", "minimum_score": None},
        {"person": None, "minimum_score": 101},
    ):
        assert await refused(socket, "people/link", **link, **wrong) == "invalid_format"


async def test_who_is_deleted_everywhere_is_forgotten(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    another: Another,
) -> None:
    another[0].add_user("anna", "Anna")
    roster = hass.data[DATA_ROSTER]
    roster.async_put(RosterPerson(user_id="anna", name="Anna"))
    delete = {"entry_ids": [entry.entry_id], "user_id": "anna"}
    answer = await ask(socket, "people/delete", **delete)
    assert answer["results"] == [{"entry_id": entry.entry_id, "ok": True}]
    assert "anna" not in module.users
    assert roster.get("anna") is not None
    await ask(socket, "people/delete", entry_ids=[another[1].entry_id], user_id="anna")
    assert not another[0].users
    assert roster.get("anna") is None
    assert await refused(socket, "people/delete", **delete) == "user_unknown"


async def test_nothing_waits_for_a_module_that_is_ignored(
    hass: HomeAssistant, entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    ignored = MockConfigEntry(domain=entry.domain, source="ignore", unique_id="0009")
    ignored.add_to_hass(hass)
    who = {"user_id": "anna", "called": "Anna", "everywhere": True}
    answer = await ask(socket, "people/delete", entry_ids=[entry.entry_id], **who)
    (line,) = answer["results"]
    assert (line["entry_id"], line["result"]) == (entry.entry_id, "removed")
    assert (await ask(socket, "people/waiting"))["changes"] == []


async def test_a_module_that_is_not_set_up_is_named(
    hass: HomeAssistant, entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    await socket.send_json_auto_id(
        {"type": "face_module/people/list", "entry_id": entry.entry_id}
    )
    answer = await socket.receive_json()
    assert answer["error"]["message"] == "Face module F6EE does not answer."
    assert answer["error"]["translation_placeholders"] == {"module": entry.title}


async def test_before_a_second_person_of_a_name_is_enrolled_it_is_asked_who_is_meant(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    another: Another,
) -> None:
    before = module.users["anna"].picture
    wish = {
        "entry_ids": [entry.entry_id],
        "name": "Anna",
        "picture_id": photo(hass, "Another Anna"),
    }
    enroll = {"type": "face_module/people/enroll", **wish, "if_exists": "ask"}
    await socket.send_json_auto_id(enroll)
    error = (await socket.receive_json())["error"]
    assert error["translation_key"] == "name_exists"
    assert error["translation_placeholders"] == {"user_id": "anna", "name": "Anna"}
    assert module.users["anna"].picture == before
    # It is another Anna.
    answer = await ask(socket, "people/enroll", **wish)
    assert answer["user_id"] == "anna_2"
    assert module.users["anna"].picture == before
    # It is she: another picture of her.
    wish["picture_id"] = photo(hass, "Anna", variation=1)
    asked = await refused(socket, "people/enroll", **wish, if_exists="ask")
    assert asked == "name_exists"
    same = {"user_id": "anna", "if_exists": "replace"}
    answer = await ask(socket, "people/enroll", **wish, **same)
    assert answer["user_id"] == "anna"
    assert module.users["anna"].picture != before
    # Whoever sends the same again, because no answer came, is not asked.
    wish["picture_id"] = photo(hass, "Anna", variation=1)
    answer = await ask(socket, "people/enroll", **wish, if_exists="ask")
    assert answer["user_id"] == "anna"
    # A module that is away says so itself.
    await another[0].pull_cable()
    wish = {"entry_ids": [another[1].entry_id], "name": "Ida"}
    wish["picture_id"] = photo(hass, "Ida")
    asked = await refused(socket, "people/enroll", **wish, if_exists="ask")
    assert asked in ("cannot_connect", "timed_out")
