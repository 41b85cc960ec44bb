"""Nobody opens a door by being forgotten, deleted or erased."""

import asyncio
from dataclasses import replace
from errno import ENOSPC
from typing import Any

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.face_module import runtime
from custom_components.face_module.fleet import erasing, holding
from custom_components.face_module.people import ledger
from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.people.rule import NEVER
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import come, eventually, perform, poll, requests, state_of
from tests.conftest import OTHER_SERIAL, Another, SetUp, settle
from tests.flows.test_people import edit, erase
from tests.people.kit import read
from tests.websocket.kit import ask

LONG = "Zoe Alexandra of the very long name that no module has room for"


async def judged(hass: HomeAssistant, module: SimulatedModule, user_id: str) -> Any:
    """Let somebody come; return why they may not enter."""
    await module.send_heartbeat()
    await come(hass, module, user_id)
    return state_of(hass, "event.recognition").attributes["reason"]


@pytest.mark.parametrize("what", ["forget", "erase"])
async def test_whoever_a_module_has_under_a_beginning_of_their_name_still_may_not_enter(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule, what: str
) -> None:
    async with SimulatedModule(serial=OTHER_SERIAL, password="abc123") as two:
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
        assert (
            flow["reason"]
            == {
                "forget": "person_forgotten_but_rule",
                "erase": "person_erased_but_rule",
            }[what]
        )
        assert "zoe" in module.users
        assert await judged(hass, module, "zoe") == "not_allowed"


