"""Websocket commands about the visit book: search, people, attendance, marks, deletion."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import (
    ATTR_LIMIT,
    ATTR_NAME,
    ATTR_OFFSET,
    ATTR_RESULT,
    ATTR_SINCE,
    ATTR_UNTIL,
    ATTR_USER_ID,
    ATTR_VISIT_ID,
    ATTR_WRONG,
    CONF_MINIMUM_SCORE,
)
from ..fleet.times import INSTANT
from ..people.roster import DATA_ROSTER
from ..permissions import visible_entries
from ..runtime import async_forget_visits, async_history_of
from ..texts import text
from ..visits.asking import (
    async_attendance,
    async_find,
    async_mark,
    async_people,
    async_scores,
    csv_of,
    query_of,
)
from ..visits.attendance import Line
from ..visits.book import DATA_BOOK
from ..visits.calibration import Scores, at, suggest
from ..visits.gate import Verdict
from .common import ENTRY_ID, ENTRY_IDS, admin_command, command, entry_of
from .visits import as_json

_VISIT_IDS: Final = "visit_ids"
_THRESHOLD: Final = "threshold"
_LIMIT: Final = 50
_LIMIT_MAX: Final = 200
# Deleting is quick, but so many need not be named at once: there is `visits/forget`.
_DELETED_MAX: Final = 1000
_WHERE: Final[Mapping[vol.Marker, Any]] = {vol.Optional(ENTRY_IDS): [cv.string]}
_WHO_AND_WHEN: Final[Mapping[vol.Marker, Any]] = {
    **_WHERE,
    vol.Optional(ATTR_USER_ID): cv.string,
    vol.Optional(ATTR_NAME): cv.string,
    vol.Optional(ATTR_SINCE): INSTANT,
    vol.Optional(ATTR_UNTIL): INSTANT,
}


@callback
def async_setup_book_api(hass: HomeAssistant) -> None:
    """Register the commands."""
    for handler in (
        visits_search,
        visits_people,
        visits_attendance,
        visits_mark,
        visits_delete,
        visits_forget,
        visits_calibration,
    ):
        websocket_api.async_register_command(hass, handler)


@command(
    "visits/search",
    {
        **_WHO_AND_WHEN,
        vol.Optional(ATTR_RESULT, default=list): [vol.Coerce(Verdict)],
        vol.Optional(ATTR_OFFSET, default=0): vol.All(int, vol.Range(min=0)),
        vol.Optional(ATTR_LIMIT, default=_LIMIT): vol.All(
            int, vol.Range(min=1, max=_LIMIT_MAX)
        ),
    },
)
async def visits_search(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Send a page of visits, the latest first, and how many there are in all."""
    query = query_of(visible_entries(hass, msg.get(ENTRY_IDS)), msg)
    found = await async_find(hass.data[DATA_BOOK], async_history_of(hass), query)
    return {
        "count": found.total,
        "visits": [as_json(hass, visit) for visit in found.visits],
    }


