"""What was missed enters the history, marked late, and fires nothing."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
import time
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module.client import Record
from custom_components.face_module.const import DOMAIN
from custom_components.face_module.visits.book import DATA_BOOK
from custom_components.face_module.visits.rows import Change, to_number
from custom_components.face_module.visits.seen import PEOPLE_KEPT
from simulator import Record as ModuleRecord, SimulatedModule
from tests.common import complaints, heard, requests, rows_of, state_of, visits_of
from tests.conftest import LetPass, SetUp, settle
from tests.visits.conftest import Events
from tests.websocket.test_visits import subscribe


def record(user_id: str, ago: float, name: str = "Anna") -> ModuleRecord:
    return ModuleRecord(user_id, name, 0.9712, int(time.time() - ago))


async def known(hass: HomeAssistant, module: SimulatedModule) -> None:
    """Let Home Assistant know Anna, and that it hears the module."""
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)


def silence(entry: MockConfigEntry, seconds: float) -> None:
    """Pretend that the last heartbeat was so long ago."""
    entry.runtime_data.back_fill._heard_at -= seconds


def silence_since_start(entry: MockConfigEntry, seconds: float) -> None:
    """Pretend that Home Assistant heard nothing for so long before it started."""
    entry.runtime_data.back_fill._heard_at = None
    entry.runtime_data.visits.seen.heard = dt_util.utcnow() - timedelta(seconds=seconds)


async def test_who_came_during_an_outage_is_in_the_history_and_fires_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await known(hass, module)
    events = Events(hass)
    # Anna's visit just now is not the outage; that was the hour before.
    module.records = [
        record("anna", 3000),
        record("anna", 2995),
        record("anna", 1500),
        record("chenwei", 1500),
        record("anna", 5000),
        record("anna", 1),
    ]
    silence(entry, 3600)
    await module.send_heartbeat()
    await settle(hass)
    late = [visit for visit in visits_of(entry) if visit.late]
    assert [round((dt_util.utcnow() - v.time).total_seconds(), -2) for v in late] == [
        1500,
        3000,
    ]
    assert {(v.user_id, v.name, v.score, v.content_type) for v in late} == {
        ("anna", "Anna", 97.1, None)
    }
    assert events.told == []
    assert entry.runtime_data.back_fill.filled == 2
    await module.send_heartbeat()
    await settle(hass)
    assert len(visits_of(entry)) == 3, "once"


async def test_a_card_that_is_open_shows_them_at_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await known(hass, module)
    client = await hass_ws_client(hass)
    assert len(await subscribe(client)) == 1
    module.records = [record("anna", 3000), record("anna", 1500)]
    silence(entry, 3600)
    await module.send_heartbeat()
    await settle(hass)
    told = await heard(client)
    assert told["type"] == "visits"
    assert [visit["late"] for visit in told["visits"]] == [False, True, True]


async def test_a_restart_of_home_assistant_is_a_gap_too(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await known(hass, module)
    await hass.config_entries.async_unload(entry.entry_id)
    assert [row["user_id"] for row in await rows_of(hass, "people")] == ["anna"]
    ago = to_number(dt_util.utcnow() - timedelta(hours=2))
    hass.data[DATA_BOOK].async_write(Change("heard", (entry.entry_id,), (ago,)))
    module.records = [record("anna", 1800)]
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    events = Events(hass)
    await module.send_heartbeat()
    await settle(hass)
    assert [visit.late for visit in visits_of(entry)] == [False, True]
    assert events.told == []
    assert state_of(hass, "sensor.last_person").state != "unavailable"


async def test_who_comes_during_a_quick_reload_is_in_the_history(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(visit_window=0)
    await known(hass, module)
    module.add_user("ben", "Ben")
    await module.send_recognition("ben", username="Ben")
    await settle(hass)
    await hass.config_entries.async_unload(entry.entry_id)
    # Nobody hears of him, and it takes no second.
    await module.walk_by("ben")
    module.records = [one for one in module.records if one.user_id == "ben"]
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert [visit.name for visit in visits_of(entry)] == ["Ben", "Anna"]
    # His visit before is so near that it would be the same one.
    (ben, _anna) = visits_of(entry)
    await entry.runtime_data.visits.history.async_delete([ben.visit_id])
    events = Events(hass)
    await module.send_heartbeat()
    await settle(hass)
    # In whatever order: records have whole seconds.
    assert {(visit.name, visit.late) for visit in visits_of(entry)} == {
        ("Ben", True),
        ("Anna", False),
    }
    assert events.told == []


async def test_who_was_told_before_a_reload_is_not_entered_again(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(visit_window=0)
    await module.send_heartbeat()
    await module.walk_by("anna")
    await settle(hass)
    assert len(module.records) == 1
    for _ in range(3):
        await hass.config_entries.async_reload(entry.entry_id)
        await settle(hass)
        await module.send_heartbeat()
        await settle(hass)
    assert requests(module).count("SearchRecords") == 3
    assert [visit.late for visit in visits_of(entry)] == [False]


async def test_late_visits_neither_last_nor_go_on(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await known(hass, module)
    module.records = [record("anna", 40)]
    silence(entry, 60)
    await module.send_heartbeat()
    await settle(hass)
    assert [visit.late for visit in visits_of(entry)] == [False, True]
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert [visit.late for visit in visits_of(entry)] == [False, True]


async def test_a_module_that_restarted_in_1970_is_understood(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await known(hass, module)
    module.clock_offset = -time.time() + 10_000
    module.records = [
        # Before its restart it knew the time, after it only how long it is on.
        record("anna", 1000),
        ModuleRecord("anna", "Anna", 0.95, 10_000 - 300),
    ]
    silence(entry, 2000)
    await module.send_heartbeat()
    await settle(hass)
    assert len(visits_of(entry)) == 1, "not before it is known what time it is there"
    await asyncio.sleep(0.6)
    await module.send_heartbeat()
    await settle(hass)
    late = [visit for visit in visits_of(entry) if visit.late]
    ages = [(dt_util.utcnow() - visit.time).total_seconds() for visit in late]
    assert [round(age, -1) for age in ages] == [300, 1000]
    assert late[0].device_time == datetime.fromtimestamp(9_700, UTC)


async def test_an_outage_within_the_outage_is_no_loss(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(entry.runtime_data.back_fill, "_wait", 0)
    await known(hass, module)
    module.records = [record("anna", 1000)]
    module.faults.garbage = True
    silence(entry, 2000)
    await module.send_heartbeat()
    await settle(hass)
    assert len(visits_of(entry)) == 1
    module.faults.clear()
    await module.send_heartbeat()
    await settle(hass)
    assert [visit.late for visit in visits_of(entry)] == [False, True]
    assert complaints(caplog) == []


async def test_a_refusal_means_none_for_that_person_and_is_the_end_of_it(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await known(hass, module)
    await module.send_recognition("chenwei")
    await settle(hass)
    module.records = [record("anna", 1000), record("chenwei", 1000)]
    module.faults.refuse = {"SearchRecords"}
    silence(entry, 2000)
    for _ in range(4):
        await module.send_heartbeat()
        await settle(hass)
    assert requests(module).count("SearchRecords") == 2, "one each, and not again"
    module.faults.clear()
    silence(entry, 2000)
    await module.send_heartbeat()
    await settle(hass)
    assert {v.user_id for v in visits_of(entry) if v.late} == {"anna", "chenwei"}


async def test_a_module_that_fails_is_asked_less_and_less(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await known(hass, module)
    back_fill = entry.runtime_data.back_fill
    module.faults.garbage = True
    silence(entry, 2000)
    waits = []
    for _ in range(12):
        for _ in range(3):
            await module.send_heartbeat()
            await settle(hass)
        waits.append(back_fill._not_before - hass.loop.time())
        back_fill._not_before = hass.loop.time()
    assert requests(module).count("SearchRecords") == 12, "not at every heartbeat"
    assert waits[0] < 10 < waits[3]
    assert max(waits) <= 600


async def test_a_deleted_visit_does_not_come_back(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await module.walk_by("anna", score=0.97)
    await settle(hass)
    assert len(module.records) == 1
    await entry.runtime_data.visits.forgetting.async_delete(
        [visits_of(entry)[0].visit_id], ()
    )
    silence(entry, 600)
    await module.send_heartbeat()
    await settle(hass)
    assert "SearchRecords" in [request.name for request in module.requests]
    assert visits_of(entry) == []
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    silence_since_start(entry, 600)
    await module.send_heartbeat()
    await settle(hass)
    assert visits_of(entry) == [], "not after a restart, either"


async def test_what_is_deleted_while_records_are_read_does_not_come_back(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await known(hass, module)
    module.records = [record("anna", 1000)]
    module.faults.latency = 0.3
    silence(entry, 2000)
    await module.send_heartbeat()
    await asyncio.sleep(0.1)
    await entry.runtime_data.visits.forgetting.async_delete_all()
    await settle(hass)
    assert visits_of(entry) == []
    module.faults.clear()


async def test_a_visit_of_many_records_is_entered_once(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await known(hass, module)
    module.records = [record("anna", 1000 - 10 * number) for number in range(7)]
    for _ in range(3):
        silence(entry, 2000)
        await module.send_heartbeat()
        await settle(hass)
    late = [visit for visit in visits_of(entry) if visit.late]
    assert len(late) == 1
    assert 58 <= (late[0].last_seen - late[0].time).total_seconds() <= 62


async def test_a_known_visit_is_not_entered_again_at_another_time(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    """The module's clock is an hour ahead, and left alone."""
    entry = await set_up(keep_clock_set=False)
    module.clock_offset = 3600
    await known(hass, module)
    (visit,) = visits_of(entry)
    device_time = int(visit.device_time.timestamp())
    module.records = [
        ModuleRecord("anna", "Anna", 0.97, device_time),
        ModuleRecord("anna", "Anna", 0.97, device_time - 7200),
    ]
    silence(entry, 5400)
    await module.send_heartbeat()
    await settle(hass)
    assert visits_of(entry) == [visit]


