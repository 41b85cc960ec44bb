"""Sentences: what is understood, and how the files come and go."""

import asyncio
import json
from pathlib import Path
from typing import Any

from homeassistant.components import conversation
from homeassistant.core import Context, HomeAssistant
import pytest
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import yaml

from custom_components import face_module
from custom_components.face_module.const import DOMAIN
from custom_components.face_module.voice.installing import (
    DATA_SENTENCES,
    async_update_sentences,
)
from custom_components.face_module.voice.names import is_everybody, spoken_name
from tests.common import perform, refused
from tests.conftest import settle
from tests.flows.test_options import choose
from tests.voice.asking import House, assist, house  # noqa: F401
from tests.voice.utterances import CHINESE, CHINESE_UNSEEN, ENGLISH, ENGLISH_UNSEEN, Said

INTEGRATION = Path(face_module.__file__).parent
EN, ZH = (f"custom_sentences/{folder}/face_module.yaml" for folder in ("en", "zh-CN"))
# Said to Home Assistant itself, which must go on to understand it.
BUILT_IN = {
    "en": {
        "turn on the lights": "HassTurnOn",
        "what time is it": "HassGetCurrentTime",
        "what is the date": "HassGetCurrentDate",
        "never mind": "HassNevermind",
        "set a timer for five minutes": "HassStartTimer",
        "cancel all timers": "HassCancelAllTimers",
        "how many lights are on": "HassGetState",
        "where is Anna": "HassGetState",
        "add milk to my shopping list": "HassShoppingListAddItem",
    },
    "zh-Hans": {
        "打开灯": "HassTurnOn",
        "现在几点": "HassGetCurrentTime",
        "关闭厨房的灯": "HassTurnOff",
    },
}


async def understood(
    hass_ws_client: WebSocketGenerator, hass: HomeAssistant, language: str, *words: str
) -> list[tuple[str, dict[str, str]] | None]:
    """Return the intent and the slots of each sentence, as Home Assistant finds them."""
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {
            "type": "conversation/agent/homeassistant/debug",
            "sentences": [*words],
            "language": language,
        }
    )
    answer = await client.receive_json()
    assert answer["success"], answer
    found: list[Any] = answer["result"]["results"]
    return [
        one
        and (
            one["intent"]["name"],
            {
                key: value.strip()
                if key != "person" or is_everybody(value)
                else spoken_name(value).name
                for key, value in one["slots"].items()
            },
        )
        for one in found
    ]


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ENGLISH),
        ("en", ENGLISH_UNSEEN),
        ("zh-Hans", CHINESE),
        ("zh-Hans", CHINESE_UNSEEN),
    ],
)
async def test_what_is_said_is_understood(
    house: House,  # noqa: F811
    hass_ws_client: WebSocketGenerator,
    language: str,
    said: tuple[Said, ...],
) -> None:
    found = await understood(
        hass_ws_client, house.hass, language, *(words for words, _, _ in said)
    )
    expected = [(f"FaceModule{kind}", slots) for _, kind, slots in said]
    assert [
        (words, one)
        for (words, _, _), one, wanted in zip(said, found, expected, strict=True)
        if one != wanted
    ] == []


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
async def test_what_home_assistant_understood_before_it_still_does(
    house: House,  # noqa: F811
    hass_ws_client: WebSocketGenerator,
    language: str,
) -> None:
    house.hass.states.async_set("person.anna", "home", {"friendly_name": "Anna"})
    wanted = BUILT_IN[language]
    found = await understood(hass_ws_client, house.hass, language, *wanted)
    assert {
        words: one and one[0] for words, one in zip(wanted, found, strict=True)
    } == wanted


async def open_step(hass: HomeAssistant, entry: Any) -> Any:
    """Open the options' step about sentences."""
    menu = await hass.config_entries.options.async_init(entry.entry_id)
    return await choose(hass, menu, "sentences")


async def done(
    hass: HomeAssistant, flow: Any, reason: str, user_input: dict[str, Any]
) -> Any:
    result = await hass.config_entries.options.async_configure(flow["flow_id"], user_input)
    assert result["reason"] == reason
    return result


def read(hass: HomeAssistant, name: str) -> str:
    return Path(hass.config.path(name)).read_text(encoding="utf-8")


async def test_nothing_is_written_until_somebody_says_so(
    hass: HomeAssistant,
    assist: None,  # noqa: F811
    entry: Any,
) -> None:
    await settle(hass)
    assert not Path(hass.config.path("custom_sentences")).exists()
    answer = await perform(hass, "install_sentences")
    assert answer == {"written": [EN, ZH], "removed": [], "unchanged": [], "kept": []}
    for name in (EN, ZH):
        assert yaml.safe_load(read(hass, name))["intents"]
    answer = await perform(hass, "install_sentences")
    assert answer == {"written": [], "removed": [], "unchanged": [EN, ZH], "kept": []}
    answer = await perform(hass, "remove_sentences")
    assert answer["removed"] == [EN, ZH]
    assert not Path(hass.config.path("custom_sentences")).exists()
    assert (await perform(hass, "remove_sentences"))["unchanged"] == [EN, ZH]


