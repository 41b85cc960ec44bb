"""Whoever shall have a device of their own has one, as long as they shall."""

from datetime import timedelta
from typing import Any

from homeassistant.components.recorder.history import state_changes_during_period
from homeassistant.components.recorder.statistics import statistics_during_period
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import CoreState, HomeAssistant, State
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.json import json_dumps
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
from syrupy.assertion import SnapshotAssertion

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.fleet.erasing import async_erase_person
from custom_components.face_module.fleet.person_devices import DATA_PERSON_DEVICES
from custom_components.face_module.flows.choices import APART
from custom_components.face_module.people.roster import DATA_ROSTER, RosterPerson
from simulator import SimulatedModule
from tests.common import come, perform, refused, reload, spoil_book
from tests.conftest import Another, LetPass, SetUp, settle
from tests.visits.asking import remember, visit_at
from tests.websocket.kit import ask


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: Any) -> None:
    """Let the database be there before Home Assistant is."""


@pytest.fixture
async def recorder(hass: HomeAssistant, recorder_mock: Any) -> None:
    """A database, before its server starts."""
    assert await async_setup_component(hass, "sensor", {})


async def give(
    hass: HomeAssistant, entry: MockConfigEntry, user_id: str, name: str, **more: Any
) -> None:
    """Let somebody have a device, as whoever is asked for it in the options."""
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    for data in (
        {"next_step_id": "people"},
        {"user_id": user_id},
        {"name": name, "device": True, **more},
    ):
        flow = await hass.config_entries.options.async_configure(flow["flow_id"], data)
    assert flow["type"] == "create_entry"
    await settle(hass)


def devices(hass: HomeAssistant) -> dict[str, str]:
    """Return which people have devices, and of which entry these are."""
    return {
        device.name or "": device.config_entry_id
        for entry in hass.config_entries.async_entries(DOMAIN, include_disabled=True)
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if device.entry_type is dr.DeviceEntryType.SERVICE
    }


def state(hass: HomeAssistant, entity_id: str) -> State:
    found = hass.states.get(f"sensor.{entity_id}")
    assert found is not None, entity_id
    return found


def told(hass: HomeAssistant, person: str = "anna") -> tuple[str, str]:
    """Return where somebody was last, and how often today."""
    return (
        state(hass, f"{person}_last_place").state,
        state(hass, f"{person}_visits_today").state,
    )


