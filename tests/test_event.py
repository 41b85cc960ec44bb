"""What is about the past: it looks like a visit only when somebody came."""

from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant, State
from homeassistant.helpers import restore_state
from homeassistant.helpers.recorder import get_instance
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_mock_service,
    mock_restore_cache_with_extra_data,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule

from .common import id_of, poll, state_of, visits_of
from .conftest import SetUp, settle

EVENT = id_of("event.recognition")
PAST = (EVENT, id_of("image.last_face"), id_of("sensor.last_person"))
RECOGNIZED = "{{ trigger.to_state.attributes.event_type == 'recognized' }}"
# What users write, from the plainest on.
DOORS: dict[str, dict[str, Any]] = {
    "state and its type": {
        "triggers": [{"trigger": "state", "entity_id": EVENT}],
        "conditions": [{"condition": "template", "value_template": RECOGNIZED}],
    },
    "state that is one": {
        "triggers": [
            {
                "trigger": "state",
                "entity_id": EVENT,
                "not_to": ["unknown", "unavailable"],
            }
        ],
        "conditions": [
            {
                "condition": "state",
                "entity_id": EVENT,
                "attribute": "event_type",
                "state": "recognized",
            }
        ],
    },
    "attribute": {
        "triggers": [
            {
                "trigger": "state",
                "entity_id": EVENT,
                "attribute": "event_type",
                "to": "recognized",
            }
        ],
    },
    "event received": {
        "triggers": [
            {
                "trigger": "event.received",
                "target": {"entity_id": EVENT},
                "options": {"event_type": ["recognized"]},
            }
        ],
    },
}


async def door(hass: HomeAssistant, kind: str) -> list[Any]:
    """Make an automation that opens a door; return the calls."""
    calls: list[Any] = async_mock_service(hass, "test", "opened")
    automation = {
        "alias": "Open",
        **DOORS[kind],
        "actions": [{"action": "test.opened"}],
        "mode": "queued",
    }
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await settle(hass)
    assert hass.states.get("automation.open").state == "on"
    return calls


async def comes(hass: HomeAssistant, module: SimulatedModule, user_id: str) -> None:
    await module.send_heartbeat()
    name = module.users[user_id].name if user_id else ""
    await module.send_recognition(user_id, username=name)
    await settle(hass)


async def delete(
    hass: HomeAssistant, entry: MockConfigEntry, *, user_id: str | None = None
) -> None:
    """Delete the latest visit, or everything of somebody, as the options do."""
    visit_id = visits_of(entry)[0].visit_id
    visits = entry.runtime_data.visits
    await visits.forgetting.async_delete(
        [] if user_id else [visit_id], [user_id] if user_id else []
    )
    await settle(hass)


@pytest.mark.parametrize("kind", DOORS)
async def test_a_door_opens_for_a_visit_and_for_nothing_else(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, kind: str
) -> None:
    calls = await door(hass, kind)
    await comes(hass, module, "anna")
    assert len(calls) == 1, "somebody whom it may open to"
    module.faults.drop = True
    await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "off"
    await comes(hass, module, "")
    assert state_of(hass, "event.recognition").attributes["event_type"] == "unknown"
    module.faults.clear()
    await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "on"
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    await delete(hass, entry)
    assert len(calls) == 1, "an outage, a stranger, its end, a reload, and a deletion"
    await comes(hass, module, "chenwei")
    assert len(calls) == 2
    await delete(hass, entry)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert len(calls) == 2


