"""The pages docs/actions*.md: complete, and every example run as it stands there."""

from base64 import b64decode
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
import re
from typing import Any
from unittest.mock import patch

from homeassistant.core import HomeAssistant, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.json import json_bytes
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import orjson
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
    async_mock_service,
)
import voluptuous as vol
import yaml

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.jobs import DATA_JOBS
from custom_components.face_module.roster import DATA_ROSTER, RosterPerson
from custom_components.face_module.services import ACTIONS
from simulator import SimulatedModule
from simulator.portraits import portrait, scenery
from simulator.state import Record

from .common import device_of, eventually, perform
from .conftest import SetUp, settle

DOCS = Path(__file__).parent.parent / "docs"
ENGLISH, CHINESE = "actions.md", "actions.zh-Hans.md"
PAGES = {name: (DOCS / name).read_text(encoding="utf-8") for name in (ENGLISH, CHINESE)}
LANGUAGES = {ENGLISH: "en", CHINESE: "zh-Hans"}
YES = {ENGLISH: "yes", CHINESE: "是"}
WHO = {
    ENGLISH: ("**Who:** everybody.", "**Who:** administrators."),
    CHINESE: ("**权限：** 所有人。", "**权限：** 管理员。"),
}
BY_NAME = {action.name: action for action in ACTIONS}

# What the pages call the modules, and the entry of the first.
FRONT = "3f0c9a5be1d84c7e9b2a6d4f8e1c7a55"
GARAGE = "c81d72e60b9f4a3db5e7f3a9d2046b18"
ENTRY = "01M87TWSC5DPAD7A2GB9NA7VHC"
# Keys whose texts are written in the page's language.
WORDS = {"alias", "title", "message", "error"}


# Reading the pages


@dataclass(frozen=True, slots=True)
class Example:
    """A call of an action and its answer, as a page has them."""

    page: str
    action: str
    call: dict[str, Any]
    answer: Any


def blocks(text: str, language: str = "yaml") -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def sections(page: str) -> dict[str, str]:
    """Return the text about each action."""
    parts = re.split(r"^#{2,3} (.+)$", PAGES[page], flags=re.MULTILINE)[1:]
    titles, texts = parts[::2], parts[1::2]
    assert len(titles) == len(set(titles))
    return {
        title.removeprefix(f"`{DOMAIN}.").removesuffix("`"): text
        for title, text in zip(titles, texts, strict=True)
        if title.startswith(f"`{DOMAIN}.")
    }


def examples(page: str) -> list[Example]:
    """Return every call with the answer that follows it."""
    found = []
    for action, text in sections(page).items():
        loaded = [yaml.safe_load(block) for block in blocks(text)]
        calls, answers = loaded[::2], loaded[1::2]
        assert len(calls) == len(answers) > 0, action
        for call, answer in zip(calls, answers, strict=True):
            assert call["action"] == f"{DOMAIN}.{action}"
            found.append(Example(page, action, call, answer))
    return found


def rows(text: str) -> dict[str, tuple[str, str]]:
    """Return whether each field of a table is needed, and its default."""
    found = {}
    for line in re.findall(r"^\| `.*\|$", text, re.MULTILINE):
        names, needed, default, meaning = (cell.strip() for cell in line.split("|")[1:-1])
        assert meaning
        for name in re.findall(r"`(\w+)`", names):
            assert name not in found
            found[name] = needed, default
    return found


def wordless(node: Any) -> Any:
    """Return a block without what the pages say in their own languages."""
    if isinstance(node, dict):
        words = WORDS | ({"name"} if "selector" in node else set())
        return {k: k if k in words else wordless(v) for k, v in node.items()}
    return [wordless(item) for item in node] if isinstance(node, list) else node


EXAMPLES = [
    example
    for page in PAGES
    for example in examples(page)
    # What both pages have is run once.
    if page == ENGLISH or example.answer not in [one.answer for one in examples(ENGLISH)]
]
TOGETHER = {
    page: {
        block["alias"]: block
        for block in map(yaml.safe_load, blocks(text))
        if isinstance(block, dict) and "alias" in block
    }
    for page, text in PAGES.items()
}


