"""Greet, notify, strangers, drivers, and nobody: what the blueprints tell, and what not."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from simulator import SimulatedModule
from tests.common import eventually, id_of, visits_of
from tests.conftest import LetPass, SetUp, settle

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
    use_all,
)

pytestmark = pytest.mark.usefixtures("clean")


# Greet


async def test_everybody_is_greeted_by_name_some_in_their_own_way(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    set_up: SetUp,
    told: list[ServiceCall],
) -> None:
    await set_up(minimum_score=95)
    spoken = async_mock_service(hass, "tts", "speak")
    await use(
        hass,
        language,
        "greet",
        modules=MODULES,
        greeting="Hi {name}!",
        greetings=[{"user_id": "chenwei", "greeting": "{name}，你好"}],
        tts=["tts.cloud"],
        speakers=["media_player.hall"],
        actions=TELL,
    )
    await see(hass, module, "anna", score=0.99)
    await see(hass, module, "chenwei", score=0.99)
    (to_anna, to_wei) = spoken
    assert to_anna.data == {
        "entity_id": ["tts.cloud"],
        "media_player_entity_id": ["media_player.hall"],
        "message": "Hi Anna!",
    }
    assert to_wei.data["message"] == "陈伟，你好"
    assert said(told) == ["Hi Anna!", "陈伟，你好"]
    await see(hass, module, "anna", score=0.99)
    await see(hass, module, "ben", score=0.90, username="Ben")
    await see_stranger(hass, module)
    await replay(hass, module, "anna")
    assert said(told) == [], "the same visit, too low a score, a stranger, the past"


async def test_only_those_who_were_chosen_are_greeted(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    told: list[ServiceCall],
) -> None:
    spoken = async_mock_service(hass, "tts", "speak")
    await use(hass, language, "greet", modules=MODULES, people=["anna"], actions=TELL)
    await see(hass, module, "chenwei")
    await see(hass, module, "anna")
    (message,) = said(told)
    assert "Anna" in message
    assert spoken == [], "without a voice nothing is spoken"


async def test_nobody_is_greeted_who_is_gone(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    told: list[ServiceCall],
    let_pass: LetPass,
) -> None:
    module.add_user("ben", "Ben")
    await use(
        hass,
        language,
        "greet",
        modules=MODULES,
        greeting="{name}",
        actions=[*TELL, *SLOWLY],
    )
    await module.send_heartbeat()
    await module.send_recognition("anna")
    await eventually(lambda: bool(told))
    await module.send_recognition("chenwei")
    await eventually(lambda: hass.states.get(MODULES[0]).attributes["name"] == "陈伟")
    let_pass(timedelta(seconds=31))
    await free(hass)
    assert said(told) == ["Anna"]
    await see(hass, module, "ben")
    assert said(told) == ["Ben"]


# Notify


async def test_all_phones_are_told_but_that_of_whoever_is_there(
    hass: HomeAssistant, language: Language, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(minimum_score=95)
    phones = {
        name: async_mock_service(hass, "notify", name) for name in ("anna", "wei", "tablet")
    }
    await use(
        hass,
        language,
        "notify_others",
        modules=MODULES,
        phones=[
            {"notify": "notify.anna", "user_id": "anna"},
            {"notify": "notify.gone", "user_id": "gone"},
            {"notify": "notify.wei", "user_id": "chenwei"},
            {"notify": "notify.tablet"},
        ],
    )
    hass.services.async_register("notify", "gone", lambda call: None)

    def told() -> list[list[str]]:
        return [said(calls) for calls in phones.values()]

    def text(key: str, name: str = "") -> str:
        return language.text("notify_others", key, name=name)

    await see(hass, module, "anna", score=0.99)
    visit = visits_of(entry)[0]
    (call,) = phones["wei"]
    assert call.data["title"] == text("title")
    assert call.data["data"]["tag"] == visit.visit_id
    assert call.data["data"]["image"].startswith("/api/face_module/visits/")
    assert told() == [[], [text("recognized", "Anna")], [text("recognized", "Anna")]]
    await see_stranger(hass, module)
    assert told() == [[text("unknown")]] * 3
    await see(hass, module, "chenwei", score=0.90)
    assert told() == [[text("low_score", "陈伟")]] * 3, "he may be somebody else"
    await replay(hass, module, "chenwei")
    assert told() == [[]] * 3


@pytest.fixture
async def slow_phones(hass: HomeAssistant) -> AsyncGenerator[dict[str, list[ServiceCall]]]:
    """Phones that take their notifications and answer only in the end."""
    answered = asyncio.Event()
    begun: dict[str, list[ServiceCall]] = {f"phone_{n}": [] for n in range(20)}

    async def take(call: ServiceCall) -> None:
        begun[call.service].append(call)
        await answered.wait()

    for name in begun:
        hass.services.async_register("notify", name, take)
    yield begun
    answered.set()
    await settle(hass)


async def test_no_phone_waits_for_another_and_no_visit_for_another(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    slow_phones: dict[str, list[ServiceCall]],
) -> None:
    phones = [{"notify": f"notify.{name}"} for name in slow_phones]
    await use(hass, language, "notify_others", modules=MODULES, phones=phones)
    await module.send_heartbeat()
    for number in range(25):
        module.add_user(f"guest-{number}", f"Guest {number}")
        await module.send_recognition(f"guest-{number}")
    expected = {
        language.text("notify_others", "recognized", name=f"Guest {n}") for n in range(25)
    }
    await eventually(lambda: all(len(calls) == 25 for calls in slow_phones.values()))
    for calls in slow_phones.values():
        assert {call.data["message"] for call in calls} == expected


async def test_more_phones_than_are_told_at_a_time_are_all_told(
    hass: HomeAssistant, language: Language, module: SimulatedModule, entry: MockConfigEntry
) -> None:
    names = [f"phone_{number}" for number in range(45)]
    told = {name: async_mock_service(hass, "notify", name) for name in names}
    phones = [{"notify": f"notify.{name}"} for name in names]
    await use(hass, language, "notify_others", modules=MODULES, phones=phones)
    await see(hass, module, "anna")
    assert {name: len(calls) for name, calls in told.items()} == dict.fromkeys(names, 1)


# Strangers at night


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Set the time of the day that conditions see."""

    def set_time(hour: int) -> None:
        now = dt_util.now().replace(hour=hour, minute=30)
        monkeypatch.setattr(dt_util, "now", lambda: now)

    return set_time


