"""One blip, an old form, a cut name: nobody is taken for somebody else by them."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.people.roster import DATA_ROSTER, Roster
from custom_components.face_module.people.waiting import DATA_WAITING
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import perform, photo, poll
from tests.conftest import Another
from tests.people.kit import came, kept
from tests.websocket.kit import ask, refused as ws_refused

LONG = "Alexandra Konstantinopoulou-Papadopoulou"


@pytest.fixture
def zelda_elsewhere(module: SimulatedModule, another: Another) -> SimulatedModule:
    """Another module, where Zelda has the id that is Anna's at the first one."""
    simulated, _, _ = another
    module.add_user("x", "Anna")
    simulated.add_user("x", "Zelda")
    return simulated


async def test_nobody_is_replaced_where_one_look_up_failed(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    zelda_elsewhere: SimulatedModule,
    pictures: Path,
) -> None:
    _, _, other = another
    # A read is tried twice.
    module.faults.next("drop", call="GetUserInfo", times=2)
    data = {"name": "Carl", "user_id": "x", "path": photo(pictures, "Carl", 3)}
    devices = [device_id, other]
    with pytest.raises(HomeAssistantError):
        await perform(hass, "enroll_user", device_id=devices, if_exists="replace", **data)
    assert module.users["x"].name == "Anna"
    assert zelda_elsewhere.users["x"].name == "Zelda"


@pytest.mark.usefixtures("zelda_elsewhere")
async def test_nobody_is_deleted_where_one_look_up_failed(
    hass: HomeAssistant, module: SimulatedModule, device_id: str, another: Another
) -> None:
    _, _, other = another
    module.faults.next("drop", call="GetUserInfo", times=2)
    answer = await perform(hass, "delete_user", device_id=[device_id, other], user_id="x")
    assert [line["ok"] for line in answer["results"]] == [False, True]
    assert module.users["x"].name == "Anna"


async def test_the_roster_says_who_is_on_a_module_that_cannot_be_asked(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    pictures: Path,
) -> None:
    simulated, _, other = another
    data = {"user_id": "x", "path": photo(pictures, "Zelda")}
    await perform(hass, "enroll_user", device_id=device_id, name="Zelda", **data)
    simulated.add_user("x", "Ben")
    module.faults.next("drop", call="GetUserInfo", times=2)
    with pytest.raises(HomeAssistantError) as caught:
        await perform(hass, "delete_user", device_id=[device_id, other], user_id="x")
    assert caught.value.translation_key == "several_people"
    assert "x" in module.users
    assert "x" in simulated.users


