"""People are looked up, listed in pages, and named in the answers."""

from typing import Any, Final

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import SimulatedModule
from tests.common import perform, refused, requests

ALWAYS: Final = {
    "mode": "always",
    "text": "May always enter",
    "may_enter": True,
    "why": None,
}


async def test_a_person_is_looked_up(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> None:
    answer = await perform(hass, "get_user", device_id=device_id, user_id="chenwei")
    assert answer == {
        "user_id": "chenwei",
        "name": "陈伟",
        "person": None,
        "picture": f"/api/face_module/people/{entry.entry_id}/chenwei",
        "access": ALWAYS,
    }
    error = await refused(hass, "get_user", device_id=device_id, user_id="nobody")
    assert error == "user_unknown"


async def test_without_a_picture_there_is_no_address_of_one(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    module.quirks.no_register_img = True
    answer = await perform(hass, "get_user", device_id=device_id, user_id="anna")
    assert answer["picture"] is None


async def test_people_are_listed_in_pages(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    module.add_many(50_000)
    answer = await perform(
        hass, "list_users", device_id=device_id, offset=49_990, limit=1000
    )
    assert answer["total"] == 50_002
    assert answer["offset"] == 49_990
    assert [user["user_id"] for user in answer["users"]] == list(module.users)[49_990:]
    lists = [request for request in module.requests if request.name == "GetUserList"]
    assert len(lists) == 1, "nobody else was read"
    assert (await perform(hass, "count_users", device_id=device_id))["count"] == 50_002


async def test_names_are_asked_for_once_in_a_while(
    hass: HomeAssistant, module: SimulatedModule, device_id: str
) -> None:
    data: dict[str, Any] = {"device_id": device_id, "with_names": True}
    answer = await perform(hass, "list_users", **data)
    assert answer["users"] == [
        {"user_id": "anna", "name": "Anna", "access": ALWAYS},
        {"user_id": "chenwei", "name": "陈伟", "access": ALWAYS},
    ]
    asked = requests(module).count("GetUserInfo")
    assert asked == 2
    await perform(hass, "list_users", **data)
    assert requests(module).count("GetUserInfo") == asked
    await perform(hass, "update_user", device_id=device_id, user_id="anna", name="Eva")
    answer = await perform(hass, "list_users", **data)
    assert {"user_id": "anna", "name": "Eva", "access": ALWAYS} in answer["users"]


async def test_names_of_too_many_people_at_once_are_refused(
    hass: HomeAssistant, device_id: str
) -> None:
    error = await refused(
        hass, "list_users", device_id=device_id, with_names=True, limit=1000
    )
    assert error == "too_many_names"


async def test_who_was_deleted_behind_our_back_has_no_name(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    known = entry.runtime_data.people.names
    assert await known.async_get("anna") == "Anna"
    assert await known.async_get("nobody") is None
    for number in range(2100):
        known.put(f"user{number}", "Somebody")
    asked = requests(module).count("GetUserInfo")
    assert await known.async_get("anna") == "Anna"
    assert requests(module).count("GetUserInfo") == asked + 1, "the cache has a bound"
