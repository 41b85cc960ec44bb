"""Pictures of visits: whole or not there, and nobody else's."""

import asyncio
from dataclasses import replace
import errno
import os
from pathlib import Path
import threading
from typing import Any

from homeassistant.core import HomeAssistant
from hypothesis import given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.pictures.kinds import picture_type
from custom_components.face_module.visits import crops
from custom_components.face_module.visits.book import DATA_BOOK
from custom_components.face_module.visits.visit import Visit
from simulator import SimulatedModule
from tests.common import (
    come,
    complaints,
    eventually,
    files_in,
    id_of,
    reload,
    state_of,
    visits_of,
)
from tests.conftest import SetUp, settle


async def written(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> Visit:
    await module.send_heartbeat()
    await come(hass, module, "anna")
    return visits_of(entry)[0]


@pytest.mark.parametrize("name", ["orphan.jpg", "half.jpg.tmp", "early.json", "orphan.png"])
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
    assert await files_in(folder) == {f"{visit.visit_id}.jpg"}


async def test_what_others_put_into_the_folder_stays(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    await written(hass, entry, module)
    await asyncio.to_thread((folder / "notes.txt").write_text, "mine")
    await reload(hass, entry)
    assert "notes.txt" in await files_in(folder)


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


async def test_under_the_name_of_a_visit_there_never_is_another_face(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """When one goes for one that comes, and at every step of it."""
    entry = await set_up(history_size=10)
    folder = Path(hass.config.path("face_module", entry.entry_id))
    faces: dict[str, bytes] = {}
    wrong: list[str] = []

    def look() -> None:
        for path in folder.glob("*.*"):
            face = path.read_bytes()
            if face and not faces[path.name.partition(".")[0]].startswith(face):
                wrong.append(path.name)

    def watch(step: str) -> None:
        real = getattr(os, step)

        def watched(*args: Any) -> Any:
            result = real(*args)
            look()
            return result

        monkeypatch.setattr(os, step, watched)

    for step in ("replace", "unlink"):
        watch(step)
    await module.send_heartbeat()
    await come(hass, module, "anna")
    kept, (template,) = entry.runtime_data.visits.history, visits_of(entry)
    faces[template.visit_id] = (await kept.async_picture(template.visit_id))[1]
    for number in range(25):
        visit = replace(template, visit_id=f"v{number:02}")
        faces[visit.visit_id] = b"\xff\xd8" + visit.visit_id.encode() * 500
        kept.async_put(visit, faces[visit.visit_id])
        await settle(hass)
    monkeypatch.undo()
    assert wrong == []
    assert len(await files_in(folder)) == 10


async def test_a_picture_belongs_to_nobody_else_on_this_computer(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    await written(hass, entry, module)

    def modes() -> set[int]:
        ours = [*folder.iterdir(), *folder.parent.glob("visits.db*")]
        return {path.stat().st_mode & 0o777 for path in ours}

    assert await asyncio.to_thread(modes) == {0o600}


async def test_a_png_keeps_its_type(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    await module.send_recognition("anna", image="iVBORw0KGgoAAAANSUhEUg==")
    await settle(hass)
    assert visits_of(entry)[0].content_type == "image/png"
    assert f"{visits_of(entry)[0].visit_id}.png" in await files_in(folder)
    assert state_of(hass, "image.last_face").state != "unknown"
    (found,) = await reload(hass, entry)
    assert found.content_type == "image/png"


async def test_a_write_that_fails_leaves_no_half_of_a_face(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(path: str, target: str) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", broken)
        await come(hass, module, "anna")
        assert await files_in(folder) == set()
        assert complaints(caplog) == ["The history cannot be written: Input/output error"]
    assert await entry.runtime_data.visits.history.async_path(visits_of(entry)[0])


async def test_memory_keeps_the_latest_of_what_cannot_be_written(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await come(hass, module, "anna")
    kept, (template,) = entry.runtime_data.visits.history, visits_of(entry)
    face = b"\xff\xd8" * 500

    def broken(path: str, target: str) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(crops, "UNWRITTEN_BYTES", 5 * len(face))
        patched.setattr(os, "replace", broken)
        for number in range(12):
            kept.async_put(replace(template, visit_id=f"v{number:02}"), face)
            await settle(hass)
        assert await kept.async_picture("v11") == ("image/jpeg", face)
        assert await kept.async_picture("v06") is None
    await kept.async_flush()
    names = {f"v{number:02}.jpg" for number in range(7, 12)}
    assert await files_in(folder) == names | {f"{template.visit_id}.jpg"}
    pictured = {v.visit_id for v in await reload(hass, entry) if v.content_type}
    assert pictured == {name.removesuffix(".jpg") for name in await files_in(folder)}


@settings(max_examples=200, deadline=None, derandomize=True)
@given(crop=st.one_of(st.none(), st.binary(max_size=20)))
def test_only_pictures_are_called_pictures(crop: bytes | None) -> None:
    kind = picture_type(crop)
    assert kind in (None, "image/jpeg", "image/png")
    if kind == "image/jpeg":
        assert crop is not None
        assert crop[:2] == b"\xff\xd8"


async def test_a_picture_that_was_there_before_its_visit_goes_with_it(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    entry = await set_up(history_size=10)
    book, folder = hass.data[DATA_BOOK], Path(hass.config.path(DOMAIN, entry.entry_id))
    writes, may_write, may_go_on = (threading.Event() for _ in range(3))
    write = book.crops.write

    def slowly() -> None:
        writes.set()
        may_write.wait(10)
        write()
        may_go_on.wait(10)

    monkeypatch.setattr(book.crops, "write", slowly)
    await module.send_recognition("first")
    await eventually(writes.is_set)
    for number in range(9):
        await module.send_recognition(f"p{number}")
    may_write.set()
    await eventually(lambda: len(list(folder.glob("*.jpg"))) == 10)
    await module.send_recognition("p9")
    await module.send_recognition("p10")
    may_go_on.set()
    await settle(hass)
    assert await files_in(folder) == {f"{v.visit_id}.jpg" for v in visits_of(entry)}
