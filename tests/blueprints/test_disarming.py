"""Disarm: for whom, when, and for whom not."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
)

from simulator import SimulatedModule
from tests.common import eventually
from tests.conftest import LetPass, SetUp

from .kit import (
    MODULES,
    SLOWLY,
    TELL,
    Language,
    free,
    replay,
    said,
    see,
    see_stranger,
    use,
)

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


# Later


async def come(module: SimulatedModule, *people: str) -> None:
    """Let people come, while what others set off goes on."""
    await module.send_heartbeat()
    for user_id in people:
        await module.send_recognition(user_id)


async def test_nobody_disarms_after_they_were_there(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    disarmed: list[ServiceCall],
    let_pass: LetPass,
) -> None:
    hass.states.async_set("alarm_control_panel.home", "armed_away")
    await disarming(hass, language, people=["anna", "chenwei"], actions=SLOWLY)
    await come(module, "anna")
    await eventually(lambda: len(disarmed) == 1)
    hass.states.async_set("alarm_control_panel.home", "disarmed")
    await come(module, "chenwei")
    await eventually(lambda: hass.states.get(MODULES[0]).attributes["name"] == "陈伟")
    let_pass(timedelta(minutes=5))
    hass.states.async_set("alarm_control_panel.home", "armed_night")
    await free(hass)
    assert len(disarmed) == 1, "the alarm was armed after both had gone in"


async def test_whoever_comes_disarms_while_actions_of_others_go_on(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    disarmed: list[ServiceCall],
) -> None:
    people = [f"person-{number}" for number in range(20)]
    for user_id in people:
        module.add_user(user_id, user_id)
    hass.states.async_set("alarm_control_panel.home", "armed_away")
    await disarming(hass, language, people=people, actions=SLOWLY)
    await come(module, *people)
    await eventually(lambda: len(disarmed) == len(people))
    await free(hass)


@pytest.mark.parametrize("ago", [15, 3600, -60])
async def test_a_recognition_of_another_time_disarms_nothing(
    hass: HomeAssistant,
    language: Language,
    entry: MockConfigEntry,
    disarmed: list[ServiceCall],
    ago: int,
) -> None:
    """However it comes into a state: a backup, another automation, a clock that leaps."""
    hass.states.async_set("alarm_control_panel.home", "armed_away")
    await disarming(hass, language)
    attributes: dict[str, Any] = {"event_type": "recognized", "user_id": "anna"}
    attributes |= {"name": "Anna", "source": None}
    for seconds, expected in ((ago, 0), (0, 1)):
        then = dt_util.utcnow() - timedelta(seconds=seconds)
        hass.states.async_set(MODULES[0], then.isoformat("T", "milliseconds"), attributes)
        await hass.async_block_till_done()
        assert len(disarmed) == expected
