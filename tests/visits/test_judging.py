"""Who is believed, by the callback alone: its score, its age, and whether it is new."""

import asyncio
import time

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)

from simulator import SimulatedModule
from tests.common import complaints, state_of, visits_of
from tests.conftest import SetUp, settle
from tests.visits.conftest import Events


async def test_a_low_score_is_rejected_and_names_nobody_as_last(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(minimum_score=95)
    await module.send_heartbeat()
    events = Events(hass)
    await module.send_recognition("anna", 0.949)
    await settle(hass)
    assert events.told == ["rejected: low_score anna"]
    assert state_of(hass, "sensor.last_person").state == "unknown"


async def test_better_evidence_makes_the_same_visit_a_recognized_one(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(minimum_score=95)
    await module.send_heartbeat()
    events = Events(hass)
    for score in (0.93, 0.94, 0.96, 0.92):
        await module.send_recognition("anna", score)
        await settle(hass)
    assert events.told == ["rejected: low_score anna", "recognized anna"]
    first, second = events.attributes
    assert first["visit_id"] == second["visit_id"]
    assert [visit.verdict for visit in visits_of(entry)] == ["recognized"]


@pytest.mark.parametrize("days", [-365, -1, 1, 365])
async def test_a_replay_of_another_day_is_stale_and_counts_for_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    heard: Events,
    days: int,
) -> None:
    then = module.now() + days * 86_400
    for _ in range(3):
        await module.send_recognition("anna", timestamp=then)
    await settle(hass)
    assert heard.told == ["rejected: stale anna"]
    assert state_of(hass, "binary_sensor.person_present").state == "off"
    assert state_of(hass, "sensor.last_person").state == "unknown"
    await module.send_recognition("anna")
    await settle(hass)
    assert heard.told[1:] == ["recognized anna"], "the replay does not hide the person"
    await module.send_recognition("anna", timestamp=then)
    await settle(hass)
    assert len(heard.told) == 2


async def test_a_module_in_1970_works_from_its_first_heartbeat_on(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(keep_clock_set=False)
    module.clock_offset = -time.time() + 8_942_239
    events = Events(hass)
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == ["rejected: stale anna"]
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told[1:] == ["recognized anna"]
    assert events.attributes[1]["device_time"].startswith("1970-04-14")
    assert abs(events.attributes[1]["age"]) < 2


@pytest.mark.parametrize("year", [-365 * 86_400, 365 * 86_400])
@pytest.mark.parametrize("kept", [True, False])
async def test_a_clock_that_jumps_by_a_year_is_no_event_and_no_trouble(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    year: float,
    kept: bool,
) -> None:
    await set_up(keep_clock_set=kept)
    for _ in range(6):
        await module.send_heartbeat()
    events = Events(hass)
    module.clock_offset = year
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told == ["rejected: stale anna"], "until it is known what time it is"
    for _ in range(2):
        await module.send_heartbeat()
        await settle(hass)
        await asyncio.sleep(0.6)
    await module.send_recognition("anna")
    await settle(hass)
    assert events.told[1:] == ["recognized anna"]
    assert complaints(caplog) == []


async def test_the_same_callback_again_is_no_new_evidence(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    """A module that got no answer may post it once more; so may somebody else."""
    entry = await set_up(confirmations=2, confirmation_window=0.3, visit_window=0)
    await module.send_heartbeat()
    events = Events(hass)
    then = module.now()
    for _ in range(4):
        await module.send_recognition("anna", 0.97, timestamp=then)
    await asyncio.sleep(0.4)
    assert events.told == ["rejected: unconfirmed anna"]
    await module.send_recognition("anna", 0.97, timestamp=then)
    await settle(hass)
    assert len(events.told) == 1
    assert entry.runtime_data.visits.sightings.judged["repeated"] == 4


@pytest.mark.parametrize(
    ("options", "score"), [({"minimum_score": 95}, 0.94955), ({"max_age": 1}, 0.97)]
)
async def test_what_is_rounded_is_judged_before(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    options: dict[str, int],
    score: float,
) -> None:
    await set_up(**options)
    await module.send_heartbeat()
    events = Events(hass)
    late = 3 if "max_age" in options else 0
    await module.send_recognition("anna", score, timestamp=module.now() - late)
    await settle(hass)
    assert events.told[0].startswith("rejected")


async def test_somebody_unknown_has_no_name(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, heard: Events
) -> None:
    await module.send_recognition("", username="4711")
    # Which stranger it is is found out first.
    await settle(hass)
    await module.send_recognition("", username="4712", timestamp=1)
    await settle(hass)
    assert heard.told == ["unknown None", "rejected: stale None"]
    assert [a["name"] for a in heard.attributes] == [None, None]
    assert {visit.name for visit in visits_of(entry)} == {""}
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert {visit.name for visit in visits_of(entry)} == {""}
