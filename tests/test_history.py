"""Visits on disk: bounded, whole, and gone when they shall be."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
import errno
import json
import os
from pathlib import Path
import shutil
import subprocess
import sys
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_bytes
from homeassistant.util import dt as dt_util
from hypothesis import given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.face_module import disk
from custom_components.face_module.const import DOMAIN
from custom_components.face_module.disk import VisitFolder
from custom_components.face_module.history import VisitHistory
from custom_components.face_module.visit import Visit, picture_type
from simulator import SimulatedModule

from .common import complaints, id_of, state_of, visits_of
from .conftest import LetPass, SetUp, settle

JOURNAL = "visits.jsonl"
ROOT = Path(__file__).parent.parent


async def files(folder: Path) -> set[str]:
    """Return the names in a folder, without blocking the loop."""

    def names() -> set[str]:
        return {path.name for path in folder.iterdir()} if folder.is_dir() else set()

    return await asyncio.to_thread(names)


async def lines(folder: Path) -> list[Any]:
    """Return what the journal says, line by line."""
    raw = await asyncio.to_thread((folder / JOURNAL).read_text)
    return [json.loads(line) for line in raw.splitlines()]


async def come(hass: HomeAssistant, module: SimulatedModule, *people: str) -> None:
    for user_id in people:
        # The score is another one each time, or it would be the same callback again.
        await module.send_recognition(user_id)
    await settle(hass)


async def test_the_history_is_read_back(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna", "chenwei", "")
    before = visits_of(entry)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert visits_of(entry) == before
    assert [visit.name for visit in before] == ["", "陈伟", "Anna"]
    assert {visit.content_type for visit in before} == {"image/jpeg"}


async def test_only_so_many_visits_are_kept(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(history_size=10)
    people = [f"p{number:02}" for number in range(25)]
    await come(hass, module, *people)
    assert [visit.user_id for visit in visits_of(entry)] == people[:14:-1]
    folder = Path(hass.config.path(DOMAIN, entry.entry_id))
    assert len(await files(folder)) == 11, "the journal, and a picture each"


async def test_a_restart_finds_the_visits_that_were_kept(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(history_size=10)
    await module.send_heartbeat()
    people = [f"p{number:02}" for number in range(15)]
    for person in people:
        await come(hass, module, person)
    folder = Path(hass.config.path(DOMAIN, entry.entry_id))
    assert len(await lines(folder)) == 20, "what came, and what is gone"
    before = visits_of(entry)
    assert await reload(hass, entry) == before
    assert all(visit.content_type for visit in before)


async def test_the_journal_does_not_grow_for_ever(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(history_size=10)
    await module.send_heartbeat()
    longest = 0
    for number in range(75):
        await come(hass, module, f"p{number:02}")
        folder = Path(hass.config.path(DOMAIN, entry.entry_id))
        longest = max(longest, len(await lines(folder)))
    assert longest == 120, "twice as many as are kept, and a hundred"
    assert len(await lines(folder)) < 50
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=1))
    await settle(hass)
    assert len(await lines(folder)) == 10, "an hour later, nobody else is named any more"
    before = visits_of(entry)
    assert await reload(hass, entry) == before


def aged(visit: Visit, visit_id: str, days: float) -> Visit:
    """Return a visit like another one, so many days ago and without a picture."""
    then = dt_util.utcnow() - timedelta(days=days)
    changes: dict[str, Any] = {"visit_id": visit_id, "user_id": visit_id, "time": then}
    return replace(visit, **changes, last_seen=then, content_type=None)


def clock_was_so_before(hass: HomeAssistant, kept: VisitHistory) -> None:
    """Let the clock on the wall be believed: it has not moved since it was looked at."""
    kept._looked = dt_util.utcnow(), hass.loop.time()


async def test_visits_end_after_so_many_days(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    let_pass: LetPass,
) -> None:
    await come(hass, module, "anna")
    kept = entry.runtime_data.visits.history
    kept.async_put_late([aged(visits_of(entry)[0], "chenwei", 6.99)])
    await settle(hass)
    assert [visit.user_id for visit in visits_of(entry)] == ["anna", "chenwei"]
    assert len(await files(folder)) == 2
    assert "chenwei" in {line["user_id"] for line in await lines(folder)}
    let_pass(timedelta(hours=1))
    clock_was_so_before(hass, kept)
    async_fire_time_changed(hass, dt_util.utcnow())
    await settle(hass)
    assert [visit.user_id for visit in visits_of(entry)] == ["anna"]
    assert [line["user_id"] for line in await lines(folder)] == ["anna"]
    assert [visit.user_id for visit in await reload(hass, entry)] == ["anna"]


@pytest.mark.parametrize("jump", [-366, -1, 1, 366])
async def test_a_clock_of_home_assistant_that_jumps_deletes_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    let_pass: LetPass,
    jump: int,
) -> None:
    await come(hass, module, "anna", "chenwei")
    kept = entry.runtime_data.visits.history
    let_pass(timedelta(days=jump))
    kept._drop_old()
    for number in range(kept.size + 5):
        kept.async_put(aged(visits_of(entry)[0], f"p{number:03}", 0))
    newest = f"p{kept.size + 4:03}"
    assert kept.get(newest) is not None, "what came last is kept, whatever the clock says"
    assert len(visits_of(entry)) == kept.size


async def test_an_image_that_is_too_old_is_not_shown(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, let_pass: LetPass
) -> None:
    await come(hass, module, "anna")
    assert hass.states.get(id_of("image.last_face")).state != "unknown"
    let_pass(timedelta(days=8))
    kept = entry.runtime_data.visits.history
    clock_was_so_before(hass, kept)
    kept._drop_old()
    assert visits_of(entry) == []
    assert hass.states.get(id_of("image.last_face")).state == "unknown"
    assert state_of(hass, "sensor.last_person").state == "Anna", "that the user kept"


async def test_nothing_of_a_deleted_face_stays_on_disk(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await come(hass, module, "anna")
    visit = visits_of(entry)[0]
    kept = entry.runtime_data.visits.history
    # The same visit told again, with a picture of another kind; and half a picture.
    kept.async_put(replace(visit, content_type="image/png"), b"\x89PNG\r\n\x1a\nx")
    await settle(hass)
    assert await files(folder) == {JOURNAL, f"{visit.visit_id}.png"}
    await asyncio.to_thread((folder / f"{visit.visit_id}.jpg.tmp").write_bytes, b"face")
    await kept.async_delete([visit.visit_id])
    assert await files(folder) == set()


async def test_a_picture_that_cannot_be_removed_is_said_and_its_visit_is_gone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refused(name: str) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    await come(hass, module, "anna", "chenwei")
    await module.send_heartbeat()
    visit = visits_of(entry)[1]
    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", refused)
        await entry.runtime_data.visits.async_delete([visit.visit_id], [])
    assert complaints(caplog) == [
        "Face module F6EE: the history cannot be written: Operation not permitted"
    ]
    assert [line["user_id"] for line in await lines(folder)] == ["chenwei"]
    assert len(await reload(hass, entry)) == 1
    assert f"{visit.visit_id}.jpg" not in await files(folder), "removed by the next start"


async def test_a_full_disk_keeps_no_picture_of_a_visit_that_is_not_kept(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = await set_up(history_size=10)
    folder = Path(hass.config.path(DOMAIN, entry.entry_id))
    await come(hass, module, *(f"p{number:02}" for number in range(10)))
    assert len(await files(folder)) == 11

    def full(file: int, data: bytes) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(disk, "_write", full)
    await come(hass, module, *(f"q{number:02}" for number in range(4)))
    assert len(await files(folder)) == 7


async def test_a_write_that_fails_leaves_no_half_of_a_face(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(name: str, target: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "replace", broken)
    await come(hass, module, "anna")
    assert await files(folder) == {JOURNAL}


async def test_removing_the_entry_removes_everything(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    hass_storage: dict[str, Any],
) -> None:
    await come(hass, module, "anna")
    await hass.config_entries.async_unload(entry.entry_id)
    assert len(await files(folder)) == 2
    assert any("seen" in key for key in hass_storage)
    await hass.config_entries.async_remove(entry.entry_id)
    assert await files(folder.parent.parent / DOMAIN) == set()
    assert not any("seen" in key for key in hass_storage)


async def test_two_modules_keep_their_own(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, set_up: SetUp
) -> None:
    async with SimulatedModule(serial="0123A38884CE690002", password="second") as other:
        second = await set_up(other)
        await come(hass, module, "anna")
        await other.send_recognition("ben", username="Ben")
        await settle(hass)
        assert [visit.name for visit in visits_of(entry)] == ["Anna"]
        assert [visit.name for visit in visits_of(second)] == ["Ben"]
        await hass.config_entries.async_remove(second.entry_id)
    assert len(await files(Path(hass.config.path(DOMAIN, entry.entry_id)))) == 2


async def test_a_folder_that_was_deleted_is_made_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await come(hass, module, "anna")
    await asyncio.to_thread(shutil.rmtree, folder.parent)
    picture = await entry.runtime_data.visits.history.async_picture(
        visits_of(entry)[0].visit_id
    )
    assert picture is None
    await come(hass, module, "chenwei")
    assert len(await files(folder)) == 2
    assert state_of(hass, "event.recognition").attributes["user_id"] == "chenwei"
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert [visit.user_id for visit in visits_of(entry)] == ["chenwei"]
    assert complaints(caplog) == []


async def test_a_full_disk_is_said_once_and_stops_nobody(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def full(file: int, data: bytes) -> None:
        os.write(file, data[:20])
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(disk, "_write", full)
        await come(hass, module, *(f"p{number:02}" for number in range(12)))
        assert state_of(hass, "event.recognition").attributes["user_id"] == "p11"
        assert complaints(caplog) == [
            "Face module F6EE: the history cannot be written: No space left on device"
        ]
        kept = entry.runtime_data.visits.history
        newest = visits_of(entry)[0]
        assert (await kept.async_picture(newest.visit_id))[1].startswith(b"\xff\xd8")
        assert len(kept._unwritten) <= 6, "memory stays bounded"
    await come(hass, module, "anna")
    assert "is written again" in caplog.text
    everybody = ["anna", *(f"p{number:02}" for number in reversed(range(12)))]
    assert [visit.user_id for visit in await reload(hass, entry)] == everybody
    pictured = [visit.user_id for visit in visits_of(entry) if visit.content_type]
    assert pictured == everybody[:5], "the pictures that memory had room for, too"
    assert len(await files(folder)) == 6


async def test_a_folder_that_cannot_be_made_stops_nobody(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    blocked = Path(hass.config.path(DOMAIN))
    await asyncio.to_thread(blocked.write_text, "a file where the folder should be")
    entry = await set_up()
    await come(hass, module, "anna")
    assert state_of(hass, "event.recognition").attributes["user_id"] == "anna"
    assert len(complaints(caplog)) == 1
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert visits_of(entry) == []
    assert "Traceback" not in caplog.text


# What an unlucky end leaves behind


async def written(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> Visit:
    await module.send_heartbeat()
    await come(hass, module, "anna")
    return visits_of(entry)[0]


async def reload(hass: HomeAssistant, entry: MockConfigEntry) -> list[Visit]:
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    return visits_of(entry)


@pytest.mark.parametrize(
    "name", ["orphan.jpg", f"{JOURNAL}.tmp", "half.jpg.tmp", "early.json", "orphan.png"]
)
async def test_leftovers_are_cleared_away(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    name: str,
) -> None:
    visit = await written(hass, entry, module)
    await asyncio.to_thread((folder / name).write_bytes, b'{"visit_id": "bro')
    assert await reload(hass, entry) == [visit]
    assert await files(folder) == {JOURNAL, f"{visit.visit_id}.jpg"}


async def test_what_others_put_into_the_folder_stays(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    await written(hass, entry, module)
    await asyncio.to_thread((folder / "notes.txt").write_text, "mine")
    await reload(hass, entry)
    assert "notes.txt" in await files(folder)


@pytest.mark.parametrize(
    ("spoil", "kept"),
    [
        (lambda data: data | {"time": "yesterday"}, True),
        (lambda data: data | {"time": "2026-11-24T10:00:00"}, True),
        (lambda data: data | {"time": None}, True),
        (lambda data: data | {"verdict": "of a later release"}, True),
        (lambda data: {"visit_id": data["visit_id"]}, True),
        (lambda data: data | {"visit_id": "../../secrets"}, False),
        (lambda data: [data], False),
        (lambda data: None, False),
    ],
)
async def test_what_is_no_visit_is_not_shown_and_what_may_be_one_is_left_alone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    spoil: Callable[[Any], Any],
    kept: bool,
) -> None:
    visit = await written(hass, entry, module)
    (data,) = await lines(folder)
    spoilt = json.dumps(spoil(data))
    await asyncio.to_thread((folder / JOURNAL).write_text, f"{spoilt}\n")
    assert await reload(hass, entry) == []
    assert (f"{visit.visit_id}.jpg" in await files(folder)) == kept
    # Once the journal is written anew, too.
    kept_history = entry.runtime_data.visits.history
    kept_history.async_put(replace(visit, visit_id="ben", content_type=None))
    await kept_history.async_delete(["ben"])
    assert await files(folder) == ({JOURNAL, f"{visit.visit_id}.jpg"} if kept else set())
    if kept:
        assert await lines(folder) == [json.loads(spoilt)]
    await entry.runtime_data.visits.async_delete_all()
    assert await files(folder) == set(), "everything is everything"


async def test_a_visit_of_a_later_release_is_read(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    visit = await written(hass, entry, module)
    (data,) = await lines(folder)
    later = json.dumps(data | {"more": 1})
    await asyncio.to_thread((folder / JOURNAL).write_text, f"{later}\n")
    assert await reload(hass, entry) == [visit]


@pytest.mark.parametrize("end", [b'{"visit_id": "half', b"\xff\n", b"null\n"])
async def test_a_damaged_line_costs_no_other(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    end: bytes,
) -> None:
    visit = await written(hass, entry, module)

    def damage() -> None:
        with (folder / JOURNAL).open("ab") as journal:
            journal.write(end)

    await asyncio.to_thread(damage)
    assert await reload(hass, entry) == [visit]
    await module.send_heartbeat()
    await come(hass, module, "chenwei")
    assert [line["user_id"] for line in await lines(folder)] == ["anna", "chenwei"]
    assert len(await reload(hass, entry)) == 2


async def test_a_line_that_only_lacks_its_end_counts(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    visit = await written(hass, entry, module)
    raw = await asyncio.to_thread((folder / JOURNAL).read_bytes)
    await asyncio.to_thread((folder / JOURNAL).write_bytes, raw.rstrip())
    assert await reload(hass, entry) == [visit]
    await module.send_heartbeat()
    await come(hass, module, "chenwei")
    assert [line["user_id"] for line in await lines(folder)] == ["anna", "chenwei"]


async def test_a_visit_whose_picture_is_gone_has_none(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    visit = await written(hass, entry, module)
    await asyncio.to_thread((folder / f"{visit.visit_id}.jpg").unlink)
    (found,) = await reload(hass, entry)
    assert found.content_type is None
    assert found.media_id is None
    assert hass.states.get(id_of("image.last_face")).state == "unknown"


async def test_an_empty_picture_is_none(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    """As after a power failure."""
    visit = await written(hass, entry, module)
    await asyncio.to_thread((folder / f"{visit.visit_id}.jpg").write_bytes, b"")
    assert await entry.runtime_data.visits.history.async_picture(visit.visit_id) is None


async def test_a_visit_that_cannot_be_read_now_is_left_for_later(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visit = await written(hass, entry, module)
    await hass.config_entries.async_unload(entry.entry_id)

    def unreadable(path: Path) -> bytes:
        raise OSError(errno.EIO, "bad sector")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "read_bytes", unreadable)
        assert await asyncio.to_thread(VisitFolder(folder).load) == []
    assert await files(folder) == {JOURNAL, f"{visit.visit_id}.jpg"}


# Writes visits in child processes, with the very code that the integration uses, and
# kills each -9 after a while.
_KILLER = """
import json, os, signal, sys, time
from pathlib import Path
from custom_components.face_module.disk import Changes, VisitFolder
from custom_components.face_module.visit import Visit

