"""Nobody opens a door by being forgotten, deleted or erased."""

import asyncio
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module import runtime
from custom_components.face_module.fleet import erasing
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.people.rule import NEVER
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import come, eventually, perform, poll, requests, state_of
from tests.conftest import SetUp, settle
from tests.flows.test_people import edit, erase
from tests.websocket.kit import ask

LONG = "Zoe Alexandra of the very long name that no module has room for"
SECOND = "0123A38884CE690002"


async def judged(hass: HomeAssistant, module: SimulatedModule, user_id: str) -> Any:
    """Let somebody come; return why they may not enter."""
    await module.send_heartbeat()
    await come(hass, module, user_id)
    return state_of(hass, "event.recognition").attributes["reason"]


@pytest.mark.parametrize("what", ["forget", "erase"])
async def test_whoever_a_module_has_under_a_beginning_of_their_name_still_may_not_enter(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule, what: str
) -> None:
    async with SimulatedModule(serial=SECOND, password="abc123") as two:
        await set_up(two)
        entry, roster = await set_up(), hass.data[DATA_ROSTER]
        module.add_user("zoe", "Zoe Alexandra")
        await roster.async_enrolled(
            entry.entry_id, "zoe", LONG, portrait("Zoe"), told="Zoe Alexandra"
        )
        roster.async_put(replace(roster.people["zoe"], access=NEVER))
        await hass.config_entries.async_remove(entry.entry_id)
        await settle(hass)
        entry = await set_up()
        assert await judged(hass, module, "zoe") == "not_allowed"
        flow = await edit(hass, entry, "zoe")
        configure = hass.config_entries.options.async_configure
        flow = await configure(flow["flow_id"], {"name": LONG, what: True})
        if what == "erase":
            flow = await configure(flow["flow_id"], {})
        assert "zoe" in module.users
        assert await judged(hass, module, "zoe") == "not_allowed"


async def test_whoever_has_another_name_on_one_module_already_is_not_let_in_by_forgetting(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry, roster = await set_up(), hass.data[DATA_ROSTER]
    async with SimulatedModule(serial=SECOND, password="abc123") as two:
        two.add_user("anna", "Anna")
        second = await set_up(two)
        for one in (entry, second):
            await roster.async_enrolled(one.entry_id, "anna", "Anna", portrait("Anna"))
        roster.async_put(replace(roster.people["anna"], access=NEVER))
        flow = await edit(hass, entry, "anna")
        configure = hass.config_entries.options.async_configure
        two.faults.refuse = {"AddUser", "DeleteUser"}
        flow = await configure(flow["flow_id"], {"name": "Eva"})
        assert flow["errors"] == {"base": "not_changed"}
        assert module.users["anna"].name == "Eva"
        await hass.config_entries.async_unload(second.entry_id)
        await configure(flow["flow_id"], {"name": "Eva", "forget": True})
        assert await judged(hass, module, "anna") == "not_allowed"


async def test_a_rule_that_is_given_while_a_module_refuses_to_erase_them_stays(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry, roster = await set_up(), hass.data[DATA_ROSTER]
    async with SimulatedModule(serial=SECOND, password="abc123") as two:
        two.add_user("anna", "Anna")
        await set_up(two)
        await roster.async_enrolled(entry.entry_id, "anna", "Anna", portrait("Anna"))
        module.faults.refuse, module.faults.latency = {"DeleteUser"}, 0.6
        erasure = asyncio.create_task(erase(hass, await edit(hass, entry, "anna")))
        await eventually(lambda: "DeleteUser" in requests(module) + requests(two))
        roster.async_put(replace(roster.people["anna"], access=NEVER))
        assert (await erasure)["reason"] == "person_not_erased"
        module.faults.clear()
        assert await judged(hass, module, "anna") == "not_allowed"


async def test_somebody_new_with_the_key_of_who_is_erased_keeps_their_rule(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    roster, forget = hass.data[DATA_ROSTER], runtime.async_forget_visits
    await roster.async_enrolled(entry.entry_id, "anna", "Anna", portrait("Anna"))

    async def meanwhile(*args: Any) -> int:
        found = await forget(*args)
        module.add_user("anna", "Ben")
        await roster.async_enrolled(entry.entry_id, "anna", "Ben", portrait("Ben"))
        roster.async_put(replace(roster.people["anna"], access=NEVER))
        return found

    monkeypatch.setattr(erasing, "async_forget_visits", meanwhile)
    flow = await erase(hass, await edit(hass, entry, "anna"))
    assert flow["reason"] == "person_erased"
    assert roster.people["anna"].access == NEVER


@pytest.mark.parametrize("how", ["forget", "delete"])
async def test_a_deletion_that_is_given_up_lets_nobody_in_who_had_a_rule_since(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    hass_ws_client: WebSocketGenerator,
    how: str,
) -> None:
    entry, roster = await set_up(), hass.data[DATA_ROSTER]
    socket = await hass_ws_client(hass)
    async with SimulatedModule(serial=SECOND, password="abc123") as two:
        two.add_user("anna", "Anna")
        second = await set_up(two)
        for one in (entry, second):
            await roster.async_enrolled(one.entry_id, "anna", "Anna", portrait("Anna"))
        await module.pull_cable()
        two.faults.refuse = {"DeleteUser"}
        who, ids = {"user_id": "anna", "called": "Anna"}, [entry.entry_id, second.entry_id]
        await ask(socket, "people/delete", **who, entry_ids=ids, everywhere=True)
        await perform(hass, "set_access", user_id="anna", mode="never")
        two.faults.clear()
        if how == "delete":
            await ask(socket, "people/delete", **who, entry_ids=ids[1:])
        else:
            two.users.pop("anna")
            flow = await edit(hass, second, "anna")
            await hass.config_entries.options.async_configure(
                flow["flow_id"], {"name": "Anna", "forget": True}
            )
        await ask(socket, "people/give_up", entry_id=entry.entry_id, **who)
        await module.plug_in()
        await poll(hass)
        assert await judged(hass, module, "anna") == "not_allowed"


async def test_whoever_needs_a_score_of_their_own_needs_it_once_they_are_forgotten(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    roster = hass.data[DATA_ROSTER]
    await roster.async_enrolled(entry.entry_id, "anna", "Anna", portrait("Anna"))
    roster.async_put(replace(roster.people["anna"], minimum_score=99.9))
    assert await judged(hass, module, "anna") == "low_score"
    flow = await edit(hass, entry, "anna")
    await hass.config_entries.options.async_configure(
        flow["flow_id"], {"name": "Anna", "forget": True}
    )
    assert await judged(hass, module, "anna") == "low_score"