# What the pages have


@pytest.mark.parametrize("page", PAGES)
def test_every_action_has_a_section_and_no_other(page: str) -> None:
    assert list(sections(page)) == [
        *("enroll_user", "update_user", "delete_user", "get_user"),
        *("list_users", "count_users", "clear_users"),
        *("import_users", "export_users", "sync_users", "cancel_jobs"),
        *("identify_face", "compare_faces", "extract_feature", "request_recognition"),
        *("search_records", "delete_records", "clear_records", "set_clock"),
        *("install_sentences", "remove_sentences"),
    ]
    assert set(sections(page)) == set(BY_NAME)
    assert {example.action for example in examples(page)} == set(BY_NAME)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", BY_NAME)
def test_the_table_has_the_fields_of_the_action(page: str, name: str) -> None:
    action, text = BY_NAME[name], sections(page)[name]
    table = rows(text)
    assert set(table) == {str(key) for key in action.schema.schema}
    for key in action.schema.schema:
        needed, default = table[str(key)]
        assert (needed == YES[page]) == isinstance(key, vol.Required), key
        given = None if key.default is vol.UNDEFINED else key.default()
        said = yaml.safe_load(default.strip("`")) if default else None
        assert said == (given if given != [] else None), key
    assert WHO[page][action.admin] in text
    assert WHO[page][not action.admin] not in text


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", BY_NAME)
def test_an_action_that_only_answers_is_asked_for_the_answer(page: str, name: str) -> None:
    calls = [example.call for example in examples(page) if example.action == name]
    assert all(call.keys() <= {"action", "data", "response_variable"} for call in calls)
    only = BY_NAME[name].response is SupportsResponse.ONLY
    assert not only or all("response_variable" in call for call in calls)


def test_both_pages_have_the_same_blocks() -> None:
    english, chinese = (
        [wordless(yaml.safe_load(block)) for block in blocks(text)]
        for text in PAGES.values()
    )
    assert english == chinese
    assert len(english) >= 2 * len(ACTIONS) + 3
    assert blocks(PAGES[ENGLISH], "csv") == blocks(PAGES[CHINESE], "csv")
    fences = [re.findall("^```.*$", text, re.MULTILINE) for text in PAGES.values()]
    assert fences[0] == fences[1]


# A house to try them in


@dataclass(slots=True)
class House:
    """Two modules, files and a camera, as the pages tell of them."""

    hass: HomeAssistant
    front: SimulatedModule
    garage: SimulatedModule
    entry: MockConfigEntry
    folder: Path
    names: dict[str, str]
    camera: bytes

    def real(self, node: Any) -> Any:
        """Return what a page says with our IDs and paths."""
        if isinstance(node, dict):
            return {key: self.real(value) for key, value in node.items()}
        if isinstance(node, list):
            return [self.real(item) for item in node]
        if isinstance(node, str):
            for name, ours in self.names.items():
                node = node.replace(name, ours)
        return node

    def put(self, name: str, data: bytes) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


type MakeHouse = Callable[[str], Awaitable[House]]


@pytest.fixture
def media(hass: HomeAssistant, pictures: Path) -> Path:
    """The media folder, known before anything asks for it."""
    hass.config.media_dirs = {"local": str(pictures)}
    return pictures


@pytest.fixture
async def make_house(
    hass: HomeAssistant, media: Path, set_up: SetUp, module: SimulatedModule
) -> AsyncGenerator[MakeHouse]:
    """Build the house, in the language of a page."""
    async with SimulatedModule(serial="0123A38884CE690002", password="abc123") as garage:

        async def make(page: str) -> House:
            hass.config.language = LANGUAGES[page]
            await hass.config.async_set_time_zone("America/New_York")
            entry = await set_up()
            names = {
                FRONT: device_of(hass, entry),
                GARAGE: device_of(hass, await set_up(garage)),
                ENTRY: entry.entry_id,
                "/media/": f"{media}/",
            }
            hass.states.async_set("camera.doorbell", "idle")
            await module.send_heartbeat()
            await garage.send_heartbeat()
            return House(hass, module, garage, entry, media, names, b"")

        yield make


