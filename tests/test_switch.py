"""Switches change the module."""

from homeassistant.core import HomeAssistant, State
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    mock_restore_cache,
)

from simulator import SimulatedModule

from .common import id_of, state_of, turn
from .conftest import SetUp


async def test_leds_are_switched_and_assumed(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    for entity_id, led in (("white_light", "rgb_led"), ("infrared_light", "ir_led")):
        state = state_of(hass, f"switch.{entity_id}")
        assert state.state == "unknown"
        assert state.attributes["assumed_state"] is True
        await turn(hass, f"switch.{entity_id}", "on")
        assert getattr(module, led) > 0
        assert state_of(hass, f"switch.{entity_id}").state == "on"
        await turn(hass, f"switch.{entity_id}", "off")
        assert getattr(module, led) == 0
        assert state_of(hass, f"switch.{entity_id}").state == "off"


@pytest.mark.parametrize("known", ["on", "off", "unavailable"])
async def test_leds_are_remembered_over_a_restart(
    hass: HomeAssistant, set_up: SetUp, known: str
) -> None:
    mock_restore_cache(hass, [State(id_of("switch.white_light"), known)])
    await set_up()
    expected = known if known != "unavailable" else "unknown"
    assert state_of(hass, "switch.white_light").state == expected


async def test_the_box_is_what_the_module_says(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await turn(hass, "switch.face_boxes_in_the_video", "off")
    assert module.config.show_bbox == 0
    assert state_of(hass, "switch.face_boxes_in_the_video").state == "off"
    await turn(hass, "switch.face_boxes_in_the_video", "on")
    assert module.config.show_bbox == 1
    assert state_of(hass, "switch.face_boxes_in_the_video").state == "on"


@pytest.mark.parametrize("quirk", [None, "multiface_by_2949", "multiface_2985_ignored"])
async def test_all_faces_can_be_shown_whatever_the_firmware_wants(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, quirk: str | None
) -> None:
    if quirk:
        setattr(module.quirks, quirk, True)
    await turn(hass, "switch.show_all_faces", "on")
    assert module.config.multiface_detection_enable == 1
    assert state_of(hass, "switch.show_all_faces").state == "on"


async def test_a_module_that_refuses_to_show_all_faces_says_so(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.faults.refuse = {"SetMultiFaceDetectEnable"}
    with pytest.raises(HomeAssistantError, match="refused by simulator"):
        await turn(hass, "switch.show_all_faces", "on")
    assert state_of(hass, "switch.show_all_faces").state == "off"
