"""One call enrolls on several modules; what fails on one is its line."""

import asyncio
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.fleet import members
from simulator import SimulatedModule
from simulator.portraits import portrait
from tests.common import device_of, eventually, perform, photo, refused, requests
from tests.conftest import OTHER_SERIAL, SERIAL, Another, SetUp


async def test_several_modules_learn_a_person_in_one_call(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    picture: str,
) -> None:
    simulated, _, other = another
    simulated.add_user("ben", "Somebody else")
    devices = [device_id, other]
    answer = await perform(hass, "enroll_user", device_id=devices, name="Ben", path=picture)
    assert answer["user_id"] == "ben_2", "the id is free on all of them"
    assert [line["device_id"] for line in answer["results"]] == devices
    assert module.users["ben_2"].name == simulated.users["ben_2"].name == "Ben"


async def test_nobody_is_told_to_be_enrolled_where_nobody_can_tell_whose_face_it_is(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    picture: str,
) -> None:
    _, _, other = another
    module.quirks.no_register_img = True
    await perform(hass, "enroll_user", device_id=other, name="Ben", path=picture)
    # Another Ben, whom another tool has enrolled.
    module.add_user("ben", "Ben", portrait("Another Ben"))
    why = await refused(hass, "enroll_user", device_id=device_id, name="Ben", path=picture)
    assert why == "user_exists"


@pytest.mark.parametrize(
    ("action", "more"),
    [
        ("enroll_user", {"name": "Ben", "path": True}),
        ("update_user", {"user_id": "anna", "name": "Anna B."}),
        ("delete_user", {"user_id": "anna"}),
        ("set_clock", {}),
        ("import_users", {"path": True}),
        ("sync_users", {}),
    ],
)
async def test_what_fails_on_one_module_is_an_error_if_nobody_asks_for_the_answer(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    picture: str,
    monkeypatch: pytest.MonkeyPatch,
    action: str,
    more: dict[str, Any],
) -> None:
    monkeypatch.setattr(members, "RECONNECT", 0.1)
    simulated, entry, other = another
    simulated.add_user("anna", "Anna")
    if more.get("path"):
        path = picture if action == "enroll_user" else str(Path(picture).parent)
        more = {**more, "path": path}
    if action == "sync_users":
        await perform(hass, "enroll_user", device_id=device_id, name="Ben", path=picture)
    devices = [device_id, other]
    await simulated.pull_cable()
    with pytest.raises(HomeAssistantError) as caught:
        await hass.services.async_call(
            DOMAIN, action, {"device_id": devices, **more}, blocking=True
        )
    assert caught.value.translation_key == "failed_on"
    assert entry.title in str(caught.value)
    assert f"Face module {module.serial[-4:]}" not in str(caught.value)
    await module.pull_cable()
    with pytest.raises(HomeAssistantError) as caught:
        await hass.services.async_call(
            DOMAIN, action, {"device_id": devices, **more}, blocking=True
        )
    await module.plug_in()
    assert entry.title in str(caught.value), "both are named"
    assert f"Face module {module.serial[-4:]}" in str(caught.value)


async def test_what_fails_on_one_module_is_a_line_of_the_answer(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    picture: str,
) -> None:
    simulated, _, other = another
    simulated.add_user("eve", "Eve", portrait("Ben"))
    answer = await perform(
        hass, "enroll_user", device_id=[device_id, other], name="Ben", path=picture
    )
    fine, failed = answer["results"]
    assert fine["ok"]
    assert not failed["ok"]
    assert failed["error"].startswith("This looks like Eve (")
    assert "ben" in module.users
    assert "ben" not in simulated.users


async def test_a_module_that_is_offline_is_a_line_though_an_id_is_looked_for(
    hass: HomeAssistant, device_id: str, another: Another, picture: str
) -> None:
    simulated, _, other = another
    await simulated.pull_cable()
    devices = [device_id, other]
    answer = await perform(hass, "enroll_user", device_id=devices, name="Ben", path=picture)
    assert answer["user_id"] == "ben"
    assert [line["ok"] for line in answer["results"]] == [True, False]
    assert answer["results"][1]["error"] == "Face module 0002 does not answer."


async def test_a_module_with_another_password_is_the_one_that_is_asked_for_it(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    device_id: str,
    another: Another,
    picture: str,
) -> None:
    simulated, other, second = another
    simulated.password = "xyz987"
    devices = [device_id, second]
    answer = await perform(hass, "enroll_user", device_id=devices, name="Ben", path=picture)
    assert [line["ok"] for line in answer["results"]] == [True, False]
    assert any(other.async_get_active_flows(hass, {"reauth"}))
    assert not any(entry.async_get_active_flows(hass, {"reauth"}))


async def test_the_words_of_a_line_are_in_the_language_of_home_assistant(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, picture: str
) -> None:
    hass.config.language = "zh-Hans"
    entry = await set_up()
    async with SimulatedModule(serial=OTHER_SERIAL, password="abc123") as simulated:
        other = await set_up(simulated)
        await simulated.pull_cable()
        answer = await perform(
            hass,
            "enroll_user",
            device_id=[device_of(hass, entry), device_of(hass, other)],
            name="Ben",
            user_id="ben",
            path=picture,
        )
    assert answer["results"][1]["error"] == "Face module 0002 没有响应。"


async def test_the_same_device_twice_is_one_module(
    hass: HomeAssistant, device_id: str, picture: str
) -> None:
    answer = await perform(
        hass, "enroll_user", device_id=[device_id, device_id], name="Ben", path=picture
    )
    assert len(answer["results"]) == 1


def test_the_serials_differ() -> None:
    assert SERIAL != OTHER_SERIAL


async def test_a_module_that_is_unloaded_meanwhile_is_a_line(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    pictures: Path,
) -> None:
    _, entry, other = another
    module.faults.latency = 0.1
    enrolling = asyncio.create_task(
        perform(
            hass,
            "enroll_user",
            device_id=[device_id, other],
            name="Ben",
            user_id="ben",
            path=photo(pictures, "Ben"),
        )
    )
    await eventually(lambda: "Identify" in requests(module))
    await hass.config_entries.async_unload(entry.entry_id)
    answer = await enrolling
    assert [line["ok"] for line in answer["results"]] == [True, False]
    assert answer["results"][1]["error"] == (
        "Face module 0002 is being unloaded or reloaded."
    )


async def test_the_same_call_again_does_what_is_left(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    pictures: Path,
) -> None:
    simulated, _, other = another
    simulated.faults.refuse.add("AddUser")
    data = {
        "device_id": [device_id, other],
        "name": "Ben",
        "path": photo(pictures, "Ben"),
    }
    await perform(hass, "enroll_user", **data)
    simulated.faults.refuse.clear()
    answer = await perform(hass, "enroll_user", **data)
    assert answer["user_id"] == "ben"
    assert [line["result"] for line in answer["results"]] == ["unchanged", "added"]
    assert "ben" in simulated.users
    assert "ben_2" not in module.users


async def test_two_people_of_one_name_at_once_get_two_ids(
    hass: HomeAssistant,
    module: SimulatedModule,
    device_id: str,
    another: Another,
    pictures: Path,
) -> None:
    _, _, other = another
    answers = await asyncio.gather(
        *(
            perform(
                hass, "enroll_user", device_id=device, name="Sam", path=photo(pictures, who)
            )
            for device, who in ((device_id, "Ben"), (other, "Zora"))
        )
    )
    assert {answer["user_id"] for answer in answers} == {"sam", "sam_2"}
