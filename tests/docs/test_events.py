"""The pages docs/events*.md against what the integration really shows."""

from pathlib import Path
import re
from typing import Any

from homeassistant.components.event import ATTR_EVENT_TYPE, ATTR_EVENT_TYPES
from homeassistant.const import ATTR_FRIENDLY_NAME
from homeassistant.core import HomeAssistant
from homeassistant.helpers.condition import async_validate_condition_config
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
import yaml

from custom_components.face_module.client import DmsType
from custom_components.face_module.trigger import PERSON_OPTIONS
from custom_components.face_module.visits.gate import Reason, Verdict
from simulator import SimulatedModule
from tests.common import PREFIX, eventually, id_of, state_of
from tests.conftest import SetUp, settle

DOCS = Path(__file__).parents[2] / "docs"
PAGES = {
    name: (DOCS / name).read_text(encoding="utf-8")
    for name in ("events.md", "events.zh-Hans.md")
}
# What every entity has, whatever it shows.
COMMON = {ATTR_FRIENDLY_NAME, "device_class", "options", ATTR_EVENT_TYPES}

on_each_page = pytest.mark.parametrize("page", PAGES)


def tables(page: str) -> list[list[list[str]]]:
    """Return the cells of each table of a page, without its head."""
    found = re.findall(r"(?:^\|.*\n)+", PAGES[page], re.MULTILINE)
    return [
        [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[2:]]
        for lines in (table.splitlines() for table in found)
    ]


def first_column(page: str, number: int) -> list[str]:
    return [row[0].strip("`") for row in tables(page)[number]]


def examples(page: str) -> list[dict[str, Any]]:
    blocks = re.findall(r"```yaml\n(.*?)```", PAGES[page], re.DOTALL)
    return [yaml.safe_load(block) for block in blocks]


def kinds(values: dict[str, Any]) -> dict[str, str]:
    """Return the kind of each value; an enum is a string to whoever reads it."""
    kind = {key: type(value).__name__ for key, value in values.items()}
    return {k: "str" if isinstance(values[k], str) else v for k, v in kind.items()}


@pytest.fixture
async def anna(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    entity_registry_enabled_by_default: None,
) -> MockConfigEntry:
    """Anna is recognized, with liveness required."""
    module.config.liveness_type = 3
    entry = await set_up(require_liveness=True)
    await module.send_heartbeat()
    await module.send_status()
    await module.walk_by("anna", score=0.973)
    state = "event.recognition"
    await eventually(lambda: state_of(hass, state).state != "unknown")
    await settle(hass)
    return entry


@on_each_page
def test_the_tables_list_every_type_reason_and_option(page: str) -> None:
    assert first_column(page, 0) == list(Verdict)
    assert first_column(page, 1) == list(Reason), "in the order in which they are given"
    assert first_column(page, 3) == [str(key) for key in PERSON_OPTIONS]
    driver = next(row for row in tables(page)[4] if "driver_monitoring" in row[0])
    assert re.findall(r"`(\w+)`", driver[-1]) == list(DmsType)


@on_each_page
async def test_the_attributes_of_the_event_are_those_of_the_page(
    hass: HomeAssistant, anna: MockConfigEntry, page: str
) -> None:
    state = state_of(hass, "event.recognition")
    attributes = {
        key: state.attributes[key] for key in state.attributes if key not in COMMON
    }
    assert first_column(page, 2) == list(attributes)
    shown = examples(page)[0]
    assert list(shown) == list(attributes)
    assert kinds(shown) == kinds(attributes)
    assert shown[ATTR_EVENT_TYPE] == attributes[ATTR_EVENT_TYPE] == Verdict.RECOGNIZED
    for key in ("image", "image_url"):
        shape = re.sub(r"[0-9A-Z]{26}|(?<=authSig=).*", "…", shown[key])
        assert shape == re.sub(r"[0-9A-Z]{26}|(?<=authSig=).*", "…", attributes[key])


@on_each_page
async def test_the_states_and_their_attributes_are_those_of_the_page(
    hass: HomeAssistant, anna: MockConfigEntry, page: str
) -> None:
    picture = {"access_token", "entity_picture"}
    for row in tables(page)[4]:
        entity_id, attributes = row[0].strip("`"), re.findall(r"`(\w+)`", row[1])
        assert PREFIX in entity_id
        state = hass.states.get(entity_id)
        assert state.state != "unavailable"
        assert set(state.attributes) - COMMON - picture == set(attributes), entity_id
    present = state_of(hass, "binary_sensor.person_present").attributes
    shown = next(item for item in examples(page) if next(iter(item)) == "user_id")
    assert list(shown) == ["user_id", "name", "person", "since"]
    assert kinds(shown) == kinds({key: present[key] for key in shown})
    assert [len(value) for value in shown.values()] == [1, 1, 1, 1]


@pytest.mark.parametrize("kind", ["face_module.person_recognized", "device"])
@on_each_page
async def test_the_triggers_of_the_page_fire(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    page: str,
    kind: str,
) -> None:
    told = async_mock_service(hass, "test", "told")
    (trigger,) = [item for item in examples(page) if item.get("trigger") == kind]
    if kind == "device":
        trigger["device_id"] = device_id
    data = {
        "who": "{{ trigger.to_state.attributes.name }}",
        "of": "{{ trigger.entity_id }}",
    }
    automation = {
        "triggers": [trigger],
        "actions": [{"action": "test.told", "data": data}],
        "mode": "queued",
    }
    assert await async_setup_component(hass, "automation", {"automation": [automation]})
    await module.send_heartbeat()
    await module.send_recognition("chenwei")
    await module.send_recognition("anna")
    await settle(hass)
    expected = {"who": "Anna", "of": id_of("event.recognition")}
    assert [call.data for call in told] == [expected]


@on_each_page
async def test_the_condition_of_the_page_is_valid(
    hass: HomeAssistant, entry: MockConfigEntry, page: str
) -> None:
    (shown,) = [item for item in examples(page) if "condition" in item]
    valid = await async_validate_condition_config(hass, shown)
    assert valid["condition"] == "face_module.is_person_present"
    assert valid["target"]["entity_id"] == [id_of("binary_sensor.person_present")]


def test_both_languages_say_the_same_of_the_same_names() -> None:
    english, chinese = (re.findall(r"`([^`\n]+)`", text) for text in PAGES.values())
    assert sorted(set(english)) == sorted(set(chinese))
    assert examples("events.md") == examples("events.zh-Hans.md")
