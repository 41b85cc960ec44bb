"""Who was there on which day: first, last, how often, and at which doors.

A day is one of Home Assistant's time zone, from midnight to midnight, whether that is 23,
24 or 25 hours; a visit belongs to the one on which it began. Only who was recognized
counts, by the modules' records of an outage, too. Where the user marked a visit as wrong,
it is that of whoever it was, and nobody's when that is not known.
"""

from collections.abc import Collection
from copy import replace
import csv
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
import io
import re
import sqlite3
from typing import Final, NamedTuple

from homeassistant.util import dt as dt_util

from ..const import ATTR_NAME, ATTR_USER_ID
from .gate import Verdict
from .rows import to_number, to_time
from .search import Query, believed_since, believed_until, called

# Spreadsheets take what begins so for a formula, also after what separates cells for them.
_FORMULA: Final = re.compile(r"""(^|[;|\t\r\n])(["'\s]*[=+\-@\uff1d\uff0b\uff0d\uff20])""")


class Line(NamedTuple):
    """Somebody on one day; `last` is when they were seen last, which may be later."""

    day: date
    user_id: str
    name: str
    first: datetime
    last: datetime
    visits: int
    entry_ids: list[str]

    def as_dict(self) -> dict[str, str | int]:
        """Return what is told of it: who, when, how often."""
        return {
            ATTR_USER_ID: self.user_id,
            ATTR_NAME: self.name,
            "first": dt_util.as_local(self.first).isoformat(),
            "last": dt_util.as_local(self.last).isoformat(),
            "visits": self.visits,
        }


@dataclass(slots=True, eq=False)
class _Seen:
    first: int
    last: int
    visits: int = 0
    entry_ids: dict[str, None] = field(default_factory=dict)


def attendance(db: sqlite3.Connection, query: Query) -> list[Line]:
    """Return the lines of the visits that began then, by day and then by name.

    Blocking, for the book's thread. The query's results and page mean nothing.
    """
    source, values = replace(
        query,
        since=believed_since(query.since),
        until=believed_until(query.until),
        user_id=None,
        name=None,
        results=(Verdict.RECOGNIZED,),
    ).source()
    rows = db.execute(
        f"SELECT time, last_seen, entry_id, user_id, name, wrong {source} ORDER BY time",
        values,
    )
    seen: dict[tuple[date, str, str], _Seen] = {}
    names: dict[str, str] = {}
    day, ends = date.min, 0
    for time, last_seen, entry_id, user_id, name, wrong in rows:
        if time >= ends:
            day = dt_util.as_local(to_time(time)).date()
            ends = to_number(dt_util.start_of_local_day(day + timedelta(days=1)))
        person, known_as = user_id, name
        if wrong is not None:
            person = wrong
            if wrong not in names:
                names[wrong] = called(db, wrong) or wrong
            known_as = names[wrong]
        if not person or query.user_id not in (None, person):
            continue
        if query.name not in (None, known_as):
            continue
        line = seen.setdefault((day, person, known_as), _Seen(time, last_seen))
        line.last = max(line.last, last_seen)
        line.visits += 1
        line.entry_ids[entry_id] = None
    return [
        Line(*key, to_time(one.first), to_time(one.last), one.visits, list(one.entry_ids))
        for key, one in sorted(seen.items(), key=lambda item: (item[0][0], *item[0][:0:-1]))
    ]


def as_csv(
    header: Collection[str],
    lines: Collection[Line],
    doors: dict[str, str],
    comma: str,
) -> str:
    """Return lines as Excel opens them, in any language: with a BOM, times local.

    `doors` are the names of the modules by the ids of their entries, `comma` stands
    between them.
    """
    file = io.StringIO()
    file.write("\ufeff")
    writer = csv.writer(file)
    writer.writerow(map(_plain, header))
    for line in lines:
        names = comma.join(doors.get(one, one) for one in line.entry_ids)
        first, last = _clock(line.first, line.day), _clock(line.last, line.day)
        row = (line.user_id, line.name, first, last, str(line.visits), names)
        writer.writerow((line.day.isoformat(), *map(_plain, row)))
    return file.getvalue()


def _clock(time: datetime, day: date) -> str:
    """Return the time of day, with the day if it is another one."""
    local = dt_util.as_local(time)
    if local.date() == day:
        local_time: str = local.time().isoformat("seconds")
        return local_time
    return local.replace(tzinfo=None).isoformat(" ", "seconds")


def _plain(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: names are users' input."""
    return _FORMULA.sub(r"\1'\2", text)
