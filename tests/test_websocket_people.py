"""The websocket commands of the people card, with a simulated module."""

from base64 import b64encode
from collections.abc import AsyncGenerator
import logging
from typing import Any
from unittest.mock import AsyncMock, patch
from urllib.parse import quote

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.face_module import websocket_lines
from custom_components.face_module.images import prepare
from custom_components.face_module.roster import DATA_ROSTER, RosterPerson
from custom_components.face_module.uploads import DATA_UPLOADS
from simulator import SimulatedModule
from simulator.portraits import portrait, scenery

from .common import complaints, eventually, id_of, visits_of
from .conftest import SetUp

HOSTILE = "<img src=x onerror=alert(1)>"


@pytest.fixture
async def socket(
    hass: HomeAssistant, entry: MockConfigEntry, hass_ws_client: WebSocketGenerator
) -> MockHAClientWebSocket:
    """An administrator's connection."""
    return await hass_ws_client(hass)


@pytest.fixture
async def other(set_up: SetUp) -> AsyncGenerator[tuple[SimulatedModule, str]]:
    """A second module without people, and the id of its entry."""
    async with SimulatedModule(serial="0123A38884CE690002", password="abc123") as simulated:
        yield simulated, (await set_up(simulated)).entry_id


async def ask(client: MockHAClientWebSocket, kind: str, **fields: Any) -> Any:
    """Return the answer of a command that is fine."""
    await client.send_json_auto_id({"type": f"face_module/{kind}", **fields})
    answer = await client.receive_json()
    assert answer["success"], answer
    return answer["result"]


async def refused(client: MockHAClientWebSocket, kind: str, **fields: Any) -> str:
    """Return why a command is not done: the translation key, or the code."""
    await client.send_json_auto_id({"type": f"face_module/{kind}", **fields})
    answer = await client.receive_json()
    assert not answer["success"], answer
    assert "{" not in answer["error"]["message"]
    return str(answer["error"].get("translation_key") or answer["error"]["code"])


def put(hass: HomeAssistant, jpeg: bytes) -> str:
    """Return the id of a picture as if it was sent."""
    return hass.data[DATA_UPLOADS].async_put(prepare(jpeg).jpeg)


def photo(hass: HomeAssistant, name: str, variation: int = 0, **looks: Any) -> str:
    return put(hass, portrait(name, variation=variation, **looks))


# Who may


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


# Reading


