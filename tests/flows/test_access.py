"""When somebody may enter is said in the options."""

from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.people import ledger
from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.people.rule import (
    ALWAYS,
    NEVER,
    AccessMode,
    AccessRule,
    Match,
)
from tests.common import device_of, rule_of
from tests.conftest import SERIAL
from tests.flows.test_people import edit


def suggested(flow: Any) -> dict[str, Any]:
    """Return what is filled in."""
    return {
        str(key): value
        for key in flow["data_schema"].schema
        if (value := (key.description or {}).get("suggested_value")) is not None
    }


async def fill(hass: HomeAssistant, flow: Any, **fields: Any) -> Any:
    return await hass.config_entries.options.async_configure(flow["flow_id"], fields)


@pytest.fixture(autouse=True)
async def gate(hass: HomeAssistant) -> None:
    await hass.config.async_set_time_zone("Europe/Berlin")
    hass.states.async_set("schedule.cleaning", "on", {"friendly_name": "Cleaning"})


async def test_always_and_never_are_one_click(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    before = "always"
    for mode, access in (("never", NEVER), ("never", NEVER), ("always", ALWAYS)):
        flow = await edit(hass, entry, "anna")
        assert suggested(flow)["access"] == before
        flow = await fill(hass, flow, name="Anna", access=mode)
        assert flow["type"] is FlowResultType.CREATE_ENTRY
        assert rule_of(hass) == access
        before = mode


async def test_conditions_are_asked_on_a_page_of_their_own(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    flow = await edit(hass, entry, "anna")
    flow = await fill(hass, flow, name="Anna", minimum_score=80, access="rule")
    assert flow["step_id"] == "access"
    assert flow["description_placeholders"]["rule"] == "May always enter"
    assert flow["description_placeholders"]["name"] == "Anna"
    fields = {
        "start": "2026-12-01 09:00:00",
        "end": "2026-12-31 18:00:00",
        "entities": ["schedule.cleaning"],
        "match": "any",
        "visits": 3,
        "device_id": [device_of(hass, entry)],
        "remove_afterwards": True,
    }
    flow = await fill(hass, flow, **fields)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert rule_of(hass) == AccessRule(
        mode=AccessMode.RULE,
        start=datetime(2026, 12, 1, 8, tzinfo=UTC),
        end=datetime(2026, 12, 31, 17, tzinfo=UTC),
        entities=("schedule.cleaning",),
        match=Match.ANY,
        visits=3,
        doors=(SERIAL,),
        remove_afterwards=True,
    )
    assert hass.data[DATA_ROSTER].people["anna"].minimum_score == 80
    flow = await edit(hass, entry, "anna")
    assert suggested(flow)["access"] == "rule"
    flow = await fill(hass, flow, name="Anna", access="rule")
    assert suggested(flow) == fields
    assert "while Cleaning is on" in flow["description_placeholders"]["rule"]


async def test_what_makes_no_sense_is_an_error_in_words(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    flow = await edit(hass, entry, "anna")
    flow = await fill(hass, flow, name="Anna", access="rule")
    for fields, error in (
        ({}, "Give at least one condition"),
        ({"start": "2026-12-02 09:00:00", "end": "2026-12-01 09:00:00"}, "The end has"),
        ({"entities": ["schedule.gone"]}, "There is no entity schedule.gone"),
        ({"entities": ["schedule.cleaning"], "remove_afterwards": True}, "needs an end"),
        ({"entities": [f"switch.n{number}" for number in range(101)]}, "at most 100"),
    ):
        flow = await fill(hass, flow, **fields)
        assert flow["errors"] == {"base": "not_changed"}
        assert error in flow["description_placeholders"]["error"]
        assert suggested(flow).items() >= fields.items()
    flow = await fill(hass, flow, visits=1)
    assert flow["type"] is FlowResultType.CREATE_ENTRY
    assert rule_of(hass).visits == 1


async def test_what_the_disk_does_not_take_is_an_error_in_words(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    flow = await edit(hass, entry, "anna")
    with patch.object(ledger, "save_json", side_effect=OSError(28, "No space")):
        flow = await fill(hass, flow, name="Anna", access="never")
    assert flow["errors"] == {"base": "not_changed"}
    assert "could not be saved" in flow["description_placeholders"]["error"]


async def test_a_door_that_is_no_module_any_more_stays(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    access = AccessRule(mode=AccessMode.RULE, doors=("an old serial",))
    hass.data[DATA_ROSTER].async_put(
        RosterPerson(user_id="anna", name="Anna", access=access)
    )
    flow = await edit(hass, entry, "anna")
    flow = await fill(hass, flow, name="Anna", access="rule")
    assert suggested(flow)["device_id"] == []
    await fill(hass, flow, visits=2)
    assert rule_of(hass).doors == ("an old serial",)
