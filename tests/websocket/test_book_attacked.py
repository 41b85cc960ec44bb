"""Whatever is asked of the visit book, it answers or refuses in words, and goes on."""

import asyncio
import itertools
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.face_module.visits.book import DATA_BOOK
from simulator import SimulatedModule
from tests.common import (
    come,
    complaints,
    id_of,
    perform,
    refused as action_refused,
    rows_of,
)
from tests.conftest import settle
from tests.visits.asking import remember, visit_at

from .kit import ask

TIMES = ("0001-01-01T00:00:00", "9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00")
QUERIES: tuple[dict[str, Any], ...] = (
    *({"since": time} for time in TIMES),
    *({"until": time} for time in TIMES),
    {"since": "yesterday"},
    {"since": 10**20},
    {"entry_ids": ["' OR 1=1 --"]},
    {"entry_ids": [f"e{number}" for number in range(300_000)]},
    {"entry_ids": [""]},
    {"user_id": "' OR 1=1 --"},
    {"user_id": "x" * 1_000_000},
    {"name": "\x00"},
    {"name": "%"},
    {"user_id": {"a": 1}},
    {"result": ["everything"]},
    {"result": ["recognized"] * 50_000},
)
PAGES: tuple[dict[str, Any], ...] = (
    {"offset": 10**15},
    {"offset": 2**63 - 1},
    {"offset": 2**64 - 1},
    {"offset": -1},
    {"limit": 10**15},
    {"limit": 0},
    {"limit": -1},
    {"limit": "50"},
    {"offset": 1.5},
)
OTHERS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("visits/mark", {"visit_id": "../../secrets", "wrong": None}),
    ("visits/mark", {"visit_id": "v1", "wrong": "\x00"}),
    ("visits/mark", {"visit_id": "v1", "wrong": "x" * 100_000}),
    ("visits/delete", {"entry_id": "../..", "visit_ids": ["v1"]}),
    ("visits/delete", {"entry_id": "", "visit_ids": ["v1"] * 1001}),
    ("visits/forget", {"user_id": "x" * 1_000_000, "entry_ids": ["nobody"]}),
    ("visits/forget", {"user_id": "%", "name": "%"}),
    ("visits/calibration", {"entry_id": "nobody"}),
    ("visits/calibration", {"entry_id": "nobody", "threshold": 10**15}),
    ("visits/unknown", {}),
)
ATTACKS = (
    *itertools.product(("visits/search", "visits/attendance", "visits/people"), QUERIES),
    *itertools.product(("visits/search",), PAGES),
    *OTHERS,
)


async def test_garbage_is_refused_in_words_and_the_book_goes_on(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await module.send_heartbeat()
    await remember(hass, entry, visit_at(entry, "v1", dt_util.utcnow()))
    for kind, fields in ATTACKS:
        await socket.send_json_auto_id({"type": f"face_module/{kind}", **fields})
        answer = await socket.receive_json()
        told = f"{kind} {str(fields)[:60]}: {str(answer)[:200]}"
        if not answer["success"]:
            error = answer["error"]
            assert error["code"] not in ("unknown_error", "timeout"), told
            assert error.get("translation_key") != "book_unreadable", told
        assert not hass.data[DATA_BOOK].failed, told
    assert complaints(caplog) == []
    assert (await ask(socket, "visits/search"))["count"] == 1
    await come(hass, module, "anna")
    assert len(await rows_of(hass)) == 2


async def test_what_no_database_can_hold_is_nobodys(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await module.send_heartbeat()
    await remember(hass, entry, visit_at(entry, "v1", dt_util.utcnow()))
    for fields in ({"user_id": "\ud800"}, {"name": "\ud800"}):
        assert (await perform(hass, "search_visits", **fields))["count"] == 0
        assert (await perform(hass, "get_attendance", **fields))["days"] == []
    assert await action_refused(hass, "mark_visit", visit_id="\ud800") == "visit_unknown"
    mark = {"visit_id": "v1", "wrong": "\ud800"}
    assert await action_refused(hass, "mark_visit", **mark) == "person_unknown"
    visits = entry.runtime_data.visits
    assert await visits.forgetting.async_delete([], ["\ud800"]) == 0
    assert await visits.forgetting.async_forget("\ud800", "\ud800") == 0
    await come(hass, module, "anna")
    assert len(await rows_of(hass)) == 2, "what comes after it is written"
    assert complaints(caplog) == []


@pytest.mark.parametrize("start", ["0001-01-02T00:00:00Z", "9999-12-30T00:00:00Z"])
async def test_the_calendar_page_may_be_anywhere(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_client: ClientSessionGenerator,
    start: str,
) -> None:
    client = await hass_client()
    answer = await client.get(
        f"/api/calendars/{id_of('calendar.visits')}",
        params={"start": start, "end": start.replace("T00", "T01")},
    )
    assert answer.status == 200
    assert await answer.json() == []


async def test_erasing_while_others_search_leaves_nothing_to_be_found(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = dt_util.utcnow()
    many = [visit_at(entry, f"v{n}", now) for n in range(300)]
    await remember(hass, entry, *many, visit_at(entry, "b", now, user_id="ben", name="Ben"))
    clients = [await hass_ws_client(hass) for _ in range(4)]
    erased = False

    async def search(client: MockHAClientWebSocket) -> None:
        for _ in range(30):
            since = erased
            page = await ask(client, "visits/search", user_id="anna", limit=200)
            assert page["count"] in ((0,) if since else (0, 300))
            assert len(page["visits"]) == min(page["count"], 200)
            lines = (await ask(client, "visits/attendance"))["lines"]
            assert lines[-1]["user_id"] == "ben"
            assert not (since and len(lines) > 1)

    async def erase() -> None:
        nonlocal erased
        done = await ask(clients[0], "people/erase", user_id="anna", called="Anna")
        assert done["visits"] == 300
        erased = True

    await asyncio.gather(erase(), *map(search, clients[1:]))
    await settle(hass)
    assert [row["user_id"] for row in await rows_of(hass)] == ["ben"]
    found = await perform(hass, "search_visits", user_id="anna")
    assert found == {"count": 0, "visits": []}
    assert complaints(caplog) == []
