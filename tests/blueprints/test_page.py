"""The blueprints as docs/automations*.md uses them; enrolling is in test_enrolling.py."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from simulator import SimulatedModule
from tests.common import eventually, perform

from .kit import ENGLISH, Language, see, use

type Cause = Callable[[HomeAssistant, SimulatedModule], Awaitable[None]]


async def anna_comes(hass: HomeAssistant, module: SimulatedModule) -> None:
    hass.states.async_set("alarm_control_panel.home", "armed_away")
    hass.states.async_set("input_boolean.code_was_right", "on")
    await see(hass, module, "anna")


async def wei_comes(hass: HomeAssistant, module: SimulatedModule) -> None:
    await see(hass, module, "chenwei")


async def a_stranger_comes(hass: HomeAssistant, module: SimulatedModule) -> None:
    await module.send_heartbeat()
    await module.send_recognition("", username="")


async def anna_may_not_enter(hass: HomeAssistant, module: SimulatedModule) -> None:
    await perform(hass, "set_access", user_id="anna", mode="never")
    await see(hass, module, "anna")


async def a_guest_is_removed(hass: HomeAssistant, module: SimulatedModule) -> None:
    gone = {"user_id": "zoe", "name": "Zoe", "why": "over", "when_back": []}
    hass.bus.async_fire("face_module_guest_removed", gone)


async def the_phone_rings(hass: HomeAssistant, module: SimulatedModule) -> None:
    await module.send_heartbeat()
    await module.send_status(dms_type="calling")


# What happens, and which actions with which data must follow.
CASES: dict[str, tuple[Cause, dict[str, dict[str, Any]]]] = {
    "greet": (
        wei_comes,
        {"tts.speak": {"media_player_entity_id": ["media_player.hall"]}},
    ),
    "notify_others": (
        anna_comes,
        {"notify.mobile_app_kitchen_tablet": {}},
    ),
    "two_factor_unlock": (
        anna_comes,
        {
            "lock.unlock": {"entity_id": ["lock.front_door"]},
            "input_boolean.turn_off": {"entity_id": ["input_boolean.code_was_right"]},
        },
    ),
    "disarm_alarm": (
        anna_comes,
        {
            "alarm_control_panel.alarm_disarm": {
                "entity_id": ["alarm_control_panel.home"],
                "code": "1234",
            }
        },
    ),
    "stranger_at_night": (
        a_stranger_comes,
        {"light.turn_on": {"entity_id": ["light.porch"]}},
    ),
    "outside_their_time": (
        anna_may_not_enter,
        {"notify.mobile_app_annas_phone": {}},
    ),
    "welcome_guest": (
        wei_comes,
        {"light.turn_on": {"entity_id": ["light.porch"]}},
    ),
    "guest_removed": (
        a_guest_is_removed,
        {"notify.mobile_app_annas_phone": {}},
    ),
    "driver_warning": (
        the_phone_rings,
        {"tts.speak": {"media_player_entity_id": "media_player.car"}},
    ),
}


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize("name", CASES)
async def test_the_example_does_what_the_page_says(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    cause, expected = CASES[name]
    calls = {
        action: async_mock_service(hass, *action.split("."))
        for action in (*expected, "notify.mobile_app_annas_phone")
    }
    inputs = language.example(name)["use_blueprint"]["input"]
    entity_id = await use(hass, language, name, **inputs)
    if name == "stranger_at_night":
        night = dt_util.now().replace(hour=23, minute=30)
        monkeypatch.setattr(dt_util, "now", lambda: night)
    await cause(hass, module)
    await eventually(lambda: all(calls[action] for action in expected))
    await hass.services.async_call(
        "automation", "turn_off", {"entity_id": entity_id}, blocking=True
    )
    for action, data in expected.items():
        (call,) = calls[action]
        assert data.items() <= call.data.items()
    if "notify.mobile_app_annas_phone" not in expected:
        assert calls["notify.mobile_app_annas_phone"] == []


@pytest.mark.usefixtures("clean")
async def test_the_example_with_the_records_tells_that_nobody_came(
    hass: HomeAssistant,
    language: Language,
    entry: MockConfigEntry,
    device_id: str,
) -> None:
    shown = async_mock_service(hass, "persistent_notification", "create")
    inputs = language.example("nobody_came")["use_blueprint"]["input"]
    inputs["modules"] = [device_id]
    soon = datetime.now(dt_util.get_default_time_zone()) + timedelta(seconds=2)
    await use(hass, language, "nobody_came", **inputs, at=soon.strftime("%H:%M:%S"))
    await eventually(lambda: bool(shown))
    people = language.text("nobody_came", "joint").join(("nurse", "anna"))
    assert people in shown[0].data["message"]


@pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.stem)
def test_every_blueprint_is_on_the_page_with_inputs_that_it_has(
    path: Any, language: Language
) -> None:
    given = language.example(path.stem)["use_blueprint"]
    sections = load_yaml_dict(language.path(path.stem))["blueprint"]["input"].values()
    known = {key for section in sections for key in section["input"]}
    needed = {
        key
        for section in sections
        for key, item in section["input"].items()
        if "default" not in item
    }
    assert needed <= set(given["input"]) <= known
    assert given["path"] == f"face-module/{language.path(path.stem).name}"
