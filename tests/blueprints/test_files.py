"""The files of the blueprints: whole, the same in both languages, and importable."""

from collections.abc import Iterator
import json
from pathlib import Path
import re
from typing import Any
from urllib.parse import quote

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import selector
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import Input, extract_inputs, load_yaml_dict
import pytest
from pytest_homeassistant_custom_component.test_util.aiohttp import AiohttpClientMocker
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from .kit import CHINESE, ENGLISH, FILES, FOLDER, ROOT

GITHUB = "https://github.com/face-module/face_module/blob/main"
RAW = "https://raw.githubusercontent.com/face-module/face_module/main"
REDIRECT = "https://my.home-assistant.io/redirect/blueprint_import/?blueprint_url="
CHINESE_TEXT = re.compile(r"[\u3001\u4e00-\u9fff]")
PLACEHOLDER = re.compile(r"{(\w+)}")
# Keys of inputs and selectors whose values people read.
LABELS = {"name", "description", "label", "unit_of_measurement"}

type Path_ = tuple[str | int, ...]

by_name = pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
in_english = pytest.mark.parametrize("path", ENGLISH, ids=lambda path: path.stem)


def translated(path: Path) -> Path:
    return path.with_name(f"{path.stem}{CHINESE}.yaml")


def source_url(path: Path) -> str:
    return f"{GITHUB}/{path.relative_to(ROOT)}"


def leaves(node: Any, path: Path_ = ()) -> Iterator[tuple[Path_, Any]]:
    """Give every value that is no list and no mapping, and where it is."""
    if isinstance(node, dict):
        for key, value in node.items():
            yield from leaves(value, (*path, key))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from leaves(value, (*path, index))
    else:
        yield path, node


def is_text(path: Path_) -> bool:
    """Say whether a value is there for people, not for Home Assistant."""
    match path:
        case ("blueprint", "name" | "description"):
            return True
        case ("blueprint", "input", *_, last):
            return last in LABELS or path[-2:] == ("greeting", "default")
        case ("variables", "texts", *_):
            return True
        case _:
            return path[-1] == "stop"


def inputs_of(path: Path) -> dict[str, dict[str, Any]]:
    """Return the inputs of all sections."""
    sections = load_yaml_dict(path)["blueprint"]["input"]
    return {
        key: item for section in sections.values() for key, item in section["input"].items()
    }


def body_of(data: dict[str, Any]) -> dict[str, Any]:
    """Return what is left when the blueprint is used."""
    return {key: value for key, value in data.items() if key != "blueprint"}


def test_every_blueprint_is_there_in_both_languages() -> None:
    chinese = {path for path in FILES if path not in ENGLISH}
    assert chinese == {translated(path) for path in ENGLISH}
    assert len(ENGLISH) == 12


@in_english
def test_both_languages_differ_in_their_texts_only(path: Path) -> None:
    english = dict(leaves(load_yaml_dict(path)))
    chinese = dict(leaves(load_yaml_dict(translated(path))))
    # Where one says a thing in more sentences, both have them.
    assert list(english) == list(chinese)
    for place, text in english.items():
        other = chinese[place]
        if is_text(place):
            assert not CHINESE_TEXT.search(text), place
            assert CHINESE_TEXT.search(other), place
            assert PLACEHOLDER.findall(text) == sorted_as(text, other), place
        elif place != ("blueprint", "source_url"):
            assert text == other, place


def sorted_as(text: str, other: str) -> list[str]:
    """Return the placeholders of `other` in the order of `text`."""
    order = PLACEHOLDER.findall(text)
    found = PLACEHOLDER.findall(other)
    return order if sorted(order) == sorted(found) else found


@by_name
def test_a_blueprint_says_where_it_is_from_and_what_it_needs(path: Path) -> None:
    about = load_yaml_dict(path)["blueprint"]
    assert about["source_url"] == source_url(path)
    floor = json.loads((ROOT / "hacs.json").read_text())["homeassistant"]
    assert about["homeassistant"] == {"min_version": floor}
    assert about["domain"] == path.relative_to(FOLDER).parts[0]
    assert about["name"].strip() == about["name"]


