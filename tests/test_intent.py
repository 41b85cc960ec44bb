"""What Assist answers about people and modules, and what it does."""

import asyncio
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch

from homeassistant.core import Context, HomeAssistant
from homeassistant.util import dt as dt_util
from PIL import Image
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.const import CONF_ENROLLMENT_CAMERA, CONF_VOICE_CHANGES
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.voice.asked import DATA_ASKED
from custom_components.face_module.voice.speaking import spoken_time
from simulator import SimulatedModule
from simulator.portraits import portrait, scenery
from tests.voice.asking import CAMERA, House, assist, house, second  # noqa: F401

from .common import device_of, eventually, perform, requests
from .conftest import settle
from .voice.utterances import (
    CHINESE,
    CHINESE_UNSEEN,
    CONFIRM_ENROLL,
    ENGLISH,
    ENGLISH_UNSEEN,
    EXPECTED,
    FIRST,
    PEOPLE,
    Said,
    answer_wanted,
)


async def come(house: House, *user_ids: str) -> None:  # noqa: F811
    """Let people come, the last one stays."""
    for user_id in user_ids:
        await house.module.walk_by(user_id, score=0.97, still_there=user_id == user_ids[-1])
        await settle(house.hass)


async def answer_to(house: House, said: Said) -> str:  # noqa: F811
    """Say it in the situation it belongs to, and set everything right again."""
    words, kind, slots = said
    person = slots.get("person", "")
    texts = EXPECTED[house.language]
    house.pictures = [portrait(person or "Zoe")]
    before = set(house.module.users)
    if kind in FIRST:
        await house.answer(texts[FIRST[kind]].format(person=person))
    assert set(house.module.users) == before
    answer = await house.answer(words)
    if kind not in FIRST:
        assert set(house.module.users) == before, "nothing is done without a yes"
    else:
        names = {user.name for user in house.module.users.values()}
        assert (person in names) == (kind == CONFIRM_ENROLL), "the module says so, too"
        for user_id in set(house.module.users) - set(PEOPLE):
            del house.module.users[user_id]
            await house.hass.data[DATA_ROSTER].async_remove(user_id)
        for user_id, name in PEOPLE.items():
            house.module.add_user(user_id, name)
    return answer


@pytest.mark.parametrize(
    ("language", "list_of"),
    [
        ("en", ENGLISH),
        ("en", ENGLISH_UNSEEN),
        ("zh-Hans", CHINESE),
        ("zh-Hans", CHINESE_UNSEEN),
    ],
)
async def test_every_sentence_gets_the_right_answer(
    house: House,  # noqa: F811
    language: str,
    list_of: tuple[Said, ...],
) -> None:
    house.language = language
    house.call_module("front door" if language == "en" else "前门")
    house.module.users.clear()
    for user_id, name in PEOPLE.items():
        house.module.add_user(user_id, name)
    await come(house, "ben", "chenwei", "an_na", "anna")
    wrong = []
    for said in list_of:
        answer = await answer_to(house, said)
        if not re.fullmatch(answer_wanted(language, said), answer):
            wrong.append((said, answer))
    assert wrong == []


@pytest.mark.parametrize(
    ("moment", "english", "chinese"),
    [
        ("2026-11-25 18:42", "today at 6:42 PM", "今天晚上6点42分"),
        ("2026-11-25 00:05", "today at 12:05 AM", "今天凌晨12点05分"),
        ("2026-11-24 12:00", "yesterday at 12:00 PM", "昨天中午12点整"),
        ("2026-11-23 09:30", "on Monday at 9:30 AM", "前天上午9点30分"),
        ("2026-11-20 05:01", "on Friday at 5:01 AM", "星期五早上5点01分"),
        ("2026-11-03 15:00", "on November 3 at 3:00 PM", "11月3日下午3点整"),
        ("2026-11-26 15:00", "on November 26 at 3:00 PM", "11月26日下午3点整"),
    ],
)
def test_times_are_said_as_people_do(moment: str, english: str, chinese: str) -> None:
    now = datetime(2026, 11, 25, 20, 0, tzinfo=UTC)
    when = datetime.fromisoformat(f"{moment}+00:00")
    dt_util.set_default_time_zone(dt_util.UTC)
    assert spoken_time("en", when, now) == english
    assert spoken_time("zh-Hans", when, now) == chinese


