"""The pages docs/trigger*.md and docs/condition*.md: tables, and each example, run."""

from pathlib import Path
import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import area_registry as ar, device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)
import yaml

from custom_components.face_module.condition import async_get_conditions
from custom_components.face_module.trigger import async_get_triggers
from custom_components.face_module.visits.gate import Verdict
from simulator import SimulatedModule
from tests.conftest import settle
from tests.test_contracts import EN, ZH, load_yaml

DOCS = Path(__file__).parents[2] / "docs"
TEXTS = {"": EN, ".zh-Hans": ZH}
DOOR = "binary_sensor.front_door"

in_each_language = pytest.mark.parametrize("language", TEXTS)


def page(name: str, language: str) -> str:
    return (DOCS / f"{name}{language}.md").read_text(encoding="utf-8")


def tables(text: str) -> list[list[list[str]]]:
    """Return the cells of each table, without its head."""
    return [
        [[cell.strip(" `") for cell in row.split("|")[1:-1]] for row in rows.splitlines()]
        for rows in re.findall(r"^\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    ]


def examples(name: str, language: str) -> list[dict[str, Any]]:
    blocks = re.findall(r"```yaml\n(.*?)```", page(name, language), re.DOTALL)
    return [yaml.safe_load(block) for block in blocks]


@in_each_language
async def test_the_options_and_results_are_those_there_are(
    hass: HomeAssistant, language: str
) -> None:
    texts = TEXTS[language]
    _, options, results, _ = tables(page("trigger", language))
    shown = load_yaml("triggers.yaml")["person_recognized"]["fields"]
    names = texts["triggers"]["person_recognized"]["fields"]
    assert [(row[0], row[1]) for row in options] == [(k, names[k]["name"]) for k in shown]
    (trigger,) = (await async_get_triggers(hass)).values()
    defaults: Any = trigger._schema({"target": {"entity_id": DOOR}})  # type: ignore[attr-defined]
    given: dict[str, Any] = {"person": [], "user_id": [], "result": [options[2][2]]}
    given |= {"reason": [], "first_time": False}
    assert defaults["options"] == given
    words = texts["selector"]["result"]["options"]
    assert [(row[0], row[1]) for row in results] == [(v, words[v]) for v in Verdict]
    _, options, _ = tables(page("condition", language))
    shown = load_yaml("conditions.yaml")["is_person_present"]["fields"]
    names = texts["conditions"]["is_person_present"]["fields"]
    assert [(row[0], row[1]) for row in options] == [(k, names[k]["name"]) for k in shown]
    (condition,) = (await async_get_conditions(hass)).values()
    defaults = condition._schema({"target": {"entity_id": DOOR}})  # type: ignore[attr-defined]
    assert defaults["options"] == {"behavior": options[0][2], "person": [], "user_id": []}


@pytest.mark.parametrize("name", ["trigger", "condition"])
def test_both_languages_have_the_same_tables_and_examples(name: str) -> None:
    english, chinese = (page(name, language) for language in TEXTS)
    shapes = [
        [[len(table), *(row[0] for row in table if row[0].isascii())] for table in found]
        for found in (tables(chinese), tables(english))
    ]
    for ours, theirs in zip(*shapes, strict=True):
        assert ours[0] == theirs[0]
    for language in TEXTS:
        assert len(examples(name, language)) == len(examples(name, ""))


@pytest.fixture
async def told(
    hass: HomeAssistant, entry: MockConfigEntry, device_id: str
) -> list[tuple[str, Any]]:
    """What the examples do, and the area they speak of."""
    area = ar.async_get(hass).async_create("Entrance")
    dr.async_get(hass).async_update_device(device_id, area_id=area.id)
    hass.states.async_set(DOOR, "off")
    done = {
        kind: async_mock_service(hass, *kind.split("."))
        for kind in ("notify.everyone", "lock.unlock", "light.turn_on")
    }
    return list(done.items())


def what(told: list[tuple[str, Any]]) -> list[str]:
    """Return what was said, and which other actions were performed; once."""
    found = [
        call.data.get("message", kind).replace("\n", " ")
        for kind, calls in told
        for call in calls
    ]
    for _, calls in told:
        calls.clear()
    return found


async def run(hass: HomeAssistant, example: dict[str, Any], device_id: str) -> None:
    for trigger in example["triggers"]:
        if "device_id" in trigger:
            trigger["device_id"] = device_id
    assert await async_setup_component(hass, "automation", {"automation": [example]})
    await settle(hass)
    (automation,) = hass.states.async_all("automation")
    assert automation.state == "on", "it is valid"


@in_each_language
@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, [["Anna is here."], ["Eva is here."], [], []]),
        (1, [["lock.unlock"], [], [], []]),
        (2, [[], [], ["Somebody unknown (unknown)"], ["陈伟 (stale)"]]),
        (3, [["Welcome, Anna!"], [], [], []]),
    ],
)
async def test_a_trigger_of_the_page_fires_for_whom_it_says(
    hass: HomeAssistant,
    module: SimulatedModule,
    told: list[tuple[str, Any]],
    device_id: str,
    language: str,
    number: int,
    expected: list[list[str]],
) -> None:
    await run(hass, examples("trigger", language)[number], device_id)
    chinese = {
        "Anna is here.": "Anna 来了。",
        "Eva is here.": "Eva 来了。",
        "Somebody unknown (unknown)": "陌生人 (unknown)",
        "Welcome, Anna!": "欢迎，Anna！",
    }
    await module.send_heartbeat()
    for visit, words in zip(
        (
            {"user_id": "anna"},
            {"user_id": "eva", "username": "Eva"},
            {"user_id": "", "username": ""},
            {"user_id": "chenwei", "timestamp": 1},
        ),
        expected,
        strict=True,
    ):
        await module.send_recognition(**visit)  # type: ignore[arg-type]
        await settle(hass)
        assert what(told) == [chinese.get(w, w) if language else w for w in words]


async def open_door(hass: HomeAssistant) -> None:
    hass.states.async_set(DOOR, "off")
    hass.states.async_set(DOOR, "on")
    await settle(hass)


@in_each_language
@pytest.mark.parametrize("number", [0, 1])
async def test_a_condition_of_the_page_holds_while_they_are_there(
    hass: HomeAssistant,
    module: SimulatedModule,
    told: list[tuple[str, Any]],
    device_id: str,
    language: str,
    number: int,
) -> None:
    await run(hass, examples("condition", language)[number], device_id)
    english = "The door was opened, and nobody was recognized."
    warning = "门被打开，但没有识别到任何人。" if language else english
    await module.send_heartbeat()
    await module.send_recognition("", username="")
    await open_door(hass)
    assert what(told) == ([] if number else [warning]), "a stranger is not present"
    await module.send_recognition("eva", username="Eva")
    await open_door(hass)
    assert what(told) == [], "not for Eva"
    await module.send_recognition("chenwei")
    await open_door(hass)
    assert what(told) == (["light.turn_on"] if number else [])