async def test_an_outage_writes_nothing_about_the_past(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await comes(hass, module, "anna")
    before = [hass.states.get(entity_id) for entity_id in PAST]
    assert {state.state for state in before}.isdisjoint({"unknown", "unavailable"})
    await module.pull_cable()
    await poll(hass)
    await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "off"
    assert [hass.states.get(entity_id) for entity_id in PAST] == before
    await module.plug_in()
    await poll(hass)
    assert state_of(hass, "binary_sensor.connected").state == "on"
    for entity_id, state in zip(PAST, before, strict=True):
        assert hass.states.get(entity_id) is state, entity_id


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_who_comes_in_an_outage_is_shown_by_everything_about_the_past(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule
) -> None:
    await set_up()
    module.faults.drop = True
    await poll(hass)
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    await comes(hass, module, "anna")
    (change,) = [item for item in changes if item.data["entity_id"] == EVENT]
    assert change.data["new_state"].attributes["user_id"] == "anna"
    assert state_of(hass, "sensor.last_person").state == "Anna"
    assert state_of(hass, "sensor.last_recognition").state.startswith("20")
    assert state_of(hass, "image.last_face").state.startswith("20")
    assert state_of(hass, "binary_sensor.connected").state == "off"
    module.faults.clear()


@pytest.mark.parametrize("kind", DOORS)
async def test_nothing_that_was_kept_opens_a_door(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, kind: str
) -> None:
    calls = await door(hass, kind)
    said = {"event_type": "recognized", "user_id": "anna", "name": "Anna"}
    kept = {"last_event_type": "recognized", "last_event_attributes": said}
    state = State(EVENT, "2026-11-25T07:52:35.000+00:00", said)
    mock_restore_cache_with_extra_data(hass, [(state, kept)])
    await set_up()
    event = state_of(hass, "event.recognition")
    assert event.state == "unknown"
    assert event.attributes["event_type"] is None
    assert "user_id" not in event.attributes
    assert calls == []
    await comes(hass, module, "anna")
    assert len(calls) == 1


async def test_a_deleted_visit_leaves_the_event_its_time_and_the_image_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await comes(hass, module, "chenwei")
    await comes(hass, module, "anna")
    before = state_of(hass, "event.recognition")
    await delete(hass, entry)
    event = state_of(hass, "event.recognition")
    assert event.state == before.state
    assert event.last_changed == before.last_changed
    left = {key: value for key, value in event.attributes.items() if value is not None}
    assert set(left) == {"event_types", "friendly_name"}
    assert set(event.attributes) == set(before.attributes)
    assert state_of(hass, "image.last_face").state == "unknown", "no earlier face appears"
    await delete(hass, entry)
    assert state_of(hass, "event.recognition") is event, "another visit is not shown"
    await comes(hass, module, "anna")
    assert state_of(hass, "event.recognition").attributes["name"] == "Anna"


@pytest.mark.parametrize("begins", ["running", "restarted", "restarted in an outage"])
async def test_whom_the_user_forgets_no_entity_names(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule, begins: str
) -> None:
    entry = await set_up()
    await comes(hass, module, "anna")
    if begins == "restarted in an outage":
        module.faults.drop = True
        await poll(hass)
    if begins != "running":
        await hass.config_entries.async_unload(entry.entry_id)
        module.faults.clear()
        await hass.config_entries.async_setup(entry.entry_id)
        await settle(hass)
    person = state_of(hass, "sensor.last_person")
    assert (person.state, person.attributes["user_id"]) == ("Anna", "anna")
    await delete(hass, entry, user_id="anna")
    for state in hass.states.async_all():
        assert "anna" not in str(state.as_dict()).lower(), state.entity_id
    kept = restore_state.async_get(hass).async_get_stored_states()
    assert kept
    assert "anna" not in str([state.as_dict() for state in kept]).lower()


@pytest.mark.parametrize("user_id", ["anna", None])
async def test_a_name_that_was_kept_without_attributes_can_be_forgotten(
    hass: HomeAssistant, set_up: SetUp, module: SimulatedModule, user_id: str | None
) -> None:
    kept: dict[str, Any] = {"native_value": "Anna", "native_unit_of_measurement": None}
    if user_id:
        kept |= {"user_id": user_id, "person": None}
    state = State(id_of("sensor.last_person"), "unavailable")
    mock_restore_cache_with_extra_data(hass, [(state, kept)])
    entry = await set_up()
    assert state_of(hass, "sensor.last_person").state == "Anna"
    assert state_of(hass, "sensor.last_person").attributes["user_id"] == user_id
    await entry.runtime_data.visits.forgetting.async_delete([], ["anna"])
    assert state_of(hass, "sensor.last_person").state == "unknown"


@pytest.fixture
def mock_recorder_before_hass(async_test_recorder: Any) -> None:
    """Let the database be there before Home Assistant is."""


@pytest.fixture
async def logbook(recorder_mock: Any, hass: HomeAssistant) -> None:
    """Home Assistant's logbook, before its server starts; it needs no frontend here."""
    hass.config.components.add("frontend")
    assert await async_setup_component(hass, "logbook", {})


async def test_the_logbook_has_one_line_for_a_visit(
    hass: HomeAssistant,
    logbook: None,
    module: SimulatedModule,
    set_up: SetUp,
    hass_ws_client: WebSocketGenerator,
) -> None:
    began = dt_util.utcnow()
    fired: list[str] = []
    hass.bus.async_listen("*", lambda event: fired.append(str(event.event_type)))
    entry = await set_up(minimum_score=95)
    await comes(hass, module, "anna")
    await module.send_recognition("chenwei", 0.9)
    await comes(hass, module, "")
    await delete(hass, entry)
    await get_instance(hass).async_block_till_done()
    socket = await hass_ws_client(hass)
    await socket.send_json_auto_id(
        {"type": "logbook/get_events", "start_time": began.isoformat()}
    )
    lines = (await socket.receive_json())["result"]
    told = [
        (line.get("attributes", {}).get("event_type"), line.get("message"))
        for line in lines
        if line.get("entity_id") == EVENT or line.get("domain") == DOMAIN
    ]
    assert told == [("recognized", None), ("rejected", None), ("unknown", None)]
    assert not [kind for kind in fired if kind.startswith(DOMAIN)]