async def test_who_is_not_recognized_is_told_as_such(house: House) -> None:  # noqa: F811
    assert await house.answer("who is there") == "I see nobody."
    house.module.requests.clear()
    assert await house.answer("who came last") == "Nobody has come yet."
    house.module.quirks.reports_strangers = True
    asking = asyncio.create_task(house.answer("who is there"))
    await eventually(lambda: "SetCallbackRequest" in requests(house.module))
    await house.module.walk_by("Olga")
    assert await asking == "Somebody I do not know."
    told = await house.answer("who came last")
    assert told.startswith("Last there was somebody I do not know, today at")


async def test_the_strangers_of_today_are_told_each_once(
    hass: HomeAssistant,
    house: House,  # noqa: F811
) -> None:
    options = {**house.entry.options, "visit_window": 0}
    hass.config_entries.async_update_entry(house.entry, options=options)
    await hass.config_entries.async_reload(house.entry.entry_id)
    for number, name in enumerate(("Olga", "Igor", "Igor"), start=1):
        picture = portrait(name, variation=number)
        await house.module.post_recognition("", "", number / 100, picture)
        await settle(hass)
    clock = r"today at \d+:\d\d [AP]M"
    assert re.fullmatch(
        rf"Today I saw 2 strangers: one {clock}, for the first time; one {clock},"
        r" who has come 2 times\.",
        await house.answer("who were the strangers today"),
    )
    house.language = "zh-Hans"
    assert re.fullmatch(
        r"今天看到了 2 位陌生人：今天.*来的一位是第一次来、今天.*来的一位共来过 2 次。",
        await house.answer("今天的陌生人是谁"),
    )
    house.language = "en"
    for name in ("Ann", "Bob", "Carl", "Dora"):
        await house.module.post_recognition("", "", 0.1, portrait(name))
        await settle(hass)
    told = await house.answer("who were the strangers today")
    # Of many it is said that these are the last ones.
    assert told.startswith("Today I saw 6 strangers, last of all one today at")
    assert told.count("today at") == 5
    house.entry.runtime_data.visits.history.async_forget("")
    await house.module.post_recognition("", "", 0.5, scenery())
    await settle(hass)
    told = await house.answer("who were the strangers today")
    assert told.startswith("Yes, somebody I do not know was here today at")


async def test_a_spoof_is_no_person(
    hass: HomeAssistant,
    house: House,  # noqa: F811
) -> None:
    options = {**house.entry.options, "minimum_score": 99}
    hass.config_entries.async_update_entry(house.entry, options=options)
    await hass.config_entries.async_reload(house.entry.entry_id)
    await settle(hass)
    await hass.config_entries.async_reload(house.entry.entry_id)
    await settle(hass)
    await come(house, "anna")
    words = "who looks like Anna, but was not accepted: the match is not sure enough."
    assert await house.answer("who is there") == f"Somebody {words}"
    assert "not sure enough" in await house.answer("who came last")
    assert await house.answer("when was Anna last seen") == (
        "I have not seen Anna in the last 7 days."
    )
    assert await house.answer("was Anna here today") == (
        "No, Anna has not been here today."
    )


async def test_who_came_on_another_day_was_not_here_today(
    house: House,  # noqa: F811
) -> None:
    await come(house, "anna")
    history = house.entry.runtime_data.visits.history
    visit = history.visits[0]
    for key in ("time", "last_seen"):
        object.__setattr__(visit, key, visit.time - timedelta(days=2))
    told = await house.answer("was Anna here today")
    assert told.startswith("No, not today. Anna was last seen on ")


async def test_people_are_found_by_first_name_and_in_any_case(
    house: House,  # noqa: F811
) -> None:
    house.module.add_user("ben", "Ben Miller")
    house.module.add_user("ben_2", "Ben Stone")
    await come(house, "ben")
    assert "Ben Miller was last seen" in await house.answer("when was ben last seen")
    assert "Ben Miller was last seen" in await house.answer("when was BEN MILLER last seen")
    await come(house, "ben_2")
    told = await house.answer("when was ben last seen")
    assert told == "I know 2 people called Ben. Please say the full name."
    assert await house.answer("when was Olga last seen") == "I know nobody called Olga."
    # Whom only the module knows is found by the id.
    assert await house.answer("when was 陈伟 last seen") == "I know nobody called 陈伟."
    house.module.add_user("olga", "Olga")
    assert "not seen Olga" in await house.answer("when was Olga last seen")


async def test_the_speakers_language_is_answered_and_others_in_english(
    house: House,  # noqa: F811
) -> None:
    house.language = "zh-CN"
    assert await house.answer("谁在门口") == "没有看到人。"
    house.language = "zh-Hans"
    assert await house.answer("忘掉所有人") == "不能通过语音删除所有人。"
    house.language = "en-GB"
    assert await house.answer("who is there") == "I see nobody."


