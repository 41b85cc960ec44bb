"""What a browser asks of the visit book, and may change in it."""

from datetime import timedelta
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
from custom_components.face_module.visits.calibration import Scores, suggest
from custom_components.face_module.visits.gate import Reason, Verdict
from simulator import SimulatedModule
from tests.common import come, rows_of, visits_of
from tests.conftest import settle
from tests.visits.asking import remember, visit_at

from .kit import ask, refused


async def test_visits_are_found_with_their_pictures_as_long_as_there_are_any(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna", "chenwei")
    entry.runtime_data.visits.history._forget([visits_of(entry)[1].visit_id])
    page = await ask(socket, "visits/search", entry_ids=[entry.entry_id])
    assert page["count"] == 2
    assert [visit["name"] for visit in page["visits"]] == ["陈伟", "Anna"]
    assert [bool(visit["image_url"]) for visit in page["visits"]] == [True, False]
    nobody = await ask(socket, "visits/search", entry_ids=[])
    assert nobody == {"count": 0, "visits": []}


async def test_a_mark_is_told_every_browser(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    socket: MockHAClientWebSocket,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await module.send_heartbeat()
    await come(hass, module, "anna")
    other = await hass_ws_client(hass)
    await other.send_json_auto_id({"type": "face_module/visits/subscribe"})
    for _ in range(2):
        await other.receive_json()
    (visit,) = visits_of(entry)
    answer = await ask(socket, "visits/mark", visit_id=visit.visit_id, wrong="")
    assert answer["visit"]["wrong"] == ""
    event = (await other.receive_json())["event"]
    assert [visit["wrong"] for visit in event["visits"]] == [""]
    answer = await ask(socket, "visits/mark", visit_id=visit.visit_id, wrong=None)
    assert answer["visit"]["wrong"] is None


async def test_many_visits_are_deleted_at_once(
    hass: HomeAssistant, entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    now = dt_util.utcnow() - timedelta(days=1)
    many = [visit_at(entry, f"v{n}", now + timedelta(seconds=n)) for n in range(20)]
    await remember(hass, entry, *many)
    entry.runtime_data.visits.history._forget([f"v{n}" for n in range(10)])
    ids = [f"v{n}" for n in range(5, 15)]
    hostile = ["../../secrets", "nobody"]
    answer = await ask(
        socket, "visits/delete", entry_id=entry.entry_id, visit_ids=[*ids, *hostile]
    )
    assert answer == {"deleted": 10}
    left = {row["visit_id"] for row in await rows_of(hass)}
    assert left == {f"v{n}" for n in (*range(5), *range(15, 20))}
    assert await ask(socket, "visits/forget", user_id="anna") == {"deleted": 10}
    assert await rows_of(hass) == []


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        ("visits/mark", {"visit_id": "v", "wrong": ""}),
        ("visits/delete", {"entry_id": "e", "visit_ids": []}),
        ("visits/forget", {"user_id": "anna"}),
        ("visits/calibration", {"entry_id": "e"}),
    ],
)
async def test_only_administrators_change_the_book(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    hass_ws_client: WebSocketGenerator,
    hass_read_only_access_token: str,
    kind: str,
    fields: dict[str, Any],
) -> None:
    client = await hass_ws_client(hass, hass_read_only_access_token)
    assert await refused(client, kind, **fields) == "unauthorized"


async def test_scores_of_right_wrong_and_rejected_visits_suggest_a_threshold(
    hass: HomeAssistant, entry: MockConfigEntry, socket: MockHAClientWebSocket
) -> None:
    now = dt_util.utcnow() - timedelta(days=1)
    low: dict[str, Any] = {"verdict": Verdict.REJECTED, "reason": Reason.LOW_SCORE}
    right = [visit_at(entry, f"r{n}", now, score=85.0 + n % 10) for n in range(20)]
    wrong = [visit_at(entry, f"w{n}", now, score=70.9 + n, wrong="") for n in range(3)]
    rejected = [visit_at(entry, f"x{n}", now, score=60.0 + 20 * n, **low) for n in range(2)]
    await remember(hass, entry, *right, *wrong, *rejected)
    await settle(hass)
    known = RosterPerson(key="anna#2", user_id="anna", name="Anna", minimum_score=55.0)
    hass.data[DATA_ROSTER].async_put(known)
    found = await ask(socket, "visits/calibration", entry_id=entry.entry_id, threshold=80)
    (anna,) = found["people"]
    assert (anna["user_id"], anna["name"], anna["minimum_score"]) == ("anna", "Anna", 55)
    assert anna["wrong"] == [[70, 1], [71, 1], [72, 1]]
    assert anna["rejected"] == [[60, 1], [80, 1]]
    assert anna["at"] == {"threshold": 80, "lost": 0, "stopped": 3, "let_in": 1}
    assert anna["suggestion"]["threshold"] == 73
    assert anna["why"] == (
        "A minimum of 73% would have rejected all 3 wrong visits and none of the 20 right"
        " ones."
    )
    assert {key: found["all"][key] for key in ("right", "at")} == {
        key: anna[key] for key in ("right", "at")
    }


@pytest.mark.parametrize(
    ("right", "wrong", "why", "threshold"),
    [
        ({90: 19}, {}, "too_few", None),
        ({90: 10}, {80: 9}, "too_few", None),
        ({90: 20}, {}, "nothing_wrong", None),
        ({90: 10}, {80: 10}, "apart", 81),
        ({90: 20}, {100: 1}, "mixed", None),
        ({90: 99, 70: 1}, {60: 1, 75: 3}, "mostly", 76),
        ({90: 50}, {90: 50}, "mixed", None),
    ],
)
def test_a_threshold_is_suggested_only_where_it_helps(
    right: dict[int, int], wrong: dict[int, int], why: str, threshold: int | None
) -> None:
    scores = Scores("Anna")
    scores.right.update(right)
    scores.wrong.update(wrong)
    suggestion = suggest(scores)
    outcome = suggestion.outcome
    assert (suggestion.why, outcome and outcome.threshold) == (why, threshold)
