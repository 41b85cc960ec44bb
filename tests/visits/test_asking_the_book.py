"""The same facts, whoever is asked: action, card, calendar and CSV."""

import asyncio
import csv
from datetime import datetime, timedelta
import io
import json
import os
from pathlib import Path
import shutil
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.face_module.people.person import RosterPerson
from custom_components.face_module.people.roster import DATA_ROSTER
from custom_components.face_module.visits.book import DATA_BOOK
from custom_components.face_module.visits.gate import Reason, Verdict
from simulator import SimulatedModule
from tests.common import (
    come,
    device_of,
    id_of,
    perform,
    refused,
    reload,
    rows_of,
    visits_of,
)
from tests.conftest import SetUp, settle
from tests.visits.asking import remember, visit_at
from tests.websocket.kit import ask

BERLIN = "Europe/Berlin"
SURFACE = Path(__file__).parents[1] / "frontend" / "visits" / "surface.js"


def at(day: int, hour: int, minute: int = 0, fold: int = 0) -> datetime:
    """Return a time in Berlin; the clocks go back on 25 October."""
    zone = dt_util.get_time_zone(BERLIN)
    return datetime(2026, 10, day, hour, minute, tzinfo=zone, fold=fold)


@pytest.fixture
async def autumn(hass: HomeAssistant, set_up: SetUp) -> MockConfigEntry:
    """A module that knows of visits around a day of 25 hours."""
    await hass.config.async_set_time_zone(BERLIN)
    entry = await set_up(book_days=0, history_days=365)
    ben: dict[str, Any] = {"user_id": "ben", "name": "Ben"}
    low: dict[str, Any] = {"verdict": Verdict.REJECTED, "reason": Reason.LOW_SCORE}
    await remember(
        hass,
        entry,
        visit_at(entry, "a1", at(24, 23, 59), seconds=90),
        visit_at(entry, "a2", at(25, 0, 0)),
        visit_at(entry, "a3", at(25, 2, 30)),
        visit_at(entry, "a4", at(25, 2, 30, fold=1), seconds=10),
        visit_at(entry, "b1", at(25, 23, 59), **ben),
        visit_at(entry, "b2", at(26, 0, 0), **ben),
        visit_at(entry, "r1", at(25, 12), **ben, **low),
        visit_at(entry, "s1", at(25, 13), user_id="", name="", verdict=Verdict.UNKNOWN),
        # Of clocks that were not set.
        visit_at(entry, "old", datetime(1970, 1, 2, tzinfo=at(1, 0).tzinfo)),
        visit_at(entry, "new", dt_util.utcnow() + timedelta(days=400)),
    )
    return entry


WINDOW = {"since": "2026-10-25T00:00:00+02:00", "until": "2026-10-26T00:00:00+01:00"}
DAY = {
    "anna": ("2026-10-25T00:00:00+02:00", "2026-10-25T02:30:10+01:00", 3),
    "ben": ("2026-10-25T23:59:00+01:00", "2026-10-25T23:59:00+01:00", 1),
}


async def test_a_day_of_25_hours_is_the_same_on_all_surfaces(
    hass: HomeAssistant,
    autumn: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    pictures: Path,
) -> None:
    answer = await perform(hass, "get_attendance", **WINDOW)
    ((day,),) = (answer["days"],)
    assert day["date"] == "2026-10-25"
    told = {p["user_id"]: (p["first"], p["last"], p["visits"]) for p in day["people"]}
    assert told == DAY
    assert day["people"][0]["devices"] == [device_of(hass, autumn)]
    client = await hass_ws_client(hass)
    lines = (await ask(client, "visits/attendance", **WINDOW))["lines"]
    assert {x["user_id"]: (x["first"], x["last"], x["visits"]) for x in lines} == DAY
    path = pictures / "october.csv"
    report = await perform(hass, "export_attendance", path=str(path), **WINDOW)
    assert report == {"path": str(path), "rows": 2}
    text = (await asyncio.to_thread(path.read_bytes)).decode("utf-8-sig")
    header, *rows = csv.reader(text.splitlines())
    assert header == ["Day", "User ID", "Name", "First", "Last", "Visits", "Doors"]
    module = "Face module F6EE"
    assert rows == [
        ["2026-10-25", "anna", "Anna", "00:00:00", "02:30:10", "3", module],
        ["2026-10-25", "ben", "Ben", "23:59:00", "23:59:00", "1", module],
    ]
    found = await perform(hass, "search_visits", result=["recognized"], **WINDOW)
    assert found["count"] == 4
    ids = [visit["visit_id"] for visit in found["visits"]]
    assert ids == ["b1", "a4", "a3", "a2"], "the latest first"
    page = await ask(client, "visits/search", result=["recognized"], **WINDOW)
    assert [visit["visit_id"] for visit in page["visits"]] == ids
    events: Any = await hass.services.async_call(
        "calendar",
        "get_events",
        {
            "entity_id": id_of("calendar.visits"),
            "start_date_time": WINDOW["since"],
            "end_date_time": WINDOW["until"],
        },
        blocking=True,
        return_response=True,
    )
    shown = events[id_of("calendar.visits")]["events"]
    assert [(e["start"][11:19], e["summary"]) for e in shown] == [
        ("23:59:00", "Anna"),
        ("00:00:00", "Anna"),
        ("02:30:00", "Anna"),
        ("02:30:00", "Anna"),
        ("12:00:00", "Ben · Score too low"),
        ("13:00:00", "Unknown person"),
        ("23:59:00", "Ben"),
    ]


