"""Nobody is lost, removed by mistake or enrolled twice, whatever goes wrong meanwhile."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncGenerator
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.core import CoreState, HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util.file import WriteError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module import fleet, pending, roster
from custom_components.face_module.client import transport
from custom_components.face_module.const import DOMAIN
from custom_components.face_module.roster import DATA_ROSTER
from simulator import SimulatedModule, people as simulated_people
from simulator.portraits import portrait, scenery
from simulator.state import User

from .common import (
    complaints,
    device_of,
    eventually,
    perform,
    poll,
    prepared,
    refused,
    requests,
)
from .conftest import SetUp, settle
from .test_jobs import notifications

type Known = tuple[SimulatedModule, MockConfigEntry, str]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a lost module only shortly."""
    monkeypatch.setattr(fleet, "RECONNECT", 0.3)
    monkeypatch.setattr(fleet, "RECONNECT_EVERY", 0.05)


@pytest.fixture
async def another(hass: HomeAssistant, set_up: SetUp) -> AsyncGenerator[Known]:
    """A second module, empty."""
    async with SimulatedModule(serial="0123A38884CE690002", password="abc123") as module:
        entry = await set_up(module)
        yield module, entry, device_of(hass, entry)


def photo(folder: Path, name: str, variation: int = 0) -> str:
    path = folder / f"{name} {variation}.jpg"
    path.write_bytes(portrait(name, variation=variation, size=(900, 900)))
    return str(path)