async def wait_in_vain(hass: HomeAssistant) -> None:
    """Let the time pass in which a module may come back."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=31))
    await settle(hass)


async def test_nobody_has_one_unless_somebody_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await come(hass, module, "anna")
    assert devices(hass) == {}


async def test_it_tells_when_and_where_and_how_often(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    another: Another,
    snapshot: SnapshotAssertion,
) -> None:
    other, _, _ = another
    other.add_user("anna", "Anna")
    await module.send_heartbeat()
    await other.send_heartbeat()
    await come(hass, module, "anna")
    await give(hass, entry, "anna", "Anna")
    assert devices(hass) == {"Anna": entry.entry_id}
    assert told(hass) == ("Face module F6EE", "1"), "the book knew"
    await come(hass, other, "anna")
    assert told(hass) == ("Face module 0002", "2"), "one device for all modules"
    (visit, *_) = entry.runtime_data.visits.history.visits
    seen = dt_util.parse_datetime(state(hass, "anna_last_seen").state)
    assert seen is not None
    assert seen >= visit.last_seen.replace(microsecond=0)
    await come(hass, module, "chenwei")
    assert told(hass) == ("Face module 0002", "2"), "that was somebody else"
    midnight = state(hass, "anna_visits_today").attributes["last_reset"]
    assert dt_util.parse_datetime(midnight) == dt_util.start_of_local_day()
    registry = er.async_get(hass)
    for name in ("last_seen", "last_place", "visits_today"):
        found = registry.async_get(f"sensor.anna_{name}")
        assert found is not None
        attributes = dict(state(hass, f"anna_{name}").attributes)
        attributes.pop("last_reset", None)
        shown = found.translation_key, found.capabilities, attributes
        assert shown == snapshot(name=name)


async def test_who_was_rejected_or_wrongly_named_was_not_there(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await give(hass, entry, "anna", "Anna")
    assert told(hass) == ("unknown", "0")
    now = dt_util.utcnow()
    await remember(
        hass,
        entry,
        visit_at(entry, "a1", now - timedelta(days=2)),
        visit_at(entry, "c1", now, user_id="chenwei", name="陈伟"),
        visit_at(entry, "old", dt_util.utc_from_timestamp(0)),
        visit_at(entry, "new", now + timedelta(days=1)),
    )
    assert told(hass) == ("Face module F6EE", "0")
    await perform(hass, "mark_visit", visit_id="c1", wrong="anna")
    await settle(hass)
    assert told(hass)[1] == "1", "it was Anna"
    await perform(hass, "mark_visit", visit_id="a1", wrong="")
    await perform(hass, "mark_visit", visit_id="c1")
    await settle(hass)
    assert told(hass) == ("unknown", "0")


async def test_it_is_the_same_after_a_restart(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await give(hass, entry, "anna", "Anna")
    await come(hass, module, "anna")
    before = [state(hass, f"anna_last_{one}").state for one in ("seen", "place")]
    (device,) = dr.async_get(hass).async_get_devices(
        config_entry_id=entry.entry_id, identifiers=identifiers(hass)
    )
    await hass.config_entries.async_unload(entry.entry_id)
    await settle(hass)
    assert state(hass, "anna_last_place").state == "unavailable"
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert [state(hass, f"anna_last_{one}").state for one in ("seen", "place")] == before
    assert told(hass)[1] == "1"
    assert dr.async_get(hass).async_get(device.id) is not None


def identifiers(hass: HomeAssistant) -> set[tuple[str, str]]:
    people = hass.data[DATA_ROSTER].with_device
    return {(DOMAIN, f"person_{one.device}") for one in people}


@pytest.mark.parametrize("spoiled", [False, True])
async def test_it_begins_anew_at_midnight_even_if_the_book_cannot_be_used(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    let_pass: LetPass,
    spoiled: bool,
) -> None:
    await give(hass, entry, "anna", "Anna")
    await remember(hass, entry, visit_at(entry, "v1", dt_util.utcnow()))
    if spoiled:
        await spoil_book(hass)
        # Whatever has the book asked anew.
        await hass.config.async_update(location_name="Seehaus")
        await settle(hass)
    assert told(hass) == ("Face module F6EE", "1")
    tomorrow = dt_util.start_of_local_day(dt_util.now().date() + timedelta(days=1))
    let_pass(tomorrow - dt_util.utcnow() + timedelta(seconds=1))
    async_fire_time_changed(hass, dt_util.utcnow())
    await settle(hass)
    assert told(hass) == ("Face module F6EE", "0")
    reset = state(hass, "anna_visits_today").attributes["last_reset"]
    assert dt_util.parse_datetime(reset) == tomorrow


async def test_it_follows_the_name_of_person_and_door(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await give(hass, entry, "anna", "Anna")
    await come(hass, module, "anna")
    await give(hass, entry, "anna", "Anna Maria")
    assert devices(hass) == {"Anna Maria": entry.entry_id}
    assert told(hass) == ("Face module F6EE", "1"), "under the former name, too"
    friendly = state(hass, "anna_last_place").attributes["friendly_name"]
    assert friendly == "Anna Maria Last place"
    hass.config_entries.async_update_entry(entry, title="Back door")
    await settle(hass)
    assert told(hass)[0] == "Back door"


async def test_two_people_of_one_name_have_two(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.add_user("anna2", "Anna")
    await module.send_heartbeat()
    await give(hass, entry, "anna", "Anna")
    await give(hass, entry, "anna2", "Anna")
    await come(hass, module, "anna2")
    assert told(hass) == ("unknown", "0")
    assert state(hass, "anna_last_place_2").state == "Face module F6EE"
    assert len(identifiers(hass)) == 2


async def test_two_people_of_one_id_are_told_apart(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, another: Another
) -> None:
    other, second, _ = another
    other.add_user("anna", "Annika")
    await module.send_heartbeat()
    await other.send_heartbeat()
    await give(hass, entry, "anna", "Anna")
    await come(hass, other, "anna")
    assert told(hass) == ("unknown", "0"), "that was Annika"
    await give(hass, second, f"anna{APART}Annika", "Annika")
    assert told(hass, "annika") == ("Face module 0002", "1")
    await come(hass, module, "anna")
    assert told(hass) == ("Face module F6EE", "1")
    assert told(hass, "annika") == ("Face module 0002", "1")


@pytest.mark.parametrize("how", ["switched off", "forgotten", "deleted", "erased"])
async def test_it_goes_with_the_person_without_a_trace(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
    how: str,
) -> None:
    await module.send_heartbeat()
    await give(hass, entry, "anna", "Anna")
    await come(hass, module, "anna")
    known = dr.async_get(hass)
    (device,) = known.async_get_devices(identifiers=identifiers(hass))
    known.async_update_device(device.id, name_by_user="Our Anna")
    client = await hass_ws_client(hass)
    match how:
        case "switched off":
            who = {"user_id": "anna", "name": "Anna", "minimum_score": None}
            answer = await ask(client, "people/link", **who)
            assert answer["device"] is True, "what is not said stays"
            await ask(client, "people/link", **who, device=False)
        case "forgotten":
            await hass.data[DATA_ROSTER].async_remove("anna")
        case "deleted":
            await perform(hass, "delete_user", device_id=[device_id], user_id="anna")
        case "erased":
            await ask(client, "people/erase", user_id="anna", called="Anna")
    await settle(hass)
    assert devices(hass) == {}
    assert hass.states.get("sensor.anna_last_seen") is None
    registry = er.async_get(hass)
    assert not [one for one in registry.entities if "anna" in one]
    assert "anna" not in str([*registry.deleted_entities.values()]).lower()
    saved = json_dumps(known._data_to_save()["deleted_devices"])
    assert device.id in saved
    assert "anna" not in saved.lower()


async def test_one_whose_person_went_meanwhile_goes_at_the_next_start(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    await give(hass, entry, "anna", "Anna")
    await hass.config_entries.async_unload(entry.entry_id)
    person = hass.data[DATA_ROSTER].get("anna")
    assert person is not None
    hass.data[DATA_ROSTER].async_put(person.with_device(wanted=False))
    await hass.config_entries.async_setup(entry.entry_id)
    await settle(hass)
    assert devices(hass) == {}


async def test_with_its_module_away_another_one_has_it(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, another: Another
) -> None:
    other, second, _ = another
    other.add_user("anna", "Anna")
    await other.send_heartbeat()
    await give(hass, entry, "anna", "Anna")
    (before,) = dr.async_get(hass).async_get_devices(identifiers=identifiers(hass))
    await hass.config_entries.async_reload(entry.entry_id)
    await wait_in_vain(hass)
    assert devices(hass) == {"Anna": entry.entry_id}, "it was back in a moment"
    await hass.config_entries.async_unload(entry.entry_id)
    await settle(hass)
    assert devices(hass) == {"Anna": entry.entry_id}, "it may be back in a moment"
    await wait_in_vain(hass)
    assert devices(hass) == {"Anna": second.entry_id}
    await come(hass, other, "anna")
    assert told(hass) == ("Face module 0002", "1")
    (now,) = dr.async_get(hass).async_get_devices(identifiers=identifiers(hass))
    assert now.id == before.id, "it is the same device, with what the user said of it"
    await hass.config_entries.async_setup(entry.entry_id)
    await wait_in_vain(hass)
    assert devices(hass) == {"Anna": second.entry_id}, "once is enough"
    assert told(hass) == ("Face module 0002", "1")


@pytest.mark.parametrize("how", ["disabled", "removed"])
async def test_it_outlives_its_module(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    another: Another,
    how: str,
) -> None:
    other, second, _ = another
    other.add_user("anna", "Anna")
    await other.send_heartbeat()
    await give(hass, entry, "anna", "Anna")
    registry = er.async_get(hass)
    registry.async_update_entity("sensor.anna_last_seen", name="Zuletzt")
    await come(hass, other, "anna")
    if how == "removed":
        await hass.config_entries.async_remove(entry.entry_id)
    else:
        await hass.config_entries.async_set_disabled_by(
            entry.entry_id, ConfigEntryDisabler.USER
        )
    await wait_in_vain(hass)
    assert devices(hass) == {"Anna": second.entry_id}
    assert told(hass) == ("Face module 0002", "1")
    found = registry.async_get("sensor.anna_last_seen")
    assert found is not None
    assert (found.name, found.disabled_by) == ("Zuletzt", None)
    await come(hass, other, "anna")
    assert hass.states.get("sensor.anna_last_seen_2") is None


@pytest.mark.parametrize("loaded", [True, False])
async def test_with_the_last_module_it_goes_without_a_trace(
    hass: HomeAssistant, entry: MockConfigEntry, loaded: bool
) -> None:
    await give(hass, entry, "anna", "Anna")
    if not loaded:
        await hass.config_entries.async_unload(entry.entry_id)
        hass.data[DATA_PERSON_DEVICES]._shown.clear()
    await hass.config_entries.async_remove(entry.entry_id)
    await settle(hass)
    assert devices(hass) == {}
    registry = er.async_get(hass)
    assert "anna" not in str([*registry.deleted_entities.values()]).lower()


async def test_while_home_assistant_starts_every_module_is_waited_for(
    hass: HomeAssistant, entry: MockConfigEntry, another: Another
) -> None:
    _, second, _ = another
    await give(hass, entry, "anna", "Anna")
    await hass.config_entries.async_unload(entry.entry_id)
    hass.set_state(CoreState.starting)
    await wait_in_vain(hass)
    assert devices(hass) == {"Anna": entry.entry_id}
    hass.set_state(CoreState.running)
    await wait_in_vain(hass)
    assert devices(hass) == {"Anna": second.entry_id}


async def test_it_is_of_a_module_that_knows_the_person(
    hass: HomeAssistant, entry: MockConfigEntry, another: Another
) -> None:
    _, second, _ = another
    ben = RosterPerson(user_id="ben", name="Ben", names={second.entry_id: "Ben"})
    hass.data[DATA_ROSTER].async_put(ben.with_device(wanted=True))
    await settle(hass)
    assert devices(hass) == {"Ben": second.entry_id}
    hass.data[DATA_ROSTER].async_put(
        RosterPerson(
            user_id="ben",
            name="Ben",
            names={entry.entry_id: "Ben"},
            device=hass.data[DATA_ROSTER].with_device[0].device,
        )
    )
    await settle(hass)
    assert devices(hass) == {"Ben": entry.entry_id}
    assert told(hass, "ben") == ("unknown", "0")


async def test_it_is_no_module(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await give(hass, entry, "anna", "Anna")
    (device,) = dr.async_get(hass).async_get_devices(identifiers=identifiers(hass))
    assert await refused(hass, "list_users", device_id=device.id) == "access_door_unknown"
    rule = {"user_id": "anna", "mode": "rule", "device_id": [device.id]}
    assert await refused(hass, "set_access", **rule) == "access_door_unknown"
    registry = er.async_get(hass)
    there = er.async_entries_for_device(registry, device.id)
    assert {one.domain for one in there} == {"sensor"}, "pickers go by binary sensors"
    assert await async_setup_component(hass, "device_automation", {})
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {"type": "device_automation/trigger/list", "device_id": device.id}
    )
    triggers = (await client.receive_json())["result"]
    assert not [one for one in triggers if one["domain"] == DOMAIN]
    await client.send_json_auto_id({"type": "face_module/modules"})
    (shown,) = (await client.receive_json())["result"]
    assert not [one for one in shown["entities"].values() if "anna" in one]


async def test_the_card_switches_it(
    hass: HomeAssistant,
    set_up: SetUp,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
) -> None:
    entry = await set_up()
    client = await hass_ws_client(hass)

    async def shown() -> bool:
        found = await ask(client, "people/list", entry_id=entry.entry_id)
        return any(one["device"] for one in found["people"] if one["user_id"] == "anna")

    assert not await shown()
    who = {"user_id": "anna", "name": "Anna", "entry_id": entry.entry_id}
    await ask(client, "people/link", **who, minimum_score=None, device=True)
    await settle(hass)
    assert await shown()
    assert devices(hass) == {"Anna": entry.entry_id}
    await reload(hass, entry)
    assert devices(hass) == {"Anna": entry.entry_id}


async def statistics_of(hass: HomeAssistant, *entity_ids: str) -> dict[str, Any]:
    """Return what the recorder has counted by now."""
    now = dt_util.utcnow()
    start = now.replace(minute=now.minute // 5 * 5, second=0, microsecond=0)
    do_adhoc_statistics(hass, start=start)
    await async_wait_recording_done(hass)
    found: dict[str, Any] = await get_instance(hass).async_add_executor_job(
        statistics_during_period,
        *(hass, now - timedelta(hours=2), None, set(entity_ids), "5minute", None, {"sum"}),
    )
    return found


async def test_erasing_somebody_is_forgetting_their_statistics(
    hass: HomeAssistant, recorder: None, set_up: SetUp, module: SimulatedModule
) -> None:
    entry = await set_up()
    await module.send_heartbeat()
    await give(hass, entry, "anna", "Anna")
    await give(hass, entry, "chenwei", "陈伟")
    await come(hass, module, "anna", "chenwei")
    await async_wait_recording_done(hass)
    ids = "sensor.anna_visits_today", "sensor.chen_wei_visits_today"
    assert set(await statistics_of(hass, *ids)) == {*ids}
    await async_erase_person(hass, "anna", "Anna")
    await settle(hass)
    await async_wait_recording_done(hass)
    assert set(await statistics_of(hass, *ids)) == {ids[1]}
    past = await get_instance(hass).async_add_executor_job(
        state_changes_during_period,
        *(hass, dt_util.utcnow() - timedelta(hours=2), None, ids[0]),
    )
    assert not past.get(ids[0])