@command("visits/people", _WHERE)
async def visits_people(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Send everybody of whom there are visits; strangers are one, without an id."""
    query = query_of(visible_entries(hass, msg.get(ENTRY_IDS)), {})
    found = await async_people(hass.data[DATA_BOOK], query)
    return {"people": [{**one._asdict(), "last": one.last.isoformat()} for one in found]}


@command("visits/attendance", {**_WHO_AND_WHEN, vol.Optional("csv", default=False): bool})
async def visits_attendance(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Send who was there on which day, a line for each person and day; or as a CSV file."""
    query = query_of(visible_entries(hass, msg.get(ENTRY_IDS)), msg)
    lines = await async_attendance(hass.data[DATA_BOOK], query)
    if msg["csv"]:
        return {"csv": await hass.async_add_executor_job(csv_of(hass, lines))}

    def told() -> list[JsonObjectType]:
        return [_line(line) for line in lines]

    # There may be thousands.
    return {"lines": [*await hass.async_add_executor_job(told)]}


def _line(line: Line) -> JsonObjectType:
    return {
        "date": line.day.isoformat(),
        **line.as_dict(),
        ENTRY_IDS: [*line.entry_ids],
    }


@admin_command(
    "visits/mark",
    {
        vol.Required(ATTR_VISIT_ID): cv.string,
        vol.Required(ATTR_WRONG): vol.Maybe(cv.string),
    },
)
async def visits_mark(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Write down who it really was: an id, empty for nobody known, null: it was right."""
    visit = await async_mark(
        hass, async_history_of(hass), msg[ATTR_VISIT_ID], msg[ATTR_WRONG]
    )
    return {"visit": as_json(hass, visit)}


@admin_command(
    "visits/delete",
    {
        vol.Required(ENTRY_ID): cv.string,
        vol.Required(_VISIT_IDS): vol.All([cv.string], vol.Length(max=_DELETED_MAX)),
    },
)
async def visits_delete(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Delete visits of a module."""
    visits = entry_of(hass, msg[ENTRY_ID]).runtime_data.visits
    return {"deleted": await visits.forgetting.async_delete(msg[_VISIT_IDS], ())}


@admin_command(
    "visits/forget",
    {
        **_WHERE,
        vol.Required(ATTR_USER_ID): cv.string,
        vol.Optional(ATTR_NAME): cv.string,
    },
)
async def visits_forget(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Delete all visits of somebody (an empty id: strangers) from all modules or some.

    With a name, only those under it: the same id may be somebody else on another module.
    """
    user_id, name = msg[ATTR_USER_ID], msg.get(ATTR_NAME)
    if (wanted := msg.get(ENTRY_IDS)) is None:
        return {"deleted": await async_forget_visits(hass, user_id, name)}
    deleted = 0
    for entry in [entry_of(hass, one) for one in wanted]:
        deleted += await entry.runtime_data.visits.forgetting.async_forget(user_id, name)
    return {"deleted": deleted}


@admin_command(
    "visits/calibration",
    {
        vol.Required(ENTRY_ID): cv.string,
        vol.Optional(_THRESHOLD): vol.All(int, vol.Range(min=0, max=100)),
    },
)
async def visits_calibration(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Send the scores of a module's visits: of all, and of everybody by themselves.

    With a threshold, also what it would have done to them.
    """
    entry = entry_of(hass, msg[ENTRY_ID])
    found = await async_scores(hass.data[DATA_BOOK], entry.entry_id)
    everybody, threshold = Scores(""), msg.get(_THRESHOLD)
    for scores in found.values():
        everybody.add(scores)
    roster = hass.data[DATA_ROSTER]
    people: list[JsonObjectType] = []
    for (user_id, name), scores in sorted(found.items()):
        known = roster.called(user_id, name)
        people.append(
            {
                ATTR_USER_ID: user_id,
                ATTR_NAME: name,
                CONF_MINIMUM_SCORE: known.minimum_score if known else None,
                **_calibration(hass, scores, threshold),
            }
        )
    return {
        "all": {
            CONF_MINIMUM_SCORE: entry.runtime_data.options.minimum_score,
            **_calibration(hass, everybody, threshold),
        },
        "people": [*people],
    }


def _calibration(
    hass: HomeAssistant, scores: Scores, threshold: int | None
) -> JsonObjectType:
    """Return how many visits had which score, and what is suggested."""
    suggestion = suggest(scores)
    outcome = suggestion.outcome and suggestion.outcome._asdict()
    values = {key: str(value) for key, value in (outcome or {}).items()}
    values |= {"right": str(scores.right.total()), "wrong": str(scores.wrong.total())}
    return {
        "right": [[*item] for item in sorted(scores.right.items())],
        "wrong": [[*item] for item in sorted(scores.wrong.items())],
        "rejected": [[*item] for item in sorted(scores.rejected.items())],
        "at": None if threshold is None else at(scores, threshold)._asdict(),
        "suggestion": outcome,
        "reason": suggestion.why,
        "why": text(hass, f"calibration_{suggestion.why}", **values),
    }
