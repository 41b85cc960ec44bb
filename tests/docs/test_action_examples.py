"""Every example of docs/actions*.md runs as it stands there."""

from base64 import b64decode
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
import re
from typing import Any

from homeassistant.helpers.json import json_bytes
import orjson
import pytest

from custom_components.face_module.const import DOMAIN
from custom_components.face_module.fleet.jobs import DATA_JOBS
from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from simulator.portraits import portrait, scenery
from simulator.state import Record
from tests.common import eventually, perform
from tests.conftest import settle
from tests.docs.actions import (
    ENGLISH,
    FRONT,
    GARAGE,
    LANGUAGES,
    PAGES,
    Example,
    House,
    MakeHouse,
    backup,
    blocks,
    camera,
    examples,
    other_people,
)
from tests.visits.asking import remember, visit_at

EXAMPLES = [
    example
    for page in PAGES
    for example in examples(page)
    # What both pages have is run once.
    if page == ENGLISH or example.answer not in [one.answer for one in examples(ENGLISH)]
]


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


async def _visits(house: House) -> None:
    (marked,) = [one for one in examples(ENGLISH) if one.action == "mark_visit"]
    (found,) = [one for one in examples(ENGLISH) if one.action == "get_attendance"]
    (anna,) = found.answer["days"][0]["people"]
    first, time = (datetime.fromisoformat(t) for t in (anna["first"], anna["last"]))
    await remember(
        house.hass,
        house.entry,
        visit_at(house.entry, "01M87TWSG8TSSCC7S3EKNSR1K5", first),
        visit_at(house.entry, marked.answer["visit_id"], time - timedelta(seconds=25), 25),
    )


async def _records(house: House) -> None:
    (example,) = [one for one in examples(ENGLISH) if one.action == "search_records"]
    times = [datetime.fromisoformat(one["time"]) for one in example.answer["records"]]
    early = datetime.fromisoformat("2026-11-24T00:10:00-05:00")
    for time in (early - timedelta(hours=1), early, *reversed(times)):
        record = Record("anna", "Anna", 0.96, round(time.timestamp()))
        house.front.records.append(record)


async def _schedule(house: House) -> None:
    house.hass.states.async_set("schedule.cleaning", "on", {"friendly_name": "Cleaning"})


NEEDS: dict[str, Callable[[House], Awaitable[None]]] = {
    "enroll_user": _look_alike,
    "update_user": _photo_of_anna,
    "get_user": _linked,
    "set_access": _schedule,
    "import_users": _folder,
    "export_users": backup,
    "sync_users": other_people,
    "cancel_jobs": _import_going_on,
    "identify_face": _photo_of_anna,
    "look": _photo_of_anna,
    "compare_faces": _photo_of_anna,
    "extract_feature": _photo_of_anna,
    "request_recognition": _somebody_there,
    "search_records": _records,
    "search_visits": _visits,
    "get_attendance": _visits,
    "export_attendance": _visits,
    "mark_visit": _visits,
    "remove_sentences": _sentences,
}


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
    "first": _TIME,
    "last": _TIME,
    "last_seen": _TIME,
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
