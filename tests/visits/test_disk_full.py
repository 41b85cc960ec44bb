"""A disk that takes nothing: said once, nobody stopped, nothing lost."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.visits.book import DATA_BOOK
from simulator import SimulatedModule
from tests.common import (
    come,
    complaints,
    files_in,
    nothing_can_be_written,
    reload,
    rows_of,
    state_of,
    visits_of,
)
from tests.conftest import SetUp, settle

type Full = Callable[[], AbstractContextManager[None]]


async def test_a_full_disk_is_said_once_and_stops_nobody(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await settle(hass)
    with nothing_can_be_written():
        for number in range(12):
            await come(hass, module, f"p{number:02}")
        assert state_of(hass, "event.recognition").attributes["user_id"] == "p11"
        (complaint,) = complaints(caplog)
        assert complaint.startswith("The history cannot be written: ")
        kept = entry.runtime_data.visits.history
        newest = visits_of(entry)[0]
        assert (await kept.async_picture(newest.visit_id))[1].startswith(b"\xff\xd8")
    await come(hass, module, "anna")
    assert "is written again" in caplog.text
    everybody = ["anna", *(f"p{number:02}" for number in reversed(range(12)))]
    assert sorted(row["user_id"] for row in await rows_of(hass)) == sorted(everybody)
    assert [visit.user_id for visit in await reload(hass, entry)] == everybody
    assert all(visit.content_type for visit in visits_of(entry))
    assert len(await files_in(folder)) == 13


async def test_memory_is_bounded_while_the_disk_is_full(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("custom_components.face_module.visits.backlog.BACKLOG", 160)
    entry = await set_up(history_size=10)
    folder = Path(hass.config.path(DOMAIN, entry.entry_id))
    await come(hass, module, *(f"p{number:02}" for number in range(10)))
    assert len(await files_in(folder)) == 10
    book = hass.data[DATA_BOOK]
    with nothing_can_be_written():
        for number in range(100):
            await come(hass, module, f"q{number:03}")
        visits = [key for key in book._backlog.changes if key[0] == "visits"]
        assert len(visits) <= 60, "besides 100 people who were seen"
    await settle(hass)
    latest = [f"q{number:03}" for number in range(60, 100)]
    assert {row["user_id"] for row in await rows_of(hass)} >= set(latest)
    assert len(await reload(hass, entry)) == 10
    assert len(await files_in(folder)) == 10


async def test_a_reload_while_the_disk_is_full_loses_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna")
    with nothing_can_be_written():
        await come(hass, module, "chenwei")
        before = visits_of(entry)
        assert await reload(hass, entry) == before
        assert [visit.user_id for visit in before] == ["chenwei", "anna"]
    await come(hass, module, "")
    people = [visit.user_id for visit in await reload(hass, entry)]
    assert people == ["", "chenwei", "anna"]


async def test_what_is_deleted_while_the_disk_is_full_is_gone_once_it_is_not(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, folder: Path
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna", "chenwei")
    with nothing_can_be_written():
        await entry.runtime_data.visits.forgetting.async_delete((), ["chenwei"])
        assert [visit.user_id for visit in visits_of(entry)] == ["anna"]
        assert len(await files_in(folder)) == 1, "there is room again"
        assert [visit.user_id for visit in await reload(hass, entry)] == ["anna"]
        assert set(entry.runtime_data.visits.seen.names) == {"anna"}
    await settle(hass)
    assert [row["user_id"] for row in await rows_of(hass)] == ["anna"]
    assert len(await files_in(folder)) == 1


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
