"""A stranger comes again: the event says so, and the module is not kept busy."""

from datetime import timedelta
import random

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.face_module.strangers import known, meeting
from simulator import SimulatedModule, scenery
from tests.common import complaints, reload, requests, rows_of, visits_of
from tests.conftest import LetPass, SetUp, settle
from tests.visits.conftest import Events

from .conftest import Comes, compared


@pytest.fixture
async def entry(set_up: SetUp) -> MockConfigEntry:
    """A module at which every recognition is a visit."""
    return await set_up(visit_window=0)


async def test_a_stranger_who_comes_again_is_told_as_the_same(
    entry: MockConfigEntry, comes: Comes
) -> None:
    first, other, again = [await comes(name) for name in ("One", "Two", "One")]
    assert first["event_type"] == "unknown"
    assert (first["times_seen"], other["times_seen"], again["times_seen"]) == (1, 1, 2)
    assert first["stranger_id"] == again["stranger_id"] != other["stranger_id"]
    assert first["first_seen"] == again["first_seen"]
    # The history says the same.
    assert [visit.stranger_id for visit in visits_of(entry)] == [
        one["stranger_id"] for one in (again, other, first)
    ]


async def test_they_are_known_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, comes: Comes
) -> None:
    first = await comes("One")
    visits = await reload(hass, entry)
    again = await comes("One")
    assert again["stranger_id"] == first["stranger_id"] == visits[0].stranger_id
    assert again["times_seen"] == 2
    assert again["first_seen"] == first["first_seen"]


async def test_within_the_visit_window_nobody_is_compared_or_counted_again(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, comes: Comes
) -> None:
    entry = await set_up(visit_window=10)
    assert await comes("One")
    assert await comes("One") == {}
    assert compared(module) == 0
    (stranger,) = entry.runtime_data.strangers.known.everybody
    assert stranger.times_seen == 1


async def test_whoever_is_known_is_told_while_a_stranger_is_compared(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, comes: Comes
) -> None:
    await comes("One")
    events = Events(hass)
    module.faults.next("hang", call="Match")
    await module.post_recognition("", "", 0.1, scenery())
    await module.send_recognition("anna")
    await hass.async_block_till_done()
    assert events.told == ["recognized anna"]


async def test_a_picture_without_a_face_is_nobody(
    hass: HomeAssistant, entry: MockConfigEntry, comes: Comes
) -> None:
    for name in ("before", "One", "after"):
        event = await comes(name, picture=None if name == "One" else scenery())
        assert (event["times_seen"] is None) == (name != "One")
    assert len(entry.runtime_data.strangers.known.everybody) == 1


async def test_who_does_not_want_it_has_nobody_remembered(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, comes: Comes
) -> None:
    await set_up(visit_window=0, remember_strangers=False)
    for _ in range(2):
        event = await comes("One")
        assert event["stranger_id"] is None
    assert await rows_of(hass, "strangers") == []
    assert not {"Match", "GetFeature"} & set(requests(module))


async def test_firmware_that_cannot_compare_is_left_alone_and_said_once(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    comes: Comes,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await comes("One")
    module.faults.refuse.add("Match")
    for _ in range(3):
        event = await comes("One")
        assert event["stranger_id"] is None
    assert compared(module) == 1
    assert len([one for one in complaints(caplog) if "does not compare" in one]) == 1
    # After a while it is tried again.
    module.faults.refuse.clear()
    monkeypatch.setattr(entry.runtime_data.strangers, "_rests_until", 0)
    event = await comes("One")
    assert event["times_seen"] == 2


async def test_thirty_strangers_are_told_from_each_other_with_few_comparisons(
    module: SimulatedModule, entry: MockConfigEntry, comes: Comes
) -> None:
    order = [f"Stranger {number}" for number in range(1, 31)] * 3
    random.Random(1).shuffle(order)
    ids: dict[str, str] = {}
    for name in order:
        before = compared(module)
        event = await comes(name)
        assert event["stranger_id"] == ids.setdefault(name, event["stranger_id"])
        assert compared(module) - before <= 20
    assert len(set(ids.values())) == 30


async def test_of_too_many_the_oldest_go(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    comes: Comes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(known, "MOST", 3)
    for number in range(1, 6):
        await comes(f"Stranger {number}")
    for table in ("strangers", "stranger_pictures"):
        assert len(await rows_of(hass, table)) == 3
    assert [one.times_seen for one in entry.runtime_data.strangers.known.everybody] == [
        1
    ] * 3
    again = await comes("Stranger 1")
    assert again["times_seen"] == 1


async def test_a_slow_module_delays_nobody_for_long_and_the_history_knows_later(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    comes: Comes,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = await comes("One")
    monkeypatch.setattr(meeting, "PATIENCE", 0)
    late = await comes("One")
    assert late["stranger_id"] is None
    assert visits_of(entry)[0].stranger_id == first["stranger_id"]
    rows = await rows_of(hass)
    assert [row["stranger_id"] for row in rows] == [first["stranger_id"]] * 2


async def test_who_waits_is_told_when_the_entry_is_unloaded(
    hass: HomeAssistant, module: SimulatedModule, entry: MockConfigEntry, comes: Comes
) -> None:
    await comes("One")
    module.faults.next("hang", call="Match")
    before = len(visits_of(entry))
    await module.post_recognition("", "", 0.2, scenery())
    await hass.async_block_till_done()
    assert len(visits_of(entry)) == before
    visits = await reload(hass, entry)
    assert len(visits) == before + 1


async def test_they_age_out_like_pictures(
    hass: HomeAssistant, entry: MockConfigEntry, comes: Comes, let_pass: LetPass
) -> None:
    await comes("One")
    let_pass(timedelta(days=8))
    for _ in range(2):
        # The first time the clock may have been set.
        async_fire_time_changed(hass, dt_util.utcnow() + timedelta(hours=1))
        await settle(hass)
    for table in ("strangers", "stranger_pictures"):
        assert await rows_of(hass, table) == []
