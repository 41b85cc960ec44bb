"""Outside their time, a guest's first visit, and a guest who is gone."""

from collections.abc import Callable
from datetime import timedelta

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from simulator import SimulatedModule
from tests.common import eventually, perform
from tests.conftest import LetPass, SetUp, settle

from .kit import MODULES, TELL, Language, replay, said, see, see_stranger, use

pytestmark = pytest.mark.usefixtures("clean")


async def test_whoever_may_not_enter_is_told_of(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    set_up: SetUp,
    told: list[ServiceCall],
    let_pass: Callable[[timedelta], None],
) -> None:
    await set_up(visit_window=0, minimum_score=95)
    name = "outside_their_time"
    await use(hass, language, name, modules=MODULES, pause=60, actions=TELL)
    await perform(hass, "set_access", user_id="anna", mode="never")
    await see(hass, module, "chenwei", score=0.99)
    await see(hass, module, "anna", score=0.90)
    await see_stranger(hass, module)
    await replay(hass, module, "anna")
    assert said(told) == [], "who may, who it may not be, nobody known, the past"
    await see(hass, module, "anna", score=0.99)
    assert said(told) == [language.text(name, "message", name="Anna")]
    await see(hass, module, "anna", score=0.98)
    assert said(told) == [], "the pause"


async def test_only_of_those_who_were_chosen(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    told: list[ServiceCall],
) -> None:
    name = "outside_their_time"
    inputs = {"modules": MODULES, "people": ["anna"], "pause": 0}
    await use(hass, language, name, **inputs, actions=TELL)
    for user_id in ("anna", "chenwei"):
        await perform(hass, "set_access", user_id=user_id, mode="never")
        await see(hass, module, user_id)
    assert said(told, "name") == ["Anna"]


async def test_a_guest_is_welcomed_once(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    set_up: SetUp,
    told: list[ServiceCall],
) -> None:
    await set_up(visit_window=0)
    name = "welcome_guest"
    entity_id = await use(
        hass, language, name, modules=MODULES, guest="chenwei", actions=TELL
    )
    await see(hass, module, "anna")
    assert said(told) == []
    for _ in range(2):
        await see(hass, module, "chenwei")
    assert said(told) == [language.text(name, "message", name="陈伟")]
    assert hass.states.get(entity_id).state == "off"


async def test_who_may_not_enter_is_not_welcomed(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    told: list[ServiceCall],
) -> None:
    inputs = {"modules": MODULES, "guest": "anna"}
    entity_id = await use(hass, language, "welcome_guest", **inputs, actions=TELL)
    await perform(hass, "set_access", user_id="anna", mode="never")
    await see(hass, module, "anna")
    assert said(told) == []
    assert hass.states.get(entity_id).state == "on"


async def test_it_is_told_which_guest_was_removed(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    told: list[ServiceCall],
    let_pass: LetPass,
) -> None:
    name = "guest_removed"
    await use(hass, language, name, actions=TELL)
    end = (dt_util.utcnow() + timedelta(minutes=5)).isoformat()
    data = {"mode": "rule", "end": end, "remove_afterwards": True}
    await perform(hass, "set_access", user_id="anna", **data)
    let_pass(timedelta(minutes=5))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=2))
    await eventually(lambda: "anna" not in module.users)
    await eventually(lambda: len(told) == 1)
    await settle(hass)
    assert told[0].data["reason"] == "over"
    assert said(told) == [language.text(name, "over", name="Anna")]


async def test_it_is_told_which_modules_will_follow(
    hass: HomeAssistant,
    language: Language,
    entry: MockConfigEntry,
    told: list[ServiceCall],
) -> None:
    name = "guest_removed"
    await use(hass, language, name, actions=TELL)
    gone = {"user_id": "zoe", "name": "Zoe", "why": "used_up", "when_back": ["A", "B"]}
    hass.bus.async_fire("face_module_guest_removed", gone)
    await settle(hass)
    used_up = language.text(name, "used_up", name="Zoe")
    modules = f"A{language.text(name, 'joint')}B"
    when_back = language.text(name, "when_back", modules=modules)
    assert said(told) == [f"{used_up} {when_back}"]
