"""Import, export and sync: many people, several modules, and what may go wrong."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any
import zipfile

from homeassistant.components import persistent_notification
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import Context, CoreState, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.setup import async_setup_component
import orjson
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module import fleet, jobs, names
from custom_components.face_module.const import DOMAIN
from custom_components.face_module.jobs import DATA_JOBS
from custom_components.face_module.roster import DATA_ROSTER, RosterPerson
from simulator import SimulatedModule
from simulator.portraits import portrait, scenery

from .common import complaints, device_of, perform, refused
from .conftest import SetUp, settle

type Fleet = list[tuple[SimulatedModule, str]]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for a lost module only shortly."""
    monkeypatch.setattr(fleet, "RECONNECT", 0.5)
    monkeypatch.setattr(fleet, "RECONNECT_EVERY", 0.05)


@pytest.fixture
async def three(set_up: SetUp, hass: HomeAssistant) -> AsyncGenerator[Fleet]:
    """Three empty modules, and the ids of their devices."""
    found: Fleet = []
    async with (
        SimulatedModule(serial="0123A38884CE690001", password="abc123") as one,
        SimulatedModule(serial="0123A38884CE690002", password="abc123") as two,
        SimulatedModule(serial="0123A38884CE690003", password="abc123") as three,
    ):
        for simulated in (one, two, three):
            entry = await set_up(simulated)
            found.append((simulated, device_of(hass, entry)))
        await settle(hass)
        yield found


def photos(folder: Path, *people: str, variation: int = 0) -> None:
    for name in people:
        (folder / f"{name}.jpg").write_bytes(portrait(name, variation=variation))


def counts(report: dict[str, Any]) -> dict[str, int]:
    """Return the numbers of a report that are not 0."""
    keys = ("added", "replaced", "removed", "unchanged")
    found = {key: report[key] for key in keys}
    found["failed"] = len(report["failed"])
    return {key: number for key, number in found.items() if number}


def errors(report: dict[str, Any]) -> dict[str, str]:
    return {line["name"]: line["error"] for line in report["failed"]}


def notifications(hass: HomeAssistant) -> list[str]:
    found = persistent_notification._async_get_or_create_notifications(hass)
    return [item["message"] for item in found.values()]


# Import


