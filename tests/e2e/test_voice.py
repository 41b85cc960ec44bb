"""Everything that people say, to a real Home Assistant of either release."""

import asyncio
from itertools import product
import re
from typing import Any

import pytest

from simulator import SimulatedModule
from tests.voice.utterances import (
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

from .conftest import PASSWORD, RealHass, both_lines

pytestmark = pytest.mark.timeout(400)
SPOKEN: dict[str, tuple[Said, ...]] = {
    "en": (*ENGLISH, *ENGLISH_UNSEEN),
    "zh-Hans": (*CHINESE, *CHINESE_UNSEEN),
}


async def say(real_hass: RealHass, words: str, language: str) -> str:
    """Say something to Assist, as its dialog does; return the answer."""
    result = await real_hass.api.command(
        "conversation/process", text=words, language=language
    )
    speech: str = result["response"]["speech"]["plain"]["speech"]
    return speech


async def come(real_hass: RealHass, module: SimulatedModule, who: str) -> None:
    """Let somebody come, and wait until their face is shown."""
    entity = (await real_hass.api.entities())["last_face"]
    before = (await real_hass.api.states())[entity]["state"]
    async with asyncio.timeout(20):
        await module.walk_by(who, score=0.97)
        while (await real_hass.api.states())[entity]["state"] == before:
            await asyncio.sleep(0.05)


async def set_up(real_hass: RealHass, module: SimulatedModule) -> str:
    """Add the module with an enrollment camera, and the sentences; return its device."""
    api = real_hass.api
    module.quirks.reports_strangers = True
    module.users.clear()
    entry_id = (await api.add_module(module.host, module.port, PASSWORD))["result"][
        "entry_id"
    ]
    camera = (await api.entities())["last_face"]
    # Whoever comes again is another visit at once.
    await api.set_options(entry_id, {"enrollment_camera": camera, "visit_window": 0})
    assert len((await api.perform("install_sentences"))["written"]) == 2
    await api.command(
        "homeassistant/expose_entity",
        assistants=["conversation"],
        entity_ids=[camera],
        should_expose=True,
    )
    # The options reload the entry; who comes meanwhile is not heard.
    async with asyncio.timeout(30):
        while (await api.states())[camera]["state"] == "unavailable":
            await asyncio.sleep(0.05)
        module.sent.clear()
        while not any(sent.kind == "heartbeat" for sent in module.sent):
            await asyncio.sleep(0.05)
    registry: list[dict[str, Any]] = await api.command("config/device_registry/list")
    device: str
    (device,) = [one["id"] for one in registry if entry_id in one["config_entries"]]
    return device


async def answer_to(real_hass: RealHass, module: SimulatedModule, said: Said) -> str:
    """Say it in the situation it belongs to."""
    words, kind, slots = said
    language = "en" if said in SPOKEN["en"] else "zh-Hans"
    module.in_front = "anna"
    if kind in FIRST:
        await say(real_hass, EXPECTED[language][FIRST[kind]].format(**slots), language)
    if kind == CONFIRM_ENROLL:
        # Whoever came last is what the camera shows.
        await come(real_hass, module, f"Stranger {words}")
    return await say(real_hass, words, language)


async def set_right(real_hass: RealHass, module: SimulatedModule, device: str) -> None:
    """Let nobody but the usual people be enrolled."""
    for user_id in set(module.users) - set(PEOPLE):
        await real_hass.api.perform("delete_user", device_id=[device], user_id=user_id)
    for user_id in set(PEOPLE) - set(module.users):
        module.add_user(user_id, PEOPLE[user_id])


@both_lines
async def test_every_sentence_gets_the_right_answer_from_a_real_home_assistant(
    real_hass: RealHass, module: SimulatedModule
) -> None:
    device = await set_up(real_hass, module)
    wrong = []
    # Strangers come for the enrollments: those in the end.
    for last, (language, lines) in product((False, True), SPOKEN.items()):
        name = "front door" if language == "en" else "前门"
        await real_hass.api.command(
            "config/device_registry/update", device_id=device, name_by_user=name
        )
        await set_right(real_hass, module, device)
        for user_id in ("ben", "chenwei", "an_na", "anna"):
            await come(real_hass, module, user_id)
        for said in [said for said in lines if (said[1] == CONFIRM_ENROLL) is last]:
            answer = await answer_to(real_hass, module, said)
            if not re.fullmatch(answer_wanted(language, said), answer):
                wrong.append((said, answer))
            await set_right(real_hass, module, device)
    assert wrong == []