async def test_whoever_has_another_name_on_one_module_already_is_not_let_in_by_forgetting(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry, roster = await set_up(), hass.data[DATA_ROSTER]
    async with SimulatedModule(serial=OTHER_SERIAL, password="abc123") as two:
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
    async with SimulatedModule(serial=OTHER_SERIAL, password="abc123") as two:
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
    async with SimulatedModule(serial=OTHER_SERIAL, password="abc123") as two:
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


async def test_a_module_that_is_not_set_up_and_was_added_anew_may_know_them(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, another: Another
) -> None:
    _, elsewhere, _ = another
    known = RosterPerson(user_id="anna", name="Anna", minimum_score=99.9)
    hass.data[DATA_ROSTER].async_put(known)
    await hass.config_entries.async_unload(entry.entry_id)
    flow = await edit(hass, elsewhere, "anna")
    await hass.config_entries.options.async_configure(
        flow["flow_id"], {"name": "Anna", "forget": True}
    )
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert await judged(hass, module, "anna") == "low_score"


HELD: list[dict[str, Any]] = [{"access": NEVER}, {"minimum_score": 99.9}]


async def wait_to_be_deleted(
    hass: HomeAssistant,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    held: dict[str, Any],
) -> dict[str, str]:
    """Have Anna deleted everywhere while a module is away; return who she is."""
    roster, who = hass.data[DATA_ROSTER], {"user_id": "anna", "called": "Anna"}
    entries = hass.config_entries.async_entries("face_module")
    for one in entries:
        await roster.async_enrolled(one.entry_id, "anna", "Anna", portrait("Anna"))
    roster.async_put(replace(roster.people["anna"], **held))
    await module.pull_cable()
    ids = [one.entry_id for one in entries]
    await ask(socket, "people/delete", **who, entry_ids=ids, everywhere=True)
    assert roster.get("anna") is None
    return who


@pytest.mark.parametrize("held", HELD)
async def test_whoever_was_held_in_any_way_may_not_enter_once_a_deletion_is_given_up(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    another: Another,
    socket: MockHAClientWebSocket,
    held: dict[str, Any],
) -> None:
    another[0].add_user("anna", "Anna")
    who = await wait_to_be_deleted(hass, module, socket, held)
    await ask(socket, "people/give_up", entry_id=entry.entry_id, **who)
    await module.plug_in()
    await poll(hass)
    assert await judged(hass, module, "anna") == "not_allowed"


async def test_a_module_that_is_added_again_lets_nobody_in_who_was_to_be_deleted_there(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    another: Another,
    socket: MockHAClientWebSocket,
    set_up: SetUp,
) -> None:
    another[0].add_user("anna", "Anna")
    await wait_to_be_deleted(hass, module, socket, HELD[0])
    await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    await module.plug_in()
    await set_up()
    assert await judged(hass, module, "anna") == "not_allowed"


async def test_a_deletion_that_finds_a_beginning_of_their_name_lets_nobody_in(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    another: Another,
    socket: MockHAClientWebSocket,
) -> None:
    module.add_user("zoe", "Zoe Alexandra")
    roster = hass.data[DATA_ROSTER]
    roster.async_put(RosterPerson(user_id="zoe", name=LONG, access=NEVER))
    await module.pull_cable()
    who, ids = {"user_id": "zoe", "called": LONG}, [entry.entry_id, another[1].entry_id]
    await ask(socket, "people/delete", **who, entry_ids=ids, everywhere=True)
    await module.plug_in()
    await poll(hass)
    assert "zoe" in module.users, "it may be somebody else"
    assert await judged(hass, module, "zoe") == "not_allowed"


async def test_a_cut_name_is_that_of_whom_another_module_calls_so(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, another: Another
) -> None:
    module.add_user("zoe", "Zoe Alexandra")
    names = {another[1].entry_id: "Zoe Alexandra"}
    known = RosterPerson(user_id="zoe", name=LONG, access=NEVER, names=names)
    hass.data[DATA_ROSTER].async_put(known)
    assert await judged(hass, module, "zoe") == "not_allowed"


@pytest.mark.parametrize("full", [False, True])
async def test_a_rule_that_is_given_while_modules_are_asked_is_not_forgotten(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    another: Another,
    socket: MockHAClientWebSocket,
    monkeypatch: pytest.MonkeyPatch,
    full: bool,
) -> None:
    """A deletion waits for one module; the other deletes them, on a full disk perhaps."""
    simulated, elsewhere, _ = another
    simulated.add_user("anna", "Anna")
    simulated.faults.refuse = {"DeleteUser"}
    roster, ask_modules = hass.data[DATA_ROSTER], holding.async_is_anywhere
    who, ids = {"user_id": "anna", "called": "Anna"}, [entry.entry_id, elsewhere.entry_id]
    for entry_id in ids:
        await roster.async_enrolled(entry_id, "anna", "Anna", portrait("Anna"))
    await module.pull_cable()
    await ask(socket, "people/delete", **who, entry_ids=ids, everywhere=True)
    simulated.faults.clear()

    def no_room(*_args: Any, **_kwargs: Any) -> None:
        raise OSError(ENOSPC, "No space left on device")

    async def meanwhile(*args: Any, **kwargs: Any) -> bool:
        found = await ask_modules(*args, **kwargs)
        roster.async_put(replace(roster.people["anna"], access=NEVER))
        if full:
            monkeypatch.setattr(ledger, "save_json", no_room)
        return found

    monkeypatch.setattr(holding, "async_is_anywhere", meanwhile)
    await ask(socket, "people/delete", **who, entry_ids=ids[1:])
    assert "anna" not in simulated.users
    monkeypatch.undo()
    await ask(socket, "people/give_up", entry_id=entry.entry_id, **who)
    await module.plug_in()
    await poll(hass)
    assert await judged(hass, module, "anna") == "not_allowed"


async def test_who_is_another_is_held_where_the_old_id_is_theirs_still(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    another: Another,
    device_id: str,
    set_up: SetUp,
    socket: MockHAClientWebSocket,
) -> None:
    """A third module has them, too, and nobody knows of it."""
    simulated, _, other = another
    serial = "0123A38884CE690003"
    async with SimulatedModule(serial=serial, password="abc123") as third:
        await set_up(third)
        for one, name in ((module, "Anna B"), (simulated, "Zelda"), (third, "Anna B")):
            one.add_user("0003", name, portrait(name))
        await read(hass, "0003", device_id, other)
        roster = hass.data[DATA_ROSTER]
        known = roster.called("0003", "Anna B") or roster.async_new("0003", "Anna B")
        roster.async_put(replace(known, access=NEVER))
        said = {"user_id": "0003", "same": False, "name": "Anna B"}
        await ask(socket, "people/settle", **said)
        assert third.users["0003"].name == "Anna B"
        await third.send_heartbeat()
        await third.send_recognition("0003")
        await settle(hass)
        event = hass.states.get("event.face_module_0003_recognition")
        assert event is not None
        assert event.attributes["reason"] == "not_allowed"