async def test_an_upgrade_updates_what_is_ours_and_nothing_else(
    hass: HomeAssistant, entry: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    await perform(hass, "install_sentences")
    edited = read(hass, ZH) + "# mine\n"
    Path(hass.config.path(ZH)).write_text(edited, encoding="utf-8")
    newer = tmp_path / "newer"
    newer.mkdir()
    for name in ("en.yaml", "zh-Hans.yaml"):
        (newer / name).write_text('language: "en"\nintents: {}\n', encoding="utf-8")
    monkeypatch.setattr("custom_components.face_module.voice.installing._OURS", newer)
    await async_update_sentences(hass)
    assert read(hass, EN).endswith("intents: {}\n")
    assert read(hass, ZH) == edited, "it is theirs"
    assert (await perform(hass, "install_sentences"))["kept"] == [ZH]
    assert (await perform(hass, "remove_sentences"))["kept"] == [ZH]
    assert (await perform(hass, "install_sentences", overwrite=True))["written"] == [EN, ZH]
    await perform(hass, "remove_sentences")
    await async_update_sentences(hass)
    assert not Path(hass.config.path(EN)).exists(), "it was removed, and stays so"


async def test_files_of_others_stay(hass: HomeAssistant, entry: Any) -> None:
    other = Path(hass.config.path("custom_sentences/en/mine.yaml"))
    other.parent.mkdir(parents=True)
    other.write_text("language: en\n", encoding="utf-8")
    strange = Path(hass.config.path(ZH))
    strange.parent.mkdir(parents=True)
    strange.write_bytes(b"\xff\xfe no text")
    assert (await perform(hass, "install_sentences"))["kept"] == [ZH]
    await perform(hass, "remove_sentences")
    assert other.exists()
    assert strange.exists()


async def test_they_go_with_the_last_module(hass: HomeAssistant, entry: Any) -> None:
    await perform(hass, "install_sentences")
    await hass.config_entries.async_remove(entry.entry_id)
    assert not Path(hass.config.path(EN)).exists()


async def test_a_folder_that_cannot_be_written_is_told_in_words(
    hass: HomeAssistant,
    assist: None,  # noqa: F811
    entry: Any,
) -> None:
    Path(hass.config.path("custom_sentences")).write_text("a file")
    assert await refused(hass, "install_sentences") == "sentences_unwritable"
    flow = await open_step(hass, entry)
    result = await hass.config_entries.options.async_configure(
        flow["flow_id"], {"install": True, "expose": True}
    )
    assert result["errors"] == {"base": "not_written"}
    hass.config_entries.options.async_abort(flow["flow_id"])


async def test_a_disk_that_cannot_be_read_is_logged_and_keeps_nobody_from_anything(
    hass: HomeAssistant,
    entry: Any,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_args: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("custom_components.face_module.voice.installing._state", broken)
    await async_update_sentences(hass)
    assert "cannot be updated" in caplog.text
    await hass.config_entries.async_remove(entry.entry_id)
    assert "cannot be removed" in caplog.text


async def test_the_options_install_and_remove_them(
    hass: HomeAssistant,
    assist: None,  # noqa: F811
    entry: Any,
) -> None:
    flow = await open_step(hass, entry)
    assert flow["data_schema"]({}) == {"install": False, "expose": True}
    assert EN in flow["description_placeholders"]["files"]
    await done(hass, flow, "sentences_hidden", {"install": True, "expose": False})
    flow = await open_step(hass, entry)
    assert flow["data_schema"]({}) == {"install": True, "expose": True}
    await done(hass, flow, "sentences_installed", {"install": True, "expose": True})
    texts = json.loads((INTEGRATION / "translations/en.json").read_text())["options"]
    assert texts["abort"]["sentences_installed"] == "Done. Try: Who is at the door?"
    asked = await conversation.async_converse(
        hass, "Who is at the door?", None, Context(), "en"
    )
    assert asked.response.speech["plain"]["speech"] == "I see nobody."
    flow = await open_step(hass, entry)
    assert flow["data_schema"]({}) == {"install": True}, "it is exposed already"
    await done(hass, flow, "sentences_removed", {"install": False})
    assert not Path(hass.config.path(EN)).exists()


async def test_files_are_a_list_as_the_language_of_home_assistant_writes_it(
    hass: HomeAssistant,
    assist: None,  # noqa: F811
    entry: Any,
) -> None:
    for language, joint in (("en", ", "), ("zh-Hans", "、")):
        hass.config.language = language
        flow = await open_step(hass, entry)
        assert flow["description_placeholders"]["files"] == f"{EN}{joint}{ZH}"


async def test_the_options_name_files_that_were_edited(
    hass: HomeAssistant,
    assist: None,  # noqa: F811
    entry: Any,
) -> None:
    await perform(hass, "install_sentences")
    Path(hass.config.path(ZH)).write_text("mine", encoding="utf-8")
    for install in (True, False):
        flow = await open_step(hass, entry)
        wanted = flow["data_schema"]({"install": install})
        told = await done(hass, flow, "sentences_kept", wanted)
        assert told["description_placeholders"] == {"kept": ZH}


async def test_without_the_package_of_sentences_chinese_has_its_usual_folder(
    hass: HomeAssistant, entry: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "home_assistant_intents", None)
    assert list(await hass.data[DATA_SENTENCES].async_files()) == [EN, ZH]


async def test_a_configuration_with_an_error_keeps_nothing_from_being_written(
    hass: HomeAssistant,
    house: House,  # noqa: F811
    caplog: pytest.LogCaptureFixture,
) -> None:
    Path(hass.config.path("configuration.yaml")).write_text("a: [")
    assert (await perform(hass, "remove_sentences"))["removed"] == [EN, ZH]
    assert "could not read its sentences anew" in caplog.text


async def test_two_at_once_do_not_get_in_each_others_way(
    hass: HomeAssistant, entry: Any
) -> None:
    both = asyncio.gather(*(perform(hass, "install_sentences") for _ in range(2)))
    written = [report["written"] for report in await both]
    assert sorted(written) == [[], [EN, ZH]]
    assert hass.services.has_service(DOMAIN, "install_sentences")