base, template = Path(sys.argv[1]), json.loads(sys.argv[2])
KEPT = 20
crop = lambda number: f"{number:09}".encode() * 4_444
for round_ in range(12):
    folder = base / f"killed{round_:02}"
    if not (child := os.fork()):
        disk = VisitFolder(folder)
        visits = {}
        for number in range(10**9):
            visit = Visit.from_dict(template | {"visit_id": f"v{number:09}"})
            changes = Changes(visits={visit.visit_id: visit})
            visits[visit.visit_id] = visit
            if number >= KEPT:
                oldest = next(iter(visits))
                changes.visits[oldest] = None
                changes.unwanted.append(visits.pop(oldest))
            disk.write(changes, visits, {visit.visit_id: crop(number)})
    while not folder.exists():
        time.sleep(0.001)
    time.sleep(0.02 + round_ * 0.00737)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


async def test_killing_it_between_any_two_writes_leaves_a_true_history(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, tmp_path: Path
) -> None:
    visit = await written(hass, entry, module)
    template = json_bytes(visit).decode()

    def kill_many() -> list[int]:
        subprocess.run(
            [sys.executable, "-c", _KILLER, str(tmp_path), template], cwd=ROOT, check=True
        )
        counts = []
        for folder in sorted(tmp_path.glob("killed*")):
            visits = VisitFolder(folder).load()
            names = {path.name for path in folder.iterdir()}
            pictured = [v for v in visits if v.content_type]
            wanted = {f"{v.visit_id}.jpg" for v in pictured} | {JOURNAL}
            assert names == wanted, "nothing half, nothing left over"
            for visit in pictured:
                picture = VisitFolder(folder).read_picture(visit)
                assert picture == visit.visit_id[1:].encode() * 4_444, (
                    "their own, and whole"
                )
            # In order and without a hole: what was written is there, but for the picture
            # of the last one.
            first = int(visits[0].visit_id[1:])
            assert [v.visit_id for v in visits] == [
                f"v{n:09}" for n in range(first, first + len(visits))
            ]
            assert pictured[: len(visits) - 1] == visits[:-1]
            assert len(visits) <= 20
            counts.append(len(visits))
        return counts

    counts = await asyncio.to_thread(kill_many)
    assert len(counts) == 12
    assert max(counts) == 20, "a full history was killed, too"


