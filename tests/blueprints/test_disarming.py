"""Disarm: for whom, when, and for whom not."""

from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)

from simulator import SimulatedModule
from tests.conftest import SetUp

from .kit import MODULES, TELL, Language, replay, said, see, see_stranger, use

pytestmark = pytest.mark.usefixtures("clean")


async def disarming(hass: HomeAssistant, language: Language, **inputs: Any) -> None:
    inputs = {"modules": MODULES, "people": ["anna"], **inputs}
    await use(hass, language, "disarm_alarm", alarm="alarm_control_panel.home", **inputs)


@pytest.mark.parametrize(
    ("state", "happens"),
    [
        ("armed_away", True),
        ("armed_night", True),
        ("pending", True),
        ("disarmed", False),
        ("triggered", False),
        ("unavailable", False),
    ],
)
async def test_the_alarm_is_disarmed_only_while_it_is_armed(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    disarmed: list[ServiceCall],
    state: str,
    happens: bool,
    told: list[ServiceCall],
) -> None:
    hass.states.async_set("alarm_control_panel.home", state)
    await disarming(hass, language, actions=TELL)
    await see(hass, module, "anna")
    data = {"entity_id": ["alarm_control_panel.home"]}
    assert [call.data for call in disarmed] == ([data] if happens else [])
    assert said(told, "name") == (["Anna"] if happens else [])


async def test_the_alarm_gets_its_code(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    disarmed: list[ServiceCall],
) -> None:
    hass.states.async_set("alarm_control_panel.home", "armed_home")
    await disarming(hass, language, code="0123")
    await see(hass, module, "anna")
    assert said(disarmed, "code") == ["0123"]


async def test_nobody_else_disarms_and_not_while_a_condition_fails(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    set_up: SetUp,
    disarmed: list[ServiceCall],
) -> None:
    await set_up(minimum_score=95)
    hass.states.async_set("alarm_control_panel.home", "armed_away")
    hass.states.async_set("device_tracker.phone", "not_home")
    home = {"condition": "state", "entity_id": "device_tracker.phone", "state": "home"}
    await disarming(hass, language, conditions=[home])
    await see(hass, module, "anna", score=0.99)
    hass.states.async_set("device_tracker.phone", "home")
    await see(hass, module, "chenwei", score=0.99)
    await see_stranger(hass, module)
    await replay(hass, module, "anna")
    module.add_user("dora", "Dora")
    await see(hass, module, "dora", score=0.9)
    assert disarmed == []


async def test_an_empty_list_of_people_disarms_nothing(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    disarmed: list[ServiceCall],
) -> None:
    hass.states.async_set("alarm_control_panel.home", "armed_away")
    await disarming(hass, language, people=[])
    await see(hass, module, "anna")
    assert disarmed == []
