"""Pages that list what there is have all of it: repairs, commands, attributes, cards."""

from dataclasses import fields
import json
from pathlib import Path
import re

from homeassistant.core import HomeAssistant
import pytest

from custom_components.face_module.const import DOMAIN
from simulator.control import interface
from simulator.control.scenario import SCENARIOS
from simulator.quirks.switches import Quirks
from tests.conftest import SetUp
from tests.docs.test_events import first_column
from tests.security.doors import commands

ROOT = Path(__file__).parents[2]
OURS = ROOT / "custom_components" / "face_module"
# How a page ends in a language, and what stands there for whoever a repair is about.
LANGUAGES = {
    "en": ("", {"{module}": "the module", "{name}": "somebody"}),
    "zh-Hans": (".zh-Hans", {"{module}": "模组", "{name}": "某人"}),
}

each_language = pytest.mark.parametrize("language", LANGUAGES)


def page(name: str, language: str) -> str:
    return (ROOT / "docs" / f"{name}{LANGUAGES[language][0]}.md").read_text("utf-8")


def first_cells(text: str) -> list[str]:
    """Return how the rows of the first table begin."""
    table = text[: text.index("\n\n", text.index("|---"))]
    return re.findall(r"^\| (.+?) \|", table, re.MULTILINE)[1:]


def bare(title: str) -> str:
    return title.replace(" ", "").casefold()


@each_language
def test_every_repair_has_a_row_with_its_title(language: str) -> None:
    file = OURS / "translations" / f"{language}.json"
    issues = json.loads(file.read_text("utf-8"))["issues"]
    rows = first_cells(page("troubleshooting", language))
    titles = [issue["title"] for issue in issues.values()]
    for placeholder, word in LANGUAGES[language][1].items():
        titles = [title.replace(placeholder, word) for title in titles]
    # A title may begin with a name, and Chinese has no space beside it.
    assert sorted(map(bare, rows)) == sorted(map(bare, titles))


@each_language
async def test_every_command_is_told_of(
    hass: HomeAssistant, set_up: SetUp, language: str
) -> None:
    await set_up()
    text = page("websocket", language)
    beginning = " ".join(first_cells(text))
    for kind in commands(hass):
        short = kind.removeprefix(f"{DOMAIN}/")
        assert f"`{kind}`" in text or f"`{short}`" in text, kind
        # The table at the head has each, or the group it is in.
        assert f"{DOMAIN}/{short.partition('/')[0]}" in beginning, kind


@each_language
def test_the_event_has_all_its_attributes_among_the_entities(language: str) -> None:
    row = next(
        line for line in page("entities", language).splitlines() if "`recognition`" in line
    )
    attributes = {*first_column("events.md", 2)}
    assert {"visit_id", "image_url"} < attributes
    assert set(re.findall(r"`(\w+)`", row)) >= attributes - {"event_type"}


@each_language
def test_every_quirk_of_the_simulator_is_listed(language: str) -> None:
    listed = re.findall(r"^\| (`.+?`) \|", page("simulator", language), re.MULTILINE)
    names = [name for cell in listed for name in re.findall(r"`(\w+)`", cell)]
    assert sorted(names) == sorted(field.name for field in fields(Quirks))


@each_language
def test_what_can_be_done_to_the_simulator_is_told(language: str) -> None:
    text = page("simulator", language)
    rows = re.findall(r"^\| (?:GET|POST) (.+?) \|", interface.__doc__ or "", re.MULTILINE)
    calls = re.findall(r"/\w+", " ".join(rows))
    assert {"/state", "/leave", "/plug_in"} < {*calls}
    told = re.findall(r"/\w+", text)
    assert sorted({*calls} - {*told}) == []
    assert [name for name in SCENARIOS[1:] if f"`{name}`" not in text] == []


@each_language
def test_every_card_has_a_row_with_its_type(language: str) -> None:
    offered = (OURS / "www" / "face-module.js").read_text("utf-8")
    cards = offered[offered.index("const CARDS = [") :].partition("\n];")[0]
    types = re.findall(r'^    type: "(.+)",$', cards, re.MULTILINE)
    assert "face-module-card" in types
    text = page("cards", language)
    assert re.findall(r"^\| .+ \| `custom:(.+?)` \|", text, re.MULTILINE) == types