def camera(house: House) -> Any:
    """Let the doorbell show `house.camera`."""

    class Image:
        content = house.camera

    return patch("homeassistant.components.camera.async_get_image", return_value=Image())


# What each example needs


async def _look_alike(house: House) -> None:
    house.put("faces/ben.jpg", portrait("Ben", size=(900, 700)))
    house.garage.add_user("eva", "Eva", portrait("Ben", variation=1))


async def _photo_of_anna(house: House) -> None:
    house.put("anna.jpg", portrait("Anna", variation=3))
    house.put("faces/anna.jpg", portrait("Anna", variation=4))
    house.camera = portrait("Anna", variation=5)


async def _linked(house: House) -> None:
    anna = RosterPerson(user_id="anna", name="Anna", person="person.anna")
    house.hass.data[DATA_ROSTER].async_put(anna)


async def _folder(house: House) -> None:
    for name in ("Anna", "Ben"):
        house.put(f"people/{name}.jpg", portrait(name, variation=2))
    house.put("people/Garden.jpg", scenery())
    (house.folder / "people" / "Old.jpg").symlink_to(house.folder / "people" / "Ben.jpg")


async def _backup(house: House) -> None:
    (house.folder / "backup").mkdir()


async def _other_people(house: House) -> None:
    house.garage.add_user("anna", "Anna")
    house.garage.add_user("eva", "Eva")


async def _import_going_on(house: House) -> None:
    for number in range(30):
        house.put(f"many/Person {number}.jpg", portrait(f"Person {number}"))
    house.front.faults.latency = 0.02
    house.hass.async_create_task(
        perform(
            house.hass,
            "import_users",
            device_id=house.names[FRONT],
            path=str(house.folder / "many"),
        )
    )
    jobs = house.hass.data[DATA_JOBS]
    await eventually(lambda: any(job.done for job in jobs.running))


async def _somebody_there(house: House) -> None:
    house.front.config.liveness_type = 3
    await house.entry.runtime_data.coordinator.async_refresh()
    await house.front.send_status()
    # The first may be older than the face.
    await house.front.send_status(
        rgb_liveness_score=0.971, nir_liveness_score=0.955, mask_score=0.04
    )
    house.front.in_front = "anna"


async def _sentences(house: House) -> None:
    await perform(house.hass, "install_sentences")


async def _records(house: House) -> None:
    (example,) = [one for one in examples(ENGLISH) if one.action == "search_records"]
    times = [datetime.fromisoformat(one["time"]) for one in example.answer["records"]]
    early = datetime.fromisoformat("2026-11-24T00:10:00-05:00")
    for time in (early - timedelta(hours=1), early, *reversed(times)):
        record = Record("anna", "Anna", 0.96, round(time.timestamp()))
        house.front.records.append(record)


NEEDS: dict[str, Callable[[House], Awaitable[None]]] = {
    "enroll_user": _look_alike,
    "update_user": _photo_of_anna,
    "get_user": _linked,
    "import_users": _folder,
    "export_users": _backup,
    "sync_users": _other_people,
    "cancel_jobs": _import_going_on,
    "identify_face": _photo_of_anna,
    "compare_faces": _photo_of_anna,
    "extract_feature": _photo_of_anna,
    "request_recognition": _somebody_there,
    "search_records": _records,
    "remove_sentences": _sentences,
}


# The examples


def _percent(value: Any) -> bool:
    return isinstance(value, float) and 0 <= value <= 100 and value == round(value, 1)


def _percent_or_null(value: Any) -> bool:
    return value is None or _percent(value)


def _age(value: Any) -> bool:
    # The module's clock counts whole seconds, so it may be a little ahead.
    return isinstance(value, float) and -2 <= value < 60


def _text(pattern: str) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value))


def _box(value: Any) -> bool:
    match value:
        case {"left": int(l), "top": int(t), "right": int(r), "bottom": int(b)}:
            return 0 <= l < r and 0 <= t < b and len(value) == 4
    return False


