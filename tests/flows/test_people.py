"""People are linked, renamed and forgotten in the options."""

from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.people.rule import NEVER
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import come, rows_of, state_of
from tests.conftest import SetUp, settle
from tests.people.kit import files


async def edit(hass: HomeAssistant, entry: MockConfigEntry, user_id: str) -> Any:
    """Open the form about somebody."""
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    step = {"next_step_id": "people"}
    flow = await hass.config_entries.options.async_configure(flow["flow_id"], step)
    assert flow["step_id"] == "people"
    return await hass.config_entries.options.async_configure(
        flow["flow_id"], {"user_id": user_id}
    )


def offered(flow: Any) -> dict[str, str]:
    """Return the choices of the form, by value."""
    (selector,) = flow["data_schema"].schema.values()
    found = {item["value"]: item["label"] for item in selector.config["options"]}
    assert list(found.values()) == sorted(found.values(), key=str.casefold)
    return found


async def test_a_person_is_linked_in_the_options(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    flow = await edit(hass, entry, "anna")
    assert flow["step_id"] == "person"
    assert flow["description_placeholders"]["user_id"] == "anna"
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"],
        {"name": "Anna", "person": "person.anna", "minimum_score": 93},
    )
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert hass.data[DATA_ROSTER].get("anna") == RosterPerson(
        user_id="anna", name="Anna", person="person.anna", minimum_score=93
    )
    assert "DeleteUser" not in [request.name for request in module.requests]
    flow = await edit(hass, entry, "anna")
    suggested = {
        str(key): (key.description or {}).get("suggested_value")
        for key in flow["data_schema"].schema
    }
    assert suggested["person"] == "person.anna"
    assert suggested["minimum_score"] == 93
    await hass.config_entries.options.async_configure(flow["flow_id"], {"name": "Anna"})
    assert hass.data[DATA_ROSTER].get("anna").person is None


async def test_another_name_reaches_every_module(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up()
    async with SimulatedModule(serial="0123A38884CE690002", password="abc123") as two:
        two.add_user("anna", "Anna")
        await set_up(two)
        flow = await edit(hass, entry, "anna")
        flow = await hass.config_entries.options.async_configure(
            flow["flow_id"], {"name": "Anna Maria"}
        )
        assert flow["type"] is FlowResultType.CREATE_ENTRY
        names = {simulated.users["anna"].name for simulated in (module, two)}
    assert names == {"Anna Maria"}
    assert hass.data[DATA_ROSTER].get("anna").name == "Anna Maria"


async def test_a_name_that_a_module_does_not_take_is_an_error_in_words(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    flow = await edit(hass, entry, "anna")
    await module.pull_cable()
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"name": "Eva"}
    )
    assert flow["errors"] == {"base": "not_changed"}
    assert flow["description_placeholders"]["error"] == "Face module F6EE does not answer."
    flow = await hass.config_entries.options.async_configure(flow["flow_id"], {"name": " "})
    assert flow["description_placeholders"]["error"] == "Enter a name."
    assert hass.data[DATA_ROSTER].get("anna") is None


async def test_a_person_can_be_forgotten(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await hass.data[DATA_ROSTER].async_enrolled(
        entry.entry_id, "anna", "Anna", portrait("Anna")
    )
    flow = await edit(hass, entry, "anna")
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"name": "Anna", "forget": True}
    )
    assert flow["reason"] == "person_forgotten"
    assert hass.data[DATA_ROSTER].get("anna") is None
    assert files(hass) == []
    assert "anna" in module.users


async def test_whoever_may_not_enter_may_not_once_they_are_forgotten(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    roster = hass.data[DATA_ROSTER]
    await roster.async_enrolled(entry.entry_id, "anna", "Anna", portrait("Anna"))
    roster.async_put(
        replace(
            roster.people["anna"], access=NEVER, minimum_score=70.0, person="person.anna"
        )
    )
    flow = await edit(hass, entry, "anna")
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"name": "Anna", "forget": True}
    )
    assert flow["reason"] == "person_forgotten_but_rule"
    known = roster.people["anna"]
    assert (known.person, known.picture, known.modules) == (None, None, {})
    assert known.minimum_score == 70, "it guards the door as well"
    assert files(hass) == []
    await module.send_heartbeat()
    await come(hass, module, "anna")
    assert state_of(hass, "event.recognition").attributes["reason"] == "not_allowed"


