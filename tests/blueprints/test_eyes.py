"""A picture that is held up to a camera opens nothing, unless the user allows it."""

from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from simulator import SimulatedModule
from tests.common import device_of, perform, photo, visits_of
from tests.conftest import SetUp, settle

from .kit import MODULES, TELL, Language, see, use_all

pytestmark = pytest.mark.usefixtures("clean")

OPEN = [{"action": "lock.unlock", "target": {"entity_id": "lock.front_door"}}]


async def doors(hass: HomeAssistant, language: Language, **eyes: bool) -> None:
    """Make both automations, and tell a phone with a button that opens."""
    hass.states.async_set("alarm_control_panel.home", "armed_away")
    hass.states.async_set("input_boolean.code", "on")
    code = {"condition": "state", "entity_id": "input_boolean.code", "state": "on"}
    common: dict[str, Any] = {"modules": MODULES, "people": ["anna"], **eyes}
    opening = {"conditions": [code], "open": OPEN, "refused": TELL, "wait": 0}
    await use_all(
        hass,
        language,
        two_factor_unlock={**common, **opening},
        disarm_alarm={**common, "alarm": "alarm_control_panel.home"},
        notify_others={
            "modules": MODULES,
            "phones": [{"notify": "notify.phone"}],
            "open": OPEN,
        },
    )


async def hold_up(hass: HomeAssistant, set_up: SetUp, pictures: Path) -> Any:
    """Let somebody hold up a photo of Anna to a camera."""
    entry = await set_up(visit_window=0)
    path = photo(pictures, "Anna", 3)
    answer = await perform(hass, "look", device_id=device_of(hass, entry), path=path)
    assert answer["result"] == "recognized"
    await settle(hass)
    return entry


async def test_a_picture_opens_nothing_and_is_not_spoken_of(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    set_up: SetUp,
    pictures: Path,
    unlocked: list[ServiceCall],
    disarmed: list[ServiceCall],
    told: list[ServiceCall],
) -> None:
    phone = async_mock_service(hass, "notify", "phone")
    await doors(hass, language)
    entry = await hold_up(hass, set_up, pictures)
    assert (unlocked, disarmed, told) == ([], [], [])
    words = language.text("notify_others", "open")
    (call,) = phone
    assert words not in [one["title"] for one in call.data["data"]["actions"]]
    # Whoever makes up the button.
    visit_id = visits_of(entry)[0].visit_id
    action = f"open|automation.notify_others|{visit_id}"
    hass.bus.async_fire("mobile_app_notification_action", {"action": action})
    await settle(hass)
    assert unlocked == []
    await see(hass, module, "anna")
    assert (len(unlocked), len(disarmed)) == (1, 1), "it is really her now"


async def test_a_picture_opens_where_the_user_allows_it(
    hass: HomeAssistant,
    language: Language,
    set_up: SetUp,
    pictures: Path,
    unlocked: list[ServiceCall],
    disarmed: list[ServiceCall],
) -> None:
    async_mock_service(hass, "notify", "phone")
    await doors(hass, language, eyes=True)
    await hold_up(hass, set_up, pictures)
    assert (len(unlocked), len(disarmed)) == (1, 1)