@by_name
def test_every_input_is_described_has_a_selector_and_is_used(path: Path) -> None:
    data = load_yaml_dict(path)
    for section in data["blueprint"]["input"].values():
        assert section["name"]
        assert section["icon"].startswith("mdi:")
    inputs = inputs_of(path)
    for key, item in inputs.items():
        assert item["name"], key
        assert item["description"].endswith((".", "。")), key
        chooser: Any = selector(item["selector"])
        if "default" in item:
            assert chooser(item["default"]) is not None, key
    assert extract_inputs(body_of(data)) == set(inputs)


@by_name
def test_the_texts_are_the_only_words_in_the_body(path: Path) -> None:
    """What is not in `texts` would be said in English in every language."""
    for place, value in leaves(body_of(load_yaml_dict(path))):
        if is_text(place) or isinstance(value, Input):
            continue
        if place[-1] in ("message", "question", "title"):
            assert isinstance(value, str), place
            assert re.sub(r"{{.*?}}|{%.*?%}", "", value, flags=re.DOTALL).strip() == "", (
                place
            )


@by_name
def test_nothing_opens_by_a_trigger_that_knows_less_than_the_verdict(path: Path) -> None:
    """Faces come from our trigger, which no restored state fires."""
    triggers = load_yaml_dict(path).get("triggers", [])
    kinds = {trigger["trigger"] for trigger in triggers}
    if path.stem.startswith(("two_factor_unlock", "disarm_alarm")):
        assert kinds == {"face_module.person_recognized"}
        assert "conditions" not in load_yaml_dict(path), "Run actions skips them"


@by_name
async def test_it_is_imported_as_home_assistant_does(
    hass: HomeAssistant,
    hass_ws_client: WebSocketGenerator,
    aioclient_mock: AiohttpClientMocker,
    path: Path,
) -> None:
    domain = path.relative_to(FOLDER).parts[0]
    assert await async_setup_component(hass, domain, {})
    where = path.relative_to(ROOT)
    aioclient_mock.get(f"{RAW}/{where}", text=path.read_text(encoding="utf-8"))
    socket = await hass_ws_client()

    async def ask(kind: str, **fields: Any) -> Any:
        await socket.send_json_auto_id({"type": f"blueprint/{kind}", **fields})
        answer = await socket.receive_json()
        assert answer["success"], answer
        return answer["result"]

    found = await ask("import", url=source_url(path))
    assert found["validation_errors"] is None
    assert found["suggested_filename"] == f"face-module/{path.stem}"
    await ask(
        "save",
        domain=domain,
        path=found["suggested_filename"],
        yaml=found["raw_data"],
        source_url=source_url(path),
    )
    # What was written is what is read after a restart.
    await hass.data["blueprint"][domain].async_reset_cache()
    listed = (await ask("list", domain=domain))[f"face-module/{path.stem}.yaml"]
    assert "error" not in listed
    assert listed["metadata"]["name"] == load_yaml_dict(path)["blueprint"]["name"]
    saved = load_yaml_dict(hass.config.path(f"blueprints/{domain}/face-module/{path.name}"))
    assert body_of(saved) == body_of(load_yaml_dict(path))


@pytest.mark.parametrize(
    ("page", "suffix"), [("blueprints.md", ""), ("blueprints.zh-Hans.md", CHINESE)]
)
@in_english
def test_the_page_in_each_language_has_the_link_that_imports_it(
    path: Path, page: str, suffix: str
) -> None:
    path = path.with_name(f"{path.stem}{suffix}.yaml")
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    name = load_yaml_dict(path)["blueprint"]["name"]
    (line,) = [line for line in text.splitlines() if f"| {name} |" in line]
    assert f"]({REDIRECT}{quote(source_url(path), safe='')})" in line