# What differs by nature, and what it is on both sides.
_TIME = _text(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
_ULID = "[0-9A-HJKMNP-TV-Z]{26}"
BY_NATURE: dict[str, Callable[[Any], bool]] = {
    "position": _box,
    "score": _percent,
    # Only of a model that looked at the same face at the same time.
    "rgb_liveness_score": _percent_or_null,
    "nir_liveness_score": _percent_or_null,
    "mask_score": _percent_or_null,
    "time": _TIME,
    "device_time": _TIME,
    "age": _age,
    "visit_id": _text(_ULID),
    "image": _text(f"media-source://{DOMAIN}/{_ULID}/{_ULID}"),
    "feature": lambda value: len(b64decode(value, validate=True)) > 0,
}


def differences(shown: Any, given: Any, key: str = "") -> list[str]:
    """Return where an answer is not as the page shows it."""
    where = key.rpartition(".")[2]
    if (fits := BY_NATURE.get(where)) is not None:
        return [f"{key}: {v}" for v in (shown, given) if not fits(v)]
    if isinstance(shown, dict) and isinstance(given, dict):
        if odd := shown.keys() ^ given.keys():
            return [f"{key}.{name}" for name in sorted(odd)]
        return [d for k in shown for d in differences(shown[k], given[k], f"{key}.{k}")]
    if isinstance(shown, list) and isinstance(given, list) and len(shown) == len(given):
        pairs = zip(shown, given, strict=True)
        return [d for one, other in pairs for d in differences(one, other, key)]
    if where == "error":
        # Scores in words.
        shown, given = (re.sub(r"\d+ ?%", "# %", str(text)) for text in (shown, given))
    alike = type(shown) is type(given) and shown == given
    return [] if alike else [f"{key}: {shown!r}, not {given!r}"]


@pytest.mark.parametrize(
    "example",
    EXAMPLES,
    ids=lambda example: f"{example.action}-{LANGUAGES[example.page]}",
)
async def test_the_answer_is_as_the_page_shows_it(
    make_house: MakeHouse, example: Example
) -> None:
    house = await make_house(example.page)
    if (prepare := NEEDS.get(example.action)) is not None:
        await prepare(house)
    with camera(house):
        answer = await perform(
            house.hass, example.action, **house.real(example.call.get("data", {}))
        )
    await settle(house.hass)
    # As the frontend and templates get it.
    sent = orjson.loads(json_bytes(answer))
    assert differences(house.real(example.answer), sent) == []


def test_a_key_more_or_less_and_another_value_are_seen() -> None:
    shown = {"a": [{"b": 1, "score": 90.0, "error": "It is 90 % so."}]}

    def given(**changes: Any) -> dict[str, Any]:
        return {"a": [{**shown["a"][0], **changes}]}

    assert differences(shown, given(score=12.5, error="It is 5 % so.")) == []
    others: list[Any] = [
        given(c=1),
        given(b=2),
        given(b="1"),
        given(b=None),
        given(score="90"),
        given(score=None),
        given(score=900.0),
        given(error="It was 90 % so."),
        {"a": [{"b": 1, "score": 90.0}]},
        {"a": []},
        {"a": {}},
        {},
    ]
    for other in others:
        assert differences(shown, other), other
    assert differences({}, {"a": 1})


@pytest.mark.parametrize("page", PAGES)
async def test_the_table_of_the_import_is_read(make_house: MakeHouse, page: str) -> None:
    house = await make_house(page)
    (table,) = blocks(PAGES[page], "csv")
    house.put("people/people.csv", table.encode())
    for number, looks in (("0001", "Anna Miller"), ("0002", "王小明")):
        house.put(f"people/{number}.jpg", portrait(looks))
    report = await perform(
        house.hass,
        "import_users",
        device_id=house.names[GARAGE],
        path=str(house.folder / "people"),
    )
    assert report["failed"] == []
    names = {user.user_id: user.name for user in house.garage.users.values()}
    assert names == {"anna": "Anna Miller", "wang_xiao_ming": "王小明"}
    anna = house.hass.data[DATA_ROSTER].get("anna")
    assert (anna.person, anna.minimum_score) == ("person.anna", 95)


# Put together


def together(page: str, number: int) -> dict[str, Any]:
    return list(TOGETHER[page].values())[number]


def test_the_pages_have_three_of_them() -> None:
    assert {page: len(found) for page, found in TOGETHER.items()} == {
        ENGLISH: 3,
        CHINESE: 3,
    }


@pytest.mark.parametrize("page", PAGES)
async def test_the_script_enrolls_whoever_is_at_the_doorbell(
    make_house: MakeHouse, page: str
) -> None:
    house = await make_house(page)
    hass = house.hass
    told = async_mock_service(hass, "notify", "everyone")
    script = {"script": {"enroll": house.real(together(page, 0))}}
    assert await async_setup_component(hass, "script", script)
    house.camera = scenery()
    with camera(house), pytest.raises(HomeAssistantError):
        await hass.services.async_call("script", "enroll", {"name": "Ben"}, blocking=True)
    assert told == []
    house.garage.add_user("eva", "Eva", portrait("Ben", variation=1))
    house.camera = portrait("Ben", size=(1200, 900))
    with camera(house):
        await hass.services.async_call("script", "enroll", {"name": "Ben"}, blocking=True)
    await settle(hass)
    assert house.front.users["ben"].name == "Ben"
    assert house.garage.users.keys() == {"eva"}
    (call,) = told
    assert call.data["title"].endswith("Ben")
    lines = [line.strip() for line in call.data["message"].split("\n") if line.strip()]
    assert len(lines) == 2
    assert "added" in lines[0]
    assert "Eva" in lines[1]


async def pass_three(hass: HomeAssistant, minute: int) -> None:
    """Let the next night come."""
    now = dt_util.now()
    then = now.replace(hour=3, minute=minute, second=0, microsecond=500_000)
    async_fire_time_changed(hass, then + timedelta(days=then <= now))
    await settle(hass)


@asynccontextmanager
async def automated(house: House, page: str, number: int) -> AsyncGenerator[str]:
    """Set an automation up; gives its entity id."""
    hass = house.hass
    config = {"automation": [house.real(together(page, number))]}
    assert await async_setup_component(hass, "automation", config)
    await settle(hass)
    (state,) = hass.states.async_all("automation")
    assert state.state == "on", "it is valid"
    yield state.entity_id
    data = {"entity_id": state.entity_id}
    await hass.services.async_call("automation", "turn_off", data, blocking=True)


async def trigger(hass: HomeAssistant, entity_id: str) -> None:
    data = {"entity_id": entity_id}
    await hass.services.async_call("automation", "trigger", data, blocking=True)
    await settle(hass)


@pytest.mark.parametrize("page", PAGES)
async def test_everybody_is_exported_every_night(make_house: MakeHouse, page: str) -> None:
    house = await make_house(page)
    told = async_mock_service(house.hass, "notify", "everyone")
    await _backup(house)
    async with automated(house, page, 1) as automation:
        await pass_three(house.hass, 0)
        (path,) = (house.folder / "backup").iterdir()
        assert re.fullmatch(r"people-\d{4}-\d\d-\d\d\.zip", path.name)
        assert told == []
        path.unlink()
        house.front.quirks.no_register_img = True
        await trigger(house.hass, automation)
        assert [call.data["message"] for call in told] == ["Anna, 陈伟"]


@pytest.mark.parametrize("page", PAGES)
async def test_the_garage_learns_whom_the_front_door_knows(
    make_house: MakeHouse, page: str
) -> None:
    house = await make_house(page)
    told = async_mock_service(house.hass, "notify", "everyone")
    await _other_people(house)
    async with automated(house, page, 2) as automation:
        await pass_three(house.hass, 30)
        assert house.garage.users == house.front.users
        (call,) = told
        assert re.findall(r"\d+", call.data["message"]) == ["1", "0", "1", "0"]
        house.garage.requests.clear()
        await trigger(house.hass, automation)
        assert "GetUserList" in [request.name for request in house.garage.requests]
        assert len(told) == 1, "nothing new is not told"
