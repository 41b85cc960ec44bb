"""The automations of docs/automations*.md, run as they stand there.

What uses a blueprint is run in tests/blueprints.
"""

from collections.abc import Mapping
from copy import deepcopy
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
from tests.common import id_of, visits_of
from tests.conftest import SetUp, settle

DOCS = Path(__file__).parents[2] / "docs"


def blocks_of(page: str) -> list[Any]:
    text = (DOCS / page).read_text(encoding="utf-8")
    return [
        yaml.safe_load(item) for item in re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    ]


BLOCKS = {page: blocks_of(page) for page in ("automations.md", "automations.zh-Hans.md")}
# What is said in English, and what the Chinese page says instead.
CHINESE = {
    "Anna is at the door.": "Anna 在门口。",
    "Somebody unknown is at the door.": "有陌生人在门口。",
    "Somebody claims to be 陈伟 (low_score).": "有人被认作 陈伟，但已被拒绝（low_score）。",
    "A stranger": "陌生人",
    "Perhaps a photo or a mask": "可能是照片或面具",
    "Nobody was recognized.": "没有识别到任何人。",
}


class Page:
    """One of the two pages."""

    def __init__(self, name: str) -> None:
        self.blocks = BLOCKS[name]
        self._chinese = "zh-Hans" in name

    def __call__(self, text: str) -> str:
        """Return what the page says where the English one says this."""
        return CHINESE.get(text, text) if self._chinese else text

    def example(self, alias: str) -> dict[str, Any]:
        """Return the example that has this name on the English page."""
        names = [block.get("alias") for block in BLOCKS["automations.md"]]
        found: dict[str, Any] = deepcopy(self.blocks[names.index(alias)])
        return found


@pytest.fixture(params=BLOCKS)
def page(request: pytest.FixtureRequest) -> Page:
    return Page(request.param)


async def automate(hass: HomeAssistant, page: Page, alias: str) -> None:
    assert await async_setup_component(
        hass, "automation", {"automation": [page.example(alias)]}
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
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, page: Page
) -> None:
    await set_up(minimum_score=95)
    unlocked = async_mock_service(hass, "lock", "unlock")
    hass.states.async_set("alarm_control_panel.home", "disarmed")
    await automate(hass, page, "Unlock for the family")
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
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, page: Page
) -> None:
    entry = await set_up(minimum_score=95)
    anna = async_mock_service(hass, "notify", "mobile_app_annas_phone")
    wei = async_mock_service(hass, "notify", "mobile_app_weis_phone")

    def told() -> list[list[str]]:
        texts = [[call.data["message"] for call in calls] for calls in (anna, wei)]
        anna.clear()
        wei.clear()
        return texts

    await automate(hass, page, "Tell everyone else who is there")
    await module.send_heartbeat()
    await module.send_recognition("anna", 0.99)
    await settle(hass)
    (call,) = wei
    assert call.data["data"]["tag"] == visits_of(entry)[0].visit_id
    assert call.data["data"]["image"].startswith("/api/face_module/visits/")
    assert "authSig" in call.data["data"]["image"]
    assert told() == [[], [page("Anna is at the door.")]]
    await module.send_recognition("", username="")
    await settle(hass)
    assert told() == [[page("Somebody unknown is at the door.")]] * 2
    await module.send_recognition("chenwei", 0.90)
    await settle(hass)
    assert told() == [[page("Somebody claims to be 陈伟 (low_score).")]] * 2
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
    page: Page,
) -> None:
    light = async_mock_service(hass, "light", "turn_on")
    told = async_mock_service(hass, "notify", "everyone")
    await automate(hass, page, "Stranger or spoof at night")
    await module.send_heartbeat()
    at(hour)
    await module.send_recognition("anna")
    await module.send_recognition("chenwei", timestamp=1)
    await settle(hass)
    assert told == []
    await module.send_recognition("", username="")
    await settle(hass)
    assert [call.data["message"] for call in told] == [page("A stranger")] * expected
    assert len(light) == expected


@pytest.mark.parametrize("reported", [True, False])
async def test_a_spoof_is_told_whether_or_not_the_module_reports_it(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    at: Any,
    reported: bool,
    page: Page,
) -> None:
    module.config.liveness_type = 3
    await set_up(require_liveness=True)
    async_mock_service(hass, "light", "turn_on")
    told = async_mock_service(hass, "notify", "everyone")
    await automate(hass, page, "Stranger or spoof at night")
    await module.send_heartbeat()
    await module.send_status()
    await settle(hass)
    at(23)
    module.quirks.reports_spoofs = reported
    await module.walk_by("anna", score=0.97, rgb_liveness=0.1, nir_liveness=0.1)
    await settle(hass)
    assert {call.data["message"] for call in told} == {page("Perhaps a photo or a mask")}


# The rest of the page


async def test_who_is_there_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, page: Page
) -> None:
    told = async_mock_service(hass, "notify", "everyone")
    script = page.example("Say who is there")
    script["sequence"][0]["data"]["timeout"] = 1
    assert await async_setup_component(hass, "script", {"script": {"who": script}})
    module.in_front = "anna"
    await hass.services.async_call("script", "who", blocking=True)
    module.in_front = None
    await hass.services.async_call("script", "who", blocking=True)
    await settle(hass)
    assert [call.data["message"] for call in told] == [
        "Anna",
        page("Nobody was recognized."),
    ]


async def test_the_answer_on_the_page_has_the_fields_that_come(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, page: Page
) -> None:
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await settle(hass)
    (shown,) = [block for block in page.blocks if "recognized" in block]
    assert list(shown) == ["recognized", "result", *visits_of(entry)[0].as_attributes()]


async def test_the_condition_on_the_page_holds_while_anna_is_there(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, page: Page
) -> None:
    (config,) = [block for block in page.blocks if "condition" in block]
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
