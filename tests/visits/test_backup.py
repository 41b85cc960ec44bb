"""Home Assistant's own backup, made while people come, and restored as it restores it."""

import asyncio
from collections.abc import Callable
from contextlib import closing
import json
from pathlib import Path, PurePath
import sqlite3
from threading import Event
from typing import Any

from homeassistant.backup_restore import restore_backup
from homeassistant.components.backup import BackupManagerError, manager
from homeassistant.components.backup.const import DATA_MANAGER
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from securetar import atomic_contents_add

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.visits.book import DATA_BOOK
from simulator import SimulatedModule
from tests.common import come, complaints, files_in, rows_in, visits_of
from tests.conftest import SetUp, settle

pytestmark = pytest.mark.real_time


@pytest.fixture
async def backups(hass: HomeAssistant) -> None:
    """Home Assistant's backups, before its server starts."""
    assert await async_setup_component(hass, "backup", {})


class SlowCopy:
    """Waits between the database and what is beside it."""

    def __init__(self) -> None:
        self.begun, self.go_on = Event(), Event()

    def add(self, *, file_filter: Callable[[PurePath], bool], **more: Any) -> None:
        def check(path: PurePath) -> bool:
            if path.name == "visits.db-wal":
                self.begun.set()
                assert self.go_on.wait(60)
            return file_filter(path)

        atomic_contents_add(file_filter=check, **more)


@pytest.fixture
def slow_copy(monkeypatch: pytest.MonkeyPatch) -> SlowCopy:
    copy = SlowCopy()
    monkeypatch.setattr(manager, "atomic_contents_add", copy.add)
    return copy


async def make_backup(hass: HomeAssistant) -> None:
    """Make a backup of everything, as the user does it."""
    await hass.data[DATA_MANAGER].async_create_backup(
        agent_ids=["backup.local"],
        include_addons=None,
        include_all_addons=False,
        include_database=True,
        include_folders=None,
        include_homeassistant=True,
        name="in the middle of it",
        password=None,
    )


def restore(config: Path) -> None:
    """Restore the only backup there is: what Home Assistant does when it starts."""
    (path,) = (config / "backups").glob("*.tar")
    wish = {
        "path": str(path),
        "password": None,
        "remove_after_restore": False,
        "restore_database": True,
        "restore_homeassistant": True,
    }
    (config / ".HA_RESTORE").write_text(json.dumps(wish))
    assert restore_backup(str(config))


def is_whole(path: Path) -> bool:
    with closing(sqlite3.connect(path)) as db:
        return bool(db.execute("PRAGMA integrity_check").fetchall() == [("ok",)])


async def stop(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Let nobody have the book open any more."""
    await hass.config_entries.async_unload(entry.entry_id)
    await settle(hass)
    await hass.async_add_executor_job(hass.data[DATA_BOOK]._database.close)


async def test_a_backup_made_while_people_come_restores_to_a_whole_book(
    hass: HomeAssistant,
    backups: None,
    set_up: SetUp,
    module: SimulatedModule,
    slow_copy: SlowCopy,
    caplog: pytest.LogCaptureFixture,
) -> None:
    entry = await set_up(history_size=1000)
    config = Path(hass.config.config_dir)
    await module.send_heartbeat()
    await come(hass, module, *(f"p{number:03}" for number in range(20)))
    answered = [visit.user_id for visit in reversed(visits_of(entry))]
    assert len(answered) == 20
    making = hass.async_create_task(make_backup(hass))
    assert await asyncio.to_thread(slow_copy.begun.wait, 60)
    for number in range(20, 180):
        await module.send_recognition(f"p{number:03}")
    # The user tidies up meanwhile, which makes the database anew.
    first = next(one for one in visits_of(entry) if one.user_id == "p020")
    await entry.runtime_data.visits.forgetting.async_delete([first.visit_id], ())
    slow_copy.go_on.set()
    await making
    await settle(hass)
    told = [visit.user_id for visit in reversed(visits_of(entry))]
    assert len(told) == 179, "nobody was lost because of it"
    await stop(hass, entry)
    await asyncio.to_thread(restore, config)
    database = config / DOMAIN / "visits.db"
    assert await asyncio.to_thread(is_whole, database)
    rows = await asyncio.to_thread(rows_in, database)
    kept = [row["user_id"] for row in rows]
    assert kept[:20] == answered, "whoever was answered before is there"
    assert kept == told[: len(kept)], "and of who came meanwhile all up to somebody"
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    known = {visit.user_id: visit for visit in visits_of(entry) if not visit.late}
    assert set(known) >= set(answered)
    history = entry.runtime_data.visits.history
    for user_id in answered:
        picture = await history.async_picture(known[user_id].visit_id)
        assert picture is not None
        assert picture[1].startswith(b"\xff\xd8")
    assert ir.async_get(hass).async_get_issue(DOMAIN, "book_damaged") is None
    assert complaints(caplog) == []
    assert await asyncio.to_thread(is_whole, database)
    await come(hass, module, "anna")
    assert visits_of(entry)[0].user_id == "anna"


async def test_what_was_erased_before_a_backup_is_not_in_it(
    hass: HomeAssistant, backups: None, set_up: SetUp, module: SimulatedModule
) -> None:
    entry = await set_up()
    config = Path(hass.config.config_dir)
    await module.send_heartbeat()
    await come(hass, module, "anna", "chenwei")
    await entry.runtime_data.visits.forgetting.async_delete((), ["anna"])
    await make_backup(hass)
    await stop(hass, entry)
    await asyncio.to_thread(restore, config)
    files = sorted((config / DOMAIN).glob("visits.db*"))
    assert files
    for path in files:
        assert b"Anna" not in await asyncio.to_thread(path.read_bytes), path.name
    assert len(list((config / DOMAIN / entry.entry_id).iterdir())) == 1


async def test_a_mark_that_cannot_be_removed_keeps_no_picture_of_who_is_deleted(
    hass: HomeAssistant,
    backups: None,
    entry: MockConfigEntry,
    module: SimulatedModule,
    slow_copy: SlowCopy,
    folder: Path,
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna")
    assert await files_in(folder)
    making = hass.async_create_task(make_backup(hass))
    assert await asyncio.to_thread(slow_copy.begun.wait, 60)

    def replace_mark() -> None:
        """Let it be nothing that can be unlinked."""
        mark = Path(hass.config.path(".storage", f"{DOMAIN}.backup"))
        mark.unlink()
        mark.mkdir()

    await asyncio.to_thread(replace_mark)
    slow_copy.go_on.set()
    with pytest.raises(BackupManagerError):
        await making
    await entry.runtime_data.visits.forgetting.async_delete((), ["anna"])
    assert not await files_in(folder)
