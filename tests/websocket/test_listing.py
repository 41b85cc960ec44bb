"""The people card reads: pages, pictures, and who is found by what is typed."""

from collections.abc import Iterable
from itertools import islice
from unittest.mock import AsyncMock, patch

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
)

from custom_components.face_module.people import portraits
from custom_components.face_module.people.roster import DATA_ROSTER, RosterPerson
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.websocket.kit import HOSTILE, ask, photo, refused


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
    page = await ask(socket, "people/list", entry_id=entry.entry_id)
    *_, found = page["people"]
    assert (found["user_id"], found["name"]) == (odd, HOSTILE)
    client = await hass_client_no_auth()
    assert (await client.get(found["picture"])).status == 200


async def test_without_any_picture_none_is_told_and_the_module_is_asked_once(
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module.quirks.no_register_img = True
    monkeypatch.setattr(portraits, "_REMEMBERED", 2)
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


async def test_people_are_listed_by_name_in_both_scripts_also_beyond_the_first_page(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    names = ["Zoë", "王伟", "Ärger", "Person 10", "Person 9", "adam", "李娜", "Émile"]
    for name in names:
        await ask(
            socket,
            "people/enroll",
            entry_ids=[entry.entry_id],
            picture_id=photo(hass, name),
            name=name,
        )
    # What they are called, not their ids.
    bea = {"picture_id": photo(hass, "Bea"), "name": "Bea", "user_id": "zz"}
    await ask(socket, "people/enroll", entry_ids=[entry.entry_id], **bea)
    page = await ask(socket, "people/list", entry_id=entry.entry_id)
    in_order = ["adam", "Anna", "Ärger", "Bea", "陈伟", "Émile", "李娜"]
    in_order += ["Person 9", "Person 10", "王伟", "Zoë"]
    assert [one["name"] for one in page["people"]] == in_order
    pages = [
        await ask(socket, "people/list", entry_id=entry.entry_id, offset=offset, limit=4)
        for offset in (0, 4, 8)
    ]
    assert [one["name"] for page in pages for one in page["people"]] == in_order


async def test_a_module_that_tells_fewer_at_once_is_listed_in_its_own_order(
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def two(users: Iterable[str], start: int, end: int) -> Iterable[str]:
        return islice(users, start, min(end, start + 2))

    monkeypatch.setattr("simulator.calls.people.islice", two)
    module.add_user("0001", "Aaron", portrait("Aaron"))
    pages = [
        await ask(socket, "people/list", entry_id=entry.entry_id, offset=offset, limit=2)
        for offset in (0, 2)
    ]
    found = [one["user_id"] for page in pages for one in page["people"]]
    assert found == list(module.users) == ["anna", "chenwei", "0001"]
