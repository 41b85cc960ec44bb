"""What a browser sends is imported by the job of import_users, whatever becomes of it."""

import asyncio
from collections.abc import AsyncGenerator
import io
from pathlib import Path
import tempfile
from typing import Any
import zipfile

from aiohttp import FormData
from aiohttp.test_utils import TestClient
from homeassistant.components import file_upload
from homeassistant.const import EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.face_module.fleet import jobs, receiving
from custom_components.face_module.fleet.jobs import DATA_JOBS
from custom_components.face_module.pictures.uploads import DATA_UPLOADS
from simulator import SimulatedModule
from simulator.portraits import portrait, scenery
from tests.common import (
    complaints,
    device_of,
    dismiss_notifications,
    eventually,
    notifications,
    perform,
)
from tests.conftest import Another
from tests.websocket.kit import ask, refused


class Sender:
    """A browser that sends files for an import."""

    def __init__(
        self, hass: HomeAssistant, http: TestClient[Any, Any], socket: MockHAClientWebSocket
    ) -> None:
        self.hass, self.http, self.socket = hass, http, socket
        self.job_id = ""

    async def start(self, files: int, *entries: MockConfigEntry, **fields: Any) -> None:
        entry_ids = [entry.entry_id for entry in entries]
        answer = await ask(
            self.socket, "import/start", entry_ids=entry_ids, files=files, **fields
        )
        self.job_id = answer["job_id"]

    async def upload(self, data: bytes) -> str:
        form = FormData()
        form.add_field("file", data, filename="file", content_type="image/jpeg")
        response = await self.http.post("/api/file_upload", data=form)
        assert response.status == 200
        file_id: str = (await response.json())["file_id"]
        return file_id

    async def send(self, path: str, data: bytes) -> None:
        await self.hand("import/file", path=path, file_id=await self.upload(data))

    async def hand(self, command: str, **fields: Any) -> Any:
        return await ask(self.socket, command, job_id=self.job_id, **fields)

    async def all(
        self, files: dict[str, bytes], *entries: MockConfigEntry, **fields: Any
    ) -> dict[str, Any]:
        """Import files; return the report."""
        await self.start(len(files), *entries, **fields)
        for path, data in files.items():
            await self.send(path, data)
        return await self.report()

    async def report(self) -> dict[str, Any]:
        await eventually(lambda: self.hass.data[DATA_JOBS].get(self.job_id) is None)
        report: dict[str, Any] = await self.hand("jobs/report")
        return report


