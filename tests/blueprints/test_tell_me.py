"""Tell me when somebody comes: who is picked, when, and on which phones."""

from datetime import datetime
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from simulator import SimulatedModule

from .kit import MODULES, Language, said, see, see_stranger, use

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def phone(hass: HomeAssistant) -> tuple[str, list[ServiceCall]]:
    """A phone with the app: its device, and what it is sent."""
    app = MockConfigEntry(domain="mobile_app")
    app.add_to_hass(hass)
    device = dr.async_get(hass).async_get_or_create(
        config_entry_id=app.entry_id, identifiers={("mobile_app", "1")}, name="My phone"
    )
    return device.id, async_mock_service(hass, "notify", "mobile_app_my_phone")


@pytest.mark.parametrize(
    ("who", "told"),
    [
        ({}, ["Anna", "陈伟"]),
        ({"names": ["anna"]}, ["Anna"]),
        ({"names": ["chenwei"]}, ["陈伟"]),
        ({"persons": ["person.wei"]}, ["陈伟"]),
        ({"persons": ["person.wei"], "names": ["ANNA"]}, ["Anna", "陈伟"]),
        ({"names": ["Ben"]}, []),
    ],
)
async def test_only_those_are_told_who_were_picked(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    phone: tuple[str, list[ServiceCall]],
    who: dict[str, Any],
    told: list[str],
) -> None:
    device_id, sent = phone
    hass.data[DATA_ROSTER].async_put(
        RosterPerson(user_id="chenwei", name="陈伟", person="person.wei")
    )
    await use(hass, language, "tell_me", modules=MODULES, phones=[device_id], **who)
    await see(hass, module, "anna")
    await see(hass, module, "chenwei")
    await see_stranger(hass, module)
    for call in sent:
        assert call.data["data"]["image"].startswith("/api/face_module/visits/")
    assert said(sent) == [language.text("tell_me", "recognized", name=one) for one in told]


@pytest.mark.parametrize(
    ("hour", "day", "told"), [(12, 1, True), (7, 1, False), (18, 1, False), (12, 5, False)]
)
async def test_the_example_tells_at_its_times_only(
    hass: HomeAssistant,
    language: Language,
    module: SimulatedModule,
    entry: MockConfigEntry,
    phone: tuple[str, list[ServiceCall]],
    monkeypatch: pytest.MonkeyPatch,
    hour: int,
    day: int,
    told: bool,
) -> None:
    device_id, sent = phone
    inputs = language.example("tell_me")["use_blueprint"]["input"]
    await use(hass, language, "tell_me", **{**inputs, "phones": [device_id]})
    now = datetime(2026, 12, day, hour, 30, tzinfo=dt_util.get_default_time_zone())
    monkeypatch.setattr(dt_util, "now", lambda zone=None: now)
    await see(hass, module, "anna")
    assert bool(said(sent)) is told
