"""What is decided about strangers, through the commands of the card."""

import asyncio
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.pictures.uploads import DATA_UPLOADS
from simulator import SimulatedModule
from tests.common import files_in, rows_of, visits_of
from tests.conftest import SetUp, settle
from tests.websocket.kit import ask, refused

from .conftest import Comes


@pytest.fixture
async def entry(set_up: SetUp) -> MockConfigEntry:
    """A module at which every recognition is a visit."""
    return await set_up(visit_window=0)


async def listed(socket: MockHAClientWebSocket) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await ask(socket, "strangers/list"))["strangers"]
    return found


def one(entry: MockConfigEntry, event: dict[str, Any]) -> dict[str, str]:
    """Return how a command names the stranger of an event."""
    return {"entry_id": entry.entry_id, "stranger_id": event["stranger_id"]}


async def test_they_are_listed_with_their_pictures(
    entry: MockConfigEntry,
    comes: Comes,
    socket: MockHAClientWebSocket,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    events = [await comes(name) for name in ("One", "Two", "One")]
    found = await listed(socket)
    assert [line["stranger_id"] for line in found] == [
        events[0]["stranger_id"],
        events[1]["stranger_id"],
    ]
    assert [line["times_seen"] for line in found] == [2, 1]
    assert found[0]["first_seen"] == events[0]["first_seen"] < found[0]["last_seen"]
    assert not any(line["ignored"] for line in found)
    client = await hass_client_no_auth()
    answer = await client.get(found[0]["image_url"])
    assert answer.content_type == "image/jpeg"
    assert (await client.get(found[0]["image_url"].partition("?")[0])).status == 401


async def test_this_is_somebody_marks_their_visits_and_ends_the_stranger(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    comes: Comes,
    socket: MockHAClientWebSocket,
    pictures: Path,
) -> None:
    event = await comes("One")
    await comes("Two")
    await comes("One")
    fields = one(entry, event)
    assert await refused(socket, "strangers/name", **fields, user_id="nobody") == (
        "person_unknown"
    )
    # The key of somebody whose id another one has, too, is none.
    away = RosterPerson(key="bo#2", user_id="bo", name="Bo")
    hass.data[DATA_ROSTER].async_put(away)
    assert await refused(socket, "strangers/name", **fields, user_id="bo#2") == (
        "person_unknown"
    )
    taken = await ask(socket, "pictures/take", **fields)
    enrolled = await ask(
        socket,
        "people/enroll",
        entry_ids=[entry.entry_id],
        picture_id=taken["picture_id"],
        name="One",
    )
    said = await ask(socket, "strangers/name", **fields, user_id=enrolled["user_id"])
    assert said == {"visits": 2}
    assert [visit.wrong for visit in visits_of(entry)] == ["one", None, "one"]
    assert len(await listed(socket)) == 1
    assert len(await rows_of(hass, "stranger_pictures")) == 1
    assert await refused(socket, "strangers/name", **fields, user_id="one") == (
        "stranger_unknown"
    )


async def test_this_is_somebody_whom_another_module_knows(
    hass: HomeAssistant, entry: MockConfigEntry, comes: Comes, socket: MockHAClientWebSocket
) -> None:
    event = await comes("One")
    away = RosterPerson(key="bo#2", user_id="bo", name="Bo")
    hass.data[DATA_ROSTER].async_put(away)
    said = await ask(socket, "strangers/name", **one(entry, event), user_id="bo")
    assert said == {"visits": 1}


async def test_whoever_is_erased_is_erased_as_the_stranger_they_were(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    comes: Comes,
    socket: MockHAClientWebSocket,
    folder: Path,
) -> None:
    event, other = await comes("One"), await comes("Two")
    await ask(socket, "strangers/name", **one(entry, event), user_id="anna")
    assert (await ask(socket, "visits/forget", user_id="anna"))["deleted"] == 1
    for found in (visits_of(entry), await rows_of(hass)):
        assert len(found) == 1
    assert visits_of(entry)[0].visit_id == other["visit_id"]
    await settle(hass)
    assert await files_in(folder) == {f"{other['visit_id']}.jpg"}


async def test_whoever_is_erased_while_the_module_is_away_is_that_stranger_no_more(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    another: Any,
    comes: Comes,
    socket: MockHAClientWebSocket,
) -> None:
    await ask(socket, "strangers/name", **one(entry, await comes("One")), user_id="anna")
    await hass.config_entries.async_unload(entry.entry_id)
    await ask(socket, "visits/forget", user_id="anna")
    assert await rows_of(hass) == []


async def test_whoever_is_enrolled_while_they_are_compared_is_no_stranger(
    module: SimulatedModule, entry: MockConfigEntry, comes: Comes
) -> None:
    event = await comes("One")
    known = entry.runtime_data.strangers.known
    pictures = known.async_pictures

    async def meanwhile(ids: list[str]) -> dict[str, bytes]:
        found: dict[str, bytes] = await pictures(ids)
        known.async_forget(event["stranger_id"])
        return found

    known.async_pictures = meanwhile
    assert (await comes("One"))["stranger_id"] is None
    assert known.everybody == []


async def test_of_who_is_ignored_nobody_is_told_but_they_are_counted(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    comes: Comes,
    socket: MockHAClientWebSocket,
) -> None:
    event = await comes("One")
    await ask(socket, "strangers/ignore", **one(entry, event), ignored=True)
    assert await comes("One") == {}
    (line,) = await listed(socket)
    assert (line["times_seen"], line["ignored"]) == (2, True)
    assert len(visits_of(entry)) == len(await rows_of(hass)) == 1
    # Somebody else is told at once.
    assert (await comes("Two"))["times_seen"] == 1
    await ask(socket, "strangers/ignore", **one(entry, event), ignored=False)
    assert (await comes("One"))["times_seen"] == 3


async def test_who_comes_right_after_an_ignored_one_is_told(
    hass: HomeAssistant,
    set_up: SetUp,
    comes: Comes,
    hass_ws_client: WebSocketGenerator,
) -> None:
    entry = await set_up(visit_window=300)
    event = await comes("One")
    socket = await hass_ws_client(hass)
    await ask(socket, "strangers/ignore", **one(entry, event), ignored=True)
    await entry.runtime_data.visits.forgetting.async_delete([event["visit_id"]], ())
    assert await comes("One") == {}
    assert (await comes("Two"))["times_seen"] == 1


async def test_forgetting_leaves_neither_picture_nor_row(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    comes: Comes,
    socket: MockHAClientWebSocket,
    folder: Path,
) -> None:
    kept, event = await comes("Two"), await comes("One")
    await ask(socket, "strangers/ignore", **one(entry, kept), ignored=True)
    await entry.runtime_data.visits.forgetting.async_delete([kept["visit_id"]], ())
    known = entry.runtime_data.strangers.known
    ids = [event["stranger_id"]]
    picture = (await known.async_pictures(ids))[ids[0]]
    assert await ask(socket, "strangers/forget", **one(entry, event)) == {"deleted": 1}
    assert [line["stranger_id"] for line in await listed(socket)] == [kept["stranger_id"]]
    assert await rows_of(hass) == []

    def contents() -> bytes:
        return b"".join(p.read_bytes() for p in folder.parent.rglob("*") if p.is_file())

    assert picture[-200:] not in await asyncio.to_thread(contents)
    assert (await comes("One"))["times_seen"] == 1


async def test_two_are_merged_into_one(
    entry: MockConfigEntry, comes: Comes, socket: MockHAClientWebSocket
) -> None:
    one_event, two_event = await comes("One"), await comes("Two")
    fields = one(entry, one_event)
    other = two_event["stranger_id"]
    same = fields["stranger_id"]
    assert await refused(socket, "strangers/merge", **fields, other_id=same) == (
        "stranger_same"
    )
    await ask(socket, "strangers/merge", **fields, other_id=other)
    (line,) = await listed(socket)
    assert line["times_seen"] == 2
    assert line["first_seen"] == one_event["first_seen"]
    assert {visit.stranger_id for visit in visits_of(entry)} == {same}
    assert (await comes("One"))["times_seen"] == 3


@pytest.mark.parametrize("how", ["everything", "all strangers", "the entry"])
async def test_whoever_erases_erases_strangers(
    hass: HomeAssistant,
    set_up: SetUp,
    entry: MockConfigEntry,
    comes: Comes,
    socket: MockHAClientWebSocket,
    another: Any,
    how: str,
) -> None:
    event = await comes("One")
    await ask(socket, "strangers/ignore", **one(entry, event), ignored=True)
    if how == "everything":
        await entry.runtime_data.visits.forgetting.async_delete_all()
    elif how == "all strangers":
        await ask(socket, "visits/forget", user_id="")
    else:
        await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    assert await listed(socket) == []
    for table in ("strangers", "stranger_pictures", "visits"):
        assert await rows_of(hass, table) == []


async def test_the_picture_is_that_of_the_stranger(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    comes: Comes,
    socket: MockHAClientWebSocket,
) -> None:
    fields = one(entry, await comes("One"))
    taken = await ask(socket, "pictures/take", **fields)
    known = entry.runtime_data.strangers.known
    picture = await known.async_pictures([fields["stranger_id"]])
    assert hass.data[DATA_UPLOADS].get(taken["picture_id"]) in picture.values()
    fields["stranger_id"] = "none"
    assert await refused(socket, "pictures/take", **fields) == "no_such_picture"


async def test_all_strangers_are_those_too_who_were_said_to_be_somebody(
    hass: HomeAssistant, entry: MockConfigEntry, comes: Comes, socket: MockHAClientWebSocket
) -> None:
    await ask(socket, "strangers/name", **one(entry, await comes("One")), user_id="anna")
    await ask(socket, "visits/forget", user_id="")
    assert visits_of(entry) == await rows_of(hass) == []
