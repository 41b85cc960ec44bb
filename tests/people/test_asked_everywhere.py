"""What waits for a module is neither lost nor done to somebody who is there again."""

from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
)

from custom_components.face_module.people import waiting
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.people.waiting import DATA_WAITING
from custom_components.face_module.pictures.uploads import DATA_UPLOADS
from simulator import SimulatedModule
from tests.common import perform, photo, poll, prepared, refused
from tests.conftest import PASSWORD, Another, SetUp, settle
from tests.websocket.kit import ask


def upload(hass: HomeAssistant, pictures: Path, name: str, variation: int) -> str:
    """Return the id of a picture as the card sent it."""
    jpeg = prepared(photo(pictures, name, variation))
    return hass.data[DATA_UPLOADS].async_put(jpeg)


async def test_who_is_enrolled_again_is_not_forgotten_ten_minutes_later(
    hass: HomeAssistant,
    ids: list[str],
    another: Another,
    ben: str,
    socket: MockHAClientWebSocket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulated, elsewhere, other = another
    await simulated.pull_cable()
    who = {"user_id": "ben", "called": "Ben", "entry_ids": ids, "everywhere": True}
    await ask(socket, "people/delete", **who)
    await simulated.plug_in()
    simulated.faults.refuse.add("DeleteUser")
    await poll(hass)
    assert hass.data[DATA_WAITING].of(elsewhere.entry_id)
    simulated.faults.refuse.clear()
    simulated.users.pop("ben")
    await perform(hass, "enroll_user", device_id=other, name="Ben", path=ben)
    assert hass.data[DATA_WAITING].all() == []
    monkeypatch.setattr(waiting, "_AGAIN", 0.0)
    await poll(hass)
    assert simulated.users["ben"].name == "Ben"


async def test_who_was_to_be_forgotten_comes_back_under_no_other_name(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    ids: list[str],
    another: Another,
    ben: str,
    pictures: Path,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, elsewhere, _ = another
    await hass.config_entries.async_unload(elsewhere.entry_id)
    who = {"user_id": "ben", "called": "Ben", "entry_ids": ids, "everywhere": True}
    await ask(socket, "people/delete", **who)
    # Another Ben, who has the id then.
    path = photo(pictures, "Another Ben")
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    await ask(socket, "people/update", name="Benno", **who)
    await hass.config_entries.async_setup(elsewhere.entry_id)
    await settle(hass)
    assert "ben" not in simulated.users
    assert module.users["ben"].name == "Benno"


async def test_who_is_called_as_somebody_is_to_be_called_is_left_alone_where_it_waits(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    ids: list[str],
    another: Another,
    pictures: Path,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, elsewhere, other = another
    for where, name in ((device_id, "Zelda"), (other, "Ben")):
        data = {"user_id": "x", "name": name, "path": photo(pictures, name)}
        await perform(hass, "enroll_user", device_id=where, **data)
    before = simulated.users["x"]
    await hass.config_entries.async_unload(elsewhere.entry_id)
    who = {"user_id": "x", "called": "Zelda", "entry_ids": ids, "everywhere": True}
    picture = {"picture_id": upload(hass, pictures, "Zelda", 2)}
    await ask(socket, "people/update", name="Ben", **who, **picture)
    assert module.users["x"].name == "Ben"
    await hass.config_entries.async_setup(elsewhere.entry_id)
    await settle(hass)
    assert simulated.users["x"] == before


async def test_a_picture_that_waits_is_found_though_they_are_called_otherwise_since(
    hass: HomeAssistant,
    device_id: str,
    ids: list[str],
    another: Another,
    ben: str,
    pictures: Path,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, elsewhere, _ = another
    before = simulated.users["ben"]
    await hass.config_entries.async_unload(elsewhere.entry_id)
    who = {"user_id": "ben", "called": "Ben", "entry_ids": ids, "everywhere": True}
    picture = {"picture_id": upload(hass, pictures, "Ben", 2)}
    await ask(socket, "people/update", name="Benno", **who, **picture)
    data = {"device_id": device_id, "user_id": "ben", "name": "Benjamin"}
    await perform(hass, "update_user", **data)
    await hass.config_entries.async_setup(elsewhere.entry_id)
    await settle(hass)
    assert simulated.users["ben"].name == "Benno"
    assert simulated.users["ben"].picture != before.picture


async def half_done(
    hass: HomeAssistant, simulated: SimulatedModule, other: str, pictures: Path
) -> None:
    """Let Ben's change fail halfway on the second module."""
    simulated.faults.refuse.add("AddUser")
    path = photo(pictures, "Ben", 4)
    await refused(hass, "update_user", device_id=other, user_id="ben", path=path)
    assert "ben" not in simulated.users


@pytest.mark.parametrize("is_away", [False, True])
async def test_who_is_half_done_gets_the_new_name_once_they_are_put_back(
    hass: HomeAssistant,
    ids: list[str],
    another: Another,
    ben: str,
    pictures: Path,
    socket: MockHAClientWebSocket,
    is_away: bool,
) -> None:
    simulated, _, other = another
    await half_done(hass, simulated, other, pictures)
    if is_away:
        await simulated.pull_cable()
    who = {"user_id": "ben", "called": "Ben", "entry_ids": ids, "everywhere": True}
    done = await ask(socket, "people/update", name="Benno", **who)
    assert [line["result"] for line in done["results"]] == ["replaced", "waiting"]
    if is_away:
        await simulated.plug_in()
        await poll(hass)
        assert "ben" not in simulated.users
    simulated.faults.refuse.clear()
    await poll(hass)
    await poll(hass)
    assert simulated.users["ben"].name == "Benno"


async def test_who_is_half_done_and_deleted_everywhere_is_not_put_back(
    hass: HomeAssistant,
    module: SimulatedModule,
    ids: list[str],
    another: Another,
    ben: str,
    pictures: Path,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, _, other = another
    await half_done(hass, simulated, other, pictures)
    who = {"user_id": "ben", "called": "Ben", "entry_ids": ids, "everywhere": True}
    await ask(socket, "people/delete", **who)
    simulated.faults.refuse.clear()
    await poll(hass)
    assert "ben" not in simulated.users
    assert "ben" not in module.users


async def test_who_had_a_rule_does_not_enter_without_it_where_a_deletion_is_given_up(
    hass: HomeAssistant,
    ids: list[str],
    another: Another,
    ben: str,
    socket: MockHAClientWebSocket,
) -> None:
    simulated = another[0]
    await ask(socket, "access/set", user_id="ben", name="Ben", mode="never")
    await simulated.pull_cable()
    who = {"user_id": "ben", "called": "Ben", "entry_ids": ids}
    await ask(socket, "people/delete", everywhere=True, **who)
    assert hass.data[DATA_ROSTER].get("ben") is None
    (change,) = (await ask(socket, "people/waiting"))["changes"]
    give_up = {key: change[key] for key in ("entry_id", "user_id", "called")}
    await ask(socket, "people/give_up", **give_up)
    await simulated.plug_in()
    await poll(hass)
    assert "ben" in simulated.users
    (line,) = (await ask(socket, "access/list"))["people"]
    assert (line["name"], line["access"]["mode"]) == ("Ben", "never")


async def test_nothing_waits_for_a_module_on_which_whoever_has_the_id_is_to_be_forgotten(
    hass: HomeAssistant,
    device_id: str,
    ids: list[str],
    another: Another,
    ben: str,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, elsewhere, _ = another
    await hass.config_entries.async_unload(elsewhere.entry_id)
    who = {"user_id": "ben", "entry_ids": ids, "everywhere": True}
    await ask(socket, "people/delete", called="Ben", **who)
    # The same face under the same id, and another name.
    enroll = {"user_id": "ben", "name": "Liz", "path": ben}
    await perform(hass, "enroll_user", device_id=device_id, **enroll)
    results = (await ask(socket, "people/update", called="Liz", name="Lizzy", **who))[
        "results"
    ]
    assert [line["result"] for line in results] == ["replaced"]
    await hass.config_entries.async_setup(elsewhere.entry_id)
    await settle(hass)
    assert "ben" not in simulated.users


async def test_another_name_is_no_end_of_a_picture_that_waits(
    hass: HomeAssistant,
    ids: list[str],
    another: Another,
    ben: str,
    pictures: Path,
    socket: MockHAClientWebSocket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulated, elsewhere, _ = another
    before = simulated.users["ben"].photo
    await simulated.pull_cable()
    who = {"user_id": "ben", "called": "Ben"}
    everywhere = {"entry_ids": ids, "everywhere": True}
    picture_id = upload(hass, pictures, "Ben", 1)
    await ask(socket, "people/update", picture_id=picture_id, **everywhere, **who)
    assert hass.data[DATA_WAITING].of(elsewhere.entry_id)
    await simulated.plug_in()
    simulated.faults.refuse.add("DeleteUser")
    await poll(hass)
    assert hass.data[DATA_WAITING].of(elsewhere.entry_id)
    simulated.faults.refuse.clear()
    mine = {"entry_ids": [elsewhere.entry_id], "name": "Benno"}
    await ask(socket, "people/update", **mine, **who)
    assert simulated.users["ben"].name == "Benno"
    monkeypatch.setattr(waiting, "_AGAIN", 0.0)
    await poll(hass)
    assert simulated.users["ben"].photo != before
    assert simulated.users["ben"].name == "Benno"
    assert hass.data[DATA_WAITING].all() == []


async def test_what_one_module_refuses_another_does_at_once(
    hass: HomeAssistant,
    module: SimulatedModule,
    ids: list[str],
    another: Another,
    ben: str,
    set_up: SetUp,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, _, _ = another
    async with SimulatedModule(serial="0123A38884CE690009", password=PASSWORD) as third:
        third.add_user("ben", "Ben")
        everywhere = {"entry_ids": [*ids, (await set_up(third)).entry_id]}
        for one in (module, simulated):
            await one.pull_cable()
        who = {"user_id": "ben", "called": "Ben", "everywhere": True}
        await ask(socket, "people/delete", **who, **everywhere)
    module.faults.refuse.add("DeleteUser")
    await module.plug_in()
    await poll(hass)
    changes = (await ask(socket, "people/waiting"))["changes"]
    said = {change["entry_id"]: change["error"] for change in changes}
    assert said[ids[0]], "it was asked, and refused"
    assert said[ids[1]] is None, "it was not asked yet"
    await simulated.plug_in()
    await poll(hass)
    assert "ben" not in simulated.users
    # What the other one did is no reason to ask the first one again so soon.
    module.faults.refuse.clear()
    await poll(hass)
    assert "ben" in module.users
    (change,) = (await ask(socket, "people/waiting"))["changes"]
    assert (change["entry_id"], change["error"]) == (ids[0], said[ids[0]])