# Shapes


@settings(max_examples=200, deadline=None, derandomize=True)
@given(crop=st.one_of(st.none(), st.binary(max_size=20)))
def test_only_pictures_are_called_pictures(crop: bytes | None) -> None:
    kind = picture_type(crop)
    assert kind in (None, "image/jpeg", "image/png")
    if kind == "image/jpeg":
        assert crop is not None
        assert crop[:2] == b"\xff\xd8"


async def test_a_png_keeps_its_type(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    await module.send_recognition("anna", image="iVBORw0KGgoAAAANSUhEUg==")
    await settle(hass)
    assert visits_of(entry)[0].content_type == "image/png"
    assert f"{visits_of(entry)[0].visit_id}.png" in await files(folder)
    assert state_of(hass, "image.last_face").state != "unknown"
    (found,) = await reload(hass, entry)
    assert found.content_type == "image/png"


async def test_a_visit_that_goes_on_is_written_now_and_then_and_in_the_end(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    let_pass: LetPass,
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna")

    async def last_seen() -> Any:
        return dt_util.parse_datetime((await lines(folder))[-1]["last_seen"])

    first = await last_seen()
    let_pass(timedelta(seconds=2))
    await come(hass, module, "anna")
    assert await last_seen() == first
    assert visits_of(entry)[0].last_seen > first
    let_pass(timedelta(seconds=4))
    await come(hass, module, "anna")
    second = await last_seen()
    assert second - first >= timedelta(seconds=6)
    let_pass(timedelta(seconds=1))
    await come(hass, module, "anna")
    await hass.config_entries.async_unload(entry.entry_id)
    assert await last_seen() - second >= timedelta(seconds=1)
