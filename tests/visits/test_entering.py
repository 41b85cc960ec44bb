"""Who is believed may still not enter: by their rule, now and at this door."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import save_json
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.people import ledger
from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER, Roster
from custom_components.face_module.people.rule import (
    ALWAYS,
    NEVER,
    AccessMode,
    AccessRule,
    Match,
)
from custom_components.face_module.visits.gate import Verdict
from simulator import SimulatedModule
from tests.common import come, complaints, device_of, perform, state_of, visits_of
from tests.conftest import OTHER_SERIAL, SERIAL, SetUp, settle
from tests.visits.conftest import Events

HOUR = timedelta(hours=1)
NOT_ALLOWED = "rejected: not_allowed anna"
RECOGNIZED = "recognized anna"


def rule(**what: Any) -> AccessRule:
    return AccessRule(mode=AccessMode.RULE, **what)


def allow(hass: HomeAssistant, access: AccessRule) -> None:
    """Let this be Anna's rule."""
    person = RosterPerson(user_id="anna", name="Anna", access=access)
    hass.data[DATA_ROSTER].async_put(person)


def disk_takes(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Let the disk take so long: the tests here do not wait for it, time leaps."""
    write = ledger.Ledger.async_write

    async def slowly(self: ledger.Ledger, data: dict[str, Any]) -> None:
        await asyncio.sleep(seconds)
        await write(self, data)

    monkeypatch.setattr(ledger.Ledger, "async_write", slowly)


def left(hass: HomeAssistant) -> int | None:
    visits: int | None = hass.data[DATA_ROSTER].people["anna"].access.visits
    return visits


@pytest.fixture
async def apart(hass: HomeAssistant, module: SimulatedModule, set_up: SetUp) -> Events:
    """A module where everybody who comes makes a visit of their own."""
    await set_up(visit_window=0)
    await module.send_heartbeat()
    await settle(hass)
    return Events(hass)


async def test_outside_their_rule_nobody_is_recognized(
    hass: HomeAssistant, module: SimulatedModule, apart: Events
) -> None:
    allow(hass, NEVER)
    await come(hass, module, "anna", "chenwei")
    assert apart.told == [NOT_ALLOWED, "recognized chenwei"]
    assert apart.attributes[0]["name"] == "Anna", "it is known who it is"
    assert apart.attributes[0]["score"] > 0
    assert state_of(hass, "sensor.last_person").state == "陈伟"
    present = state_of(hass, "binary_sensor.person_present").attributes
    assert "Anna" not in str(present)


@pytest.mark.parametrize(
    ("access", "told"),
    [
        (ALWAYS, RECOGNIZED),
        (rule(start=dt_util.utcnow() - HOUR), RECOGNIZED),
        (rule(start=dt_util.utcnow() + HOUR), NOT_ALLOWED),
        (rule(end=dt_util.utcnow() + HOUR), RECOGNIZED),
        (rule(end=dt_util.utcnow() - HOUR), NOT_ALLOWED),
        (rule(doors=(SERIAL,)), RECOGNIZED),
        (rule(doors=(OTHER_SERIAL,)), NOT_ALLOWED),
        (rule(visits=1), RECOGNIZED),
        (rule(visits=0), NOT_ALLOWED),
        (rule(entities=("schedule.gone",)), NOT_ALLOWED),
    ],
)
async def test_each_condition_counts(
    hass: HomeAssistant,
    module: SimulatedModule,
    apart: Events,
    access: AccessRule,
    told: str,
) -> None:
    allow(hass, access)
    await come(hass, module, "anna")
    assert apart.told == [told]


async def test_entities_are_asked_when_somebody_comes(
    hass: HomeAssistant, module: SimulatedModule, apart: Events
) -> None:
    allow(hass, rule(entities=("schedule.cleaning", "person.ben")))
    hass.states.async_set("person.ben", "home")
    for state in ("on", "off", "unknown", "unavailable", "on"):
        hass.states.async_set("schedule.cleaning", state)
        await come(hass, module, "anna")
    hass.states.async_set("person.ben", "not_home")
    await come(hass, module, "anna")
    allow(hass, rule(entities=("schedule.cleaning", "person.ben"), match=Match.ANY))
    await come(hass, module, "anna")
    assert apart.told == [
        RECOGNIZED,
        *[NOT_ALLOWED] * 3,
        RECOGNIZED,
        NOT_ALLOWED,
        RECOGNIZED,
    ]


async def test_the_time_is_that_of_the_recognition_corrected_by_the_modules_clock(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    """The module is a year behind, and the callback took some seconds."""
    await set_up(keep_clock_set=False, visit_window=0)
    module.clock_offset = -365 * 86_400
    await module.send_heartbeat()
    events = Events(hass)
    allow(hass, rule(end=dt_util.utcnow() - timedelta(seconds=3)))
    await module.send_recognition("anna", timestamp=module.now() - 6)
    await settle(hass)
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == [RECOGNIZED, NOT_ALLOWED]


async def test_without_a_clock_nobody_enters(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(keep_clock_set=False)
    module.clock_offset = -dt_util.utcnow().timestamp() + 1_000
    events = Events(hass)
    allow(hass, rule(visits=2))
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == ["rejected: stale anna"]
    assert left(hass) == 2


async def test_a_clock_that_jumps_opens_nothing(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    """As if it were yesterday, when the guest was still welcome."""
    await set_up(keep_clock_set=False, visit_window=0)
    for _ in range(6):
        await module.send_heartbeat()
    events = Events(hass)
    allow(hass, rule(end=dt_util.utcnow() - HOUR))
    module.clock_offset = -86_400
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == ["rejected: stale anna"], "until it is known what time it is"
    for _ in range(2):
        await module.send_heartbeat()
        await settle(hass)
        await asyncio.sleep(0.6)
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told[1:] == [NOT_ALLOWED]


async def test_a_rule_that_is_changed_counts_from_the_next_look_on(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    allow(hass, NEVER)
    await come(hass, module, "anna", "anna")
    assert heard.told == [NOT_ALLOWED]
    allow(hass, ALWAYS)
    await come(hass, module, "anna")
    assert heard.told == [NOT_ALLOWED, RECOGNIZED]
    assert len({told["visit_id"] for told in heard.attributes}) == 1
    allow(hass, NEVER)
    await come(hass, module, "anna")
    assert len(heard.told) == 2, "what was told is not taken back"
    assert [visit.verdict for visit in visits_of(entry)] == ["recognized"]


async def test_whoever_asks_is_told_what_holds_now(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    await come(hass, module, "anna")
    allow(hass, NEVER)
    module.in_front = "anna"
    answer = await perform(
        hass, "request_recognition", device_id=device_of(hass, entry), timeout=5
    )
    assert (answer["result"], answer["reason"]) == ("rejected", "not_allowed")


@pytest.mark.parametrize(("access", "told"), [(ALWAYS, RECOGNIZED), (NEVER, NOT_ALLOWED)])
async def test_who_is_deleted_and_at_the_module_again_enters_if_nothing_kept_them_out(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    heard: Events,
    access: AccessRule,
    told: str,
) -> None:
    allow(hass, access)
    anna = module.users["anna"]
    await perform(hass, "delete_user", device_id=device_of(hass, entry), user_id="anna")
    module.users["anna"] = anna
    await come(hass, module, "anna")
    assert heard.told == [told]


async def test_after_the_end_a_new_visit_is_rejected(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(visit_window=0.3)
    await module.send_heartbeat()
    events = Events(hass)
    await come(hass, module, "anna")
    # The module counts whole seconds.
    allow(hass, rule(end=dt_util.utcnow() - timedelta(seconds=2)))
    await come(hass, module, "anna")
    assert events.told == [RECOGNIZED]
    await asyncio.sleep(0.4)
    await come(hass, module, "anna")
    assert events.told == [RECOGNIZED, NOT_ALLOWED]


async def test_a_rejection_for_the_score_becomes_one_for_the_rule(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(minimum_score=95)
    await module.send_heartbeat()
    allow(hass, NEVER)
    events = Events(hass)
    for score in (0.93, 0.97, 0.94):
        await module.send_recognition("anna", score)
        await settle(hass)
    assert events.told == ["rejected: low_score anna", NOT_ALLOWED]


# Counts


async def test_each_visit_is_counted_once(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(visit_window=0.5)
    await module.send_heartbeat()
    events = Events(hass)
    allow(hass, rule(visits=2))
    for number in (1, 0, 0):
        await come(hass, module, "anna", "anna", "anna")
        assert left(hass) == number
        await asyncio.sleep(0.6)
    assert events.told == [RECOGNIZED, RECOGNIZED, NOT_ALLOWED]


async def test_callbacks_that_come_at_once_are_one_visit(
    hass: HomeAssistant, module: SimulatedModule, heard: Events
) -> None:
    allow(hass, rule(visits=5))
    await asyncio.gather(*(module.send_recognition("anna") for _ in range(8)))
    await settle(hass)
    assert heard.told == [RECOGNIZED]
    assert left(hass) == 4


async def test_a_visit_is_on_disk_before_it_is_told(
    hass: HomeAssistant, module: SimulatedModule, heard: Events
) -> None:
    allow(hass, rule(visits=1))
    written: list[bool] = []

    def look(*args: Any, **options: Any) -> None:
        written.append(heard.told == [])
        save_json(*args, **options)

    with patch.object(ledger, "save_json", side_effect=look):
        await come(hass, module, "anna")
    assert (written, heard.told) == ([True], [RECOGNIZED])
    again = Roster(hass)
    await again.async_load()
    assert again.people == {}, "the roster itself is written later"
    assert again.lost == {"anna"}


async def test_a_full_disk_lets_nobody_in_by_a_count(
    hass: HomeAssistant,
    module: SimulatedModule,
    apart: Events,
    caplog: pytest.LogCaptureFixture,
) -> None:
    allow(hass, rule(visits=2))
    with patch.object(ledger, "save_json", side_effect=OSError(28, "No space")):
        await come(hass, module, "anna", "chenwei")
    assert apart.told == [NOT_ALLOWED, "recognized chenwei"]
    assert not any("anna" in line.lower() for line in complaints(caplog))
    await come(hass, module, "anna")
    assert apart.told[2:] == [RECOGNIZED]
    assert left(hass) == 1


async def test_two_doors_at_once_never_admit_one_too_many(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    figure: Callable[[str, int], None],
) -> None:
    one = await set_up(visit_window=0)
    async with SimulatedModule(serial=OTHER_SERIAL, password="abc123") as other:
        other.add_user("anna", "Anna")
        two = await set_up(other, visit_window=0)
        for simulated in (module, other):
            await simulated.send_heartbeat()
        allow(hass, rule(visits=3))
        for _ in range(5):
            both = (simulated.send_recognition("anna") for simulated in (module, other))
            await asyncio.gather(*both)
            await settle(hass)
        verdicts = [visit.verdict for entry in (one, two) for visit in visits_of(entry)]
    assert len(verdicts) == 10
    assert verdicts.count(Verdict.RECOGNIZED) == 3
    assert left(hass) == 0
    figure("visits admitted of three, at two doors at once", 3)


async def test_a_restart_in_the_middle_gives_no_visit_back(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    """The entry goes while the visit is being counted."""
    allow(hass, rule(visits=2))
    unloading: list[asyncio.Task[bool]] = []

    def unload() -> None:
        task = hass.config_entries.async_unload(entry.entry_id)
        unloading.append(hass.async_create_task(task))

    def slow(*args: Any, **options: Any) -> None:
        hass.loop.call_soon_threadsafe(unload)
        save_json(*args, **options)

    with patch.object(ledger, "save_json", side_effect=slow):
        await come(hass, module, "anna")
    assert await unloading[0]
    assert left(hass) == 1
    again = Roster(hass)
    hass.data[DATA_ROSTER].async_put(hass.data[DATA_ROSTER].people["anna"])
    await hass.data[DATA_ROSTER].async_save()
    await again.async_load()
    assert again.people["anna"].access.visits == 1


async def test_who_held_up_a_photo_uses_up_nothing(
    hass: HomeAssistant, module: SimulatedModule, guarded: MockConfigEntry
) -> None:
    allow(hass, rule(visits=2))
    events = Events(hass)
    await module.send_recognition("anna")
    for score in (0.1, 0.1, 0.1):
        await module.send_status(rgb_liveness_score=score)
    await settle(hass)
    await asyncio.sleep(1)
    assert events.told == ["rejected: spoof anna"]
    for score in (0.97, 0.97):
        await module.send_status(rgb_liveness_score=score)
    await module.send_recognition("anna")
    for score in (0.97, 0.97):
        await module.send_status(rgb_liveness_score=score)
    await settle(hass)
    await asyncio.sleep(2)
    await settle(hass)
    assert events.told == ["rejected: spoof anna"]
    assert left(hass) == 2


# Who is meant


async def test_a_name_that_was_cut_is_held_to_the_rules_of_all_it_may_be(
    hass: HomeAssistant, module: SimulatedModule, apart: Events
) -> None:
    roster = hass.data[DATA_ROSTER]
    for name, access in (("Anna One", ALWAYS), ("Anna Two", NEVER)):
        person = roster.async_new("anna", name)
        roster.async_put(replace(person, access=access))
    module.users["anna"] = replace(module.users["anna"], name="Anna One")
    await come(hass, module, "anna")
    module.users["anna"] = replace(module.users["anna"], name="")
    await come(hass, module, "anna")
    assert apart.told == [RECOGNIZED, NOT_ALLOWED]


async def test_of_whom_the_rule_is_lost_it_is_no(
    hass: HomeAssistant, module: SimulatedModule, apart: Events
) -> None:
    roster = hass.data[DATA_ROSTER]
    with patch.object(type(roster), "lost", {"anna"}):
        await come(hass, module, "anna", "chenwei")
    assert apart.told == [NOT_ALLOWED, "recognized chenwei"]


async def test_whoever_is_counted_when_they_may_be_gone_is_not_recognized(
    hass: HomeAssistant,
    module: SimulatedModule,
    apart: Events,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The disk takes longer than a recognition may be old."""
    allow(hass, rule(visits=3))
    await hass.data[DATA_ROSTER].async_save()
    disk_takes(monkeypatch, 11)
    await come(hass, module, "anna")
    assert apart.told == ["rejected: stale anna"]
    monkeypatch.undo()
    await come(hass, module, "anna")
    assert apart.told[1:] == [RECOGNIZED]


async def test_a_clock_that_is_ahead_does_not_make_a_slow_disk_quicker(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await set_up(visit_window=0, keep_clock_set=False)
    events = Events(hass)
    allow(hass, rule(visits=3))
    await hass.data[DATA_ROSTER].async_save()
    disk_takes(monkeypatch, 15)
    module.clock_offset = 8
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == ["rejected: stale anna"]