async def at_night(hass: HomeAssistant, language: Language, **inputs: Any) -> None:
    inputs = {
        "spoof_sensors": [id_of("binary_sensor.spoof_suspected")],
        "actions": TELL,
        "pause": 0,
        **inputs,
    }
    await use(hass, language, "stranger_at_night", modules=MODULES, **inputs)


@pytest.mark.parametrize(("hour", "is_night"), [(23, True), (3, True), (12, False)])
async def test_a_stranger_is_told_at_night_only(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    set_up: SetUp,
    told: list[ServiceCall],
    at: Callable[[int], None],
    hour: int,
    is_night: bool,
) -> None:
    await set_up(minimum_score=95)
    await at_night(hass, language)
    at(hour)
    await see(hass, module, "anna", score=0.99)
    await see(hass, module, "chenwei", score=0.9)
    await see(hass, module, "", username="", timestamp=1)
    assert said(told) == []
    await see_stranger(hass, module)
    expected = [language.text("stranger_at_night", "unknown")] if is_night else []
    assert said(told) == expected


@pytest.mark.parametrize("reported", [True, False])
async def test_a_spoof_is_told_once_whether_or_not_the_module_reports_it(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    set_up: SetUp,
    told: list[ServiceCall],
    at: Callable[[int], None],
    reported: bool,
) -> None:
    module.config.liveness_type = 3
    module.quirks.reports_spoofs = reported
    await set_up(require_liveness=True)
    await at_night(hass, language, pause=1)
    await module.send_heartbeat()
    await module.send_status()
    await settle(hass)
    at(23)
    await module.walk_by("anna", score=0.97, rgb_liveness=0.1, nir_liveness=0.1)
    await eventually(lambda: bool(told))
    await settle(hass)
    assert said(told) == [language.text("stranger_at_night", "spoof")]


async def test_during_the_pause_nothing_more_is_told(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    set_up: SetUp,
    told: list[ServiceCall],
    at: Callable[[int], None],
    let_pass: LetPass,
) -> None:
    await set_up(visit_window=0.05)
    await at_night(hass, language, pause=60)
    at(23)
    await module.send_heartbeat()
    for _ in range(3):
        await module.send_recognition("", username="")
        await asyncio.sleep(0.1)
    assert said(told, "what") == ["unknown"]
    let_pass(timedelta(seconds=61))
    await see_stranger(hass, module)
    assert said(told, "what") == ["unknown"], "after it, it is"


async def test_actions_that_take_their_time_keep_nothing_from_being_told(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    told: list[ServiceCall],
    at: Callable[[int], None],
    let_pass: LetPass,
) -> None:
    sensor = "binary_sensor.back_door"
    hass.states.async_set(sensor, "off")
    more = {"pause": 60, "spoof_sensors": [sensor], "actions": [*TELL, *SLOWLY]}
    await at_night(hass, language, **more)
    at(23)
    await module.send_heartbeat()
    await module.send_recognition("", username="")
    await eventually(lambda: bool(told))
    let_pass(timedelta(seconds=61))
    hass.states.async_set(sensor, "on")
    await eventually(lambda: len(told) == 2)
    assert said(told, "what") == ["unknown", "spoof"]
    await free(hass)


# Without actions of the user's


async def test_without_actions_of_his_own_the_user_gets_a_notification(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    device_id: str,
    at: Callable[[int], None],
) -> None:
    shown = async_mock_service(hass, "persistent_notification", "create")
    await use_all(
        hass,
        language,
        stranger_at_night={"modules": MODULES, "pause": 0},
        two_factor_unlock={"modules": MODULES, "people": ["anna"], "wait": 0, "open": []},
    )
    at(23)
    await see_stranger(hass, module)
    await see(hass, module, "anna")
    assert [(call.data["title"], call.data["message"]) for call in shown] == [
        tuple(language.text("stranger_at_night", key) for key in ("title", "unknown")),
        (
            language.text("two_factor_unlock", "title"),
            language.text("two_factor_unlock", "second_factor", name="Anna"),
        ),
    ]
    visit_id = visits_of(entry)[0].visit_id
    assert shown[1].data["notification_id"] == f"face_module_{visit_id}"