async def test_a_second_outage_while_the_first_is_filled_is_filled_too(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await known(hass, module)
    module.records = [record("anna", 1000)]
    module.faults.latency = 0.2
    silence(entry, 2000)
    await module.send_heartbeat()
    await asyncio.sleep(0.05)
    module.records.append(record("anna", 200))
    silence(entry, 300)
    await module.send_heartbeat()
    await settle(hass)
    module.faults.clear()
    assert requests(module).count("SearchRecords") == 2
    assert [visit.late for visit in visits_of(entry)] == [False, True, True]


async def test_nothing_is_entered_after_the_entry_was_unloaded(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await known(hass, module)
    module.records = [record("anna", 1000)]
    module.faults.latency = 0.3
    silence(entry, 2000)
    await module.send_heartbeat()
    await asyncio.sleep(0.1)
    await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    folder = Path(hass.config.path(DOMAIN))
    assert not await asyncio.to_thread(folder.exists)
    module.faults.clear()


async def test_nobody_known_means_nobody_asked_for(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    silence(entry, 4000)
    await module.send_heartbeat()
    await settle(hass)
    assert "SearchRecords" not in [request.name for request in module.requests]


async def test_people_are_remembered_in_bounds(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, let_pass: LetPass
) -> None:
    entry = await set_up(visit_window=0)
    seen = entry.runtime_data.visits.seen
    for number in range(PEOPLE_KEPT + 20):
        seen.async_saw(f"p{number:03}", "Somebody")
    assert len(seen.names) == PEOPLE_KEPT
    assert next(iter(seen.names)) == f"p{PEOPLE_KEPT + 19:03}"
    let_pass(timedelta(days=31))
    assert seen.names == {}
    await settle(hass)


async def test_heartbeats_are_written_down_rarely(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, let_pass: LetPass
) -> None:
    written = set()
    for _ in range(20):
        let_pass(timedelta(seconds=60))
        await module.send_heartbeat()
        await settle(hass)
        written |= {row["at"] for row in await rows_of(hass, "heard")}
    assert len(written) == 1


async def test_a_long_outage_fills_the_history_and_no_more_and_at_once(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, stall_guard: dict[str, Any]
) -> None:
    entry = await set_up(history_size=2000)
    await known(hass, module)
    module.records = [record("anna", 20 + 20 * number) for number in range(5000)]
    silence(entry, 200_000)
    await settle(hass)
    stall_guard["ms"] = 0
    await module.send_heartbeat()
    await settle(hass)
    assert len(visits_of(entry)) == 2000
    assert stall_guard["ms"] < 250, stall_guard["in"]
    times = [visit.time for visit in visits_of(entry)]
    assert times == sorted(times, reverse=True)


async def test_records_of_any_kind_do_no_harm(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await known(hass, module)
    back_fill = entry.runtime_data.back_fill
    now = dt_util.utcnow()
    records = [
        Record(name="", score=score, timestamp=timestamp)
        for score in (-1.0, 0.5, 7.0)
        for timestamp in (-(2**63), -1, 0, 2**63 - 1, int(time.time()) - 500)
    ]
    for drift in (0.0, -1e9, 1e9, 1e18):
        back_fill._enter("anna", "Anna", records, (now - timedelta(hours=1), now, drift))
    await settle(hass)
    late = [visit for visit in visits_of(entry) if visit.late]
    assert [(visit.name, visit.score) for visit in late] == [("Anna", 0.0)]
    await asyncio.sleep(0)
