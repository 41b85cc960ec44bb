"""Configure > Eyes: a row for each camera."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.options import Eye, Options
from tests.common import id_of
from tests.conftest import settle

from .test_options import OPTIONS, choose, settings

CAMERA = {"entity_id": "camera.doorbell", "trigger": "event.doorbell"}
IMAGE = {"entity_id": "image.porch"}


async def eyes(hass: HomeAssistant, entry: MockConfigEntry, *rows: dict[str, Any]) -> Any:
    """Open the form and save rows."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    form = await choose(hass, menu, "eyes")
    assert form["step_id"] == "eyes"
    done = await hass.config_entries.options.async_configure(
        form["flow_id"], {"eyes": list(rows)}
    )
    await settle(hass)
    return done


async def test_rows_are_kept_with_what_was_not_said(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    done = await eyes(hass, entry, {**CAMERA, "pictures": 3.0, "trigger": "event.x"}, IMAGE)
    assert done["type"] is FlowResultType.CREATE_ENTRY
    assert entry.runtime_data.options.eyes == (
        Eye("camera.doorbell", "event.x", pictures=3),
        Eye("image.porch"),
    )
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    form = await choose(hass, menu, "eyes")
    (field,) = form["data_schema"].schema
    shown = field.description["suggested_value"]
    assert shown[1] == {
        "entity_id": "image.porch",
        "pictures": 1,
        "pause": 1,
        "cool_down": 10,
    }


async def test_numbers_are_numbers_however_they_are_spelled(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    row = {"pictures": "2.0", "pause": "0.5", "cool_down": "nan"}
    done = await eyes(hass, entry, {**CAMERA, **row})
    assert done["type"] is FlowResultType.CREATE_ENTRY
    (eye,) = entry.runtime_data.options.eyes
    assert eye == Eye("camera.doorbell", "event.doorbell", 2, 0.5, 10)


async def test_other_settings_leave_the_eyes_alone_and_the_other_way_round(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    form = await settings(hass, entry)
    await hass.config_entries.options.async_configure(form["flow_id"], OPTIONS)
    await settle(hass)
    await eyes(hass, entry, CAMERA)
    assert entry.options["heartbeat_interval"] == 7
    assert entry.options["minimum_score_eyes"] == 92
    form = await settings(hass, entry)
    await hass.config_entries.options.async_configure(form["flow_id"], OPTIONS)
    await settle(hass)
    assert [eye["entity_id"] for eye in entry.options["eyes"]] == ["camera.doorbell"]
    assert Options.from_entry(entry).as_dict() == entry.options
    await eyes(hass, entry)
    assert entry.options["eyes"] == []


@pytest.mark.parametrize(
    ("rows", "error"),
    [
        ([{"entity_id": "camera.doorbell"}], "trigger_missing"),
        ([{"entity_id": "camera.doorbell", "trigger": ""}], "trigger_missing"),
        ([CAMERA, CAMERA], "eye_twice"),
    ],
)
async def test_what_makes_no_sense_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, rows: list[dict[str, Any]], error: str
) -> None:
    if rows[0].get("trigger") == "":
        # A field that was emptied.
        rows = [{"entity_id": "camera.doorbell"}]
    done = await eyes(hass, entry, *rows)
    assert done["errors"] == {"eyes": error}
    done = await hass.config_entries.options.async_configure(
        done["flow_id"], {"eyes": [CAMERA]}
    )
    assert done["type"] is FlowResultType.CREATE_ENTRY


async def test_a_module_does_not_look_at_what_a_module_saw(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    done = await eyes(hass, entry, CAMERA, {"entity_id": id_of("image.last_face")})
    assert done["errors"] == {"eyes": "eye_own"}


@pytest.mark.parametrize(
    "row",
    [
        {**CAMERA, "pictures": 6},
        {**CAMERA, "pause": 0},
        {**CAMERA, "cool_down": -1},
        {**CAMERA, "entity_id": "no entity"},
        {**CAMERA, "more": 1},
        {"trigger": "event.doorbell"},
    ],
)
async def test_what_is_out_of_range_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, row: dict[str, Any]
) -> None:
    with pytest.raises(InvalidData):
        await eyes(hass, entry, row)
