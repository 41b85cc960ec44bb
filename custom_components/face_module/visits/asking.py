"""Asking the book, with what is newer in memory; and what the user says of a visit."""

from collections.abc import Callable, Collection, Mapping
from copy import replace
from datetime import timedelta
from functools import partial
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import dt as dt_util

from ..const import (
    ATTR_LIMIT,
    ATTR_NAME,
    ATTR_OFFSET,
    ATTR_RESULT,
    ATTR_SINCE,
    ATTR_UNTIL,
    ATTR_USER_ID,
    DOMAIN,
)
from ..errors import invalid
from ..people.roster import DATA_ROSTER
from ..texts import comma, text
from .attendance import Line, as_csv, attendance
from .book import DATA_BOOK, VisitBook
from .calibration import Scores, scores_of
from .history import VisitHistory
from .rows import Change, storable
from .search import Found, Known, Query, called, find, get, people
from .visit import Visit

# Who was there is told of so much at once.
_LONGEST: Final = timedelta(days=367)

# Of a module that is set up.
type HistoryOf = Callable[[str], VisitHistory | None]


def query_of(entry_ids: Collection[str] | None, data: Mapping[str, Any]) -> Query:
    """Return what the fields of an action or a command ask for.

    Raises ServiceValidationError.
    """
    since, until = data.get(ATTR_SINCE), data.get(ATTR_UNTIL)
    if since and until and since > until:
        raise invalid("since_after_until")
    return Query(
        entry_ids=entry_ids,
        user_id=_storable(data.get(ATTR_USER_ID)),
        name=_storable(data.get(ATTR_NAME)),
        results=set(data.get(ATTR_RESULT, ())),
        since=since,
        until=until,
        offset=data.get(ATTR_OFFSET, 0),
        limit=data.get(ATTR_LIMIT, 0),
    )


async def async_find(book: VisitBook, history_of: HistoryOf, query: Query) -> Found:
    """Return a page of visits; raises HomeAssistantError when the book cannot be read."""
    found = _read(await book.async_run(partial(find, query=query), None))
    return Found(found.total, [_newest(history_of, visit) for visit in found.visits])


async def async_people(book: VisitBook, query: Query) -> list[Known]:
    """Return everybody of whom modules have visits; raises HomeAssistantError."""
    return _read(await book.async_run(partial(people, entry_ids=query.entry_ids), None))


async def async_attendance(book: VisitBook, query: Query) -> list[Line]:
    """Return who was there on which day, since the month began if nothing is said.

    Raises HomeAssistantError, ServiceValidationError for more than a year.
    """
    now = dt_util.now()
    since = query.since or now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    query = replace(query, since=since, until=query.until or now)
    if (query.until or now) - since > _LONGEST:
        raise invalid("attendance_too_long", days=str(_LONGEST.days))
    return _read(await book.async_run(partial(attendance, query=query), None))


def csv_of(hass: HomeAssistant, lines: Collection[Line]) -> Callable[[], str]:
    """Return what makes a CSV file of an attendance, not in the loop: it may be long.

    Its columns are in the language of Home Assistant.
    """
    header = [
        text(hass, "attendance_day"),
        text(hass, "attendance_user_id"),
        text(hass, "attendance_name"),
        text(hass, "attendance_first"),
        text(hass, "attendance_last"),
        text(hass, "attendance_visits"),
        text(hass, "attendance_doors"),
    ]
    doors = {
        entry.entry_id: entry.title for entry in hass.config_entries.async_entries(DOMAIN)
    }
    return partial(as_csv, header, lines, doors, comma(hass.config.language))


async def async_mark(
    hass: HomeAssistant, history_of: HistoryOf, visit_id: str, wrong: str | None
) -> Visit:
    """Write down who it really was (`Visit.wrong`); return the visit as it is now.

    Whoever it was must be known, to the roster or by a visit. Raises
    ServiceValidationError for a visit or somebody nobody knows of, and HomeAssistantError.
    """
    book, roster = hass.data[DATA_BOOK], hass.data[DATA_ROSTER]

    def look(db: Any) -> tuple[Visit | None, str | None]:
        return get(db, storable(visit_id)), wrong and called(db, storable(wrong))

    visit, name = _read(await book.async_run(look, None))
    if visit is None:
        raise invalid("visit_unknown")
    if wrong == visit.user_id:
        # Then it was right: a stranger, too.
        wrong = None
    if wrong and name is None and not roster.of_id(wrong):
        raise invalid("person_unknown", user_id=wrong)
    if (history := history_of(visit.entry_id)) is not None:
        history.async_change([visit], wrong=wrong)
    else:
        marked, key = replace(visit, wrong=wrong), (visit.entry_id, visit.visit_id)
        book.async_write(Change("visits", key, marked))
    await book.async_flush()
    return replace(_newest(history_of, visit), wrong=wrong)


async def async_scores(book: VisitBook, entry_id: str) -> dict[tuple[str, str], Scores]:
    """Return the scores of a module by user id and name; raises HomeAssistantError."""
    return _read(await book.async_run(partial(scores_of, entry_id=entry_id), None))


def _storable(text: str | None) -> str | None:
    return None if text is None else storable(text)


def _newest(history_of: HistoryOf, visit: Visit) -> Visit:
    """Return what memory knows of a visit: only what is there has a picture."""
    history = history_of(visit.entry_id)
    known = None if history is None else history.get(visit.visit_id)
    return known or replace(visit, content_type=None)


def _read[T](answer: T | None) -> T:
    if answer is None:
        raise HomeAssistantError(
            translation_domain=DOMAIN, translation_key="book_unreadable"
        )
    return answer
