"""The book of visits: bounded, whole, and the same after every end."""

import asyncio
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
import sqlite3
import threading
from typing import Any

from homeassistant.components.backup.manager import (
    BackupManager,
    CoreBackupReaderWriter,
)
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, EVENT_HOMEASSISTANT_STOP
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.face_module.backup import async_post_backup, async_pre_backup
from custom_components.face_module.const import DOMAIN
from custom_components.face_module.visits.book import DATA_BOOK, VisitBook
from custom_components.face_module.visits.database import Database
from custom_components.face_module.visits.history import VisitHistory
from custom_components.face_module.visits.rows import Change
from custom_components.face_module.visits.visit import Visit
from simulator import SimulatedModule
from tests.common import (
    come,
    files_in,
    id_of,
    reload,
    rows_in,
    rows_of,
    state_of,
    visits_of,
)
from tests.conftest import LetPass, SetUp, settle
from tests.visits.conftest import as_json

ROOT = Path(__file__).parents[2]


@pytest.fixture
def database(hass: HomeAssistant) -> Path:
    """Where the book is on disk."""
    return Path(hass.config.path(DOMAIN, "visits.db"))


async def test_the_history_is_read_back(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna", "chenwei", "")
    before = visits_of(entry)
    assert await reload(hass, entry) == before
    assert [visit.name for visit in before] == ["", "陈伟", "Anna"]
    assert {visit.content_type for visit in before} == {"image/jpeg"}


async def test_only_so_many_visits_are_kept(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(history_size=10)
    people = [f"p{number:02}" for number in range(25)]
    await come(hass, module, *people)
    assert [visit.user_id for visit in visits_of(entry)] == people[:14:-1]
    rows = {row["user_id"]: row["content_type"] for row in await rows_of(hass)}
    assert rows.keys() == set(people), "the book has all, the history the latest"
    assert {user_id for user_id in people if rows[user_id]} == set(people[15:])
    folder = Path(hass.config.path(DOMAIN, entry.entry_id))
    assert len(await files_in(folder)) == 10, "a picture each"
    before = visits_of(entry)
    assert await reload(hass, entry) == before
    assert all(visit.content_type for visit in before)


@pytest.mark.parametrize("at_once", [2, 200])
async def test_fewer_visits_are_kept_once_the_user_says_so(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    monkeypatch.setattr("custom_components.face_module.visits.backlog.SURPLUS", at_once)
    monkeypatch.setattr("custom_components.face_module.visits.rows.SURPLUS", at_once)
    entry = await set_up()
    await come(hass, module, *(f"p{number:02}" for number in range(15)))
    hass.config_entries.async_update_entry(
        entry, options={**entry.options, "history_size": 10}
    )
    await reload(hass, entry)
    assert len(visits_of(entry)) == 10
    folder = Path(hass.config.path(DOMAIN, entry.entry_id))
    while len(await files_in(folder)) != 10:
        await hass.data[DATA_BOOK].async_flush()
    rows = await rows_of(hass)
    assert len(rows) == 15
    assert sum(row["content_type"] is not None for row in rows) == 10


def aged(visit: Visit, visit_id: str, days: float) -> Visit:
    """Return a visit like another one, so many days ago and without a picture."""
    then = dt_util.utcnow() - timedelta(days=days)
    changes: dict[str, Any] = {"visit_id": visit_id, "user_id": visit_id, "time": then}
    return replace(visit, **changes, last_seen=then, content_type=None)


def clock_was_so_before(kept: VisitHistory) -> None:
    """Let the clock on the wall be believed: it has not moved since it was looked at."""
    kept._clock.was_set()


@pytest.mark.parametrize("at_once", [2, 200])
async def test_pictures_end_after_so_many_days_and_rows_after_more(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    let_pass: LetPass,
    monkeypatch: pytest.MonkeyPatch,
    at_once: int,
) -> None:
    monkeypatch.setattr("custom_components.face_module.visits.backlog.SURPLUS", at_once)
    monkeypatch.setattr("custom_components.face_module.visits.rows.SURPLUS", at_once)
    entry = await set_up(history_days=7, book_days=30)
    folder = Path(hass.config.path(DOMAIN, entry.entry_id))
    await come(hass, module, "anna")
    kept, (anna,) = entry.runtime_data.visits.history, visits_of(entry)
    for number in range(5):
        old = aged(anna, f"chenwei{number}", 6.99)
        kept.async_put(replace(old, content_type="image/jpeg"), b"\xff\xd8face")
    kept.async_put_late([aged(anna, f"marguerite{number}", 29.99) for number in range(5)])
    await settle(hass)
    assert len(await files_in(folder)) == 6

    async def hour() -> None:
        let_pass(timedelta(hours=1))
        clock_was_so_before(kept)
        async_fire_time_changed(hass, dt_util.utcnow())
        await settle(hass)
        for _ in range(10):
            await hass.data[DATA_BOOK].async_flush()

    await hour()
    assert [visit.user_id for visit in visits_of(entry)] == ["anna"]
    assert len(await files_in(folder)) == 1, "older pictures are gone"
    rows = {row["user_id"] for row in await rows_of(hass)}
    assert rows == {"anna", *(f"chenwei{number}" for number in range(5))}
    left = await asyncio.to_thread(contents, folder.parent)
    assert b"marguerite" not in left, "nobody else is named any more"
    assert [visit.user_id for visit in await reload(hass, entry)] == ["anna"]
    assert len(await rows_of(hass)) == 6, "a start deletes no row"


async def test_for_ever_is_for_ever(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, let_pass: LetPass
) -> None:
    entry = await set_up(book_days=0)
    await come(hass, module, "anna")
    kept, (anna,) = entry.runtime_data.visits.history, visits_of(entry)
    kept.async_put_late([aged(anna, "ben", 3000)])
    let_pass(timedelta(hours=1))
    clock_was_so_before(kept)
    async_fire_time_changed(hass, dt_util.utcnow())
    await settle(hass)
    assert {row["user_id"] for row in await rows_of(hass)} == {"anna", "ben"}


def contents(folder: Path) -> bytes:
    """Return all bytes of the files of the book."""
    return b"".join(path.read_bytes() for path in folder.glob("visits.db*"))


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
    clock_was_so_before(kept)
    kept._drop_old()
    assert visits_of(entry) == []
    assert hass.states.get(id_of("image.last_face")).state == "unknown"
    assert state_of(hass, "sensor.last_person").state == "Anna", "that the user kept"


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
        assert {row["name"] for row in await rows_of(hass)} == {"Anna", "Ben"}
        await hass.config_entries.async_remove(second.entry_id)
    assert [row["name"] for row in await rows_of(hass)] == ["Anna"]
    folder = Path(hass.config.path(DOMAIN, entry.entry_id))
    assert len(await files_in(folder)) == 1


async def test_a_visit_that_goes_on_is_written_now_and_then_and_in_the_end(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, let_pass: LetPass
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna")

    async def last_seen() -> timedelta:
        (row,) = await rows_of(hass)
        return timedelta(microseconds=row["last_seen"])

    first = await last_seen()
    let_pass(timedelta(seconds=2))
    await come(hass, module, "anna")
    assert await last_seen() == first
    let_pass(timedelta(seconds=4))
    await come(hass, module, "anna")
    second = await last_seen()
    assert second - first >= timedelta(seconds=6)
    let_pass(timedelta(seconds=1))
    await come(hass, module, "anna")
    await hass.config_entries.async_unload(entry.entry_id)
    assert await last_seen() - second >= timedelta(seconds=1)


# Who waits, and who does not


async def test_nobody_who_waits_for_it_and_gives_up_keeps_a_visit_from_being_written(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    """As an automation whose mode is `restart`, and which asks for the latest picture."""
    await module.send_heartbeat()
    kept = entry.runtime_data.visits.history
    for person in ("anna", "chenwei", ""):
        await module.send_recognition(person)
        waiting = [hass.async_create_task(kept.async_flush()) for _ in range(3)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
    await hass.config_entries.async_unload(entry.entry_id)
    assert [row["user_id"] for row in await rows_of(hass)] == ["anna", "chenwei", ""]


async def test_what_came_last_is_written_when_home_assistant_stops(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna")
    template = visits_of(entry)[0]
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await hass.async_block_till_done()
    kept = entry.runtime_data.visits.history
    kept.async_put(replace(template, visit_id="last", user_id="last"), b"\xff\xd8last")
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done()
    assert [row["user_id"] for row in await rows_of(hass)] == ["anna", "last"]
    assert "last.jpg" in await files_in(Path(hass.config.path(DOMAIN, entry.entry_id)))
    kept.async_put(replace(template, visit_id="late"))
    await kept.async_flush()
    assert not [t for t in threading.enumerate() if DOMAIN in t.name], "the end"


async def test_a_burst_is_written_whole_and_holds_nobody_up(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    stall_guard: dict[str, Any],
) -> None:
    entry = await set_up(history_size=2000)
    await come(hass, module, "anna")
    kept, (template,) = entry.runtime_data.visits.history, visits_of(entry)
    stall_guard["ms"] = 0
    for burst in range(20):
        for number in range(50):
            one = replace(template, visit_id=f"b{burst:02}{number:02}", user_id="burst")
            kept.async_put(one, b"\xff\xd8" * 10_000)
        await asyncio.sleep(0.01)
    await kept.async_flush()
    assert stall_guard["ms"] < 250, stall_guard["in"]
    rows = await rows_of(hass)
    assert len([row for row in rows if row["user_id"] == "burst"]) == 1000
    folder = Path(hass.config.path(DOMAIN, entry.entry_id))
    assert len(await files_in(folder)) == 1001


# Large


async def test_a_large_book_is_opened_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, database: Path
) -> None:
    """The rows of others cost nothing: no set-up reads them."""
    await module.send_heartbeat()
    await come(hass, module, "anna")
    (visit,) = visits_of(entry)

    def fill() -> None:
        work = Database(database, opened=lambda _names: None)
        others = [
            Change(
                "visits",
                ("other", f"o{n}"),
                replace(visit, visit_id=f"o{n}", entry_id="other"),
            )
            for n in range(20_000)
        ]

        def write(db: sqlite3.Connection) -> None:
            for change in others:
                change.apply(db)

        work.run(write)
        work.close()

    await asyncio.to_thread(fill)
    statement = (
        "EXPLAIN QUERY PLAN SELECT * FROM visits WHERE entry_id = ?"
        " ORDER BY time DESC LIMIT ?"
    )

    def plan() -> str:
        with closing(sqlite3.connect(database)) as db:
            return str(db.execute(statement, ("other", 200)).fetchall())

    assert "visits_by_time" in await asyncio.to_thread(plan)
    assert "TEMP B-TREE" not in await asyncio.to_thread(plan)
    assert await reload(hass, entry) == [visit]


# Earlier releases


async def test_what_an_earlier_release_kept_is_taken_over_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    hass_storage: dict[str, Any],
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna", "chenwei")
    first, second = reversed(visits_of(entry))
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.data[DATA_BOOK].async_run(
        lambda db: db.execute("DELETE FROM visits") and None, None
    )
    await hass.data[DATA_BOOK].async_run(
        lambda db: db.execute("DELETE FROM people") and None, None
    )
    journal = "\n".join(
        [
            as_json(replace(first, name="Before")),
            as_json(replace(second, visit_id="gone")),
            "{damaged",
            "null",
            as_json(replace(first, name="Anna")),
            '{"visit_id": "gone", "gone": true}',
            '{"visit_id": "../../secrets"}',
            as_json(replace(second, entry_id="of a copied folder")),
            '{"visit_id": "half',
        ]
    )
    await asyncio.to_thread((folder / "visits.jsonl").write_text, journal)
    hass_storage[f"{DOMAIN}.seen.{entry.entry_id}"] = {
        "version": 1,
        "data": {
            "heard": dt_util.utcnow().isoformat(),
            "people": {"ben": ["Ben", dt_util.utcnow().isoformat()]},
            "forgotten": {"0123456789abcdef": dt_util.utcnow().isoformat()},
        },
    }
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert visits_of(entry) == [second, first]
    assert entry.runtime_data.visits.seen.names == {"ben": "Ben"}
    assert await files_in(folder) == {f"{v.visit_id}.jpg" for v in (first, second)}
    assert not any("seen" in key for key in hass_storage)
    assert [row["mark"] for row in await rows_of(hass, "forgotten")] == ["0123456789abcdef"]
    assert await reload(hass, entry) == [second, first]


# Backups


async def test_a_backup_is_whole_while_people_come(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    tmp_path: Path,
) -> None:
    manager = BackupManager(hass, CoreBackupReaderWriter(hass))
    await manager.load_platforms()
    await settle(hass)
    assert DOMAIN in manager.platforms
    await module.send_heartbeat()
    await come(hass, module, "anna", "chenwei")
    told = {visit.visit_id for visit in visits_of(entry)}
    kept, template = entry.runtime_data.visits.history, visits_of(entry)[0]
    await manager.async_pre_backup_actions()
    before = await files_in(folder)
    stays = await asyncio.to_thread((folder.parent / "visits.db").read_bytes)
    for number in range(30):
        kept.async_put(replace(template, visit_id=f"w{number}"), b"\xff\xd8" * 9000)
    await kept.async_flush()
    # What the user deletes meanwhile is gone for everybody, but no file vanishes.
    await entry.runtime_data.visits.forgetting.async_delete([template.visit_id], ())
    assert template.visit_id not in {row["visit_id"] for row in await rows_of(hass)}
    assert await files_in(folder) == before
    assert stays == await asyncio.to_thread((folder.parent / "visits.db").read_bytes)
    copy = tmp_path / "copy"
    await asyncio.to_thread(copy_torn, folder.parent, copy)
    await manager.async_post_backup_actions()
    assert {
        row["visit_id"] for row in await asyncio.to_thread(rows_in, copy / "visits.db")
    } >= (told - {template.visit_id})
    assert len(await rows_of(hass)) == 31
    assert len(await files_in(folder)) == 31, "and what waited is done"
    assert f"{template.visit_id}.jpg" not in await files_in(folder)


async def test_a_backup_without_any_module_makes_nothing(hass: HomeAssistant) -> None:
    await async_pre_backup(hass)
    hass.data[DATA_BOOK] = VisitBook(hass)
    await async_pre_backup(hass)
    await async_post_backup(hass)
    assert await files_in(Path(hass.config.path(DOMAIN))) == set()


def copy_torn(source: Path, target: Path) -> None:
    """Copy as a backup does: file after file, the last one while it grows."""
    target.mkdir()
    for path in source.glob("visits.db*"):
        raw = path.read_bytes()
        (target / path.name).write_bytes(raw[:-100] if path.name.endswith("wal") else raw)