async def half_done(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> User:
    """Leave Anna's change half done: she is not on the module."""
    before = module.users["anna"]
    module.faults.refuse.add("AddUser")
    path = photo(pictures, "Anna", 4)
    await refused(hass, "update_user", device_id=device_id, user_id="anna", path=path)
    module.faults.refuse.clear()
    assert "anna" not in module.users
    return before


# Before the removal


@pytest.mark.parametrize(
    "picture", [b"not a picture", scenery(), portrait("Anna", blur=12)]
)
async def test_who_could_not_be_put_back_is_not_removed(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, picture: bytes
) -> None:
    feature = module.users["anna"].feature
    module.users["anna"] = before = User("anna", "Anna", picture, feature)
    module.config.quality_control = "HIGH"
    await poll(hass)
    data = {"device_id": device_id, "user_id": "anna", "name": "Eva"}
    assert await refused(hass, "update_user", **data) == "no_old_picture"
    assert module.users["anna"] == before
    assert "DeleteUser" not in requests(module)


async def test_the_rosters_picture_serves_where_the_modules_is_none(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    path = photo(pictures, "Ben")
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    user = module.users["ben"]
    module.users["ben"] = User("ben", "Ben", b"not a picture", user.feature)
    await perform(hass, "update_user", device_id=device_id, user_id="ben", name="Benny")
    assert module.users["ben"].photo == prepared(path)


@pytest.mark.parametrize("error", [WriteError("full"), OSError(28, "full")])
async def test_without_room_on_the_disk_nobody_is_removed(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, error: Exception
) -> None:
    before = dict(module.users)
    data = {"device_id": device_id, "user_id": "anna", "name": "Eva"}
    with patch.object(pending, "save_json", side_effect=error):
        assert await refused(hass, "update_user", **data) == "not_secured"
    assert module.users == before
    assert "DeleteUser" not in requests(module)
    await perform(hass, "update_user", **data)


async def test_while_home_assistant_stops_a_change_is_on_disk_too(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
) -> None:
    hass.set_state(CoreState.stopping)
    await half_done(hass, module, device_id, pictures)
    hass.set_state(CoreState.running)
    path = Path(hass.config.path(".storage", f"{DOMAIN}.pending.{entry.entry_id}"))
    assert list(json.loads(path.read_text())) == ["anna"]
    assert path.stat().st_mode & 0o077 == 0


async def test_what_cannot_be_crossed_out_does_no_harm(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    real: Any = vars(pending)["save_json"]
    calls = []

    def second_fails(*args: Any, **kwargs: Any) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise WriteError("full")
        real(*args, **kwargs)

    with patch.object(pending, "save_json", second_fails):
        await perform(hass, "update_user", device_id=device_id, user_id="anna", name="Eva")
    assert module.users["anna"].name == "Eva"
    assert any("stays written down" in line for line in complaints(caplog))
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert module.users["anna"].name == "Eva"
    assert entry.runtime_data.people.half_done == 0


async def test_unfinished_changes_that_cannot_be_read_are_said(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    path = Path(hass.config.path(".storage", f"{DOMAIN}.pending.{entry.entry_id}"))
    path.parent.mkdir(exist_ok=True)
    path.write_text("{broken")
    await hass.config_entries.async_reload(entry.entry_id)
    assert any("cannot be read" in line for line in complaints(caplog))


# In between


async def test_a_restart_in_between_puts_everybody_back(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    before = module.users["anna"]
    await hass.config_entries.async_unload(entry.entry_id)
    path = Path(hass.config.path(".storage", f"{DOMAIN}.pending.{entry.entry_id}"))
    path.parent.mkdir(exist_ok=True)
    picture = b64encode(before.picture).decode()
    stored = {"name": "Anna", "picture": picture, "wanted": "Eva"}
    path.write_text(json.dumps({"anna": stored}))
    del module.users["anna"]
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert module.users["anna"] == before
    assert json.loads(path.read_text()) == {}


async def test_nobody_takes_the_id_of_somebody_half_done(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    before = await half_done(hass, module, device_id, pictures)
    module.faults.refuse.add("AddUser")
    await poll(hass)
    module.faults.refuse.clear()
    path = photo(pictures, "Zora")
    answer = await perform(hass, "enroll_user", device_id=device_id, name="Anna", path=path)
    assert answer["user_id"] == "anna_2"
    await poll(hass)
    assert module.users["anna"] == before


async def test_whoever_took_the_id_behind_our_back_does_not_end_the_repair(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
) -> None:
    before = await half_done(hass, module, device_id, pictures)
    module.add_user("anna", "Zora", portrait("Zora"))
    await poll(hass)
    assert entry.runtime_data.people.half_done == 1
    del module.users["anna"]
    await poll(hass)
    assert module.users["anna"] == before


async def test_a_deletion_that_comes_late_is_repaired(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = module.users["anna"]
    real = module._server._carry_out

    async def late(record: Any, body: object) -> Any:
        if record.name == "DeleteUser":
            await asyncio.sleep(0.5)
        return await real(record, body)

    monkeypatch.setattr(module._server, "_carry_out", late)
    monkeypatch.setattr(transport, "TIMEOUT", 0.25)
    data = {"device_id": device_id, "user_id": "anna", "name": "Eva"}
    assert await refused(hass, "update_user", **data) == "timed_out"
    await eventually(lambda: "anna" not in module.users)
    monkeypatch.setattr(module._server, "_carry_out", real)
    monkeypatch.setattr(transport, "TIMEOUT", 10)
    await poll(hass)
    assert module.users["anna"] == before
    assert entry.runtime_data.people.half_done == 0


async def test_a_removal_that_comes_after_the_next_change_is_repaired(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", 0.1)
    module.faults.late_by = 0.8
    module.faults.next("late", call="DeleteUser")
    data = {"device_id": device_id, "user_id": "anna"}
    assert await refused(hass, "update_user", name="Eva", **data) == "timed_out"
    path = photo(pictures, "Anna", 4)
    await perform(hass, "update_user", name="Ann", path=path, **data)
    assert module.users["anna"].photo == prepared(path)
    await eventually(lambda: "anna" not in module.users)
    await poll(hass)
    assert module.users["anna"].name == "Ann"
    assert module.users["anna"].photo == prepared(path)
    monkeypatch.setattr(entry.runtime_data.people._pending, "_late", {})
    await poll(hass)
    assert entry.runtime_data.people.half_done == 0


async def test_a_removal_that_was_never_carried_out_ends_the_repair(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    module.faults.next("drop", call="DeleteUser")
    data = {"device_id": device_id, "user_id": "anna", "name": "Eva"}
    assert await refused(hass, "update_user", **data) == "cannot_connect"
    await poll(hass)
    assert entry.runtime_data.people.half_done == 1, "it may be carried out yet"
    monkeypatch.setattr(entry.runtime_data.people._pending, "_late", {})
    await poll(hass)
    assert entry.runtime_data.people.half_done == 0
    assert module.users["anna"].name == "Anna"


@pytest.mark.parametrize("fault", ["truncate", "no_ret_code"])
async def test_what_was_done_counts_though_its_answer_is_broken(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    fault: Any,
) -> None:
    first, second = photo(pictures, "Ben"), photo(pictures, "Ben", 4)
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=first)
    module.faults.next(fault, call="AddUser")
    data = {"device_id": device_id, "user_id": "ben"}
    await perform(hass, "update_user", path=second, **data)
    assert module.users["ben"].photo == prepared(second)
    answer = await perform(hass, "update_user", path=first, **data)
    assert answer["results"][0]["result"] == "replaced"
    assert module.users["ben"].photo == prepared(first)
    module.faults.next(fault, call="DeleteUser")
    await perform(hass, "delete_user", **data)
    assert "ben" not in module.users
    assert hass.data[DATA_ROSTER].get("ben") is None


async def test_who_was_changed_behind_our_back_is_changed_back(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    path = photo(pictures, "Ben")
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    module.add_user("ben", "Ben", portrait("Ben", variation=9))
    data = {"device_id": device_id, "user_id": "ben", "path": path}
    answer = await perform(hass, "update_user", **data)
    assert answer["results"][0]["result"] == "replaced"
    assert module.users["ben"].photo == prepared(path)


async def test_deleting_somebody_half_done_ends_the_repair(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
) -> None:
    before = await half_done(hass, module, device_id, pictures)
    data = {"device_id": device_id, "user_id": "anna"}
    await module.pull_cable()
    assert await refused(hass, "delete_user", **data) == "cannot_connect"
    await module.plug_in()
    await poll(hass)
    assert module.users["anna"] == before, "the deletion failed"
    await half_done(hass, module, device_id, pictures)
    module.faults.refuse.add("AddUser")
    await poll(hass)
    issue_id = f"person_not_restored_{entry.entry_id}"
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is not None
    await perform(hass, "delete_user", **data)
    assert ir.async_get(hass).async_get_issue(DOMAIN, issue_id) is None
    module.faults.refuse.clear()
    await poll(hass)
    assert "anna" not in module.users


async def test_the_repair_names_everybody_and_no_name_is_markup(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
) -> None:
    module.add_user("odd", "[x](http://192.0.2.1)")
    module.faults.refuse.add("AddUser")
    for user_id in ("anna", "odd"):
        data = {"device_id": device_id, "user_id": user_id, "name": "Eva"}
        await refused(hass, "update_user", **data)
    issue_id = f"person_not_restored_{entry.entry_id}"
    issue = ir.async_get(hass).async_get_issue(DOMAIN, issue_id)
    assert issue.translation_placeholders["name"] == (r"Anna, \[x\]\(http\://192.0.2.1\)")


async def test_a_reload_waits_for_the_change_that_is_under_way(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, device_id: str
) -> None:
    module.faults.latency = 0.2
    change = asyncio.create_task(
        perform(hass, "update_user", device_id=device_id, user_id="anna", name="Eva")
    )
    await eventually(lambda: "DeleteUser" in requests(module))
    assert await hass.config_entries.async_reload(entry.entry_id)
    module.faults.latency = 0
    answer = await change
    assert answer["results"][0]["result"] == "replaced"
    assert module.users["anna"].name == "Eva"
    assert entry.runtime_data.people.half_done == 0


async def test_a_module_that_is_unloaded_meanwhile_is_a_line(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Known,
    pictures: Path,
) -> None:
    _, entry, other = another
    module.faults.latency = 0.1
    enrolling = asyncio.create_task(
        perform(
            hass,
            "enroll_user",
            device_id=[device_id, other],
            name="Ben",
            user_id="ben",
            path=photo(pictures, "Ben"),
        )
    )
    await eventually(lambda: "Identify" in requests(module))
    await hass.config_entries.async_unload(entry.entry_id)
    answer = await enrolling
    assert [line["ok"] for line in answer["results"]] == [True, False]
    assert answer["results"][1]["error"] == (
        "Face module 0002 is being unloaded or reloaded."
    )


# One person, one id


async def test_the_same_call_again_does_what_is_left(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Known,
    pictures: Path,
) -> None:
    simulated, _, other = another
    simulated.faults.refuse.add("AddUser")
    data = {
        "device_id": [device_id, other],
        "name": "Ben",
        "path": photo(pictures, "Ben"),
    }
    await perform(hass, "enroll_user", **data)
    simulated.faults.refuse.clear()
    answer = await perform(hass, "enroll_user", **data)
    assert answer["user_id"] == "ben"
    assert [line["result"] for line in answer["results"]] == ["unchanged", "added"]
    assert "ben" in simulated.users
    assert "ben_2" not in module.users


async def test_two_people_of_one_name_at_once_get_two_ids(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Known,
    pictures: Path,
) -> None:
    _, _, other = another
    answers = await asyncio.gather(
        *(
            perform(
                hass, "enroll_user", device_id=device, name="Sam", path=photo(pictures, who)
            )
            for device, who in ((device_id, "Ben"), (other, "Zora"))
        )
    )
    assert {answer["user_id"] for answer in answers} == {"sam", "sam_2"}


async def test_an_import_does_not_take_a_stranger_for_somebody_of_the_roster(
    hass: HomeAssistant, device_id: str, another: Known, pictures: Path
) -> None:
    simulated, _, other = another
    (pictures / "Zoe.jpg").write_bytes(portrait("Zoe"))
    data = {"path": str(pictures), "if_exists": "replace"}
    await perform(hass, "import_users", device_id=device_id, **data)
    stranger = simulated.add_user("zoe", "Zoe Schmidt", portrait("Zoe Schmidt"))
    report = await perform(hass, "import_users", device_id=other, **data)
    assert report["added"] == 1
    assert simulated.users["zoe"] == stranger
    assert simulated.users["zoe_2"].name == "Zoe"


async def test_who_is_enrolled_while_an_import_runs_is_not_overwritten(
    hass: HomeAssistant, another: Known, pictures: Path
) -> None:
    simulated, entry, device = another
    for name in ("Anna", "Zora"):
        (pictures / f"{name}.jpg").write_bytes(portrait(name))
    photo_of_other = photo(pictures.parent, "Other")
    hass.config.allowlist_external_dirs.add(str(pictures.parent))
    simulated.faults.latency = 0.05
    job = asyncio.create_task(
        perform(hass, "import_users", device_id=device, path=str(pictures))
    )
    await eventually(lambda: "Identify" in requests(simulated))
    await perform(
        hass,
        "enroll_user",
        device_id=device,
        user_id="zora",
        name="Other",
        path=photo_of_other,
    )
    report = await job
    assert simulated.users["zora"].name == "Other"
    assert report["added"] + len(report["failed"]) == 2
    assert entry.runtime_data.people.half_done == 0


async def test_whoever_is_enrolled_while_somebody_looks_for_them_is_not_forgotten(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Known,
    pictures: Path,
) -> None:
    simulated, _, _ = another
    path = photo(pictures, "Ben")
    data = {"device_id": device_id, "user_id": "ben"}
    await perform(hass, "enroll_user", name="Ben", path=path, **data)
    simulated.faults.latency = 0.4
    deleting = asyncio.create_task(perform(hass, "delete_user", **data))
    await eventually(lambda: "ben" not in module.users)
    await perform(hass, "enroll_user", name="Ben", path=path, **data)
    await deleting
    assert hass.data[DATA_ROSTER].get("ben") is not None
    assert await hass.data[DATA_ROSTER].async_picture("ben") == prepared(path)


async def test_an_id_is_looked_up_as_it_is(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    module.add_user(" anna", "Another")
    await perform(hass, "delete_user", device_id=device_id, user_id=" anna")
    assert "anna" in module.users
    assert " anna" not in module.users


# Mirrors


async def test_a_mirror_removes_nobody_who_is_half_done_on_the_source(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Known,
    pictures: Path,
) -> None:
    simulated, _, other = another
    simulated.add_user("anna", "Anna")
    await half_done(hass, module, device_id, pictures)
    module.faults.refuse.add("AddUser")
    data = {"source_device_id": device_id, "device_id": other, "mode": "mirror"}
    report = await perform(hass, "sync_users", **data)
    assert report["removed"] == 0
    assert "anna" in simulated.users


async def test_a_mirror_removes_nobody_whom_the_list_left_out(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, another: Known
) -> None:
    simulated, _, other = another
    for name in ("Anna", "Ben", "Zoe"):
        module.add_user(name.lower(), name)
        simulated.add_user(name.lower(), name)
    simulated.add_user("gone", "Gone")
    real = type(module.users).__iter__

    class Short(dict[str, Any]):
        def __iter__(self) -> Any:
            return iter(list(real(self))[:2])

    module.users = Short(module.users)
    data = {"source_device_id": device_id, "device_id": other, "mode": "mirror"}
    report = await perform(hass, "sync_users", **data)
    assert report["removed"] == 1
    assert set(simulated.users) >= {"anna", "ben", "zoe"}


async def test_a_module_that_does_not_know_where_to_start_a_list_ends_it(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, another: Known
) -> None:
    _, _, other = another
    module.add_many(1500)
    with patch.object(simulated_people, "islice", lambda users, _s, _e: list(users)[:1000]):
        report = await perform(
            hass,
            "sync_users",
            source_device_id=device_id,
            device_id=other,
            dry_run=True,
        )
    assert report["added"] == 1000


async def test_a_plan_for_a_module_that_is_offline_says_so(
    hass: HomeAssistant, device_id: str, another: Known
) -> None:
    simulated, _, other = another
    await simulated.pull_cable()
    data = {"source_device_id": device_id, "device_id": other, "mode": "mirror"}
    report = await perform(hass, "sync_users", dry_run=True, **data)
    assert report["added"] == 0
    assert len(report["failed"]) == 2


async def test_a_lost_module_is_waited_for_once(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, another: Known
) -> None:
    _, _, other = another
    for number in range(12):
        module.add_user(f"p{number}", f"Person {number}")
    module.faults.next("drop", times=999, call="GetUserInfo")
    module.faults.next("drop", times=999, call="GetSysConfig")
    begun = hass.loop.time()
    report = await perform(hass, "sync_users", source_device_id=device_id, device_id=other)
    assert len(report["failed"]) == 14
    assert hass.loop.time() - begun < 2


async def test_a_mirror_onto_the_roster_is_refused(
    hass: HomeAssistant, device_id: str
) -> None:
    data = {"source_device_id": device_id, "mode": "mirror"}
    assert await refused(hass, "sync_users", **data) == "mirror_needs_target"


# The roster and exports


async def test_without_room_for_its_picture_somebody_is_enrolled_all_the_same(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    pictures: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    full = OSError(28, "No space left on device")
    with patch.object(roster, "_write", side_effect=full):
        await perform(
            hass,
            "enroll_user",
            device_id=device_id,
            name="Ben",
            path=photo(pictures, "Ben"),
        )
    assert "ben" in module.users
    assert hass.data[DATA_ROSTER].get("ben").picture is None
    (line,) = complaints(caplog)
    assert "No space left" in line
    assert "Ben" not in line


async def test_everybody_comes_back_from_an_export_as_they_were(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Known,
    pictures: Path,
) -> None:
    simulated, _, other = another
    module.add_user("nameless", "", portrait("Nameless"))
    module.add_user(" odd ", "Li  Wei", portrait("Li Wei"))
    path = str(pictures / "people.zip")
    await perform(hass, "export_users", device_id=device_id, path=path)
    for device in (other, device_id):
        report = await perform(hass, "import_users", device_id=device, path=path)
        assert report["failed"] == []
    assert simulated.users == module.users


async def test_a_job_that_ends_by_an_error_says_so(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    data = {"device_id": device_id, "path": str(pictures)}
    assert await refused(hass, "import_users", **data) == "archive_empty"
    assert notifications(hass) == [], "the error says it all"
    for number in range(6):
        module.add_user(f"p{number}", f"Person {number}")
    zipped = {"device_id": device_id, "path": str(pictures / "people.zip")}
    real = module._server._carry_out
    seen = []

    async def gone(record: Any, body: object) -> Any:
        seen.append(record.name)
        if seen.count("GetUserInfo") > 3:
            module.faults.drop = True
        return await real(record, body)

    module._server._carry_out = gone  # type: ignore[method-assign]
    assert await refused(hass, "export_users", **zipped) == "cannot_connect"
    assert "ended by an error after" in notifications(hass)[0]
    assert list(pictures.iterdir()) == []
    module.faults.clear()
    module._server._carry_out = real  # type: ignore[method-assign]


async def test_a_plan_is_answered_and_leaves_no_notification(
    hass: HomeAssistant, device_id: str, another: Known
) -> None:
    _, _, other = another
    data = {"source_device_id": device_id, "device_id": other}
    await perform(hass, "sync_users", **data, dry_run=True)
    assert notifications(hass) == []
    await perform(hass, "sync_users", **data)
    assert "added" in notifications(hass)[0].lower()


async def test_a_module_with_broken_answers_does_not_keep_the_others_from_work(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    another: Known,
    pictures: Path,
) -> None:
    simulated, other_entry, other = another
    module.add_user("zoe", "Somebody", portrait("Somebody"))
    (pictures / "Zoe.jpg").write_bytes(portrait("Zoe"))
    module.faults.next("garbage", times=99, call="GetUserInfo")
    report = await perform(
        hass, "import_users", device_id=[device_id, other], path=str(pictures)
    )
    assert report["added"] == 1
    assert len(report["failed"]) == 1
    assert report["failed"][0]["device_id"] == device_id
    assert "zoe" in simulated.users
    assert not any(other_entry.async_get_active_flows(hass, {"reauth"}))


@pytest.mark.parametrize(
    ("action", "fields"),
    [("compare_faces", ("path_1", "path_2")), ("extract_feature", ("path",))],
)
async def test_a_wrong_password_is_no_picture_without_a_face(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
    action: str,
    fields: tuple[str, ...],
) -> None:
    path = photo(pictures, "Ben")
    module.password = "xyz987"
    data = {"device_id": device_id, **dict.fromkeys(fields, path)}
    assert await refused(hass, action, **data) == "invalid_auth"
    assert any(entry.async_get_active_flows(hass, {"reauth"}))
    module.password = "abc123"
    blurred = pictures / "blurred.jpg"
    blurred.write_bytes(portrait("Ben", blur=12))
    data = {"device_id": device_id, **dict.fromkeys(fields, str(blurred))}
    assert await refused(hass, action, quality_control="high", **data) == "poor_picture"


async def test_a_module_that_refuses_to_identify_strangers_can_be_enrolled_on(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, pictures: Path
) -> None:
    module.faults.refuse.add("Identify")
    path = photo(pictures, "Ben")
    answer = await perform(hass, "identify_face", device_id=device_id, path=path)
    assert not answer["recognized"]
    await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=path)
    assert "ben" in module.users


async def test_one_of_two_hundred_files_is_broken(
    hass: HomeAssistant, another: Known, pictures: Path
) -> None:
    simulated, _, device = another
    for number in range(199):
        jpeg = portrait(f"Person {number}", size=(120, 120))
        (pictures / f"Person {number:03}.jpg").write_bytes(jpeg)
    (pictures / "Person 199.jpg").write_bytes(portrait("Zoe")[:2000])
    report = await perform(
        hass,
        "import_users",
        device_id=device,
        path=str(pictures),
        allow_duplicate_face=True,
    )
    assert report["added"] == len(simulated.users) == 199
    (failed,) = report["failed"]
    assert failed["name"] == "Person 199.jpg"
    assert failed["error"] == "The picture is damaged."
