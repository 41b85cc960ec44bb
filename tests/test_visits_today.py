"""How many visits there were today: from midnight to midnight, whatever the day is like."""

from datetime import datetime, timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from simulator import SimulatedModule
from tests.common import come, moments_later, reload, spoil_book, state_of, visits_of
from tests.conftest import LetPass, SetUp, settle
from tests.visits.asking import remember, visit_at

TODAY = "sensor.visits_today"


async def test_it_counts_visits_not_recognitions_and_survives_a_reload(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(history_size=10)
    await module.send_heartbeat()
    assert state_of(hass, TODAY).state == "0"
    people = [f"p{number}" for number in range(12)]
    await come(hass, module, *people, "p11", "")
    await moments_later(hass)
    assert state_of(hass, TODAY).state == "13", "a stranger is a visit, too"
    assert len(visits_of(entry)) == 10, "the book has more than memory"
    await reload(hass, entry)
    state = state_of(hass, TODAY)
    assert state.state == "13"
    midnight = dt_util.start_of_local_day()
    assert dt_util.parse_datetime(state.attributes["last_reset"]) == midnight


async def test_what_is_deleted_or_added_late_changes_it(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna", "chenwei")
    await entry.runtime_data.visits.forgetting.async_delete((), ["anna"])
    await settle(hass)
    assert state_of(hass, TODAY).state == "1"
    midnight = dt_util.start_of_local_day()
    await remember(
        hass,
        entry,
        visit_at(entry, "today", midnight),
        visit_at(entry, "yesterday", midnight - timedelta(microseconds=1)),
        visit_at(entry, "tomorrow", dt_util.utcnow() + timedelta(days=1)),
    )
    assert state_of(hass, TODAY).state == "2"
    entry.runtime_data.visits.history._forget(["today"])
    await entry.runtime_data.visits.forgetting.async_delete(["today"], ())
    await settle(hass)
    assert state_of(hass, TODAY).state == "1", "of the book, too"


async def test_a_book_that_cannot_be_used_is_no_day_without_visits(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, let_pass: LetPass
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna", "chenwei")
    await moments_later(hass)
    assert state_of(hass, TODAY).state == "2"
    await spoil_book(hass)
    # Whatever has the book asked anew.
    await hass.config.async_update(location_name="Seehaus")
    await settle(hass)
    assert state_of(hass, TODAY).state == "2"
    await come(hass, module, "")
    await moments_later(hass)
    assert state_of(hass, TODAY).state == "3"
    tomorrow = dt_util.start_of_local_day(dt_util.now().date() + timedelta(days=1))
    let_pass(tomorrow - dt_util.utcnow() + timedelta(seconds=1))
    async_fire_time_changed(hass, dt_util.utcnow())
    await settle(hass)
    assert state_of(hass, TODAY).state == "0", "nobody came on this day"


@pytest.mark.parametrize(
    ("zone", "noon", "next_day"),
    [
        # The longest and the shortest day of a year, and a day that begins at one.
        ("Europe/Berlin", "2027-10-31T12:00:00+01:00", "2027-11-01T00:00:00+01:00"),
        ("Europe/Berlin", "2027-03-27T12:00:00+01:00", "2027-03-28T00:00:00+01:00"),
        ("Africa/Cairo", "2027-04-29T12:00:00+02:00", "2027-04-30T01:00:00+03:00"),
    ],
)
async def test_it_begins_anew_with_the_local_day(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    let_pass: LetPass,
    zone: str,
    noon: str,
    next_day: str,
) -> None:
    let_pass(datetime.fromisoformat(noon) - dt_util.utcnow())
    await hass.config.async_set_time_zone(zone)
    await reload(hass, entry)
    await remember(hass, entry, visit_at(entry, "v1", dt_util.utcnow()))
    assert state_of(hass, TODAY).state == "1"
    begins = datetime.fromisoformat(next_day)
    let_pass(begins - dt_util.utcnow() - timedelta(seconds=2))
    async_fire_time_changed(hass, dt_util.utcnow())
    await settle(hass)
    assert state_of(hass, TODAY).state == "1"
    let_pass(timedelta(seconds=3))
    async_fire_time_changed(hass, dt_util.utcnow())
    await settle(hass)
    state = state_of(hass, TODAY)
    assert state.state == "0"
    assert dt_util.parse_datetime(state.attributes["last_reset"]) == begins
