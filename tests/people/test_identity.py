"""Nobody is mistaken for somebody else: an id and a name together say who it is."""

from pathlib import Path
from random import Random
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.people import ledger
from custom_components.face_module.people.roster import DATA_ROSTER, Roster
from custom_components.face_module.people.waiting import DATA_WAITING
from custom_components.face_module.repairs import SettleFlow
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import perform, photo, poll, prepared, refused, state_of
from tests.conftest import Another, settle
from tests.people.kit import came, read
from tests.steady import steady
from tests.websocket.kit import ask

WANG, OTHER_WANG = "王伟", "汪伟"


@pytest.mark.parametrize(
    "fault", ["drop", "hang_after", "garbage", "ret_code_1", "http_500"]
)
async def test_a_look_up_that_failed_gives_nobody_anothers_id(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    fault: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.face_module.client.transport.TIMEOUT", 0.5)
    module.add_user("wang_wei", WANG)
    before = module.users["wang_wei"]
    module.faults.next(fault, call="GetUserInfo")
    data = {"device_id": device_id, "name": OTHER_WANG, "if_exists": "replace"}
    data["path"] = photo(pictures, "Other")
    # Only while nothing else is to be done: a slow machine is not a module that hangs.
    with steady(hass.loop, Random(fault)):
        try:
            await perform(hass, "enroll_user", **data)
        except Exception:  # noqa: BLE001 # the module was not asked: nothing was done
            await perform(hass, "enroll_user", **data)
    assert module.users["wang_wei"] == before
    assert module.users["wang_wei_2"].name == OTHER_WANG


async def test_the_photo_of_somebody_on_another_module_gives_nobody_anothers_id(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    pictures: Path,
) -> None:
    simulated, _, other = another
    path = photo(pictures, "Other")
    data = {"name": OTHER_WANG, "if_exists": "replace", "path": path}
    await perform(hass, "enroll_user", device_id=other, **data)
    assert simulated.users["wang_wei"].name == OTHER_WANG
    module.add_user("wang_wei", WANG)
    before = module.users["wang_wei"]
    answer = await perform(hass, "enroll_user", device_id=device_id, **data)
    assert module.users["wang_wei"] == before
    assert module.users[answer["user_id"]].name == OTHER_WANG


async def test_an_import_takes_nobodys_id_though_the_module_was_away_at_first(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    module.add_user("wang_wei", WANG)
    before = module.users["wang_wei"]
    (pictures / f"{OTHER_WANG}.jpg").write_bytes(portrait("Other"))
    for call in ("GetUserNumber", "GetUserInfo", "GetUserInfo"):
        module.faults.next("drop", call=call)
    data = {"device_id": device_id, "path": str(pictures), "if_exists": "replace"}
    report = await perform(hass, "import_users", **data)
    assert module.users["wang_wei"] == before
    assert module.users["wang_wei_2"].name == OTHER_WANG
    assert report["people"][0]["user_id"] == "wang_wei_2"


async def test_an_id_that_was_typed_is_refused_in_words(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    pictures: Path,
) -> None:
    simulated, _, other = another
    simulated.add_user("anna", "Zelda")
    data = {"name": "Anna", "user_id": "anna", "path": photo(pictures, "Anna", 3)}
    devices = [device_id, other]
    answer = await perform(
        hass, "enroll_user", device_id=devices, if_exists="replace", **data
    )
    here, there = answer["results"]
    assert here["ok"]
    assert "is that of Zelda here" in there["error"]
    assert simulated.users["anna"].name == "Zelda"


async def test_who_has_the_id_of_somebody_else_is_judged_by_their_own_rules(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    socket: MockHAClientWebSocket,
    ben_elsewhere: SimulatedModule,
) -> None:
    who = {"user_id": "0003", "name": "Zelda", "entry_id": entry.entry_id}
    await ask(socket, "people/link", **who, person="person.zelda", minimum_score=95)
    for one, verdict, person in (
        (ben_elsewhere, "recognized", None),
        (module, "rejected", "person.zelda"),
    ):
        state = await came(hass, one, "0003")
        assert state.attributes["event_type"] == verdict
        assert state.attributes["person"] == person


async def test_forgetting_and_renaming_leave_another_of_the_same_id_alone(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    socket: MockHAClientWebSocket,
    another: Another,
    ben_elsewhere: SimulatedModule,
) -> None:
    _, elsewhere, _ = another
    who = {"user_id": "0003", "called": "Zelda"}
    for command, fields in (
        ("people/update", {"name": "Zelda K.", "everywhere": True}),
        ("people/delete", {"called": "Zelda K."}),
    ):
        ids = [entry.entry_id, elsewhere.entry_id]
        await ask(socket, command, **{**who, "entry_ids": ids, **fields})
        assert ben_elsewhere.users["0003"].name == "Ben"
    assert "0003" not in module.users


async def test_who_shares_an_id_is_shown_until_the_user_says_they_are_one(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, _, other = another
    module.add_user("0003", "Zelda")
    simulated.add_user("0003", "Zelda K.")
    plan = await perform(
        hass, "sync_users", source_device_id=device_id, device_id=other, dry_run=True
    )
    (line,) = plan["conflicts"]
    assert (line["name"], line["name_there"]) == ("Zelda", "Zelda K.")
    issues = ir.async_get(hass)
    assert issues.async_get_issue(DOMAIN, "same_id") is not None
    (conflict,) = (await ask(socket, "people/conflicts"))["conflicts"]
    assert {side["name"] for side in conflict["people"]} == {"Zelda", "Zelda K."}
    await ask(socket, "people/settle", user_id="0003", same=True, name="Zelda")
    assert module.users["0003"].name == simulated.users["0003"].name == "Zelda"
    assert issues.async_get_issue(DOMAIN, "same_id") is None


async def test_who_is_another_person_gets_an_id_of_their_own(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    ben_elsewhere: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    _, _, other = another
    before = module.users["0003"], ben_elsewhere.users["0003"]
    await read(hass, "0003", device_id, other)
    assert ir.async_get(hass).async_get_issue(DOMAIN, "same_id") is not None
    answer = await ask(socket, "people/settle", user_id="0003", same=False, name="Ben")
    assert answer == {"user_id": "ben"}
    assert module.users["0003"] == before[0]
    assert "0003" not in ben_elsewhere.users
    assert ben_elsewhere.users["ben"].photo == before[1].photo
    assert ir.async_get(hass).async_get_issue(DOMAIN, "same_id") is None


async def test_the_repair_settles_who_shares_an_id(
    hass: HomeAssistant, device_id: str, another: Another, ben_elsewhere: SimulatedModule
) -> None:
    _, _, other = another
    await read(hass, "0003", device_id, other)
    flow = SettleFlow()
    flow.hass = hass
    form = await flow.async_step_init()
    assert form["step_id"] == "confirm"
    done = await flow.async_step_confirm({"decision": "another:Ben"})
    assert done["type"] == "create_entry"
    assert set(ben_elsewhere.users) == {"ben"}


async def test_a_mirror_overwrites_and_removes_nobody_of_the_same_id(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, another: Another
) -> None:
    simulated, _, other = another
    simulated.add_user("anna", "Zelda")
    before = simulated.users["anna"]
    report = await perform(
        hass, "sync_users", source_device_id=device_id, device_id=other, mode="mirror"
    )
    assert simulated.users["anna"] == before
    assert [line["name"] for line in report["failed"]] == ["Anna"]


async def test_what_is_asked_everywhere_is_done_when_a_module_is_back(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    another: Another,
    pictures: Path,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, elsewhere, other = another
    data = {"device_id": [device_id, other], "path": photo(pictures, "Ben")}
    await perform(hass, "enroll_user", name="Ben", **data)
    await hass.config_entries.async_unload(elsewhere.entry_id)
    ids = [entry.entry_id, elsewhere.entry_id]
    who = {"user_id": "ben", "entry_ids": ids, "everywhere": True}
    done = await ask(socket, "people/update", called="Ben", name="Benno", **who)
    results = done["results"]
    assert [line["result"] for line in results] == ["replaced", "waiting"]
    answer = await perform(hass, "get_user", device_id=device_id, user_id="ben")
    (waiting,) = answer["waiting"]
    assert (waiting["change"], waiting["name"]) == ("rename", "Benno")
    assert simulated.users["ben"].name == "Ben"
    await hass.config_entries.async_setup(elsewhere.entry_id)
    await settle(hass)
    assert simulated.users["ben"].name == "Benno"
    assert hass.data[DATA_WAITING].all() == []
    await simulated.pull_cable()
    results = (await ask(socket, "people/delete", called="Benno", **who))["results"]
    assert sorted(line["result"] for line in results) == ["removed", "waiting"]
    assert hass.data[DATA_ROSTER].get("ben") is None
    await simulated.plug_in()
    # Nobody comes back from it, whatever is asked for first.
    data = {"source_device_id": other, "device_id": device_id}
    assert await refused(hass, "sync_users", **data) == "source_empty"
    assert "ben" not in module.users
    await poll(hass)
    assert "ben" not in simulated.users


async def test_what_waits_can_be_given_up(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    another: Another,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, elsewhere, _ = another
    simulated.add_user("anna", "Anna")
    await hass.config_entries.async_unload(elsewhere.entry_id)
    who = {"user_id": "anna", "called": "Anna", "entry_ids": [elsewhere.entry_id]}
    await ask(socket, "people/delete", everywhere=True, **who)
    (change,) = (await ask(socket, "people/waiting"))["changes"]
    assert (change["change"], change["called"]) == ("forget", "Anna")
    give_up = {key: change[key] for key in ("entry_id", "user_id", "called")}
    await ask(socket, "people/give_up", **give_up)
    await hass.config_entries.async_setup(elsewhere.entry_id)
    await settle(hass)
    assert "anna" in simulated.users
    assert "anna" not in module.users
    assert entry.runtime_data.people.half_done == 0


async def test_a_deleted_person_stays_deleted_though_the_disk_was_full(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
) -> None:
    module.faults.refuse.add("AddUser")
    path = photo(pictures, "Anna", 4)
    for user_id in ("anna", "chenwei"):
        data = {"device_id": device_id, "user_id": user_id, "path": path}
        await refused(hass, "update_user", allow_duplicate_face=True, **data)
    assert not module.users
    with patch.object(ledger, "save_json", side_effect=OSError(28, "full")):
        await perform(hass, "delete_user", device_id=device_id, user_id="anna")
        module.faults.refuse.clear()
        await hass.config_entries.async_reload(entry.entry_id)
        await settle(hass)
    assert set(module.users) == {"chenwei"}
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert set(module.users) == {"chenwei"}


async def test_people_of_one_id_are_two_in_the_roster_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    roster = hass.data[DATA_ROSTER]
    for other, name in ((entry.entry_id, "Zelda"), ("other", "Ben")):
        await roster.async_enrolled(other, "0003", name, portrait(name))
    await roster.async_save()
    again = Roster(hass)
    await again.async_load()
    assert again.people == roster.people
    zelda = again.who(entry.entry_id, "0003", "Zelda")
    ben = again.who("other", "0003", "Ben")
    assert zelda is not None
    assert ben is not None
    assert await again.async_picture(zelda.key) == portrait("Zelda")
    assert await again.async_picture(ben.key) == portrait("Ben")


async def test_a_name_in_another_form_is_the_same_name(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    module.add_user("zoe", "Zoe\u0308 ")
    path = photo(pictures, "Zoe", 2)
    answer = await perform(
        hass,
        "enroll_user",
        device_id=device_id,
        name="zoë",
        path=path,
        if_exists="replace",
        allow_duplicate_face=True,
    )
    assert answer["user_id"] == "zoe"
    assert module.users["zoe"].photo == prepared(path)
    assert state_of(hass, "sensor.enrolled_people")


async def test_who_is_enrolled_again_is_not_forgotten_by_what_was_asked_before(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    another: Another,
    pictures: Path,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, elsewhere, other = another
    path = photo(pictures, "Ben")
    data = {"name": "Ben", "path": path}
    await perform(hass, "enroll_user", device_id=[device_id, other], **data)
    await simulated.pull_cable()
    ids = [entry.entry_id, elsewhere.entry_id]
    who = {"user_id": "ben", "called": "Ben", "entry_ids": ids, "everywhere": True}
    await ask(socket, "people/delete", **who)
    await simulated.plug_in()
    simulated.faults.refuse.add("DeleteUser")
    await poll(hass)
    assert hass.data[DATA_WAITING].of(elsewhere.entry_id)
    simulated.faults.refuse.clear()
    simulated.users.pop("ben")
    await perform(hass, "enroll_user", device_id=other, **data)
    await hass.config_entries.async_reload(elsewhere.entry_id)
    await settle(hass)
    await poll(hass)
    assert simulated.users["ben"].name == "Ben"
    assert "ben" not in module.users
