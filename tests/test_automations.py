"""The automations of docs/automations.md, run as they stand there."""

from collections.abc import Mapping
from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import condition as condition_helper
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
import yaml

from simulator import SimulatedModule

from .common import id_of, visits_of
from .conftest import SetUp, settle

PAGE = (Path(__file__).parent.parent / "docs" / "automations.md").read_text(
    encoding="utf-8"
)
BLOCKS = [
    yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
]
EXAMPLES = {block["alias"]: block for block in BLOCKS if "alias" in block}


async def automate(hass: HomeAssistant, alias: str) -> None:
    assert await async_setup_component(
        hass, "automation", {"automation": [EXAMPLES[alias]]}
    )
    await settle(hass)
    (automation,) = hass.states.async_all("automation")
    assert automation.state == "on", "it is valid"


@pytest.fixture
async def at(hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Set the time of the day that conditions see."""

    def set_time(hour: int) -> None:
        now = dt_util.now().replace(hour=hour, minute=30)
        monkeypatch.setattr(dt_util, "now", lambda: now)

    return set_time


# Unlock


async def test_the_door_is_unlocked_for_recognized_people_of_the_list_only(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    await set_up(minimum_score=95)
    unlocked = async_mock_service(hass, "lock", "unlock")
    hass.states.async_set("alarm_control_panel.home", "disarmed")
    await automate(hass, "Unlock for the family")
    await module.send_heartbeat()
    await module.send_recognition("", username="")
    await module.send_recognition("ben", username="Ben", score=0.99)
    await module.send_recognition("anna", 0.90)
    await module.send_recognition("anna", 0.99, timestamp=module.now() - 86_400)
    await settle(hass)
    assert unlocked == []
    await module.send_recognition("anna", 0.99)
    await module.send_recognition("anna", 0.99)
    await settle(hass)
    assert [call.data["entity_id"] for call in unlocked] == [["lock.front_door"]]
    hass.states.async_set("alarm_control_panel.home", "armed_night")
    await module.send_recognition("chenwei", 0.99)
    await settle(hass)
    assert len(unlocked) == 1


# Notify


async def test_everyone_but_the_recognized_person_is_told(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(minimum_score=95)
    anna = async_mock_service(hass, "notify", "mobile_app_annas_phone")
    wei = async_mock_service(hass, "notify", "mobile_app_weis_phone")

    def told() -> list[list[str]]:
        texts = [[call.data["message"] for call in calls] for calls in (anna, wei)]
        anna.clear()
        wei.clear()
        return texts

    await automate(hass, "Tell everyone else who is there")
    await module.send_heartbeat()
    await module.send_recognition("anna", 0.99)
    await settle(hass)
    (call,) = wei
    assert call.data["data"]["tag"] == visits_of(entry)[0].visit_id
    assert call.data["data"]["image"].startswith("/api/face_module/visits/")
    assert "authSig" in call.data["data"]["image"]
    assert told() == [[], ["Anna is at the door."]]
    await module.send_recognition("", username="")
    await settle(hass)
    assert told() == [["Somebody unknown is at the door."]] * 2
    await module.send_recognition("chenwei", 0.90)
    await settle(hass)
    assert told() == [["Somebody claims to be 陈伟 (low_score)."]] * 2
    await module.send_recognition("chenwei", timestamp=1)
    await settle(hass)
    assert told() == [[], []], "a replay is no news"


# At night


@pytest.mark.parametrize(("hour", "expected"), [(23, 1), (3, 1), (12, 0)])
async def test_a_stranger_is_told_at_night_only(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    at: Any,
    hour: int,
    expected: int,
) -> None:
    light = async_mock_service(hass, "light", "turn_on")
    told = async_mock_service(hass, "notify", "everyone")
    await automate(hass, "Stranger or spoof at night")
    await module.send_heartbeat()
    at(hour)
    await module.send_recognition("anna")
    await module.send_recognition("chenwei", timestamp=1)
    await settle(hass)
    assert told == []
    await module.send_recognition("", username="")
    await settle(hass)
    assert [call.data["message"] for call in told] == ["A stranger"] * expected
    assert len(light) == expected


@pytest.mark.parametrize("reported", [True, False])
async def test_a_spoof_is_told_whether_or_not_the_module_reports_it(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, at: Any, reported: bool
) -> None:
    module.config.liveness_type = 3
    await set_up(require_liveness=True)
    async_mock_service(hass, "light", "turn_on")
    told = async_mock_service(hass, "notify", "everyone")
    await automate(hass, "Stranger or spoof at night")
    await module.send_heartbeat()
    await module.send_status()
    await settle(hass)
    at(23)
    module.quirks.reports_spoofs = reported
    await module.walk_by("anna", score=0.97, rgb_liveness=0.1, nir_liveness=0.1)
    await settle(hass)
    assert {call.data["message"] for call in told} == {"Perhaps a photo or a mask"}


# The rest of the page


async def test_who_is_there_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    told = async_mock_service(hass, "notify", "everyone")
    script = {**EXAMPLES["Say who is there"]}
    script["sequence"][0]["data"]["timeout"] = 1
    assert await async_setup_component(hass, "script", {"script": {"who": script}})
    module.in_front = "anna"
    await hass.services.async_call("script", "who", blocking=True)
    module.in_front = None
    await hass.services.async_call("script", "who", blocking=True)
    await settle(hass)
    assert [call.data["message"] for call in told] == ["Anna", "Nobody was recognized."]


async def test_the_answer_on_the_page_has_the_fields_that_come(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    (shown,) = [block for block in BLOCKS if "recognized" in block]
    assert list(shown) == ["recognized", "result", *visits_of(entry)[0].as_attributes()]


async def test_the_condition_on_the_page_holds_while_anna_is_there(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    (config,) = [block for block in BLOCKS if "condition" in block]
    assert config["target"]["entity_id"] == id_of("binary_sensor.person_present")
    valid = await condition_helper.async_validate_condition_config(hass, config)
    checker = await condition_helper.async_from_config(hass, valid)

    def holds() -> bool | None:
        variables: Mapping[str, Any] = {}
        return checker.async_check(variables=variables)

    await module.send_heartbeat()
    await module.send_recognition("chenwei")
    await settle(hass)
    assert not holds()
    await module.send_recognition("anna")
    await settle(hass)
    assert holds()
    checker.async_unload()