async def test_several_modules_are_told_apart(
    house: House,  # noqa: F811
    second: tuple[SimulatedModule, MockConfigEntry],  # noqa: F811
) -> None:
    other, entry = second
    assert await house.answer("who is there") == "I see nobody."
    await other.walk_by("ben", still_there=True)
    await settle(house.hass)
    assert await house.answer("ask the back door who is there") == "It is Ben."
    assert await house.answer("ask back who is there") == "It is Ben."
    told = await house.answer("who is at the door?")
    assert told == "Front door: I see nobody. Back door: It is Ben."
    assert await house.answer("ask the garage who is there") == (
        "There is no face module called garage."
    )
    told = await house.answer("how many people are enrolled")
    assert told == (
        "2 people are enrolled on Front door. One person is enrolled on Back door."
    )
    assert "Ben was there last" in await house.answer("who did the back door see last")
    house.language = "zh-Hans"
    assert await house.answer("谁在门口") == "Front door：没有看到人。Back door：是 Ben。"
    # A satellite belongs to an area, and asks the module of its area.
    satellite = house.satellite_in(entry)
    assert await house.answer("谁在门口", device_id=satellite) == "是 Ben。"


async def test_enrolling_teaches_all_modules(
    house: House,  # noqa: F811
    second: tuple[SimulatedModule, MockConfigEntry],  # noqa: F811
) -> None:
    other, _ = second
    assert await house.enroll("Zoe") == "Done. From now on I know Zoe."
    assert "zoe" in house.module.users
    assert "zoe" in other.users
    house.pictures = [portrait("Mia")]
    other.faults.refuse = {"AddUser"}
    told = await house.enroll("Mia")
    assert told == "I know Mia now, but it did not work on Back door."
    other.faults.refuse = {"DeleteUser"}
    await house.answer("forget the face of Zoe")
    told = await house.answer("yes, forget Zoe")
    assert told == "Zoe could not be deleted from Back door."
    assert "zoe" not in house.module.users


def dark(name: str) -> bytes:
    """Return a photo that was taken at night."""
    out = BytesIO()
    picture = Image.open(BytesIO(portrait(name)))
    picture.point(lambda value: value // 12).save(out, "JPEG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("pictures", "told"),
    [
        ([scenery()], "I see no face. Please look into the camera and try again."),
        ([dark("Zoe")], "It is too dark. Please turn on a light and try again."),
        (
            [portrait("Anna", variation=3)],
            "This face looks like Anna, whom I know already. I did not enroll anybody.",
        ),
        ([scenery(), scenery(), portrait("Zoe")], "Done. From now on I know Zoe."),
        # It would do, but a better one comes.
        ([portrait("Zoe", blur=9), portrait("Zoe")], "Done. From now on I know Zoe."),
        ([portrait("Zoe", blur=9)], "Done. From now on I know Zoe."),
    ],
)
async def test_enrolling_takes_the_best_of_several_pictures_or_says_what_is_wrong(
    house: House,  # noqa: F811
    pictures: list[bytes],
    told: str,
) -> None:
    house.module.add_user("anna", "Anna", portrait("Anna"))
    best = pictures[-1]
    house.pictures = list(pictures)
    assert await house.enroll("Zoe") == told
    there = "zoe" in house.module.users
    assert there == told.startswith("Done")
    if there:
        house.pictures = [best]
        answer = await perform(
            house.hass,
            "compare_faces",
            device_id=device_of(house.hass, house.entry),
            entity_id_1=CAMERA,
            entity_id_2=CAMERA,
        )
        assert answer["score"] > 90


async def test_a_face_that_cannot_be_seen_well_is_told(house: House) -> None:  # noqa: F811
    house.module.config.quality_control = "HIGH"
    house.pictures = [portrait("Zoe", blur=20)]
    told = await house.enroll("Zoe")
    assert told.startswith("I cannot see your face well enough.")
    house.language = "zh-Hans"
    assert await house.enroll("王小明") == (
        "看不清您的脸。请靠近一些、保持不动，再试一次。"
    )
    assert set(house.module.users) == {"anna", "chenwei"}


async def test_a_name_that_is_taken_is_not_given_twice(house: House) -> None:  # noqa: F811
    await come(house, "anna")
    told = "I know somebody called Anna already. Please choose another name."
    assert await house.enroll("anna") == told
    assert await house.enroll("everybody") == ("I need the name of one person.")
    # Who is enrolled nowhere any more may come back.
    await house.enroll("Zoe")
    del house.module.users["zoe"]
    assert await house.enroll("zoe, please") == "Done. From now on I know Zoe."
    assert "zoe" in house.module.users


