"""What happens to a stranger while they are compared, or while they are still there."""

import asyncio
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.strangers import meeting
from custom_components.face_module.strangers.looks import Glance
from custom_components.face_module.visits.book import DATA_BOOK
from custom_components.face_module.visits.rows import Change
from custom_components.face_module.visits.visit import Visit
from simulator import SimulatedModule, portrait, scenery
from tests.common import complaints, rows_of, visits_of
from tests.conftest import SetUp, settle
from tests.visits.conftest import Events
from tests.websocket.kit import ask

from .conftest import Comes, compared


@pytest.fixture
async def entry(set_up: SetUp) -> MockConfigEntry:
    """A module at which every recognition is a visit."""
    return await set_up(visit_window=0)


@pytest.fixture
def free(entry: MockConfigEntry, monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """Whether strangers are compared; else they wait."""
    strangers, free = entry.runtime_data.strangers, asyncio.Event()
    find = strangers._async_find

    async def held(seen: Glance) -> str | None:
        await free.wait()
        found: str | None = await find(seen)
        return found

    monkeypatch.setattr(strangers, "_async_find", held)
    free.set()
    return free


async def ignore(entry: MockConfigEntry, event: dict[str, Any]) -> None:
    """Let a stranger be ignored, whose visit is over, within a visit window."""
    known, visits = entry.runtime_data.strangers.known, entry.runtime_data.visits
    known.async_ignore(known.demand(event["stranger_id"]), ignored=True)
    await visits.forgetting.async_delete([event["visit_id"]], ())
    visits.window = 300


@pytest.mark.parametrize("what", ["the visit", "everything"])
async def test_of_a_visit_that_was_deleted_nobody_is_remembered(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    free: asyncio.Event,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    monkeypatch.setattr(meeting, "PATIENCE", 0)
    free.clear()
    await module.post_recognition("", "", 0.1, portrait("One"))
    await hass.async_block_till_done()
    visits = entry.runtime_data.visits
    (told,) = visits_of(entry)
    if what == "everything":
        await visits.forgetting.async_delete_all()
    else:
        await visits.forgetting.async_delete([told.visit_id], ())
    free.set()
    await settle(hass)
    for table in ("visits", "strangers", "stranger_pictures"):
        assert await rows_of(hass, table) == []


async def test_who_comes_while_an_ignored_one_is_compared_is_told(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    comes: Comes,
    free: asyncio.Event,
) -> None:
    await ignore(entry, await comes("One"))
    events = Events(hass)
    free.clear()
    for number, name in enumerate(("One", "Two"), 1):
        await module.post_recognition("", "", number / 10, portrait(name, variation=7))
        await hass.async_block_till_done()
    free.set()
    await settle(hass)
    assert events.told == ["unknown None"]
    assert events.attributes[-1]["times_seen"] == 1


async def test_an_ignored_one_who_stays_is_counted_once(
    entry: MockConfigEntry, comes: Comes
) -> None:
    await ignore(entry, await comes("One"))
    for _ in range(3):
        assert await comes("One") == {}
    (one,) = entry.runtime_data.strangers.known.everybody
    assert one.times_seen == 1


async def test_a_visit_that_goes_on_while_two_are_merged_is_the_first_ones(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    comes: Comes,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = await comes("One"), await comes("Two")
    fields = {"entry_id": entry.entry_id, "stranger_id": first["stranger_id"]}
    socket = await hass_ws_client(hass)
    await ask(socket, "strangers/merge", **fields, other_id=second["stranger_id"])
    monkeypatch.setattr(entry.runtime_data.visits, "window", 300)
    assert await comes("Two") == {}
    assert {one.stranger_id for one in visits_of(entry)} == {first["stranger_id"]}
    # So nothing is left of them.
    assert await ask(socket, "strangers/forget", **fields) == {"deleted": 2}
    assert await rows_of(hass) == []


async def test_strangers_are_remembered_again_after_the_book_was_damaged(
    hass: HomeAssistant, entry: MockConfigEntry, comes: Comes
) -> None:
    await comes("One")
    path = Path(hass.config.path(DOMAIN, "visits.db"))

    def damage() -> None:
        for end in ("-wal", "-shm", ""):
            Path(f"{path}{end}").unlink(missing_ok=True)
        path.write_bytes(b"no database" * 1000)

    await asyncio.to_thread(damage)
    for name in ("One", "Two"):
        assert [(await comes(name))["times_seen"] for _ in range(2)] == [1, 2]
    assert len(await rows_of(hass, "strangers")) == 2


async def test_a_picture_that_shows_nobody_any_more_keeps_nobody_from_being_compared(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, comes: Comes
) -> None:
    key = entry.entry_id, (await comes("One"))["stranger_id"]
    hass.data[DATA_BOOK].async_write(Change("stranger_pictures", key, (scenery(),)))
    assert [(await comes("Two"))["times_seen"] for _ in range(2)] == [1, 2]
    assert compared(module) > 1


async def test_two_who_are_merged_with_each_other_at_once_lose_no_visit(
    entry: MockConfigEntry, comes: Comes, hass_ws_client: WebSocketGenerator
) -> None:
    ids = [(await comes(name))["stranger_id"] for name in ("One", "Two")]
    socket = await hass_ws_client()
    for one, other in (ids, reversed(ids)):
        await socket.send_json_auto_id(
            {
                "type": "face_module/strangers/merge",
                "entry_id": entry.entry_id,
                "stranger_id": one,
                "other_id": other,
            }
        )
    answers = [(await socket.receive_json())["success"] for _ in ids]
    assert sorted(answers) == [False, True]
    (left,) = entry.runtime_data.strangers.known.everybody
    assert [visit.stranger_id for visit in visits_of(entry)] == [left.stranger_id] * 2


@pytest.mark.parametrize("deed", ["name", "forget"])
async def test_who_comes_while_it_is_decided_about_them_is_no_stranger_of_before(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    comes: Comes,
    monkeypatch: pytest.MonkeyPatch,
    hass_ws_client: WebSocketGenerator,
    deed: str,
) -> None:
    event = await comes("One")
    history = entry.runtime_data.visits.history
    find = history.async_of_stranger

    async def and_comes(stranger_id: str) -> list[Visit]:
        found: list[Visit] = await find(stranger_id)
        await comes("One")
        return found

    monkeypatch.setattr(history, "async_of_stranger", and_comes)
    fields = {"entry_id": entry.entry_id, "stranger_id": event["stranger_id"]}
    more = {"user_id": "anna"} if deed == "name" else {}
    await ask(await hass_ws_client(), f"strangers/{deed}", **fields, **more)
    await settle(hass)
    last, *before = visits_of(entry)
    assert last.stranger_id != event["stranger_id"]
    assert [visit.wrong for visit in before] == (["anna"] if deed == "name" else [])


async def test_a_module_that_goes_away_while_it_compares_is_not_one_that_cannot(
    module: SimulatedModule,
    entry: MockConfigEntry,
    comes: Comes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await comes("One")
    module.faults.next("reset", call="Match", times=2)
    assert (await comes("One"))["stranger_id"] is None
    assert complaints(caplog) == []
    assert (await comes("One"))["times_seen"] == 2
