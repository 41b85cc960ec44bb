"""The buttons of notifications: what they do, and what old or foreign ones do not."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule
from tests.common import visits_of
from tests.conftest import LetPass, settle

from .kit import MODULES, TELL, Language, said, see, see_stranger, use

pytestmark = pytest.mark.usefixtures("clean")

TIMER = "timer.mute"
OPEN = [{"action": "lock.unlock", "target": {"entity_id": "lock.front_door"}}]


async def press(hass: HomeAssistant, action: str) -> None:
    """Press a button, as the app on a phone tells it."""
    hass.bus.async_fire("mobile_app_notification_action", {"action": action})
    await settle(hass)


def buttons(call: ServiceCall) -> dict[str, str]:
    """Return what the buttons of a notification do, by what they say."""
    found: list[dict[str, Any]] = call.data["data"]["actions"]
    assert len(found) <= 3, "Android shows no more"
    return {one["title"]: one.get("uri") or one["action"] for one in found}


@pytest.fixture
async def phone(hass: HomeAssistant, language: Language) -> list[ServiceCall]:
    """A phone that is told of everybody, with all buttons."""
    hass.states.async_set(TIMER, "idle")
    told: list[ServiceCall] = async_mock_service(hass, "notify", "phone")
    await use(
        hass,
        language,
        "notify_others",
        modules=MODULES,
        phones=[{"notify": "notify.phone"}],
        open=OPEN,
        mute=[TIMER],
    )
    return told


async def test_open_is_for_the_last_visit_and_for_a_while_only(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    phone: list[ServiceCall],
    let_pass: LetPass,
) -> None:
    opened = async_mock_service(hass, "lock", "unlock")
    words = language.text("notify_others", "open")
    await see(hass, module, "anna")
    await press(hass, buttons(phone[0])[words])
    assert len(opened) == 1
    # A visit of before, and one that nobody ever had.
    await see(hass, module, "chenwei")
    await press(hass, buttons(phone[0])[words])
    await press(hass, buttons(phone[0])[words].replace(visits_of(entry)[1].visit_id, ""))
    assert len(opened) == 1
    let_pass(timedelta(seconds=61))
    await press(hass, buttons(phone[1])[words])
    assert len(opened) == 1
    # The button of another automation.
    await see(hass, module, "anna", score=0.99)
    mine = buttons(phone[-1])[words]
    await press(hass, mine.replace("automation.", "automation.another_"))
    assert len(opened) == 1


async def test_nobody_is_let_in_who_was_not_recognized(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    phone: list[ServiceCall],
) -> None:
    opened = async_mock_service(hass, "lock", "unlock")
    await see(hass, module, "anna")
    known = buttons(phone[0])[language.text("notify_others", "open")]
    await see_stranger(hass, module)
    stranger = buttons(phone[1])
    visit_id = visits_of(entry)[0].visit_id
    assert stranger == {
        language.text("notify_others", "enroll"): f"/face_module?visit={visit_id}",
        language.text("notify_others", "mute"): f"mute|automation.notify_others|{visit_id}",
    }
    await press(hass, known.replace(visits_of(entry)[1].visit_id, visit_id))
    assert opened == []


async def test_not_anna_marks_the_visit(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    phone: list[ServiceCall],
) -> None:
    await see(hass, module, "anna")
    words = language.text("notify_others", "wrong", name="Anna")
    await press(hass, buttons(phone[0])[words])
    found: Any = await hass.services.async_call(
        DOMAIN, "search_visits", {}, blocking=True, return_response=True
    )
    (visit,) = found["visits"]
    assert visit["wrong"] == ""


async def test_mute_starts_the_timer_and_nothing_is_told_until_it_ends(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    phone: list[ServiceCall],
) -> None:
    started = async_mock_service(hass, "timer", "start")
    await see(hass, module, "anna")
    (call,) = phone
    await press(hass, buttons(call)[language.text("notify_others", "mute")])
    assert started[0].data == {"entity_id": [TIMER], "duration": "01:00:00"}
    hass.states.async_set(TIMER, "active")
    await see(hass, module, "chenwei")
    assert len(phone) == 1
    hass.states.async_set(TIMER, "idle")
    await see_stranger(hass, module)
    assert len(phone) == 2


async def test_at_night_phones_are_told_of_a_stranger_who_can_be_enrolled(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    told: list[ServiceCall],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = MockConfigEntry(domain="mobile_app")
    app.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=app.entry_id, identifiers={("mobile_app", "1")}, name="Anna's phone"
    )
    phone = async_mock_service(hass, "notify", "mobile_app_anna_s_phone")
    started = async_mock_service(hass, "timer", "start")
    hass.states.async_set(TIMER, "idle")
    await use(
        hass,
        language,
        "stranger_at_night",
        modules=MODULES,
        actions=TELL,
        phones=[device.id],
        mute=[TIMER],
        pause=0,
    )
    night = dt_util.now().replace(hour=23, minute=30)
    monkeypatch.setattr(dt_util, "now", lambda: night)
    await see_stranger(hass, module)
    words = language.text("stranger_at_night", "unknown")
    assert said(told) == [words]
    (call,) = phone
    assert call.data["message"] == words
    assert call.data["data"]["image"].startswith("/api/face_module/visits/")
    visit_id = visits_of(entry)[0].visit_id
    enroll = language.text("stranger_at_night", "enroll")
    assert buttons(call)[enroll] == f"/face_module?visit={visit_id}"
    await press(hass, buttons(call)[language.text("stranger_at_night", "mute")])
    assert len(started) == 1
    assert said(told) == [], "a button is no stranger"
    hass.states.async_set(TIMER, "active")
    await see_stranger(hass, module)
    assert (said(told), len(phone)) == ([], 1)