async def test_a_folder_reaches_every_module(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna", "Ben", "陈伟")
    devices = [device for _, device in three]
    report = await perform(hass, "import_users", device_id=devices, path=str(pictures))
    assert counts(report) == {"added": 9}
    assert report["people_left_out"] == 0
    assert len(report["people"]) == 9
    assert {
        "name": "Anna",
        "user_id": "anna",
        "device_id": devices[0],
        "result": "added",
    } in report["people"]
    for simulated, _ in three:
        known = {user.user_id: user.name for user in simulated.users.values()}
        assert known == {"anna": "Anna", "ben": "Ben", "chen_wei": "陈伟"}
        assert simulated.max_concurrent == 1
    assert len(hass.data[DATA_ROSTER].get("ben").modules) == 3


async def test_a_second_run_changes_nothing(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna", "Ben")
    data = {"device_id": [device for _, device in three], "path": str(pictures)}
    await perform(hass, "import_users", **data)
    before = [dict(simulated.users) for simulated, _ in three]
    for simulated, _ in three:
        simulated.requests.clear()
    report = await perform(hass, "import_users", **data)
    assert counts(report) == {"unchanged": 6}
    assert [dict(simulated.users) for simulated, _ in three] == before
    for simulated, _ in three:
        writes = {request.name for request in simulated.requests}
        assert writes.isdisjoint({"AddUser", "DeleteUser"})


@pytest.mark.parametrize("no_register_img", [False, True])
async def test_a_second_run_changes_nothing_where_the_module_gives_no_pictures(
    hass: HomeAssistant, three: Fleet, pictures: Path, *, no_register_img: bool
) -> None:
    simulated, device = three[0]
    simulated.quirks.no_register_img = no_register_img
    photos(pictures, "Anna")
    data = {"device_id": device, "path": str(pictures), "if_exists": "replace"}
    assert counts(await perform(hass, "import_users", **data)) == {"added": 1}
    assert counts(await perform(hass, "import_users", **data)) == {"unchanged": 1}


async def test_people_that_others_enrolled_are_known_by_their_name(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    simulated, device = three[0]
    simulated.add_user("anna", "Anna")
    simulated.add_user("ben", "Benedict", portrait("Benedict"))
    photos(pictures, "Anna", "Ben", variation=2)
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert counts(report) == {"added": 1, "failed": 1}
    assert errors(report) == {
        "Anna": "The user ID anna is taken by Anna. Choose another, or replace it."
    }
    assert simulated.users["ben"].name == "Benedict"
    assert simulated.users["ben_2"].name == "Ben"
    report = await perform(
        hass,
        "import_users",
        device_id=device,
        path=str(pictures),
        if_exists="replace",
    )
    assert counts(report) == {"replaced": 1, "unchanged": 1}


async def test_one_broken_file_is_a_line_and_not_the_end(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna", "Ben", "Eva")
    (pictures / "Broken.jpg").write_bytes(portrait("Zoe")[:3000])
    (pictures / "Hills.jpg").write_bytes(scenery())
    (pictures / "notes.txt").write_text("not a picture")
    devices = [three[0][1], three[1][1]]
    report = await perform(hass, "import_users", device_id=devices, path=str(pictures))
    assert counts(report) == {"added": 6, "failed": 4}
    assert set(errors(report)) == {"Broken.jpg", "Hills"}
    assert "no face" in errors(report)["Hills"]


async def test_the_same_face_twice_is_found(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    (pictures / "Eva.jpg").write_bytes(portrait("Anna", variation=1))
    data = {"device_id": three[0][1], "path": str(pictures)}
    report = await perform(hass, "import_users", **data)
    assert counts(report) == {"added": 1, "failed": 1}
    assert errors(report)["Eva"].startswith("This looks like Anna (")
    report = await perform(hass, "import_users", allow_duplicate_face=True, **data)
    assert counts(report) == {"added": 1, "unchanged": 1}


async def test_the_same_name_twice_is_found(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    (pictures / "class 2").mkdir()
    (pictures / "class 2" / "Anna.jpg").write_bytes(portrait("Another"))
    report = await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    assert counts(report) == {"added": 1, "failed": 1}
    assert "anna comes twice" in errors(report)["Anna"]


async def test_a_table_says_who_is_who(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "0001", "0002")
    (pictures / "people.csv").write_text(
        "user_id,name,person,minimum_score\n"
        "0001,Anna Müller,person.anna,95\n"
        "0002,Ben,light.kitchen,\n"
        "0003,Nobody,,\n",
        encoding="utf-8",
    )
    report = await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    assert counts(report) == {"added": 2, "failed": 1}
    assert three[0][0].users["0001"].name == "Anna Müller"
    roster = hass.data[DATA_ROSTER]
    assert roster.get("0001").person == "person.anna"
    assert roster.get("0001").minimum_score == 95
    assert roster.get("0002").person is None


async def test_bad_names_in_a_table_are_lines(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "a", "b")
    (pictures / "people.csv").write_text(
        f"file,name,user_id\na.jpg,{'x' * 300},a\nb.jpg,Ben,{'y' * 99}\n"
    )
    report = await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    assert set(errors(report)) == {"a.jpg", "b.jpg"}
    assert three[0][0].users == {}


async def test_a_zip_is_read_without_being_unpacked(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    path = pictures / "people.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Anna.jpg", portrait("Anna"))
    report = await perform(hass, "import_users", device_id=three[0][1], path=str(path))
    assert counts(report) == {"added": 1}
    assert [item.name for item in pictures.iterdir()] == ["people.zip"]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("../out.jpg", "archive_unsafe"),
        ("/etc/out.jpg", "archive_unsafe"),
        ("notes.txt", "archive_empty"),
    ],
)
async def test_a_zip_that_is_not_what_it_should_be_is_refused(
    hass: HomeAssistant, three: Fleet, pictures: Path, name: str, error: str
) -> None:
    path = pictures / "people.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(name, portrait("Anna"))
    data = {"device_id": three[0][1], "path": str(path)}
    assert await refused(hass, "import_users", **data) == error
    assert three[0][0].users == {}


async def test_a_zip_bomb_is_refused(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    path = pictures / "people.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("Anna.bmp", bytes(50 * 1024 * 1024))
    data = {"device_id": three[0][1], "path": str(path)}
    assert await refused(hass, "import_users", **data) == "archive_bomb"


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("{}", "archive_empty"),
        ("{}/gone", "archive_missing"),
        ("{}/../elsewhere", "path_not_allowed"),
        ("{}/link", "path_not_allowed"),
        ("/etc", "path_not_allowed"),
    ],
)
async def test_what_cannot_be_imported_is_refused(
    hass: HomeAssistant, three: Fleet, pictures: Path, path: str, error: str
) -> None:
    elsewhere = pictures.parent / "elsewhere"
    elsewhere.mkdir()
    (pictures / "link").symlink_to(elsewhere)
    if error == "archive_empty":
        (pictures / "link").unlink()
    data = {"device_id": three[0][1], "path": path.format(pictures)}
    assert await refused(hass, "import_users", **data) == error


async def test_a_link_out_of_the_folder_is_not_followed(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    secret = pictures.parent / "secret.jpg"
    secret.write_bytes(portrait("Secret"))
    photos(pictures, "Anna")
    (pictures / "Secret.jpg").symlink_to(secret)
    report = await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    assert counts(report) == {"added": 1, "failed": 1}
    assert "Links are not followed" in errors(report)["Secret.jpg"]


# A module that fails


class Unplugged:
    """Pulls a module's plug once it knows so many people."""

    def __init__(self, module: SimulatedModule, people: int) -> None:
        self.module, self.people = module, people
        self.task = asyncio.create_task(self.wait())

    async def wait(self) -> None:
        while len(self.module.users) < self.people:
            await asyncio.sleep(0.001)
        await self.module.pull_cable()


async def test_a_module_that_goes_in_the_middle_is_in_the_report(
    hass: HomeAssistant, three: Fleet, pictures: Path, caplog: pytest.LogCaptureFixture
) -> None:
    photos(pictures, *(f"Person {number}" for number in range(8)))
    devices = [device for _, device in three]
    unplugged = Unplugged(three[1][0], 3)
    data = {"device_id": devices, "path": str(pictures), "allow_duplicate_face": True}
    report = await perform(hass, "import_users", **data)
    await unplugged.task
    there = len(three[1][0].users)
    assert 3 <= there < 8
    assert len(three[0][0].users) == len(three[2][0].users) == 8
    assert len(report["failed"]) in (8 - there, 8 - there + 1), "one may be untold"
    assert {line["device_id"] for line in report["failed"]} == {devices[1]}
    assert set(errors(report).values()) == {"Face module 0002 does not answer."}
    assert report["added"] + len(report["failed"]) == 24
    await three[1][0].plug_in()
    report = await perform(hass, "import_users", **data)
    assert report["added"] == 8 - there
    assert not report["failed"]
    assert len(three[1][0].users) == 8
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("custom_")]
    assert "Person" not in "\n".join(ours), "names never reach the log"


async def test_a_module_that_comes_back_gets_the_rest(
    hass: HomeAssistant,
    three: Fleet,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fleet, "RECONNECT", 30)
    photos(pictures, *(f"Person {number}" for number in range(6)))
    simulated, device = three[0]
    unplugged = Unplugged(simulated, 2)
    job = asyncio.create_task(
        perform(
            hass,
            "import_users",
            device_id=device,
            path=str(pictures),
            allow_duplicate_face=True,
        )
    )
    await unplugged.task
    await asyncio.sleep(0.3)
    assert not job.done()
    await simulated.plug_in()
    report = await job
    assert not report["failed"]
    assert report["added"] + report["unchanged"] == 6
    assert len(simulated.users) == 6


async def test_a_module_that_is_offline_from_the_start_is_in_the_report(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    await three[1][0].pull_cable()
    devices = [three[0][1], three[1][1]]
    report = await perform(hass, "import_users", device_id=devices, path=str(pictures))
    assert counts(report) == {"added": 1, "failed": 1}
    assert errors(report) == {"Anna.jpg": "Face module 0002 does not answer."}


async def test_the_module_with_another_password_is_the_one_that_is_asked_for_it(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    three[1][0].password = "xyz987"
    with pytest.raises(HomeAssistantError, match="Face module 0002 refuses"):
        await perform(
            hass,
            "import_users",
            device_id=[three[0][1], three[1][1]],
            path=str(pictures),
        )
    first, second, _ = hass.config_entries.async_entries(DOMAIN)
    assert any(second.async_get_active_flows(hass, {"reauth"}))
    assert not any(first.async_get_active_flows(hass, {"reauth"}))


@pytest.mark.parametrize("to_roster", [False, True])
async def test_a_source_that_is_offline_from_the_start_is_named(
    hass: HomeAssistant, three: Fleet, *, to_roster: bool
) -> None:
    await three[1][0].pull_cable()
    data: dict[str, Any] = {"source_device_id": three[1][1]}
    if not to_roster:
        data["device_id"] = three[0][1]
    with pytest.raises(HomeAssistantError, match="Face module 0002 does not answer"):
        await perform(hass, "sync_users", **data)


async def test_a_target_that_comes_back_keeps_whom_it_has(
    hass: HomeAssistant, three: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fleet, "RECONNECT", 30)
    (one, first), (two, second), _ = three
    for name in ("Anna", "Ben"):
        one.add_user(name.lower(), name)
    two.add_user("ben", "Benedict", portrait("Benedict"))
    await two.pull_cable()
    data = {"source_device_id": first, "device_id": second}
    job = asyncio.create_task(perform(hass, "sync_users", **data))
    await asyncio.sleep(0.3)
    await two.plug_in()
    assert counts(await job) == {"added": 1, "unchanged": 1}
    assert two.users["ben"].name == "Benedict"


async def test_a_module_that_drops_every_answer_is_given_up(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna", "Ben")
    simulated, device = three[0]
    simulated.faults.next("drop", times=999, call="AddUser")
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert counts(report) == {"failed": 2}
    assert simulated.users == {}


async def test_a_module_that_refuses_the_password_is_told_once_for_each(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna", "Ben")
    simulated, device = three[0]
    simulated.faults.refuse.add("AddUser")
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert "refused by simulator" in errors(report)["Anna"]
    simulated.password = "xyz987"
    data = {"device_id": device, "path": str(pictures)}
    assert await refused(hass, "import_users", **data) == "invalid_auth"


async def test_a_module_that_goes_while_ids_are_looked_for_gets_the_rest(
    hass: HomeAssistant, three: Fleet, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.face_module.transfer.IDS_READ", -1)
    photos(pictures, "Anna", "Ben")
    simulated, device = three[0]
    simulated.faults.next("drop", times=2, call="GetUserInfo")
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert counts(report) == {"added": 2}


async def test_a_name_without_a_free_id_is_a_line(
    hass: HomeAssistant, three: Fleet, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "_NUMBERS", range(0))
    simulated, device = three[0]
    simulated.add_user("anna", "Another Anna", portrait("Another Anna"))
    photos(pictures, "Anna")
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert "No user ID is free" in errors(report)["Anna"]


async def test_a_module_that_comes_back_with_another_password_is_told(
    hass: HomeAssistant,
    three: Fleet,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fleet, "RECONNECT", 30)
    photos(pictures, *(f"Person {number}" for number in range(6)))
    simulated, device = three[0]
    unplugged = Unplugged(simulated, 2)
    data = {"device_id": device, "path": str(pictures), "allow_duplicate_face": True}
    job = asyncio.create_task(perform(hass, "import_users", **data))
    await unplugged.task
    simulated.password = "xyz987"
    await simulated.plug_in()
    report = await job
    assert set(errors(report).values()) == {"Face module 0001 refuses the password."}
    assert len(report["failed"]) == 6 - report["added"]


async def test_a_picture_that_was_changed_in_an_export_is_a_line(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    simulated, device = three[0]
    simulated.add_user("anna", "Anna")
    path = pictures / "people.zip"
    await perform(hass, "export_users", device_id=device, path=str(path))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(pictures / "unpacked")
    (pictures / "unpacked" / "pictures" / "00001.jpg").write_bytes(portrait("Eva"))
    unpacked = str(pictures / "unpacked")
    report = await perform(hass, "import_users", device_id=three[1][1], path=unpacked)
    assert counts(report) == {"failed": 1}
    (error,) = errors(report).values()
    assert "is not the file that was exported" in error


async def test_somebody_of_the_same_name_without_a_picture_to_compare_is_left_alone(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    simulated, device = three[0]
    simulated.quirks.no_register_img = True
    simulated.add_user("anna", "Anna")
    photos(pictures, "Anna", variation=1)
    data = {"device_id": device, "path": str(pictures)}
    assert counts(await perform(hass, "import_users", **data)) == {"unchanged": 1}
    report = await perform(hass, "import_users", if_exists="replace", **data)
    assert "there is no picture that the module takes" in errors(report)["Anna"]


# Progress and the end


async def test_progress_is_told_to_subscribers_and_in_a_notification(
    hass: HomeAssistant,
    three: Fleet,
    pictures: Path,
    hass_ws_client: WebSocketGenerator,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(jobs, "_TELL_EVERY", 0)
    photos(pictures, "Anna", "Ben")
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "face_module/jobs/subscribe"})
    assert (await client.receive_json())["success"]
    devices = [three[0][1], three[1][1]]
    await perform(hass, "import_users", device_id=devices, path=str(pictures))
    told: list[dict[str, Any]] = []
    while not told or not told[-1]["finished"]:
        told.append((await client.receive_json())["event"])
    assert [item["done"] for item in told] == [1, 2, 3, 4, 4]
    assert {item["total"] for item in told} == {4}
    assert told[-1]["added"] == 4
    assert told[-1]["kind"] == "import"
    assert len(told[-1]["entry_ids"]) == 2
    assert "Anna" not in orjson.dumps(told).decode(), "no names"
    (message,) = notifications(hass)
    assert message == (
        "Face module 0001, Face module 0002: finished, 4 of 4. "
        "Added 4, replaced 0, removed 0, unchanged 0, failed 0."
    )


async def test_the_notification_names_who_failed_and_nothing_is_markup(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    (pictures / "[x](javascript:alert(1)) _a_.jpg").write_bytes(scenery())
    await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    (message,) = notifications(hass)
    assert (
        r"- \[x\]\(javascript:alert\(1\)\) \_a\_: The module finds no face"
        in message.replace("\\:", ":")
    )


async def test_only_so_many_failures_are_named(
    hass: HomeAssistant, three: Fleet, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "LINES_KEPT", 25)
    for number in range(30):
        (pictures / f"{number}.jpg").write_bytes(b"broken")
    report = await perform(hass, "import_users", device_id=three[0][1], path=str(pictures))
    assert len(report["failed"]) == len(report["people"]) == 25
    assert report["people_left_out"] == report["failed_left_out"] == 5
    (message,) = notifications(hass)
    assert message.count("\n- ") == 21
    assert message.endswith("- … (+10)")


async def test_the_notification_is_in_the_language_of_home_assistant(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule, pictures: Path
) -> None:
    hass.config.language = "zh-Hans"
    entry = await set_up()
    photos(pictures, "Ben")
    await perform(
        hass, "import_users", device_id=device_of(hass, entry), path=str(pictures)
    )
    (message,) = notifications(hass)
    assert (
        message == "Face module F6EE：已完成，1/1。新增 1，替换 0，删除 0，未变 0，失败 0。"
    )


async def running(hass: HomeAssistant) -> jobs.Job:
    """Return the job that is running, once there is one and it did something."""
    async with asyncio.timeout(10):
        while not (found := hass.data[DATA_JOBS].running) or not found[0].done:
            await asyncio.sleep(0.001)
    return found[0]


def begin(hass: HomeAssistant, three: Fleet, pictures: Path) -> asyncio.Task[Any]:
    """Begin an import of 30 people that takes a while."""
    photos(pictures, *(f"Person {number}" for number in range(30)))
    simulated, device = three[0]
    simulated.faults.latency = 0.01
    return asyncio.create_task(
        perform(
            hass,
            "import_users",
            device_id=device,
            path=str(pictures),
            allow_duplicate_face=True,
        )
    )


async def test_a_job_is_cancelled_by_the_action(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    job = begin(hass, three, pictures)
    await running(hass)
    answer = await perform(hass, "cancel_jobs", device_id=three[0][1])
    assert answer == {"cancelled": 1}
    report = await job
    assert report["cancelled"]
    assert 0 < report["added"] < 30
    assert len(three[0][0].users) == report["added"]
    assert "cancelled after" in notifications(hass)[0]
    answer = await perform(hass, "cancel_jobs", device_id=three[0][1])
    assert answer == {"cancelled": 0}


async def test_a_job_on_two_modules_is_one_job(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, *(f"Person {number}" for number in range(20)))
    devices = [three[0][1], three[1][1]]
    three[0][0].faults.latency = 0.02
    data = {"path": str(pictures), "allow_duplicate_face": True}
    job = asyncio.create_task(perform(hass, "import_users", device_id=devices, **data))
    await running(hass)
    assert await perform(hass, "cancel_jobs", device_id=devices) == {"cancelled": 1}
    await job


async def test_a_job_is_cancelled_over_the_websocket(
    hass: HomeAssistant,
    three: Fleet,
    pictures: Path,
    hass_ws_client: WebSocketGenerator,
) -> None:
    client = await hass_ws_client(hass)
    job = begin(hass, three, pictures)
    await running(hass)
    await client.send_json_auto_id({"type": "face_module/jobs/subscribe"})
    assert (await client.receive_json())["success"]
    job_id = (await client.receive_json())["event"]["job_id"]
    cancel = {"type": "face_module/jobs/cancel", "job_id": job_id}
    await client.send_json_auto_id(cancel)
    assert (await job)["cancelled"]
    await client.send_json_auto_id(cancel)
    while (answer := await client.receive_json()).get("error") is None:
        pass
    assert answer["error"]["code"] == "not_found"


async def test_only_administrators_hear_of_jobs(
    hass: HomeAssistant,
    three: Fleet,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    hass_read_only_user: MockUser,
    pictures: Path,
) -> None:
    client = await hass_ws_client(hass, hass_read_only_access_token)
    for message in (
        {"type": "face_module/jobs/subscribe"},
        {"type": "face_module/jobs/cancel", "job_id": "x"},
    ):
        await client.send_json_auto_id(message)
        assert (await client.receive_json())["error"]["code"] == "unauthorized"
    context = Context(user_id=hass_read_only_user.id)
    for action, data in (
        ("import_users", {"path": str(pictures)}),
        ("export_users", {"path": str(pictures / "x.zip")}),
        ("sync_users", {}),
        ("cancel_jobs", {}),
    ):
        with pytest.raises(Unauthorized):
            await perform(hass, action, context, device_id=three[0][1], **data)


async def test_two_jobs_on_one_module_are_refused(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    job = begin(hass, three, pictures)
    await running(hass)
    data = {"device_id": three[0][1], "path": str(pictures / "x.zip")}
    assert await refused(hass, "export_users", **data) == "job_running"
    other = {**data, "device_id": three[1][1]}
    assert counts(await perform(hass, "export_users", **other)) == {}
    await perform(hass, "cancel_jobs", device_id=three[0][1])
    await job
    await perform(hass, "export_users", **(data | {"path": str(pictures / "y.zip")}))


async def test_unloading_a_module_ends_its_job(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    job = begin(hass, three, pictures)
    entry_id = next(iter((await running(hass)).modules))
    await hass.config_entries.async_unload(entry_id)
    assert (await job)["cancelled"]


async def test_home_assistant_that_stops_in_the_middle_says_so_afterwards(
    hass: HomeAssistant,
    three: Fleet,
    pictures: Path,
    hass_storage: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    job = begin(hass, three, pictures)
    await running(hass)
    hass.set_state(CoreState.stopping)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    report = await job
    assert report["cancelled"]
    assert len(three[0][0].users) == report["added"]
    (stored,) = hass_storage[f"{DOMAIN}.jobs"]["data"].values()
    assert stored == {"kind": "import", "modules": ["Face module 0001"]}
    hass.set_state(CoreState.running)
    again = jobs.Jobs(hass)
    await again.async_load()
    assert notifications(hass)[-1].startswith("Face module 0001: Home Assistant ended")
    assert f"{DOMAIN}.jobs" not in hass_storage
    assert complaints(caplog) == []
    three[0][0].faults.latency = 0
    report = await perform(
        hass,
        "import_users",
        device_id=three[0][1],
        path=str(pictures),
        allow_duplicate_face=True,
    )
    assert report["added"] + report["unchanged"] == 30
    assert len(three[0][0].users) == 30


# Export


async def test_an_export_makes_another_module_alike(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    (one, first), (two, second), _ = three
    for name in ("Anna", "Ben", "陈伟", "😀"):
        one.add_user(f"id of {name}", name)
    hass.data[DATA_ROSTER].async_put(
        known := a_person("id of Anna", "Anna", "person.anna", 90)
    )
    path = str(pictures / "people.zip")
    report = await perform(hass, "export_users", device_id=first, path=path)
    assert counts(report) == {"added": 4}
    assert report["path"] == path
    await hass.data[DATA_ROSTER].async_clear()
    report = await perform(hass, "import_users", device_id=second, path=path)
    assert counts(report) == {"added": 4}
    assert {u.user_id: u.name for u in two.users.values()} == {
        u.user_id: u.name for u in one.users.values()
    }
    again = hass.data[DATA_ROSTER].get("id of Anna")
    assert (again.person, again.minimum_score) == (
        known.person,
        known.minimum_score,
    )
    for name in ("Anna", "Ben", "陈伟", "Nobody"):
        (pictures / "probe.jpg").write_bytes(portrait(name, variation=7))
        probe = str(pictures / "probe.jpg")
        answers = [
            await perform(hass, "identify_face", device_id=device, path=probe)
            for device in (first, second)
        ]
        assert answers[0] == answers[1]


def a_person(user_id: str, name: str, person: str, score: float) -> Any:
    return RosterPerson(user_id=user_id, name=name, person=person, minimum_score=score)


async def test_an_export_lists_whose_picture_nobody_has(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    simulated, device = three[0]
    simulated.quirks.no_register_img = True
    photos(pictures, "Ben")
    await perform(hass, "import_users", device_id=device, path=str(pictures))
    simulated.add_user("anna", "Anna")
    path = pictures / "people.zip"
    report = await perform(hass, "export_users", device_id=device, path=str(path))
    assert counts(report) == {"added": 1, "failed": 1}
    assert "no picture to copy" in errors(report)["Anna"]
    with zipfile.ZipFile(path) as archive:
        manifest = orjson.loads(archive.read("manifest.json"))
    assert manifest["without_picture"] == [{"user_id": "anna", "name": "Anna"}]
    assert [person["name"] for person in manifest["people"]] == ["Ben"]


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("{pictures}/people.txt", "path_no_zip"),
        ("{pictures}/there.zip", "archive_exists"),
        ("{pictures}/gone/people.zip", "archive_folder_missing"),
        ("{pictures}/../people.zip", "path_not_allowed"),
        ("{config}/www/people.zip", "path_public"),
        ("www/people.zip", "path_public"),
    ],
)
async def test_an_export_goes_where_it_may_and_nowhere_else(
    hass: HomeAssistant, three: Fleet, pictures: Path, path: str, error: str
) -> None:
    (pictures / "there.zip").write_bytes(b"something")
    www = Path(hass.config.path("www"))
    www.mkdir()
    hass.config.allowlist_external_dirs.add(str(www))
    full = path.format(pictures=pictures, config=hass.config.config_dir)
    data = {"device_id": three[0][1], "path": full}
    assert await refused(hass, "export_users", **data) == error
    assert (pictures / "there.zip").read_bytes() == b"something"
    assert not list(www.iterdir())


async def test_an_export_that_fails_leaves_nothing(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    simulated, device = three[0]
    simulated.add_user("anna", "Anna")
    simulated.faults.next("drop", times=99, call="GetUserInfo")
    data = {"device_id": device, "path": str(pictures / "people.zip")}
    assert await refused(hass, "export_users", **data) == "cannot_connect"
    assert list(pictures.iterdir()) == []


async def test_an_export_can_be_cancelled(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    simulated, device = three[0]
    simulated.add_many(200)
    simulated.faults.latency = 0.01
    path = str(pictures / "people.zip")
    job = asyncio.create_task(perform(hass, "export_users", device_id=device, path=path))
    await running(hass)
    await perform(hass, "cancel_jobs", device_id=device)
    report = await job
    assert report["cancelled"]
    assert report["path"] is None
    assert list(pictures.iterdir()) == []


async def test_whoever_is_deleted_during_an_export_is_a_line(
    hass: HomeAssistant, three: Fleet, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated, device = three[0]
    simulated.add_user("anna", "Anna")
    simulated.add_user("ben", "Ben")
    simulated.faults.latency = 0.05
    path = str(pictures / "people.zip")
    job = asyncio.create_task(perform(hass, "export_users", device_id=device, path=path))
    await running(hass)
    del simulated.users["ben"]
    report = await job
    assert counts(report) == {"added": 1, "failed": 1}
    assert errors(report) == {"ben": "The module does not know the user ID ben."}


# Sync


async def test_sync_adds_who_is_missing(
    hass: HomeAssistant, three: Fleet, caplog: pytest.LogCaptureFixture
) -> None:
    (one, first), (two, second), (third, last) = three
    for name in ("Anna", "Ben"):
        one.add_user(name.lower(), name)
    two.add_user("ben", "Benedict", portrait("Benedict"))
    two.add_user("eva", "Eva")
    report = await perform(
        hass, "sync_users", source_device_id=first, device_id=[second, last]
    )
    assert counts(report) == {"added": 3, "unchanged": 1}
    assert two.users["anna"].photo == one.users["anna"].photo
    assert two.users["ben"].name == "Benedict", "add replaces nobody"
    assert "eva" in two.users
    assert third.users.keys() == one.users.keys()
    assert hass.data[DATA_ROSTER].get("anna").name == "Anna"


async def test_mirror_replaces_and_removes_too(hass: HomeAssistant, three: Fleet) -> None:
    (one, first), (two, second), _ = three
    for name in ("Anna", "Ben", "Zoe"):
        one.add_user(name.lower(), name)
    two.add_user("zoe", "Zoe")
    two.add_user("ben", "Benedict", portrait("Benedict"))
    two.add_user("eva", "Eva")
    data = {"source_device_id": first, "device_id": second, "mode": "mirror"}
    before = dict(two.users)
    plan = await perform(hass, "sync_users", dry_run=True, **data)
    assert plan["dry_run"]
    assert two.users == before
    report = await perform(hass, "sync_users", **data)
    expected = {"added": 1, "replaced": 1, "removed": 1, "unchanged": 1}
    assert counts(plan) == counts(report) == expected
    assert {line["name"]: line["result"] for line in plan["people"]} == {
        line["name"]: line["result"] for line in report["people"]
    }
    assert two.users == one.users
    assert counts(await perform(hass, "sync_users", **data)) == {"unchanged": 3}


async def test_people_alike_are_copied_as_they_are(
    hass: HomeAssistant, three: Fleet
) -> None:
    (one, first), (two, second), _ = three
    one.add_user("twin_1", "Anna")
    one.add_user("twin_2", "Eva", portrait("Anna", variation=1))
    report = await perform(hass, "sync_users", source_device_id=first, device_id=second)
    assert counts(report) == {"added": 2}
    assert two.users == one.users


async def test_the_roster_is_a_source(hass: HomeAssistant, three: Fleet) -> None:
    (one, first), (two, second), _ = three
    one.quirks.no_register_img = True
    roster = hass.data[DATA_ROSTER]
    await roster.async_enrolled("another", "ben", "Ben", portrait("Ben"))
    roster.async_put(a_person("eva", "Eva", "person.eva", 50))
    report = await perform(hass, "sync_users", device_id=[first, second])
    assert counts(report) == {"added": 2, "failed": 2}
    assert "no picture to copy" in errors(report)["Eva"]
    assert one.users["ben"].photo == two.users["ben"].photo == portrait("Ben")


async def test_the_roster_learns_from_a_module(hass: HomeAssistant, three: Fleet) -> None:
    simulated, device = three[0]
    for name in ("Anna", "Ben"):
        simulated.add_user(name.lower(), name)
    data = {"source_device_id": device}
    plan = await perform(hass, "sync_users", dry_run=True, **data)
    assert counts(plan) == {"added": 2}
    assert not hass.data[DATA_ROSTER].people
    assert counts(await perform(hass, "sync_users", **data)) == {"added": 2}
    assert await hass.data[DATA_ROSTER].async_picture("anna") == portrait("Anna")
    simulated.add_user("ben", "Benjamin", portrait("Ben"))
    simulated.quirks.no_register_img = True
    simulated.add_user("eva", "Eva")
    report = await perform(hass, "sync_users", **data)
    assert counts(report) == {"replaced": 1, "unchanged": 1, "failed": 1}
    assert hass.data[DATA_ROSTER].get("ben").name == "Benjamin"


async def test_firmware_that_gives_no_pictures_is_copied_from_the_roster(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    (one, first), (two, second), _ = three
    one.quirks.no_register_img = True
    photos(pictures, "Ben")
    await perform(hass, "import_users", device_id=first, path=str(pictures))
    one.add_user("anna", "Anna")
    report = await perform(hass, "sync_users", source_device_id=first, device_id=second)
    assert counts(report) == {"added": 1, "failed": 1}
    assert errors(report).keys() == {"anna"}
    assert two.users.keys() == {"ben"}


@pytest.mark.parametrize("mode", ["add", "mirror"])
async def test_an_empty_source_changes_nothing(
    hass: HomeAssistant, three: Fleet, mode: str
) -> None:
    (_, first), (two, second), _ = three
    two.add_user("anna", "Anna")
    data = {"device_id": second, "mode": mode}
    assert await refused(hass, "sync_users", **data) == "source_empty"
    data["source_device_id"] = first
    assert await refused(hass, "sync_users", **data) == "source_empty"
    assert "anna" in two.users


async def test_a_sync_needs_two_sides(hass: HomeAssistant, three: Fleet) -> None:
    device = three[0][1]
    assert await refused(hass, "sync_users") == "nothing_to_sync"
    data = {"source_device_id": device, "device_id": device}
    assert await refused(hass, "sync_users", **data) == "source_is_target"
    data = {"source_device_id": "nothing", "device_id": device}
    with pytest.raises(HomeAssistantError):
        await perform(hass, "sync_users", **data)


async def test_a_source_that_goes_is_said(hass: HomeAssistant, three: Fleet) -> None:
    (one, first), (two, second), _ = three
    for name in ("Anna", "Ben"):
        one.add_user(name.lower(), name)
    one.faults.next("drop", times=99, call="GetUserInfo")
    report = await perform(hass, "sync_users", source_device_id=first, device_id=second)
    assert counts(report) == {"failed": 2}
    assert errors(report)["anna"].startswith("The source could not be read: Face module")
    assert two.users == {}


async def test_who_is_deleted_meanwhile_is_a_line(
    hass: HomeAssistant, three: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one, first), (_, second), _ = three
    one.add_user("anna", "Anna")
    one.faults.refuse.add("GetUserInfo")
    report = await perform(hass, "sync_users", source_device_id=first, device_id=second)
    assert errors(report) == {"anna": "The module does not know the user ID anna."}


@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_target_that_goes_is_in_the_report(
    hass: HomeAssistant, three: Fleet, *, dry_run: bool
) -> None:
    (one, first), (two, second), _ = three
    for name in ("Anna", "Ben"):
        one.add_user(name.lower(), name)
        two.add_user(name.lower(), f"{name} Old", portrait(f"{name} Old"))
    two.add_user("eva", "Eva")
    two.faults.next("drop", times=999, call="GetUserInfo")
    two.faults.next("drop", times=999, call="DeleteUser")
    report = await perform(
        hass,
        "sync_users",
        source_device_id=first,
        device_id=second,
        mode="mirror",
        dry_run=dry_run,
    )
    assert len(report["failed"]) == (2 if dry_run else 3)
    assert two.users.keys() == {"anna", "ben", "eva"}


async def test_a_mirror_can_be_cancelled(hass: HomeAssistant, three: Fleet) -> None:
    (one, first), (two, second), _ = three
    one.add_user("anna", "Anna")
    two.add_user("anna", "Anna")
    two.add_many(200)
    two.faults.latency = 0.01
    data = {"source_device_id": first, "device_id": second, "mode": "mirror"}
    job = asyncio.create_task(perform(hass, "sync_users", **data))
    await running(hass)
    while len(two.users) == 201:
        await asyncio.sleep(0.001)
    await perform(hass, "cancel_jobs", device_id=second)
    report = await job
    assert report["cancelled"]
    assert 0 < len(two.users) < 201


@pytest.mark.parametrize("to_roster", [False, True])
async def test_a_plan_can_be_cancelled(
    hass: HomeAssistant, three: Fleet, *, to_roster: bool
) -> None:
    (one, first), (_, second), _ = three
    one.add_many(200)
    one.faults.latency = 0.01
    data: dict[str, Any] = {"source_device_id": first, "dry_run": True}
    if not to_roster:
        data["device_id"] = second
    job = asyncio.create_task(perform(hass, "sync_users", **data))
    await running(hass)
    await perform(hass, "cancel_jobs", device_id=first)
    report = await job
    assert report["cancelled"]
    assert 0 < report["added"] < 200


async def test_large_modules_are_compared_by_their_ids(
    hass: HomeAssistant, three: Fleet
) -> None:
    (one, first), (two, second), _ = three
    one.add_many(5000)
    two.add_many(5000)
    one.add_user("anna", "Anna")
    one.requests.clear()
    report = await perform(hass, "sync_users", source_device_id=first, device_id=second)
    assert counts(report) == {"added": 1, "unchanged": 5000}
    asked = [request.name for request in one.requests]
    assert asked.count("GetUserList") == 7
    assert asked.count("GetUserInfo") == 1


async def test_import_asks_for_people_one_by_one_where_there_are_too_many(
    hass: HomeAssistant, three: Fleet, pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custom_components.face_module.transfer.IDS_READ", 10)
    simulated, device = three[0]
    simulated.add_many(100)
    simulated.add_user("anna", "Anna Old", portrait("Anna Old"))
    photos(pictures, "Anna", "Ben")
    simulated.requests.clear()
    report = await perform(hass, "import_users", device_id=device, path=str(pictures))
    assert counts(report) == {"added": 2}
    assert simulated.users["anna_2"].name == "Anna"
    assert "GetUserList" not in [request.name for request in simulated.requests]


async def test_pictures_of_any_kind_are_imported(
    hass: HomeAssistant, three: Fleet, pictures: Path
) -> None:
    photos(pictures, "Anna")
    with Image.open(pictures / "Anna.jpg") as image:
        for name, kind in (("Ben", "PNG"), ("Eva", "WEBP")):
            image.rotate(90 if name == "Ben" else 180).save(
                pictures / f"{name}.{kind.lower()}", kind
            )
    report = await perform(
        hass,
        "import_users",
        device_id=three[0][1],
        path=str(pictures),
        allow_duplicate_face=True,
    )
    assert counts(report) == {"added": 3}


async def test_actions_are_there_before_any_module_is(hass: HomeAssistant) -> None:
    assert await async_setup_component(hass, DOMAIN, {})
    assert hass.services.has_service(DOMAIN, "import_users")