async def test_whoever_is_on_no_module_is_forgotten_with_their_rule(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    roster = hass.data[DATA_ROSTER]
    roster.async_put(RosterPerson(user_id="zoe", name="Zoe", access=NEVER))
    flow = await edit(hass, entry, "zoe")
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"name": "Zoe", "forget": True}
    )
    assert flow["reason"] == "person_forgotten"
    assert roster.get("zoe") is None


async def erase(hass: HomeAssistant, flow: Any) -> Any:
    """Erase Anna everywhere; return what is said in the end."""
    configure = hass.config_entries.options.async_configure
    flow = await configure(flow["flow_id"], {"name": "Anna", "erase": True})
    assert flow["step_id"] == "erase"
    assert flow["description_placeholders"] == {"name": "Anna"}
    return await configure(flow["flow_id"], {})


async def test_a_person_can_be_erased_everywhere(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna")
    flow = await erase(hass, await edit(hass, entry, "anna"))
    assert flow["reason"] == "person_erased"
    said = flow["description_placeholders"]
    assert (said["changed"], said["waiting"], said["visits"]) == ("1", "0", "1")
    assert "anna" not in module.users
    assert await rows_of(hass) == []


async def test_a_module_that_does_not_delete_somebody_is_named(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    flow = await edit(hass, entry, "anna")
    await module.pull_cable()
    flow = await erase(hass, flow)
    assert flow["reason"] == "person_not_erased"
    assert "Face module F6EE" in flow["description_placeholders"]["failed"]
    await module.plug_in()
    assert "anna" in module.users


async def test_whoever_may_not_enter_may_not_where_they_could_not_be_erased(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry, roster = await set_up(), hass.data[DATA_ROSTER]
    async with SimulatedModule(serial="0123A38884CE690002", password="abc123") as two:
        two.add_user("anna", "Anna")
        await set_up(two)
        await roster.async_enrolled(entry.entry_id, "anna", "Anna", portrait("Anna"))
        roster.async_put(replace(roster.people["anna"], access=NEVER, person="person.anna"))
        module.faults.refuse = {"DeleteUser"}
        flow = await erase(hass, await edit(hass, entry, "anna"))
        assert flow["reason"] == "person_not_erased"
        assert ("anna" in module.users, "anna" in two.users) == (True, False)
        known = roster.people["anna"]
        assert (known.person, known.picture) == (None, None)
        await module.send_heartbeat()
        await come(hass, module, "anna")
        event = state_of(hass, "event.recognition")
        assert event.attributes["reason"] == "not_allowed"
        module.faults.refuse = set()
        flow = await erase(hass, await edit(hass, entry, "anna"))
        assert flow["reason"] == "person_erased"
        assert roster.get("anna") is None


async def test_people_of_the_roster_and_the_module_are_offered(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    hass.data[DATA_ROSTER].async_put(RosterPerson(user_id="ben", name="Ben"))
    await module.send_heartbeat()
    await module.send_recognition("chenwei")
    await settle(hass)
    flow = await edit(hass, entry, "nobody")
    assert flow["errors"] == {"user_id": "user_unknown"}
    assert offered(flow) == {
        "ben": "Ben (ben)",
        "chenwei": "陈伟 (chenwei)",
        "anna": "Anna (anna)",
    }
    await module.pull_cable()
    flow = await edit(hass, entry, "nobody")
    assert set(offered(flow)) == {"ben", "chenwei"}


async def test_nobody_is_chosen_beforehand(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    for answer in ({"next_step_id": "people"}, {}):
        flow = await hass.config_entries.options.async_configure(flow["flow_id"], answer)
        assert flow["step_id"] == "people"
        (field,) = flow["data_schema"].schema
        assert not isinstance(field, vol.Required)
    assert flow["errors"] == {"user_id": "user_unknown"}


async def test_people_of_a_module_that_is_not_set_up_cannot_be_edited(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "people"}
    )
    assert flow["reason"] == "not_loaded"


async def test_somebody_of_the_roster_who_came_is_offered_once(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    hass.data[DATA_ROSTER].async_put(RosterPerson(user_id="anna", name="Anna"))
    await module.send_heartbeat()
    await module.walk_by("anna")
    await settle(hass)
    assert "anna" in entry.runtime_data.visits.seen.names
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    flow = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"next_step_id": "people"}
    )
    assert [label for label in offered(flow).values() if "Anna" in label] == ["Anna (anna)"]
