"""Who may change people by voice, and of which modules Assist speaks."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module.const import CONF_ENROLLMENT_CAMERA, CONF_VOICE_CHANGES
from simulator.portraits import portrait
from tests.common import device_of, perform, photo
from tests.conftest import LetPass, settle
from tests.voice.asking import (  # noqa: F401
    CAMERA,
    House,
    Second,
    assist,
    expose,
    house,
    second,
)

NOT_RECOGNIZED = "Only while an administrator stands at a face module in this area."
HIDDEN = (
    "No face module may be used by Assist. Expose one of its entities under Settings,"
    " Voice assistants."
)


async def test_modules_that_are_not_exposed_do_not_exist_for_assist(
    house: House,  # noqa: F811
    second: Second,  # noqa: F811
) -> None:
    other, entry = second
    await house.module.walk_by("anna", score=0.97, still_there=True)
    await other.walk_by("ben", score=0.97, still_there=True)
    await settle(house.hass)
    expose(house.hass, entry, exposed=False)
    assert await house.answer("who is at the door") == "It is Anna."
    assert (await house.answer("who came last")).startswith("Anna was there last")
    assert await house.answer("who came today") == "Today I saw: Anna."
    assert await house.answer("how many people are enrolled") == "2 people are enrolled."
    assert await house.answer("when was Ben last seen") == "I know nobody called Ben."
    assert await house.answer("ask the back door who is there") == (
        "There is no face module called back door."
    )
    satellite = house.satellite_in(entry)
    assert await house.answer("who is at the door", device_id=satellite) == "It is Anna."
    # What changes people leaves it alone.
    assert await house.answer("forget the face of Ben") == "I know nobody called Ben."
    assert await house.enroll("Zoe") == "Done. From now on I know Zoe."
    assert (set(house.module.users), set(other.users)) == (
        {"anna", "chenwei", "zoe"},
        {"ben"},
    )
    other.add_user("zoe", "Zoe")
    asked = await house.answer("forget the face of Zoe")
    assert asked == "Shall I delete Zoe from Front door? Then say: yes, forget Zoe."
    assert await house.answer("yes, forget Zoe") == "I have forgotten Zoe."
    assert "zoe" not in house.module.users
    assert "zoe" in other.users


async def test_without_any_exposed_module_assist_says_what_to_do(
    hass: HomeAssistant,
    house: House,  # noqa: F811
) -> None:
    expose(hass, house.entry, exposed=False)
    for words in (
        *("who is at the door", "who came last", "who came today", "was Anna here today"),
        *("how many people are enrolled", "remember my face as Zoe"),
        *("yes, enroll Zoe", "forget the face of Anna", "yes, forget Anna"),
    ):
        assert await house.answer(words) == HIDDEN, words
    house.language = "zh-Hans"
    assert "公开" in await house.answer("谁在门口")
    # One entity is enough; one that is disabled is none.
    registry = er.async_get(hass)
    (event,) = (
        one
        for one in er.async_entries_for_config_entry(registry, house.entry.entry_id)
        if one.domain == "event"
    )
    async_expose_entity(hass, "conversation", event.entity_id, should_expose=True)
    assert await house.answer("谁在门口") == "没有看到人。"


async def test_a_satellite_writes_only_on_modules_that_allow_it(
    house: House,  # noqa: F811
    second: Second,  # noqa: F811
) -> None:
    other, entry = second
    await house.set_options(entry, **{CONF_VOICE_CHANGES: "off"})
    hall: dict[str, Any] = {"satellite_id": "assist_satellite.hall"}
    asked = await house.answer("remember my face as Zoe", **hall)
    assert asked == (
        "Shall I remember whoever stands before the camera as Zoe, on Front door?"
        " Then say: yes, enroll Zoe."
    )
    assert await house.answer("yes, enroll Zoe", **hall) == "Done. From now on I know Zoe."
    assert "zoe" in house.module.users
    assert set(other.users) == {"ben"}
    other.add_user("zoe", "Zoe")
    asked = await house.answer("forget the face of Zoe", **hall)
    assert asked.startswith("Shall I delete Zoe from Front door?")
    # It was allowed when it was asked, and is no more.
    await house.set_options(house.entry, **{CONF_VOICE_CHANGES: "off"})
    told = await house.answer("yes, forget Zoe", **hall)
    assert told.startswith("Enrolling and deleting by voice is switched off.")
    assert "zoe" in house.module.users
    # The module with the camera does not allow it, the other one does.
    await house.set_options(entry, **{CONF_VOICE_CHANGES: "on"})
    told = await house.answer("remember my face as Mia", **hall)
    assert told.startswith("Enrolling and deleting by voice is switched off.")
    # An administrator who is logged in always may, on all.
    house.pictures = [portrait("Mia")]
    assert await house.enroll("Mia", house.context(admin=True)) == (
        "Done. From now on I know Mia."
    )
    assert "mia" in house.module.users
    assert "mia" in other.users


@pytest.fixture
async def recognizing(
    house: House,  # noqa: F811
    second: Second,  # noqa: F811
    hass_ws_client: WebSocketGenerator,
) -> str:
    """Both modules want an administrator to be recognized; return a satellite's device.

    Anna is one, 陈伟 has a user without rights, and Ben a person without a user.
    """
    hass, (_, entry) = house.hass, second
    admin = MockUser(is_owner=True).add_to_hass(hass)
    guest = MockUser().add_to_hass(hass)
    for person, user in (("anna", admin.id), ("chenwei", guest.id), ("ben", None)):
        hass.states.async_set(f"person.{person}", "home", {"user_id": user})
    client = await hass_ws_client(hass)
    for user_id, name in (("anna", "Anna"), ("chenwei", "陈伟"), ("ben", "Ben")):
        await client.send_json_auto_id(
            {
                "type": "face_module/people/link",
                "user_id": user_id,
                "name": name,
                "person": f"person.{user_id}",
                "minimum_score": None,
            }
        )
        assert (await client.receive_json())["success"]
    for one in (house.entry, entry):
        await house.set_options(one, **{CONF_VOICE_CHANGES: "recognized"})
    await house.module.send_heartbeat()
    await second[0].send_heartbeat()
    return house.satellite_in(house.entry)


async def test_a_satellite_knows_who_speaks_while_an_administrator_is_recognized(
    house: House,  # noqa: F811
    second: Second,  # noqa: F811
    recognizing: str,
    let_pass: LetPass,
) -> None:
    other, entry = second
    here: dict[str, Any] = {"device_id": recognizing}
    for words in ("remember my face as Zoe", "forget the face of Anna"):
        assert (await house.answer(words, **here)).startswith(NOT_RECOGNIZED)
    await house.module.walk_by("anna", score=0.97)
    await settle(house.hass)
    told = await house.answer("remember my face as Zoe")
    assert told.startswith(NOT_RECOGNIZED), "nobody knows where this was said"
    elsewhere = house.satellite_in(entry)
    told = await house.answer("remember my face as Zoe", device_id=elsewhere)
    assert told.startswith(NOT_RECOGNIZED), "Anna is at the other door"
    asked = await house.answer("remember my face as Zoe", **here)
    assert asked.startswith("Shall I remember whoever stands before the camera as Zoe?")
    let_pass(timedelta(seconds=31))
    told = await house.answer("yes, enroll Zoe", **here)
    assert told.startswith(NOT_RECOGNIZED), "Anna has left"
    assert set(house.module.users) == {"anna", "chenwei"}
    await house.module.walk_by("anna", score=0.97)
    await settle(house.hass)
    assert await house.enroll("Zoe", **here) == "Done. From now on I know Zoe."
    assert "zoe" in house.module.users
    assert "zoe" in other.users


@pytest.mark.parametrize("who", ["chenwei", "ben", "zoe", "Olga"])
async def test_nobody_else_who_is_recognized_may(
    house: House,  # noqa: F811
    recognizing: str,
    who: str,
) -> None:
    """Without rights, without a user, without a person, and nobody the module knows."""
    house.module.add_user("ben", "Ben")
    house.module.add_user("zoe", "Zoe")
    house.module.quirks.reports_strangers = True
    await house.module.walk_by(who, score=0.97)
    await settle(house.hass)
    told = await house.answer("remember my face as Mia", device_id=recognizing)
    assert told.startswith(NOT_RECOGNIZED)


async def test_a_photo_of_an_administrator_before_a_camera_is_none(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    recognizing: str,
    pictures: Path,
) -> None:
    path, device_id = photo(pictures, "Anna", 3), device_of(hass, house.entry)
    answer = await perform(hass, "look", device_id=device_id, path=path)
    assert (answer["result"], answer["person"]) == ("recognized", "person.anna")
    told = await house.answer("remember my face as Mia", device_id=recognizing)
    assert told.startswith(NOT_RECOGNIZED)


async def test_an_administrator_who_is_rejected_or_deactivated_may_not(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    recognizing: str,
) -> None:
    await house.set_options(house.entry, minimum_score=99)
    await house.module.send_heartbeat()
    await house.module.walk_by("anna", score=0.97)
    await settle(hass)
    told = await house.answer("remember my face as Zoe", device_id=recognizing)
    assert told.startswith(NOT_RECOGNIZED)
    await house.set_options(house.entry, minimum_score=0)
    await house.module.send_heartbeat()
    await house.module.walk_by("anna", score=0.97)
    await settle(hass)
    told = await house.answer("remember my face as Zoe", device_id=recognizing)
    assert told.startswith("Shall I")
    person = hass.states.get("person.anna")
    assert person is not None
    user = await hass.auth.async_get_user(person.attributes["user_id"])
    assert user is not None
    user.is_active = False
    told = await house.answer("yes, enroll Zoe", device_id=recognizing)
    assert told.startswith(NOT_RECOGNIZED)


async def test_only_enrolling_asks_which_one_and_the_name_alone_answers(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    second: Second,  # noqa: F811
) -> None:
    other, entry = second
    await house.set_options(entry, **{CONF_ENROLLMENT_CAMERA: CAMERA})
    asked = await house.said("remember my face as Zoe")
    assert asked.speech["plain"]["speech"] == "Which one: Front door or Back door?"
    assert asked.response_type.value == "action_done", "a question is no failure"
    told = await house.answer("the back door, please")
    assert told.startswith("Shall I remember whoever stands before the camera as Zoe?")
    assert await house.answer("yes, enroll Zoe") == "Done. From now on I know Zoe."
    assert {"zoe"} <= set(other.users) & set(house.module.users)
    # It was answered: a name is a name again.
    assert "Shall I" not in await house.answer("the back door")
    house.language = "zh-Hans"
    assert (
        await house.answer("把我的脸录入为小丽") == "是哪一个：Front door 还是 Back door？"
    )
    assert (await house.answer("Front door")).startswith("要把摄像头前的人录入为小丽吗")
    # The place says which one; any door is the one here.
    house.call_module("前门")
    for said in ("把我的脸录入为小丽，在前门", "记住我，我叫小丽，在前门"):
        assert (await house.answer(said)).startswith("要把摄像头前的人录入为小丽吗")
    assert await house.answer("把我的脸录入为小丽，在车库门口") == (
        "没有叫车库门口的人脸识别模组。"
    )
    house.language = "en"
    for place in ("the back door", "the back door area"):
        told = await house.answer(f"remember me as Mia at {place}")
        assert told.startswith("Shall I remember whoever stands before the camera as Mia?")
    told = await house.answer("remember me as Mia at the garage")
    assert told == "There is no face module called garage."
    here = house.satellite_in(entry)
    told = await house.answer("remember me as Mia at the door", device_id=here)
    assert told.startswith("Shall I remember whoever stands before the camera as Mia?")
    await house.answer("remember me as Mia")
    await hass.config_entries.async_unload(entry.entry_id)
    assert await house.answer("back door") == ("Back door is not available at the moment.")