async def what_the_card_shows(
    client: MockHAClientWebSocket, browser_zone: str
) -> dict[str, Any]:
    """Return what the card makes of what it asks for itself, in a browser somewhere."""
    process = await asyncio.create_subprocess_exec(
        *("node", str(SURFACE), BERLIN, "2026-10-25"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"TZ": browser_zone},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    async for line in process.stdout:
        told: dict[str, Any] = json.loads(line)
        if "type" not in told:
            await process.wait()
            return told
        kind = told.pop("type").removeprefix("face_module/")
        answer = await ask(client, kind, **told)
        process.stdin.write(json.dumps(answer).encode() + b"\n")
        await process.stdin.drain()
    raise AssertionError("the card shows nothing")


# The page's tools are a process of their own.
@pytest.mark.real_time
@pytest.mark.skipif(shutil.which("node") is None, reason="the cards' tools are not there")
@pytest.mark.parametrize(
    "browser_zone", ["Europe/Berlin", "Asia/Shanghai", "Pacific/Honolulu"]
)
async def test_the_card_shows_the_same_day_wherever_its_browser_is(
    hass: HomeAssistant,
    autumn: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    pictures: Path,
    browser_zone: str,
) -> None:
    card = await what_the_card_shows(await hass_ws_client(hass), browser_zone)
    found = await perform(hass, "search_visits", result=["recognized"], **WINDOW)
    assert card["visits"] == [visit["visit_id"] for visit in found["visits"]]
    month = {"since": "2026-10-01 00:00:00", "until": "2026-11-01 00:00:00"}
    days = (await perform(hass, "get_attendance", **month))["days"]
    assert [day["date"] for day in days] == ["2026-10-24", "2026-10-25", "2026-10-26"]
    # A row for each person: days, visits, and a column for each day of the month.
    heads, rows = card["everybody"]["heads"], card["everybody"]["rows"]
    assert len(heads) == 3 + 31
    for name, there, visits, *by_day in rows:
        lines = {
            int(day["date"][-2:]): person["visits"]
            for day in days
            for person in day["people"]
            if person["name"] == name
        }
        assert (there, visits) == (len(lines), sum(lines.values()))
        assert {n: count for n, count in enumerate(by_day, 1) if count} == lines
    assert card["everybody"]["people"] == [["Anna", 4], ["Ben", 2]]
    assert card["everybody"]["foot"][1:3] == [2, 6]
    path = pictures / "anna.csv"
    await perform(hass, "export_attendance", path=str(path), user_id="anna", **month)
    text = (await asyncio.to_thread(path.read_bytes)).decode("utf-8-sig")
    _, *csv_rows = csv.reader(text.splitlines())
    assert [
        (first, last, str(visits), doors) for _, first, last, visits, doors in card["anna"]
    ] == [
        (first[:5], last[-8:-3], visits, doors)
        for _, _, _, first, last, visits, doors in csv_rows
    ]


async def test_whoever_it_really_was_is_counted_and_nobody_when_that_is_not_known(
    hass: HomeAssistant, autumn: MockConfigEntry
) -> None:
    answer = await perform(hass, "mark_visit", visit_id="a3", wrong="ben")
    assert (answer["visit_id"], answer["wrong"]) == ("a3", "ben")
    await perform(hass, "mark_visit", visit_id="a4", wrong="")
    (day,) = (await perform(hass, "get_attendance", **WINDOW))["days"]
    assert {p["user_id"]: (p["name"], p["visits"]) for p in day["people"]} == {
        "anna": ("Anna", 1),
        "ben": ("Ben", 2),
    }
    assert await refused(hass, "mark_visit", visit_id="a3", wrong="beb") == "person_unknown"
    hass.data[DATA_ROSTER].async_put(RosterPerson(key="bo#2", user_id="bo", name="Bo"))
    assert await refused(hass, "mark_visit", visit_id="a3", wrong="bo#2") == (
        "person_unknown"
    )
    answer = await perform(hass, "mark_visit", visit_id="a3", wrong="bo")
    assert answer["wrong"] == "bo"
    assert await refused(hass, "mark_visit", visit_id="none") == "visit_unknown"
    await perform(hass, "mark_visit", visit_id="a3")
    await perform(hass, "mark_visit", visit_id="a4", wrong="anna")
    (day,) = (await perform(hass, "get_attendance", **WINDOW))["days"]
    assert [p["visits"] for p in day["people"]] == [3, 1]


@pytest.mark.parametrize("at_hand", [True, False], ids=["in memory", "in the book"])
async def test_a_mark_is_kept_and_goes_with_whom_it_names(
    hass: HomeAssistant, autumn: MockConfigEntry, at_hand: bool
) -> None:
    visits = autumn.runtime_data.visits
    if not at_hand:
        visits.history._forget(["a2"])
    await perform(hass, "mark_visit", visit_id="a2", wrong="ben")
    await reload(hass, autumn)
    rows = {row["visit_id"]: row["wrong"] for row in await rows_of(hass)}
    assert {key for key, wrong in rows.items() if wrong is not None} == {"a2"}
    await autumn.runtime_data.visits.forgetting.async_delete((), ["ben"])
    rows = {row["visit_id"]: row["wrong"] for row in await rows_of(hass)}
    assert rows["a2"] == "", "it was not Anna, but of Ben nothing is left"
    assert not {"b1", "b2", "r1"} & rows.keys()


async def test_a_visit_that_goes_on_keeps_its_mark(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna", "anna")
    (visit,) = visits_of(entry)
    await perform(hass, "mark_visit", visit_id=visit.visit_id, wrong="")
    await come(hass, module, "anna")
    (visit,) = visits_of(entry)
    assert visit.wrong == ""
    (again,) = await reload(hass, entry)
    assert again.wrong == ""


async def test_two_of_one_id_on_two_modules_are_two(
    hass: HomeAssistant,
    autumn: MockConfigEntry,
    set_up: SetUp,
    hass_ws_client: WebSocketGenerator,
) -> None:
    async with SimulatedModule(serial="0123A38884CE690002", password="second") as other:
        second = await set_up(other, book_days=0, history_days=365)
        await remember(hass, second, visit_at(second, "x1", at(25, 9), name="Annika"))
        (day,) = (await perform(hass, "get_attendance", user_id="anna", **WINDOW))["days"]
        assert [(p["name"], p["visits"]) for p in day["people"]] == [
            ("Anna", 3),
            ("Annika", 1),
        ]
        found = await perform(hass, "search_visits", user_id="anna", name="Annika")
        assert [visit["visit_id"] for visit in found["visits"]] == ["x1"]
        both = await perform(hass, "search_visits", user_id="anna", **WINDOW)
        assert both["count"] == 4
        device = device_of(hass, second)
        there = await perform(hass, "search_visits", device_id=[device])
        assert [visit["device_id"] for visit in there["visits"]] == [device]
        client = await hass_ws_client(hass)
        people = (await ask(client, "visits/people"))["people"]
        assert ("anna", "Annika", 1) in [
            (p["user_id"], p["name"], p["visits"]) for p in people
        ]
        gone = await ask(client, "visits/forget", user_id="anna", name="Annika")
        assert gone == {"deleted": 1}
        found = await perform(hass, "search_visits", user_id="anna")
        assert found["count"] == 6, "of Anna nothing is gone"


async def test_whoever_was_renamed_in_between_is_found_under_both_names(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    device_id: str,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna")
    await perform(
        hass, "update_user", device_id=[device_id], user_id="anna", name="Anna K."
    )
    await remember(
        hass,
        entry,
        visit_at(entry, "later", dt_util.utcnow(), name="Anna K."),
    )
    found = await perform(hass, "search_visits", user_id="anna")
    assert [visit["name"] for visit in found["visits"]] == ["Anna K.", "Anna"]
    (day,) = (await perform(hass, "get_attendance"))["days"]
    assert {(p["user_id"], p["name"], p["visits"]) for p in day["people"]} == {
        ("anna", "Anna", 1),
        ("anna", "Anna K.", 1),
    }
    client = await hass_ws_client(hass)
    done = await ask(client, "people/erase", user_id="anna", called="Anna K.")
    assert done["visits"] == 2
    assert await rows_of(hass) == []


async def test_two_people_of_one_name_are_two_wherever_that_is_asked(
    hass: HomeAssistant, entry: MockConfigEntry, pictures: Path
) -> None:
    now = dt_util.utcnow()
    await remember(
        hass,
        entry,
        visit_at(entry, "v1", now),
        visit_at(entry, "v2", now, user_id="anna2"),
    )
    both = await perform(hass, "search_visits", name="Anna")
    assert {visit["user_id"] for visit in both["visits"]} == {"anna", "anna2"}
    (one,) = (await perform(hass, "search_visits", user_id="anna2"))["visits"]
    assert one["visit_id"] == "v2"
    (day,) = (await perform(hass, "get_attendance"))["days"]
    assert [(p["user_id"], p["visits"]) for p in day["people"]] == [
        ("anna", 1),
        ("anna2", 1),
    ]
    path = pictures / "two.csv"
    assert (await perform(hass, "export_attendance", path=str(path)))["rows"] == 2
    text = (await asyncio.to_thread(path.read_bytes)).decode("utf-8-sig")
    assert [row[1:3] for row in csv.reader(text.splitlines())][1:] == [
        ["anna", "Anna"],
        ["anna2", "Anna"],
    ]


async def test_pages_are_the_same_from_both_ends(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    now = dt_util.utcnow() - timedelta(days=2)
    many = [visit_at(entry, f"v{n:03}", now + timedelta(seconds=n)) for n in range(105)]
    await remember(hass, entry, *many)
    found: list[str] = []
    for offset in range(0, 120, 10):
        page = await perform(hass, "search_visits", offset=offset, limit=10)
        assert page["count"] == 105
        found += [visit["visit_id"] for visit in page["visits"]]
    assert found == [visit.visit_id for visit in reversed(many)]


@pytest.mark.parametrize(
    ("name", "key"),
    [("x.txt", "path_no_csv"), ("no/such/x.csv", "archive_folder_missing")],
)
async def test_an_export_goes_only_where_it_may(
    hass: HomeAssistant, entry: MockConfigEntry, pictures: Path, name: str, key: str
) -> None:
    path = str(pictures / name)
    assert await refused(hass, "export_attendance", path=path) == key
    public = hass.config.path("www", "x.csv")
    assert await refused(hass, "export_attendance", path=public) in (
        "path_public",
        "path_not_allowed",
    )
    there = pictures / "there.csv"
    await asyncio.to_thread(there.touch)
    assert await refused(hass, "export_attendance", path=str(there)) == "archive_exists"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("\t=1", "'\t=1"),
        ("\n=1", "'\n=1"),
        ("＝1+1", "'＝1+1"),
        # Where Excel separates by others than we do, it goes on in a cell of its own.
        ("Anna;=cmd|' /C calc'!A0", "Anna;'=cmd|' /C calc'!A0"),
        ("Anna\t@SUM(A1)", "Anna\t'@SUM(A1)"),
        ('Anna;"=1+1"', """Anna;'"=1+1\""""),
        ("Anna-Maria @ home", "Anna-Maria @ home"),
    ],
)
async def test_no_name_is_a_formula_for_a_spreadsheet(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    pictures: Path,
    hass_ws_client: WebSocketGenerator,
    name: str,
    written: str,
) -> None:
    await remember(hass, entry, visit_at(entry, "v1", dt_util.utcnow(), name=name))
    path = pictures / "hostile.csv"
    since = (dt_util.utcnow() - timedelta(days=1)).isoformat()
    await perform(hass, "export_attendance", path=str(path), since=since)
    text = (await asyncio.to_thread(path.read_bytes)).decode("utf-8-sig")
    _, (_, _, told, *_) = csv.reader(io.StringIO(text, newline=""))
    assert told == written
    client = await hass_ws_client(hass)
    answer = await ask(client, "visits/attendance", since=since, csv=True)
    assert answer["csv"].removeprefix("\ufeff") == text, "the card's file is the same"


async def test_what_makes_no_sense_is_said(
    hass: HomeAssistant, entry: MockConfigEntry
) -> None:
    times = {"since": "2026-02-01 00:00:00", "until": "2026-01-01 00:00:00"}
    assert await refused(hass, "search_visits", **times) == "since_after_until"
    long = {"since": "2020-01-01 00:00:00"}
    assert await refused(hass, "get_attendance", **long) == "attendance_too_long"
    hass.data[DATA_BOOK]._closed = True
    assert await refused(hass, "search_visits") == "book_unreadable"
    hass.data[DATA_BOOK]._closed = False
    await settle(hass)