async def test_a_command_that_does_not_say_who_is_meant_deletes_no_two_people(
    module: SimulatedModule,
    entry: MockConfigEntry,
    another: Another,
    zelda_elsewhere: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    _, elsewhere, _ = another
    ids = [entry.entry_id, elsewhere.entry_id]
    why = await ws_refused(socket, "people/delete", entry_ids=ids, user_id="x")
    assert why == "several_people"
    data = {"entry_ids": ids, "user_id": "x", "name": "Carl"}
    assert await ws_refused(socket, "people/update", **data) == "several_people"
    assert module.users["x"].name == "Anna"
    assert zelda_elsewhere.users["x"].name == "Zelda"


@pytest.mark.parametrize(
    ("name", "said", "quirk"),
    [
        # A buffer may end between two characters, or in one.
        (LONG, LONG[:31], False),
        ("陈小伟", None, True),
        (LONG, "", False),
    ],
)
async def test_a_cut_name_is_judged_by_the_rules_of_whom_it_was_cut_from(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
    socket: MockHAClientWebSocket,
    name: str,
    said: str | None,
    quirk: bool,
) -> None:
    data = {"name": name, "user_id": "x", "path": photo(pictures, "Alexandra")}
    await perform(hass, "enroll_user", device_id=device_id, **data)
    rules = {"person": "person.x", "minimum_score": 95}
    who = {"entry_id": entry.entry_id, "user_id": "x", "name": name}
    await ask(socket, "people/link", **who, **rules)
    module.quirks.cut_names = quirk
    state = await came(hass, module, "x", said)
    assert state.attributes["event_type"] == "rejected"
    assert state.attributes["person"] == "person.x"
    assert ir.async_get(hass).async_get_issue(DOMAIN, "same_id") is None


async def test_a_beginning_of_a_name_on_another_module_is_another_person(
    hass: HomeAssistant,
    device_id: str,
    entry: MockConfigEntry,
    another: Another,
    pictures: Path,
    socket: MockHAClientWebSocket,
) -> None:
    simulated, _, _ = another
    data = {"name": "Anna", "user_id": "x", "path": photo(pictures, "Anna", 2)}
    await perform(
        hass, "enroll_user", device_id=device_id, allow_duplicate_face=True, **data
    )
    rules = {"person": "person.anna", "minimum_score": 95}
    who = {"entry_id": entry.entry_id, "user_id": "x", "name": "Anna"}
    await ask(socket, "people/link", **who, **rules)
    simulated.add_user("x", "Ann")
    state = await came(hass, simulated, "x")
    assert state.attributes["event_type"] == "recognized"
    assert state.attributes["person"] is None


@pytest.mark.parametrize("said", [LONG, LONG[:31], ""])
async def test_who_is_to_be_forgotten_is_unknown_by_a_cut_name_too(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_id: str,
    another: Another,
    pictures: Path,
    socket: MockHAClientWebSocket,
    said: str,
) -> None:
    simulated, elsewhere, other = another
    data = {"name": LONG, "user_id": "x", "path": photo(pictures, "Alexandra")}
    await perform(hass, "enroll_user", device_id=[device_id, other], **data)
    await simulated.pull_cable()
    ids = [entry.entry_id, elsewhere.entry_id]
    who = {"user_id": "x", "called": LONG, "entry_ids": ids, "everywhere": True}
    await ask(socket, "people/delete", **who)
    await simulated.plug_in()
    simulated.faults.refuse.add("DeleteUser")
    await poll(hass)
    assert hass.data[DATA_WAITING].of(elsewhere.entry_id)
    state = await came(hass, simulated, "x", said)
    assert state.attributes["event_type"] == "unknown"


async def test_a_link_is_not_given_to_another_person_of_the_id(
    hass: HomeAssistant, device_id: str, pictures: Path, socket: MockHAClientWebSocket
) -> None:
    data = {"name": "Zelda", "user_id": "x", "path": photo(pictures, "Zelda")}
    await perform(hass, "enroll_user", device_id=device_id, **data)
    rules = {"person": "person.ben", "minimum_score": 10}
    await ask(socket, "people/link", user_id="x", name="Ben", **rules)
    people = {one.name: one.person for one in hass.data[DATA_ROSTER].of_id("x")}
    assert people == {"Zelda": None, "Ben": "person.ben"}


async def test_who_has_no_name_is_linked_renamed_and_deleted_by_the_card(
    hass: HomeAssistant,
    module: SimulatedModule,
    entry: MockConfigEntry,
    socket: MockHAClientWebSocket,
) -> None:
    ids = [entry.entry_id]
    for user_id in ("x", "y"):
        module.add_user(user_id, "", portrait(user_id))

    async def lines() -> dict[str, Any]:
        page = await ask(socket, "people/list", entry_id=entry.entry_id)
        return {line["user_id"]: line for line in page["people"]}

    called = (await lines())["x"]["name"]
    who = {"user_id": "x", "name": called, "entry_id": entry.entry_id}
    await ask(socket, "people/link", **who, person="person.x", minimum_score=None)
    assert (await lines())["x"]["person"] == "person.x"
    change = {"user_id": "x", "called": called, "entry_ids": ids, "everywhere": True}
    await ask(socket, "people/update", name="Xaver", **change)
    assert module.users["x"].name == "Xaver"
    assert (await lines())["x"]["person"] == "person.x"
    called = (await lines())["y"]["name"]
    change = {"user_id": "y", "called": called, "entry_ids": ids, "everywhere": True}
    await ask(socket, "people/delete", **change)
    assert "y" not in module.users


@pytest.mark.parametrize("forget", [False, True])
async def test_a_form_that_was_open_changes_nobody_who_has_the_id_since(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_id: str,
    pictures: Path,
    forget: bool,
) -> None:
    data = {"device_id": device_id, "user_id": "x"}
    path = photo(pictures, "Ben")
    await perform(hass, "enroll_user", name="Ben", path=path, **data)
    options = hass.config_entries.options
    flow_id = (await options.async_init(entry.entry_id))["flow_id"]
    await options.async_configure(flow_id, {"next_step_id": "people"})
    await options.async_configure(flow_id, {"user_id": "x"})
    await perform(hass, "delete_user", **data)
    path = photo(pictures, "Zelda")
    await perform(hass, "enroll_user", name="Zelda", path=path, **data)
    form = {"name": "Ben", "person": "person.ben", "forget": forget}
    await options.async_configure(flow_id, form)
    (known,) = hass.data[DATA_ROSTER].of_id("x")
    assert (known.name, known.person) == ("Zelda", None)


@pytest.mark.parametrize("lost", ["face_module.roster", "face_module.roster.1"])
async def test_a_lost_part_of_the_roster_costs_nobody_of_the_others(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_storage: dict[str, Any],
    lost: str,
) -> None:
    roster = hass.data[DATA_ROSTER]
    for number in range(600):
        roster.async_put(roster.async_new(f"user{number}", f"User {number}"))
    for number in (1, 599):
        name = f"User {number}"
        await roster.async_enrolled(entry.entry_id, f"user{number}", name, portrait(name))
    await roster.async_save()
    there = set(hass_storage.pop(lost)["data"]["people"])
    again = Roster(hass)
    await again.async_load()
    assert set(again.people) == set(roster.people) - there
    # Home Assistant puts a damaged file aside: with it the pictures can be had again.
    assert kept(hass) == 2
    again.async_put(again.async_new("new", "New"))
    await again.async_save()
    more = Roster(hass)
    await more.async_load()
    assert more.people == again.people
