"""The calendar of a module: what it says of the latest visit, and of all."""

from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from simulator import SimulatedModule
from tests.common import come, id_of, perform, reload, state_of, visits_of
from tests.conftest import LetPass, settle
from tests.visits.asking import remember, visit_at

CALENDAR = "calendar.visits"


async def test_it_is_on_while_the_visit_may_go_on(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, let_pass: LetPass
) -> None:
    await module.send_heartbeat()
    assert state_of(hass, CALENDAR).state == "off"
    await come(hass, module, "anna")
    state = state_of(hass, CALENDAR)
    assert (state.state, state.attributes["message"]) == ("on", "Anna")
    let_pass(timedelta(seconds=11))
    async_fire_time_changed(hass, dt_util.utcnow())
    await settle(hass)
    state = state_of(hass, CALENDAR)
    assert (state.state, state.attributes["message"]) == ("off", "Anna")
    await reload(hass, entry)
    assert state_of(hass, CALENDAR).attributes["message"] == "Anna"


async def test_it_says_nothing_of_what_was_deleted_and_what_was_wrong(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "chenwei", "anna")
    await perform(hass, "mark_visit", visit_id=visits_of(entry)[0].visit_id, wrong="")
    assert state_of(hass, CALENDAR).attributes["message"] == "Not Anna"
    await entry.runtime_data.visits.forgetting.async_delete((), ["anna"])
    assert state_of(hass, CALENDAR).attributes["message"] == "陈伟"
    await entry.runtime_data.visits.forgetting.async_delete_all()
    assert "message" not in state_of(hass, CALENDAR).attributes


async def test_the_page_shows_whoever_was_there_then(
    hass: HomeAssistant, entry: MockConfigEntry, hass_client: ClientSessionGenerator
) -> None:
    begin = dt_util.now().replace(microsecond=0) - timedelta(days=30)
    await remember(
        hass,
        entry,
        visit_at(entry, "before", begin - timedelta(hours=1)),
        visit_at(entry, "across", begin - timedelta(minutes=1), seconds=120),
        visit_at(entry, "within", begin + timedelta(minutes=5)),
        visit_at(entry, "after", begin + timedelta(hours=2)),
    )
    entry.runtime_data.visits.history._forget(["across", "within"])
    client = await hass_client()
    end = begin + timedelta(hours=1)
    times = {"start": begin.isoformat(), "end": end.isoformat()}
    answer = await client.get(f"/api/calendars/{id_of(CALENDAR)}", params=times)
    events = await answer.json()
    assert [event["uid"] for event in events] == ["across", "within"]
    assert {event["summary"] for event in events} == {"Anna"}
