"""Actions: who is there?"""

import asyncio
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule
from tests.common import poll, state_of, visits_of
from tests.conftest import SetUp, settle


async def ask(hass: HomeAssistant, device_id: str, **data: Any) -> dict[str, Any]:
    """Request a recognition and return the answer."""
    answer = await hass.services.async_call(
        DOMAIN,
        "request_recognition",
        {"device_id": device_id, **data},
        blocking=True,
        return_response=True,
    )
    assert isinstance(answer, dict)
    return answer


async def test_the_answer_says_who_is_there(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    module.in_front = "chenwei"
    answer = await ask(hass, device_id)
    visit = visits_of(entry)[0]
    assert answer == {"recognized": True, "result": "recognized", **visit.as_attributes()}
    assert answer["name"] == "陈伟"
    assert state_of(hass, "event.recognition").attributes["user_id"] == "chenwei"


async def test_the_answer_comes_within_a_visit_too(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    module.in_front = "anna"
    first = await ask(hass, device_id)
    event = state_of(hass, "event.recognition").state
    second = await ask(hass, device_id)
    assert second["recognized"]
    assert second["visit_id"] == first["visit_id"]
    assert state_of(hass, "event.recognition").state == event


async def test_nobody_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    assert await ask(hass, device_id, timeout=1) == {"recognized": False, "result": None}


async def test_who_is_rejected_is_not_recognized(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(minimum_score=99)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, module.serial), entry.entry_id
    )
    module.in_front = "anna"
    answer = await ask(hass, device.id)
    assert not answer["recognized"]
    assert answer["result"] == "rejected"
    assert answer["reason"] == "low_score"


async def test_who_is_not_confirmed_is_the_answer_too(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp
) -> None:
    entry = await set_up(confirmations=10, confirmation_window=5)
    device = dr.async_get(hass).async_get_device_by_identifier(
        (DOMAIN, module.serial), entry.entry_id
    )
    await module.send_heartbeat()
    await module.send_recognition("anna")
    answer = await ask(hass, device.id, timeout=1)
    assert answer == {"recognized": False, "result": None}, "nobody new"
    module.in_front = "anna"
    answer = await ask(hass, device.id, timeout=1)
    assert (answer["recognized"], answer["name"]) in ((False, "Anna"), (True, "Anna"))


async def test_several_may_ask_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    module.in_front = "anna"
    answers = await asyncio.gather(*(ask(hass, device_id) for _ in range(3)))
    assert {answer["name"] for answer in answers} == {"Anna"}
    assert module.max_concurrent == 1


async def test_without_a_response_the_action_only_asks(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    module.in_front = "anna"
    await hass.services.async_call(
        DOMAIN, "request_recognition", {"device_id": device_id}, blocking=True
    )
    await settle(hass)
    assert state_of(hass, "event.recognition").attributes["user_id"] == "anna"


async def test_unloading_ends_the_wait(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    asking = asyncio.create_task(ask(hass, device_id, timeout=30))
    await asyncio.sleep(0.1)
    await hass.config_entries.async_unload(entry.entry_id)
    assert await asyncio.wait_for(asking, 5) == {"recognized": False, "result": None}


async def test_a_module_that_calls_another_system_is_not_asked(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    module.config.recognition_cb_url = "http://192.0.2.7:8080/theirs"
    await poll(hass)
    with pytest.raises(HomeAssistantError) as caught:
        await ask(hass, device_id)
    assert caught.value.translation_key == "no_callback"
    assert "SetCallbackRequest" not in [request.name for request in module.requests]


async def test_an_unplugged_module_is_an_error(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, device_id: str
) -> None:
    await module.pull_cable()
    with pytest.raises(HomeAssistantError) as caught:
        await ask(hass, device_id)
    assert caught.value.translation_key == "cannot_connect"


@pytest.mark.parametrize("seconds", [0, 61, "soon", None])
async def test_a_timeout_out_of_range_is_refused(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str, seconds: Any
) -> None:
    with pytest.raises(vol.Invalid):
        await ask(hass, device_id, timeout=seconds)


async def test_an_unknown_device_and_one_of_others_are_refused(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    foreign = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={("other", "1")}
    )
    for device_id in ("no such device", foreign.id):
        with pytest.raises(ServiceValidationError):
            await ask(hass, device_id)


async def test_an_entry_that_is_not_loaded_is_said(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError):
        await ask(hass, device_id)
