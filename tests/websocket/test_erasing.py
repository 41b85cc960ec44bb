"""Somebody is erased everywhere at once: modules, Home Assistant's list, visits."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.face_module.people.roster import DATA_ROSTER
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import come, eventually, rows_of, visits_of
from tests.conftest import Another
from tests.people.kit import files
from tests.visits.asking import remember, visit_at
from tests.websocket.kit import ask, refused

ANNA: dict[str, Any] = {"user_id": "anna", "called": "Anna"}


async def test_nothing_of_them_is_left_on_any_module_the_list_or_in_the_book(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    another: Another,
) -> None:
    other, other_entry, _ = another
    other.add_user("anna", "Anna")
    for one in (module, other):
        await one.send_heartbeat()
        await come(hass, one, "anna")
    await come(hass, module, "chenwei")
    (chenwei, _) = visits_of(entry)
    await ask(socket, "visits/mark", visit_id=chenwei.visit_id, wrong="anna")
    await hass.data[DATA_ROSTER].async_enrolled(
        entry.entry_id, "anna", "Anna", portrait("Anna")
    )
    # One module is not set up at the moment.
    await hass.config_entries.async_unload(other_entry.entry_id)

    answer = await ask(socket, "people/erase", **ANNA)
    assert answer["visits"] == 2
    results = {one["entry_id"]: one["result"] for one in answer["results"]}
    assert results == {entry.entry_id: "removed", other_entry.entry_id: "waiting"}
    assert "anna" not in module.users
    assert hass.data[DATA_ROSTER].get("anna") is None
    assert files(hass) == []
    (left,) = await rows_of(hass)
    assert (left["name"], left["wrong"]) == ("陈伟", "")
    # The module is back.
    await hass.config_entries.async_setup(other_entry.entry_id)
    await eventually(lambda: "anna" not in other.users)
    assert len(await rows_of(hass)) == 1


async def test_somebody_else_of_the_id_keeps_their_visits(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    roster = hass.data[DATA_ROSTER]
    for name in ("Anna", "Ben"):
        roster.async_put(roster.async_new("anna", name))
    now = dt_util.utcnow() - timedelta(hours=1)
    visits = [visit_at(entry, f"v{n}", now, name=n) for n in ("Anna", "Ben")]
    await remember(hass, entry, *visits)
    answer = await ask(socket, "people/erase", **ANNA)
    assert answer["visits"] == 1
    assert [row["name"] for row in await rows_of(hass)] == ["Ben"]
    assert [one.name for one in roster.of_id("anna")] == ["Ben"]


async def test_where_no_module_answers_nothing_is_erased(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
) -> None:
    await remember(hass, entry, visit_at(entry, "v", dt_util.utcnow()))
    await module.pull_cable()
    assert await refused(socket, "people/erase", **ANNA) == "cannot_connect"
    assert len(await rows_of(hass)) == 1
    client = await hass_ws_client(hass, hass_read_only_access_token)
    assert await refused(client, "people/erase", **ANNA) == "unauthorized"


async def test_a_minimum_is_set_and_the_link_stays(
    hass: HomeAssistant, entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    link = {"user_id": "anna", "name": "Anna", "entry_id": entry.entry_id}
    await ask(socket, "people/link", **link, person="person.anna", minimum_score=None)
    await ask(socket, "people/link", **link, minimum_score=88)
    known = hass.data[DATA_ROSTER].get("anna")
    assert (known.person, known.minimum_score) == ("person.anna", 88)


async def test_attendance_is_a_file_too(
    hass: HomeAssistant, entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    await remember(hass, entry, visit_at(entry, "v", dt_util.utcnow(), name="=Anna"))
    (line,) = (await ask(socket, "visits/attendance"))["lines"]
    answer = await ask(socket, "visits/attendance", csv=True)
    header, row = answer["csv"].splitlines()
    assert header == "\ufeffDay,User ID,Name,First,Last,Visits,Doors"
    assert row.split(",")[:3] == [line["date"], "anna", "'=Anna"]
