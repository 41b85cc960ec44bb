"""What an unlucky end leaves behind: damaged files, and processes that were killed."""

import asyncio
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
import sqlite3
import subprocess
import sys

from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.visits.book import DATA_BOOK, VisitBook
from simulator import SimulatedModule
from tests.common import (
    come,
    complaints,
    files_in,
    reload,
    rows_of,
    state_of,
    visits_of,
)
from tests.conftest import settle
from tests.visits.conftest import alone, as_json

ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(hass: HomeAssistant) -> Path:
    """Where the book is on disk."""
    return Path(hass.config.path(DOMAIN, "visits.db"))


def spoil_header(path: Path) -> None:
    path.write_bytes(b"garbage" * 1000)


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def spoil_pages(path: Path) -> None:
    raw = path.read_bytes()
    path.write_bytes(raw[:4096] + b"\xa5" * (len(raw) - 4096))


def come_from_later(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA user_version = 99")


def change_schema(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("ALTER TABLE visits DROP COLUMN reason")


def be_of_somebody_else(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE recipes (name TEXT)")


@pytest.mark.parametrize(
    "spoil",
    [
        *(spoil_header, cut_off, spoil_pages),
        *(come_from_later, change_schema, be_of_somebody_else),
    ],
)
async def test_a_book_that_cannot_be_read_is_put_aside_and_said(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    database: Path,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[Path], None],
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna")
    await hass.config_entries.async_unload(entry.entry_id)
    await alone(hass)
    await hass.async_add_executor_job(hass.data[DATA_BOOK]._database.close)
    await asyncio.to_thread(spoil, database)
    spoilt = await asyncio.to_thread(database.read_bytes)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert visits_of(entry) == []
    aside = database.parent / "visits.db.damaged-1"
    assert spoilt[:16] == (await asyncio.to_thread(aside.read_bytes))[:16]
    assert complaints(caplog) == [
        "The history is damaged; it was put aside as visits.db.damaged-1"
    ]
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "book_damaged")
    assert issue is not None
    assert issue.translation_placeholders == {"files": "visits.db.damaged-1"}
    await module.send_heartbeat()
    await come(hass, module, "chenwei")
    assert [row["user_id"] for row in await rows_of(hass)] == ["chenwei"]
    assert [visit.user_id for visit in await reload(hass, entry)] == ["chenwei"]
    # Once the user has removed it, and restarted.
    await asyncio.to_thread(aside.unlink)
    await hass.async_add_executor_job(hass.data[DATA_BOOK]._database.close)
    await reload(hass, entry)
    assert ir.async_get(hass).async_get_issue(DOMAIN, "book_damaged") is None


async def test_a_byte_that_went_bad_in_a_name_costs_that_character(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    database: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna", "chenwei")
    await hass.config_entries.async_unload(entry.entry_id)
    await alone(hass)
    await hass.async_add_executor_job(hass.data[DATA_BOOK]._database.close)
    raw = await asyncio.to_thread(database.read_bytes)
    await asyncio.to_thread(database.write_bytes, raw.replace(b"Anna", b"A\xeena"))
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert [visit.user_id for visit in visits_of(entry)] == ["chenwei", "anna"]
    assert visits_of(entry)[1].name == "A\ufffdna"
    assert complaints(caplog) == []


async def test_a_copy_that_takes_the_place_of_the_book_is_read_as_it_is(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    database: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna")
    copy = database.with_name("copy.db")

    def keep() -> None:
        with closing(sqlite3.connect(database)) as db, closing(sqlite3.connect(copy)) as to:
            db.backup(to)

    await rows_of(hass)
    await asyncio.to_thread(keep)
    # What is written meanwhile is beside the book, and says nothing of the copy.
    await come(hass, module, "chenwei", "li_na")
    await rows_of(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    await asyncio.to_thread(copy.replace, database)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert [visit.user_id for visit in visits_of(entry)] == ["anna"]
    assert complaints(caplog) == []


async def test_a_folder_that_was_deleted_is_made_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await come(hass, module, "anna")
    await asyncio.to_thread(remove, folder.parent)
    kept = entry.runtime_data.visits.history
    assert await kept.async_picture(visits_of(entry)[0].visit_id) is None
    await come(hass, module, "chenwei")
    assert len(await files_in(folder)) == 1
    assert state_of(hass, "event.recognition").attributes["user_id"] == "chenwei"
    assert [visit.user_id for visit in await reload(hass, entry)] == ["chenwei"]
    assert complaints(caplog) == []


def remove(folder: Path) -> None:
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


@pytest.mark.parametrize(
    ("column", "value"),
    [("verdict", "of a later release"), ("time", "yesterday"), ("visit_id", "../../x")],
)
async def test_what_only_a_later_release_understands_is_not_shown_and_left_alone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    database: Path,
    column: str,
    value: str,
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna")
    (visit,) = visits_of(entry)
    await hass.config_entries.async_unload(entry.entry_id)

    def change() -> None:
        with closing(sqlite3.connect(database)) as db:
            db.execute(f"UPDATE visits SET {column} = ?", (value,))
            db.commit()

    await asyncio.to_thread(change)
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert visits_of(entry) == []
    (row,) = await rows_of(hass)
    assert row[column] == value
    kept = column != "visit_id"
    assert await files_in(folder) == ({f"{visit.visit_id}.jpg"} if kept else set())
    await entry.runtime_data.visits.forgetting.async_delete_all()
    assert await rows_of(hass) == []
    assert await files_in(folder) == set(), "everything is everything"


async def test_what_no_database_can_hold_costs_no_other_visit(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await come(hass, module, "anna")
    kept, (visit,) = entry.runtime_data.visits.history, visits_of(entry)
    kept.async_put(replace(visit, visit_id="odd1", name="\ud800"))
    kept.async_put(replace(visit, visit_id="odd2", score=float("nan")))
    kept.async_put(replace(visit, visit_id="fine"))
    await settle(hass)
    assert [row["visit_id"] for row in await rows_of(hass)] == [visit.visit_id, "fine"]


# Writes visits in child processes, with the very code that the integration uses, and
# kills each -9 after a while.
_KILLER = """
import json, os, signal, sys, time
from pathlib import Path
from custom_components.face_module.visits.crops import Crops
from custom_components.face_module.visits.database import Database
from custom_components.face_module.visits.rows import Change
from custom_components.face_module.visits.visit import Visit

base, template = Path(sys.argv[1]), json.loads(sys.argv[2])
KEPT = 5
crop = lambda number: f"{number:09}".encode() * 4_444
for round_ in range(12):
    folder = base / f"killed{round_:02}"
    if not (child := os.fork()):
        crops = Crops(folder)
        database = Database(folder / "visits.db", opened=lambda names: None)
        for number in range(10**9):
            visit = Visit.from_dict(template | {"visit_id": f"v{number:09}"})
            changes = [Change("visits", ("door", visit.visit_id), visit)]
            crops.keep(visit, crop(number))
            if number >= KEPT:
                oldest = f"v{number - KEPT:09}"
                changes.append(Change("visits", ("door", oldest)))
            database.run(lambda db: [change.apply(db) for change in changes])
            if number >= KEPT:
                crops.remove("door", oldest)
            crops.write()
            if number % 50 == 49:
                database.erase()
    while not (folder / "door").exists():
        time.sleep(0.001)
    time.sleep(0.02 + round_ * 0.00737)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
"""


async def test_killing_it_between_any_two_writes_leaves_a_true_history(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, tmp_path: Path
) -> None:
    await come(hass, module, "anna")
    template = as_json(replace(visits_of(entry)[0], entry_id="door"))
    await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", _KILLER, str(tmp_path), template],
        cwd=ROOT,
        check=True,
    )
    folders = await asyncio.to_thread(lambda: sorted(tmp_path.glob("killed*")))
    assert len(folders) == 12
    most = 0
    for folder in folders:
        book = VisitBook(hass)
        book._database._path = folder / "visits.db"
        book.crops._root = folder
        visits = await book.async_load("door", 1000, 0)
        await book._async_close(Event("the end"))
        pictured = [visit for visit in visits if visit.content_type]
        wanted = {f"{visit.visit_id}.jpg" for visit in pictured}
        assert await files_in(folder / "door") == wanted, "nothing half, nothing left over"
        assert not any("damaged" in name for name in await files_in(folder))
        for visit in pictured:
            expected = visit.visit_id[1:].encode() * 4_444
            picture = await asyncio.to_thread(book.crops.read, visit)
            assert picture == expected, "their own, and whole"
        # In order and without a hole: what was written is there, but for the picture of
        # the last one.
        numbers = sorted(int(visit.visit_id[1:]) for visit in visits)
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        last = max(visits, key=lambda visit: visit.visit_id)
        assert len(pictured) >= len(visits) - 1
        assert [v for v in visits if v not in pictured] in ([], [last])
        assert len(visits) <= 5
        most = max(most, len(visits))
    assert most == 5, "a full history was killed, too"
