"""What is deleted is gone: rows, pictures, and what files keep of them."""

import asyncio
from dataclasses import replace
import errno
import os
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule
from tests.common import come, complaints, files_in, reload, rows_of, visits_of
from tests.conftest import settle

MARKER = "Marguerite-Unforgettable"


def contents(folder: Path) -> bytes:
    """Return every byte of every file, and every name."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return b"".join(path.name.encode() + path.read_bytes() for path in paths)


async def people(hass: HomeAssistant, module: SimulatedModule) -> None:
    await module.send_heartbeat()
    for user_id, name in (("anna", "Anna"), ("marked", MARKER), ("ben", "Ben")):
        await module.send_recognition(user_id, username=name)
    await settle(hass)


@pytest.mark.parametrize("at_hand", [True, False], ids=["in memory", "in the book"])
@pytest.mark.parametrize("what", ["visit", "person", "everything"])
async def test_of_a_name_that_is_deleted_no_file_knows_any_more(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    what: str,
    at_hand: bool,
) -> None:
    await people(hass, module)
    visits = entry.runtime_data.visits
    marked = next(v for v in visits_of(entry) if v.name == MARKER)
    # Many rows, so that pages were split and moved.
    others = [replace(marked, visit_id=f"x{n}", content_type=None) for n in range(150)]
    visits.history.async_put_late(others)
    await settle(hass)
    assert MARKER.encode() in await asyncio.to_thread(contents, folder.parent)
    ids = [visit.visit_id for visit in visits_of(entry) if visit.name == MARKER]
    if not at_hand:
        visits.history._forget(ids)
    if what == "visit":
        await visits.forgetting.async_delete(ids, ())
        await visits.forgetting.async_delete((), ["marked"])
    elif what == "person":
        await visits.forgetting.async_delete((), ["marked"])
    else:
        await visits.forgetting.async_delete_all()
    left = await asyncio.to_thread(contents, folder.parent)
    assert MARKER.encode() not in left
    assert b"marked" not in left
    assert marked.visit_id.encode() not in left, "nor the picture"
    rows = {row["name"] for row in await rows_of(hass)}
    assert rows == (set() if what == "everything" else {"Anna", "Ben"})
    await module.send_heartbeat()
    await reload(hass, entry)
    assert MARKER not in {visit.name for visit in visits_of(entry)}


async def test_nothing_of_a_deleted_face_stays_on_disk(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    await come(hass, module, "anna")
    visit = visits_of(entry)[0]
    kept = entry.runtime_data.visits.history
    # The same visit told again, with a picture of another kind; and half a picture.
    kept.async_put(replace(visit, content_type="image/png"), b"\x89PNG\r\n\x1a\nx")
    await settle(hass)
    assert await files_in(folder) == {f"{visit.visit_id}.png"}
    await asyncio.to_thread((folder / f"{visit.visit_id}.jpg.tmp").write_bytes, b"face")
    await kept.async_delete([visit.visit_id])
    assert await files_in(folder) == set()


async def test_a_picture_that_cannot_be_removed_is_said_and_its_visit_is_gone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def refused(path: str) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    await come(hass, module, "anna", "chenwei")
    await module.send_heartbeat()
    visit = visits_of(entry)[1]
    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", refused)
        await entry.runtime_data.visits.forgetting.async_delete([visit.visit_id], [])
    assert complaints(caplog) == ["The history cannot be written: Operation not permitted"]
    assert [row["user_id"] for row in await rows_of(hass)] == ["chenwei"]
    assert f"{visit.visit_id}.jpg" in await files_in(folder)
    # It is tried again with whatever comes next.
    await come(hass, module, "anna")
    await entry.runtime_data.visits.history.async_flush()
    assert f"{visit.visit_id}.jpg" not in await files_in(folder)
    assert "The history is written again" in caplog.text
    assert len(await reload(hass, entry)) == 2


async def test_what_can_be_removed_is_though_another_picture_cannot(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await come(hass, module, "anna", "chenwei")
    visits = visits_of(entry)
    stays, _ = sorted(await files_in(folder))
    unlink = os.unlink

    def refused(path: str) -> None:
        if path.endswith(stays):
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        unlink(path)

    with monkeypatch.context() as patched:
        patched.setattr(os, "unlink", refused)
        ids = [visit.visit_id for visit in visits]
        await entry.runtime_data.visits.forgetting.async_delete(ids, [])
        assert await files_in(folder) == {stays}
    await entry.runtime_data.visits.history.async_flush()
    assert await files_in(folder) == set()


async def test_removing_the_entry_removes_everything(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    await come(hass, module, "anna")
    await hass.config_entries.async_unload(entry.entry_id)
    assert len(await files_in(folder)) == 1
    await asyncio.to_thread(Path(f"{folder.parent}/visits.db.damaged-1").touch)
    await hass.config_entries.async_remove(entry.entry_id)
    assert await files_in(Path(hass.config.path(DOMAIN))) == set()