@pytest.fixture
async def sender(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_client: ClientSessionGenerator,
    socket: MockHAClientWebSocket,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[Sender]:
    """An administrator's browser; what it sent is gone in the end."""
    module.users.clear()
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    yield Sender(hass, await hass_client(), socket)
    for job in hass.data[DATA_JOBS].running:
        job.async_cancel()
    await hass.async_block_till_done()


def left(tmp_path: Path) -> list[str]:
    """Return the files that are still where Home Assistant puts uploads."""
    folder = tmp_path / "tmp" / f"home-assistant-{file_upload.DOMAIN}"
    return [path.name for path in folder.rglob("*")]


def counts(report: dict[str, Any]) -> dict[str, int]:
    keys = ("added", "replaced", "unchanged", "failed")
    return {key: report[key] for key in keys if report[key]}


def errors(report: dict[str, Any]) -> dict[str, str]:
    return {line["name"]: line["translation_key"] for line in report["lines"]}


def packed(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in files.items():
            archive.writestr(f"{name}.jpg", data)
    return buffer.getvalue()


async def test_pictures_a_folder_a_table_and_a_zip_are_imported(
    sender: Sender, entry: MockConfigEntry, module: SimulatedModule, tmp_path: Path
) -> None:
    pictures = {f"{name}.jpg": portrait(name) for name in ("Anna", "Ben")}
    assert counts(await sender.all(pictures, entry)) == {"added": 2}
    assert left(tmp_path) == []
    folder = {f"People/{name}": data for name, data in pictures.items()}
    table = b"file,name,user_id\nAnna.jpg,Anna,anna\nEva.jpg,Eva Klein,e7\n"
    folder |= {"People/people.csv": table, "People/Eva.jpg": portrait("Eva Klein")}
    report = await sender.all(folder, entry)
    assert report["unchanged"] >= 1
    assert report["added"] == 1
    report = await sender.all({"all.zip": packed(Dora=portrait("Dora"))}, entry)
    assert counts(report) == {"added": 1}
    known = {user.user_id: user.name for user in module.users.values()}
    assert known == {"anna": "Anna", "ben": "Ben", "e7": "Eva Klein", "dora": "Dora"}
    assert left(tmp_path) == []


async def test_what_cannot_be_imported_is_a_line_that_can_be_translated(
    sender: Sender, entry: MockConfigEntry, tmp_path: Path
) -> None:
    await sender.all({"Anna.jpg": portrait("Anna")}, entry)
    files = {
        "Hills.jpg": scenery(),
        "Broken.jpg": portrait("Zoe")[:3000],
        "Annas twin.jpg": portrait("Anna", variation=2),
        "Anna.jpg": portrait("Anna", variation=3),
        "Ben.jpg": portrait("Ben"),
    }
    await sender.start(len(files) + 1, entry)
    for path, data in files.items():
        await sender.send(path, data)
    await sender.hand("import/file", path="People.zip", problem="proxy_too_large")
    report = await sender.report()
    assert counts(report) == {"added": 1, "failed": 5}
    assert errors(report) == {
        "Hills": "no_face",
        "Broken.jpg": "picture_broken",
        "Annas twin": "looks_like",
        "Anna": "user_exists",
        "People.zip": "proxy_too_large",
    }
    (twin,) = (line for line in report["lines"] if line["name"] == "Annas twin")
    assert twin["translation_placeholders"]["name"] == "Anna"
    assert (twin["source"], twin["named"]) == ("Annas twin.jpg", True)
    assert "Anna" in twin["message"]
    assert [line["name"] for line in report["people"]] == ["Ben"]
    assert (report["done"], report["total"]) == (6, 6)
    assert left(tmp_path) == []


async def test_several_zips_are_named_instead_of_lost(
    sender: Sender, entry: MockConfigEntry
) -> None:
    zips = {f"{name}.zip": packed(**{name: portrait(name)}) for name in ("Dora", "Ben")}
    report = await sender.all(zips, entry)
    assert report["error"] is None
    assert errors(report) == dict.fromkeys(zips, "archive_zip")
    report = await sender.all(zips | {"Anna.jpg": portrait("Anna")}, entry)
    assert counts(report) == {"added": 1, "failed": 2}
    assert "Import each zip by itself" in report["lines"][0]["message"]


async def test_the_report_is_there_until_the_next_import_whatever_else_is_done(
    hass: HomeAssistant, sender: Sender, entry: MockConfigEntry
) -> None:
    files = {"Hills.jpg": scenery(), "Ben.jpg": portrait("Ben")}
    report = await sender.all(files, entry)
    device = device_of(hass, entry)
    await perform(hass, "sync_users", device_id=device, mode="mirror", dry_run=True)
    assert await sender.report() == report
    first = sender.job_id
    await sender.all({"Anna.jpg": portrait("Anna")}, entry)
    assert await refused(sender.socket, "jobs/report", job_id=first) == "no_such_report"


async def test_who_failed_is_put_right_from_the_report(
    hass: HomeAssistant, sender: Sender, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await sender.all({"Anna.jpg": portrait("Anna")}, entry)
    files = {"Twin.jpg": portrait("Anna", variation=2), "No.jpg": b"\xff\xd8\xffx"}
    report = await sender.all(files, entry)
    lines = {line["name"]: line for line in report["lines"]}
    assert (lines["Twin"]["picture"], lines["No.jpg"]["picture"]) == (True, False)
    person = lines["Twin"]["person"]
    taken = await sender.hand("pictures/take", person=person)
    await ask(
        sender.socket,
        "people/enroll",
        entry_ids=[entry.entry_id],
        name="Twin",
        allow_duplicate_face=True,
        picture_id=taken["picture_id"],
    )
    await sender.hand("jobs/settle", person=person)
    report = await sender.hand("jobs/report")
    assert counts(report) == {"added": 1, "failed": 1}
    assert "twin" in module.users
    fields = {"job_id": sender.job_id, "person": person}
    assert await refused(sender.socket, "pictures/take", **fields) == "no_such_picture"
    await sender.hand("jobs/dismiss")
    assert await refused(sender.socket, "pictures/take", **fields) == "no_such_report"
    assert await refused(sender.socket, "jobs/report", job_id=sender.job_id) == (
        "no_such_report"
    )
    assert hass.data[DATA_UPLOADS] is not None


async def test_it_goes_on_when_the_browser_goes_away(
    hass: HomeAssistant,
    sender: Sender,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
) -> None:
    names = [f"Person {number}" for number in range(6)]
    module.faults.latency = 0.02
    await sender.start(6, entry, allow_duplicate_face=True)
    for name in names:
        await sender.send(f"{name}.jpg", portrait(name))
    await sender.socket.close()
    other = await hass_ws_client(hass)
    await other.send_json_auto_id({"type": "face_module/jobs/subscribe"})
    assert (await other.receive_json())["success"]
    seen = (await other.receive_json())["event"]
    assert seen["job_id"] == sender.job_id
    while not seen["finished"]:
        seen = (await other.receive_json())["event"]
    assert (seen["added"], seen["done"], seen["total"]) == (6, 6, 6)
    assert seen["report"]
    # Whoever comes later still sees how it ended.
    later = await hass_ws_client(hass)
    await later.send_json_auto_id({"type": "face_module/jobs/subscribe"})
    assert (await later.receive_json())["success"]
    assert (await later.receive_json())["event"] == seen
    assert len(module.users) == 6


async def test_what_was_sent_before_the_phone_was_locked_is_imported(
    sender: Sender,
    entry: MockConfigEntry,
    module: SimulatedModule,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(receiving, "STALLED", 0.2)
    await sender.start(3, entry)
    await sender.send("Anna.jpg", portrait("Anna"))
    report = await sender.report()
    assert counts(report) == {"added": 1, "failed": 1}
    assert report["lines"][0]["translation_placeholders"] == {"missing": "2", "files": "3"}
    late = {"job_id": sender.job_id, "path": "x", "file_id": await sender.upload(b"x")}
    assert await refused(sender.socket, "import/file", **late) == "job_not_receiving"
    assert list(module.users) == ["anna"]


async def test_it_is_cancelled_while_files_come(
    hass: HomeAssistant,
    sender: Sender,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    tmp_path: Path,
) -> None:
    await sender.start(3, entry)
    await sender.send("Anna.jpg", portrait("Anna"))
    assert await perform(hass, "cancel_jobs", device_id=device_id) == {"cancelled": 1}
    await eventually(lambda: not hass.data[DATA_JOBS].running)
    await hass.async_block_till_done()
    assert left(tmp_path) == []
    assert module.users == {}
    fields = {"job_id": sender.job_id, "path": "x", "problem": "file_not_sent"}
    assert await refused(sender.socket, "import/file", **fields) == "job_not_receiving"


async def test_home_assistant_that_stops_leaves_no_file(
    hass: HomeAssistant,
    sender: Sender,
    entry: MockConfigEntry,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await sender.start(3, entry)
    await sender.send("Anna.jpg", portrait("Anna"))
    await sender.socket.close()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await eventually(lambda: not hass.data[DATA_JOBS].running)
    await hass.async_block_till_done()
    assert left(tmp_path) == []
    assert complaints(caplog) == []


async def test_a_module_has_one_job_from_the_first_file_on(
    sender: Sender, entry: MockConfigEntry, another: Another
) -> None:
    await sender.start(1, entry)
    start = {"entry_ids": [another[1].entry_id, entry.entry_id], "files": 1}
    assert await refused(sender.socket, "import/start", **start) == "job_running"
    start = {"entry_ids": ["none"], "files": 1}
    assert await refused(sender.socket, "import/start", **start) == "cannot_connect"


async def test_what_cannot_be_read_at_all_ends_the_job_with_words(
    hass: HomeAssistant, sender: Sender, entry: MockConfigEntry, tmp_path: Path
) -> None:
    report = await sender.all({"people.zip": b"PK\x03\x04 no zip"}, entry)
    assert report["error"]["translation_key"] == "archive_broken"
    assert counts(report) == {}
    assert "no zip file" in notifications(hass)[-1]
    report = await sender.all({"notes.txt": b"no picture"}, entry)
    assert report["error"] or report["failed"]
    assert left(tmp_path) == []


async def test_sizes_are_bounded(
    sender: Sender,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(receiving, "MAX_FILE", 100_000)
    monkeypatch.setattr(receiving, "MAX_ALL", 150_000)
    small = portrait("Anna")
    assert len(small) < 50_000
    files = {"Anna.jpg": small, "Large.jpg": bytes(110_000), "More.jpg": bytes(90_000)}
    report = await sender.all(files, entry)
    assert counts(report) == {"added": 1, "failed": 2}
    assert set(errors(report).values()) == {"file_too_large"}
    assert left(tmp_path) == []
    start = {"entry_ids": [entry.entry_id], "files": receiving.MAX_FILES + 1}
    assert await refused(sender.socket, "import/start", **start) == "invalid_format"


@pytest.mark.parametrize(
    "path", ["../../etc/Anna.jpg", "/etc/Anna.jpg", "C:\\x\\..\\Anna.jpg"]
)
async def test_no_path_of_the_browser_is_opened(
    sender: Sender, entry: MockConfigEntry, module: SimulatedModule, path: str
) -> None:
    report = await sender.all({path: portrait("Anna")}, entry)
    assert counts(report) == {"added": 1}
    assert list(module.users) == ["anna"]


async def test_an_upload_is_taken_once(
    sender: Sender, entry: MockConfigEntry, tmp_path: Path
) -> None:
    await sender.start(2, entry)
    file_id = await sender.upload(portrait("Anna"))
    fields = {"job_id": sender.job_id, "file_id": file_id}
    await ask(sender.socket, "import/file", path="Anna.jpg", **fields)
    again = {**fields, "path": "Ben.jpg"}
    assert await refused(sender.socket, "import/file", **again) == "no_such_upload"
    unknown = {**again, "file_id": "../../x"}
    assert await refused(sender.socket, "import/file", **unknown) == "no_such_upload"
    await sender.send(".DS_Store", b"x")
    assert counts(await sender.report()) == {"added": 1}
    assert left(tmp_path) == []


async def test_an_upload_that_was_deleted_meanwhile_is_a_line(
    sender: Sender, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    await sender.start(2, entry)
    file_id = await sender.upload(portrait("Anna"))
    await sender.hand("import/file", path="Anna.jpg", file_id=file_id)
    response = await sender.http.delete("/api/file_upload", json={"file_id": file_id})
    assert response.status == 200
    await sender.send("Ben.jpg", portrait("Ben"))
    report = await sender.report()
    assert counts(report) == {"added": 1, "failed": 1}
    assert errors(report) == {"Anna.jpg": "archive_gone"}
    assert complaints(caplog) == []


async def test_only_administrators_import(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    hass_read_only_user: MockUser,
) -> None:
    client = await hass_ws_client(hass, hass_read_only_access_token)
    for kind, fields in (
        ("import/start", {"entry_ids": [entry.entry_id], "files": 1}),
        ("import/file", {"job_id": "x", "path": "x", "file_id": "x"}),
        ("jobs/report", {"job_id": "x"}),
        ("jobs/dismiss", {"job_id": "x"}),
        ("jobs/settle", {"job_id": "x", "person": 0}),
    ):
        assert await refused(client, kind, **fields) == "unauthorized"


async def test_a_report_is_kept_until_the_next_import_or_for_an_hour(
    hass: HomeAssistant,
    sender: Sender,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await sender.all({"Anna.jpg": portrait("Anna")}, entry)
    first = sender.job_id
    monkeypatch.setattr(jobs, "KEPT_FOR", 0.05)
    await sender.all({"Ben.jpg": portrait("Ben")}, entry)
    assert await refused(sender.socket, "jobs/report", job_id=first) == "no_such_report"
    async with asyncio.timeout(10):
        while hass.data[DATA_JOBS].ended:
            await asyncio.sleep(0.01)


async def test_a_notification_that_was_dismissed_does_not_come_back_with_the_reports_end(
    hass: HomeAssistant,
    sender: Sender,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await sender.all({"Anna.jpg": portrait("Anna")}, entry)
    await dismiss_notifications(hass)
    monkeypatch.setattr(jobs, "KEPT_FOR", 0.05)
    await sender.start(1, entry)
    assert not hass.data[DATA_JOBS].ended
    assert len(notifications(hass)) <= 1, "the next import's at most"
    await sender.send("Ben.jpg", portrait("Ben"))
    await eventually(lambda: bool(hass.data[DATA_JOBS].ended))
    await dismiss_notifications(hass)
    await eventually(lambda: not hass.data[DATA_JOBS].ended)
    assert notifications(hass) == []


async def test_whoever_dismisses_a_report_dismisses_its_notification_too(
    hass: HomeAssistant, sender: Sender, entry: MockConfigEntry
) -> None:
    await sender.all({"Anna.jpg": portrait("Anna")}, entry)
    assert len(notifications(hass)) == 1
    await sender.hand("jobs/dismiss")
    assert notifications(hass) == []


async def test_a_notification_that_was_dismissed_does_not_come_back_with_who_is_put_right(
    hass: HomeAssistant, sender: Sender, entry: MockConfigEntry
) -> None:
    report = await sender.all({"No.jpg": b"\xff\xd8\xffx", "Hills.jpg": scenery()}, entry)
    first, second = (line["person"] for line in report["lines"])
    assert "failed 2" in notifications(hass)[0]
    await sender.hand("jobs/settle", person=first)
    assert "failed 1" in notifications(hass)[0], "it is still there, and true"
    await dismiss_notifications(hass)
    await sender.hand("jobs/settle", person=second)
    assert counts(await sender.report()) == {"added": 2}
    assert notifications(hass) == []


async def test_names_are_made_by_the_rule_of_the_action(
    sender: Sender, entry: MockConfigEntry
) -> None:
    for file, name in (
        ("Anna_Klein.jpg", "Anna Klein"),
        ("陈伟.jpeg", "陈伟"),
        ("IMG_1234.jpg", None),
    ):
        answer = await ask(sender.socket, "people/name", file=file)
        assert answer == {"name": name}