async def test_a_page_tells_names_links_and_pictures(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    socket: MockHAClientWebSocket,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    hass.data[DATA_ROSTER].async_put(
        RosterPerson(user_id="anna", name="Anna", person="person.anna", minimum_score=80)
    )
    page = await ask(socket, "people/list", entry_id=entry.entry_id)
    assert (page["total"], page["offset"]) == (2, 0)
    anna, chen = page["people"]
    assert (anna["user_id"], anna["name"]) == ("anna", "Anna")
    assert (anna["person"], anna["minimum_score"]) == ("person.anna", 80)
    assert (chen["name"], chen["person"]) == ("陈伟", None)
    # The path opens without a header, and nothing else with its signature does.
    client = await hass_client_no_auth()
    shown = await client.get(anna["picture"])
    assert shown.status == 200
    assert shown.content_type == "image/jpeg"
    stolen = anna["picture"].replace("/anna?", "/chenwei?")
    assert (await client.get(stolen)).status == 401
    second = await ask(socket, "people/list", entry_id=entry.entry_id, offset=1, limit=1)
    assert [one["user_id"] for one in second["people"]] == ["chenwei"]


async def test_ids_and_names_of_any_kind_come_through(
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    odd = "a/b?c=d#e%2F&f"
    module.add_user(odd, HOSTILE, portrait("Odd"))
    page = await ask(socket, "people/list", entry_id=entry.entry_id, offset=2)
    (found,) = page["people"]
    assert (found["user_id"], found["name"]) == (odd, HOSTILE)
    assert quote(odd, safe="") in found["picture"]
    client = await hass_client_no_auth()
    assert (await client.get(found["picture"])).status == 200


async def test_without_any_picture_none_is_told_and_the_module_is_asked_once(
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module.quirks.no_register_img = True
    monkeypatch.setattr(websocket_lines, "_REMEMBERED", 2)
    page = await ask(socket, "people/list", entry_id=entry.entry_id)
    assert [one["picture"] for one in page["people"]] == [None, None]
    module.requests.clear()
    await ask(socket, "people/list", entry_id=entry.entry_id)
    assert len(module.requests) == 2  # the number and the list
    module.add_user("zoe", "Zoe")
    await ask(socket, "people/list", entry_id=entry.entry_id)
    # Only so many are remembered.
    module.requests.clear()
    await ask(socket, "people/search", entry_id=entry.entry_id, query="anna")
    assert len(module.requests) == 1


async def test_of_somebody_who_is_gone_or_refused_the_page_goes_on(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    ids = ["anna", "gone", "chenwei"]
    client = entry.runtime_data.client
    with patch.object(client, "list_users", AsyncMock(return_value=ids)):
        page = await ask(socket, "people/list", entry_id=entry.entry_id)
        assert [one["user_id"] for one in page["people"]] == ["anna", "chenwei"]
        entry.runtime_data.people.names.forget()
        module.faults.next("garbage", call="GetUserInfo")
        hass.data[DATA_ROSTER].async_put(
            RosterPerson(user_id="anna", name="Anna", picture="0")
        )
        page = await ask(socket, "people/list", entry_id=entry.entry_id)
        assert [one["name"] for one in page["people"]] == ["anna", "陈伟"]
    await module.pull_cable()
    entry.runtime_data.people.names.forget()
    key = await refused(socket, "people/list", entry_id=entry.entry_id)
    assert key in ("cannot_connect", "timed_out")
    key = await refused(socket, "people/search", entry_id=entry.entry_id, query="x")
    assert key in ("cannot_connect", "timed_out")


async def test_fifty_thousand_are_paged_and_searched_and_never_all_read(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module.add_many(50_000)
    ids = list(module.users)
    module.requests.clear()
    page = await ask(
        socket, "people/list", entry_id=entry.entry_id, offset=49_950, limit=50
    )
    assert page["total"] == len(ids)
    assert [one["user_id"] for one in page["people"]] == ids[49_950:50_000]
    assert len(module.requests) == 52
    module.requests.clear()
    found = await ask(socket, "people/search", entry_id=entry.entry_id, query=ids[40_000])
    assert [one["user_id"] for one in found["people"]] == [ids[40_000]]
    assert len(module.requests) == 1
    # A list of as many of Home Assistant's does not stop the event loop.
    roster = {
        user_id: RosterPerson(user_id=user_id, name=f"Zoë {user_id}")
        for user_id in ids[:50_000]
    }
    monkeypatch.setattr(hass.data[DATA_ROSTER], "_people", roster)
    found = await ask(
        socket, "people/search", entry_id=entry.entry_id, query="ZOË", limit=7
    )
    assert len(found["people"]) == 7
    found = await ask(socket, "people/search", entry_id=entry.entry_id, query="no such")
    assert found["people"] == []


async def test_people_are_found_by_parts_of_names_however_they_are_written(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    module.add_user("zoe", "Zoë Klein")
    roster = hass.data[DATA_ROSTER]
    roster.async_put(RosterPerson(user_id="zoe", name="Zoë Klein"))
    roster.async_put(RosterPerson(user_id="zoran", name="Zoran elsewhere"))
    entry.runtime_data.visits.seen.async_saw("chenwei", "陈伟")

    async def found(query: str) -> list[str]:
        answer = await ask(socket, "people/search", entry_id=entry.entry_id, query=query)
        return [one["user_id"] for one in answer["people"]]

    for query in ("zoe", "ZOE", "Zoe\u0308", "ë k", " klein ", "zo"):
        assert await found(query) == ["zoe"], query
    assert await found("伟") == ["chenwei"]
    assert await found("chen") == ["chenwei"]
    assert await found("anna") == ["anna"], "asked of the module"
    assert await found("elsewhere") == [], "not on this module"
    assert await found("  ") == []
    # Of the many that are not there only some are asked for.
    for number in range(30):
        roster.async_put(RosterPerson(user_id=f"q{number}", name="Quinn"))
    module.requests.clear()
    answer = await ask(
        socket, "people/search", entry_id=entry.entry_id, query="quinn", limit=5
    )
    assert answer["people"] == []
    asked = [request for request in module.requests if request.name == "GetUserInfo"]
    assert len(asked) == 10


# Pictures


async def test_a_picture_comes_from_an_image_entity(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    await module.walk_by("anna", score=0.97)
    await eventually(lambda: bool(visits_of(entry)))
    visit = visits_of(entry)[0]
    taken = await ask(socket, "pictures/take", entity_id=id_of("image.last_face"))
    again = await ask(
        socket, "pictures/take", entry_id=entry.entry_id, visit_id=visit.visit_id
    )
    kept = hass.data[DATA_UPLOADS]
    assert kept.get(taken["picture_id"]) == kept.get(again["picture_id"])
    assert taken["width"] == again["width"] > 0


async def test_what_gives_no_picture_is_said(
    entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    known = entry.entry_id
    for fields, key in (
        ({}, "no_picture"),
        ({"entity_id": "camera.none"}, "no_snapshot"),
        ({"entity_id": "light.kitchen"}, "invalid_format"),
        ({"entity_id": "camera.door", "visit_id": "x"}, "invalid_format"),
        ({"visit_id": "x", "entry_id": known}, "no_such_picture"),
        ({"visit_id": "x", "entry_id": "none"}, "cannot_connect"),
        ({"visit_id": "x"}, "cannot_connect"),
    ):
        assert await refused(socket, "pictures/take", **fields) == key, fields


async def test_the_verdict_comes_before_anything_is_written(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    other: tuple[SimulatedModule, str],
) -> None:
    module.users.clear()
    module.add_user("anna", "Anna", portrait("Anna"))
    entries = [entry.entry_id, other[1], "none"]

    async def check(picture_id: str, **fields: Any) -> list[dict[str, Any]]:
        answer = await ask(
            socket, "pictures/check", picture_id=picture_id, entry_ids=entries, **fields
        )
        found: list[dict[str, Any]] = answer["results"]
        assert [line["entry_id"] for line in found] == entries
        return found

    good = await check(photo(hass, "Ben"))
    assert [line["verdict"] for line in good] == ["good", "good", "error"]
    assert "none" in good[2]["message"]
    anna = photo(hass, "Anna", 3)
    like = (await check(anna))[0]
    assert (like["verdict"], like["name"], like["user_id"]) == (
        "looks_like",
        "Anna",
        "anna",
    )
    assert 80 < like["score"] <= 100
    assert "Anna" in like["message"]
    assert (await check(anna, user_id="anna"))[0]["verdict"] == "good"
    blind = await check(put(hass, scenery()))
    assert [line["verdict"] for line in blind] == ["no_face", "no_face", "error"]
    poor = await check(photo(hass, "Ben", blur=6))
    assert poor[0]["verdict"] == "poor_picture"
    for simulated in (module, other[0]):
        assert len(simulated.users) == len(module.users if simulated is module else ())


@pytest.mark.parametrize(
    ("level", "where", "verdict"),
    [("HIGH", 0, "poor_picture"), ("HIGH", 2, "good"), ("NONE", 1, "good")],
)
async def test_the_verdict_knows_what_the_module_asks_for(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    level: str,
    where: int,
    verdict: str,
) -> None:
    module.config.quality_control = level
    module.config.work_field = where
    await entry.runtime_data.coordinator.async_refresh()
    # Good enough for NORMAL, not for HIGH.
    picture_id = photo(hass, "Ben", size=(480, 480), blur=0.8)
    answer = await ask(
        socket, "pictures/check", picture_id=picture_id, entry_ids=[entry.entry_id]
    )
    assert answer["results"][0]["verdict"] == verdict


# Writing


async def test_somebody_is_enrolled_on_all_chosen_modules(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    other: tuple[SimulatedModule, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    picture_id = photo(hass, "Ben")
    jpeg = hass.data[DATA_UPLOADS].get(picture_id)
    both = [entry.entry_id, other[1]]
    answer = await ask(
        socket, "people/enroll", picture_id=picture_id, entry_ids=both, name=HOSTILE
    )
    assert answer["name"] == HOSTILE
    assert [line["ok"] for line in answer["results"]] == [True, True]
    assert [line["entry_id"] for line in answer["results"]] == both
    assert answer["results"][0]["position"].keys() == {"left", "top", "right", "bottom"}
    user_id = answer["user_id"]
    assert module.users[user_id].name == other[0].users[user_id].name == HOSTILE
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
    other: tuple[SimulatedModule, str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    enroll = {"entry_ids": [entry.entry_id, other[1]], "name": "Benno", "user_id": "anna"}
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
    link["name"] = "Another"
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
    other: tuple[SimulatedModule, str],
) -> None:
    other[0].add_user("anna", "Anna")
    roster = hass.data[DATA_ROSTER]
    roster.async_put(RosterPerson(user_id="anna", name="Anna"))
    delete = {"entry_ids": [entry.entry_id], "user_id": "anna"}
    answer = await ask(socket, "people/delete", **delete)
    assert answer["results"] == [{"entry_id": entry.entry_id, "ok": True}]
    assert "anna" not in module.users
    assert roster.get("anna") is not None
    await ask(socket, "people/delete", entry_ids=[other[1]], user_id="anna")
    assert not other[0].users
    assert roster.get("anna") is None
    assert await refused(socket, "people/delete", **delete) == "user_unknown"


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