async def test_a_camera_that_is_missing_is_told(
    hass: HomeAssistant,
    house: House,  # noqa: F811
) -> None:
    hass.states.async_set(CAMERA, "unavailable")
    told = "The enrollment camera gives no picture at the moment."
    assert await house.enroll("Zoe") == told
    hass.states.async_set(CAMERA, "idle")
    house.pictures = [b"no picture"]
    assert await house.enroll("Zoe") == told
    options = {**house.entry.options, CONF_ENROLLMENT_CAMERA: None}
    hass.config_entries.async_update_entry(house.entry, options=options)
    await hass.config_entries.async_reload(house.entry.entry_id)
    await settle(hass)
    told = await house.enroll("Zoe")
    assert told.startswith("No enrollment camera is chosen for Face module F6EE.")


async def test_who_may_not_change_people_is_told(
    hass: HomeAssistant,
    house: House,  # noqa: F811
) -> None:
    guest, admin = house.context(admin=False), house.context(admin=True)
    for words in (
        *("remember me as Zoe", "yes, enroll Zoe"),
        *("forget the face of Anna", "yes, forget Anna"),
    ):
        response = await house.said(words, guest)
        assert response.response_type.value == "error"
        assert response.speech["plain"]["speech"] == "Only administrators may do that."
    assert await house.answer("who is there", guest) == "I see nobody."
    options = {**house.entry.options, CONF_VOICE_CHANGES: False}
    hass.config_entries.async_update_entry(house.entry, options=options)
    await hass.config_entries.async_reload(house.entry.entry_id)
    await settle(hass)
    told = await house.enroll("Zoe", satellite_id="assist_satellite.hall")
    assert told.startswith("Enrolling and deleting by voice is switched off.")
    assert set(house.module.users) == {"anna", "chenwei"}
    assert await house.enroll("Zoe", admin) == "Done. From now on I know Zoe."
    stranger = Context(user_id="nobody")
    told = await house.answer("forget the face of Zoe", stranger)
    assert told == "Only administrators may do that."


async def test_nobody_is_forgotten_without_a_confirmation_by_the_same_speaker(
    house: House,  # noqa: F811
) -> None:
    await come(house, "anna", "chenwei")
    hall: dict[str, Any] = {"satellite_id": "sat.hall"}
    kitchen: dict[str, Any] = {"satellite_id": "sat.kitchen"}
    told = "There is nothing to confirm. First say: forget the face of Anna."
    assert await house.answer("yes, forget Anna", **hall) == told
    await house.answer("forget the face of Anna", **hall)
    assert await house.answer("yes, forget Anna", **kitchen) == told
    # Somebody else was asked about.
    assert "nothing to confirm" in await house.answer("yes, forget 陈伟", **hall)
    await house.answer("forget the face of Anna", **hall)
    with patch("custom_components.face_module.voice.asked._CONFIRM_WITHIN", -1.0):
        await house.answer("forget the face of Anna", **hall)
        assert await house.answer("yes, forget Anna", **hall) == told
        await house.answer("forget the face of Anna", **kitchen)
    assert set(house.module.users) == {"anna", "chenwei"}
    await house.answer("forget the face of Anna", **hall)
    waiting = house.hass.data[DATA_ASKED]._questions
    assert set(waiting) == {"sat.hall"}, "what nobody confirms is not kept"
    assert await house.answer("yes, forget Anna", **hall) == "I have forgotten Anna."
    assert set(house.module.users) == {"chenwei"}


async def test_a_module_that_does_not_answer_is_told_in_the_speakers_language(
    hass: HomeAssistant,
    house: House,  # noqa: F811
) -> None:
    house.language = "zh-Hans"
    await house.module.pull_cable()
    assert "Face module F6EE" in await house.answer("一共注册了多少人")
    assert re.search(r"[\u4e00-\u9fff]", await house.answer("谁在门口"))
    told = await house.enroll("王小明")
    assert re.search(r"[\u4e00-\u9fff]", told)
    await house.module.plug_in()
    await hass.config_entries.async_unload(house.entry.entry_id)
    house.language = "en"
    told = "Face module F6EE is not available at the moment."
    assert await house.answer("who is there") == told
    assert await house.answer("how many people are enrolled") == told
    assert await house.answer("who came last") == told
    assert await house.answer("forget the face of Anna") == told
    # Who edited the sentences keeps them.
    sentences = Path(hass.config.path("custom_sentences/en/face_module.yaml"))
    text = sentences.read_text(encoding="utf-8")
    sentences.write_text(f"{text}# mine\n", encoding="utf-8")
    await hass.config_entries.async_remove(house.entry.entry_id)
    assert await house.answer("who came last") == "There is no face module."
