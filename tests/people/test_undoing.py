"""A deletion is undone for a moment: whoever was deleted is back as before."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.people.waiting import DATA_WAITING
from simulator import Quirks, SimulatedModule
from simulator.portraits import portrait
from tests.common import (
    come,
    complaints,
    eventually,
    perform,
    photo,
    poll,
    prepared,
    rows_of,
)
from tests.conftest import Another, settle
from tests.people.kit import files
from tests.websocket.kit import ask, refused

BEN: dict[str, Any] = {"user_id": "ben", "called": "Ben"}


@pytest.fixture
async def ben(hass: HomeAssistant, ben: str) -> str:
    """Ben, who has a rule, too."""
    await perform(hass, "set_access", user_id="ben", mode="rule", visits=3)
    return ben


async def delete(socket: MockHAClientWebSocket, ids: list[str], **who: Any) -> Any:
    """Delete somebody from all modules; return the answer."""
    fields = {**BEN, "entry_ids": ids, "everywhere": True, "undo": True, **who}
    return await ask(socket, "people/delete", **fields)


async def test_everything_of_somebody_is_back_on_both_modules(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    another: Another,
    ids: list[str],
    ben: str,
    socket: MockHAClientWebSocket,
    pictures: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    link = {"user_id": "ben", "name": "Ben", "entry_id": entry.entry_id}
    fields = {"person": "person.ben", "minimum_score": 88, "device": True}
    await ask(socket, "people/link", **link, **fields)
    await module.send_heartbeat()
    await come(hass, module, "ben")
    roster = hass.data[DATA_ROSTER]
    before = roster.get("ben")
    assert before.access.visits == 2

    answer = await delete(socket, ids)
    assert {line["result"] for line in answer["results"]} == {"removed"}
    assert "ben" not in module.users, "it holds at once"
    assert "ben" not in another[0].users
    assert roster.get("ben") is None
    assert files(hass) == []
    assert hass.states.get("sensor.ben_last_seen") is None

    back = await ask(socket, "people/undo", undo=answer["undo"])
    assert [line["result"] for line in back["results"]] == ["added", "added"]
    for simulated in (module, another[0]):
        assert simulated.users["ben"].name == "Ben"
        assert simulated.users["ben"].picture == prepared(ben)
    assert roster.get("ben") == before
    assert await roster.async_picture("ben") == prepared(ben)
    await settle(hass)
    assert hass.states.get("sensor.ben_last_seen") is not None
    # The visits were never touched.
    assert [row["user_id"] for row in await rows_of(hass)] == ["ben"]
    assert complaints(caplog) == []


async def test_it_is_undone_once_and_only_for_a_moment(
    hass: HomeAssistant,
    module: SimulatedModule,
    ids: list[str],
    ben: str,
    socket: MockHAClientWebSocket,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    answer = await delete(socket, ids)
    guest = await hass_ws_client(hass, hass_read_only_access_token)
    assert await refused(guest, "people/undo", undo=answer["undo"]) == "unauthorized"
    await ask(socket, "people/undo", undo=answer["undo"])
    assert await refused(socket, "people/undo", undo=answer["undo"]) == "undo_over"

    answer = await delete(socket, ids)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=16))
    await settle(hass)
    assert await refused(socket, "people/undo", undo=answer["undo"]) == "undo_over"
    assert "ben" not in module.users
    # Nobody has to want it.
    answer = await delete(socket, ids, user_id="anna", called="Anna", undo=False)
    assert answer.keys() == {"user_id", "results"}


async def test_from_one_module_only_is_undone_there_only(
    hass: HomeAssistant,
    module: SimulatedModule,
    another: Another,
    ids: list[str],
    ben: str,
    socket: MockHAClientWebSocket,
) -> None:
    before = hass.data[DATA_ROSTER].get("ben")
    answer = await delete(socket, ids[1:], everywhere=False)
    assert ("ben" in module.users, "ben" in another[0].users) == (True, False)
    # What was said of them since holds.
    await perform(hass, "set_access", user_id="ben", mode="never")
    (line,) = (await ask(socket, "people/undo", undo=answer["undo"]))["results"]
    assert (line["entry_id"], line["result"]) == (ids[1], "added")
    assert "ben" in another[0].users
    now = hass.data[DATA_ROSTER].get("ben")
    assert (now.names, now.modules) == (before.names, before.modules)
    assert now.access.mode == "never"


@pytest.mark.parametrize("is_set_up", [True, False])
async def test_a_deletion_that_waits_for_a_module_is_given_up(
    hass: HomeAssistant,
    module: SimulatedModule,
    another: Another,
    ids: list[str],
    ben: str,
    socket: MockHAClientWebSocket,
    *,
    is_set_up: bool,
) -> None:
    simulated, elsewhere, _ = another
    before = hass.data[DATA_ROSTER].get("ben")
    if is_set_up:
        await simulated.pull_cable()
    else:
        await hass.config_entries.async_unload(elsewhere.entry_id)
    answer = await delete(socket, ids)
    assert {line["result"] for line in answer["results"]} == {"removed", "waiting"}
    back = await ask(socket, "people/undo", undo=answer["undo"])
    results = {line["entry_id"]: line["result"] for line in back["results"]}
    assert results[ids[0]] == "added"
    assert results[ids[1]] == ("waiting" if is_set_up else "unchanged")
    assert hass.data[DATA_WAITING].all() == []
    if is_set_up:
        await simulated.plug_in()
        await poll(hass)
    else:
        await hass.config_entries.async_setup(elsewhere.entry_id)
    await settle(hass)
    assert "ben" in module.users
    assert "ben" in simulated.users
    assert hass.data[DATA_ROSTER].get("ben") == before


async def test_a_deletion_that_was_made_up_for_meanwhile_is_undone_too(
    hass: HomeAssistant,
    another: Another,
    ids: list[str],
    ben: str,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, elsewhere, _ = another
    await hass.config_entries.async_unload(elsewhere.entry_id)
    answer = await delete(socket, ids)
    await hass.config_entries.async_setup(elsewhere.entry_id)
    await eventually(lambda: "ben" not in simulated.users)
    await settle(hass)
    await ask(socket, "people/undo", undo=answer["undo"])
    assert simulated.users["ben"].picture == prepared(ben)


async def test_a_module_that_went_away_meanwhile_has_them_when_it_is_back(
    hass: HomeAssistant,
    module: SimulatedModule,
    another: Another,
    ids: list[str],
    ben: str,
    socket: MockHAClientWebSocket,
) -> None:
    answer = await delete(socket, ids)
    simulated, elsewhere, _ = another
    await simulated.pull_cable()
    back = await ask(socket, "people/undo", undo=answer["undo"])
    results = {line["entry_id"]: line["result"] for line in back["results"]}
    assert results == {ids[0]: "added", ids[1]: "waiting"}
    await simulated.plug_in()
    await poll(hass)
    await eventually(lambda: "ben" in simulated.users)
    await settle(hass)
    assert set(hass.data[DATA_ROSTER].get("ben").names) == {*ids}

    # One that is not set up any more gets nobody: that is said.
    answer = await delete(socket, ids)
    await hass.config_entries.async_unload(elsewhere.entry_id)
    back = await ask(socket, "people/undo", undo=answer["undo"])
    lines = {line["entry_id"]: line for line in back["results"]}
    assert lines[ids[1]]["key"] == "cannot_connect"
    assert {*hass.data[DATA_ROSTER].get("ben").names} == {ids[0]}
    assert "ben" in module.users


@pytest.mark.parametrize("name", ["Ben", "Benno"])
async def test_whoever_has_the_id_since_stays(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    ids: list[str],
    ben: str,
    socket: MockHAClientWebSocket,
    pictures: Path,
    name: str,
) -> None:
    answer = await delete(socket, ids)
    other = photo(pictures, "Somebody else")
    data = {"device_id": device_id, "user_id": "ben", "path": other}
    await perform(hass, "enroll_user", name=name, **data)
    assert await refused(socket, "people/undo", undo=answer["undo"]) == "undo_taken"
    assert module.users["ben"].picture == prepared(other)
    assert "ben" not in another[0].users
    assert not hass.data[DATA_ROSTER].get("ben").access.is_limited


async def test_whoever_has_the_name_since_stays(
    hass: HomeAssistant,
    module: SimulatedModule,
    another: Another,
    ids: list[str],
    ben: str,
    socket: MockHAClientWebSocket,
    pictures: Path,
) -> None:
    answer = await delete(socket, ids)
    path = photo(pictures, "Somebody else")
    data = {"device_id": another[2], "user_id": "number_2", "path": path}
    await perform(hass, "enroll_user", name="Ben", **data)
    assert await refused(socket, "people/undo", undo=answer["undo"]) == "undo_taken"
    assert "ben" not in module.users


async def test_whom_only_the_module_knew_comes_back_with_its_picture(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    module.add_user("eva", "Eva", portrait("Eva"))
    eva = {"user_id": "eva", "called": "Eva"}
    answer = await delete(socket, [entry.entry_id], **eva)
    await ask(socket, "people/undo", undo=answer["undo"])
    assert module.users["eva"].picture == portrait("Eva")
    # Without a picture nobody can come back.
    module.quirks = Quirks(no_register_img=True)
    module.add_user("kim", "Kim")
    kim = {"user_id": "kim", "called": "Kim"}
    answer = await delete(socket, [entry.entry_id], **kim)
    assert "kim" not in module.users
    assert answer["undo"] is None


async def test_whoever_is_erased_does_not_come_back(
    hass: HomeAssistant,
    module: SimulatedModule,
    another: Another,
    ids: list[str],
    ben: str,
    socket: MockHAClientWebSocket,
) -> None:
    answer = await delete(socket, ids[1:], everywhere=False)
    erased = await ask(socket, "people/erase", **BEN)
    assert "undo" not in erased
    assert await refused(socket, "people/undo", undo=answer["undo"]) == "undo_over"
    assert "ben" not in module.users
    assert "ben" not in another[0].users
