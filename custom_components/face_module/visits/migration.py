"""What versions before 1.0.0 kept elsewhere: a journal of the visits, and who was seen.

Read once into the book, and then removed.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store
from homeassistant.util import dt as dt_util
import orjson

from ..const import DOMAIN
from .book import VisitBook
from .rows import Change, to_number
from .visit import Visit

_JOURNAL: Final = "visits.jsonl"


async def async_migrate(hass: HomeAssistant, book: VisitBook, entry_id: str) -> None:
    """Take over what is still there of an entry; leave it there if that cannot be."""
    journal = Path(hass.config.path(DOMAIN, entry_id, _JOURNAL))
    store = Store[dict[str, Any]](hass, 1, f"{DOMAIN}.seen.{entry_id}", private=True)
    visits = await hass.async_add_executor_job(_read, journal)
    seen = await store.async_load()
    if visits is None and seen is None:
        return
    for visit in visits or ():
        mine = replace(visit, entry_id=entry_id)
        book.async_write(Change("visits", (entry_id, visit.visit_id), mine, new=True))
    book.async_write(*_seen(entry_id, seen or {}))
    await book.async_flush()
    if not book.failed:
        await hass.async_add_executor_job(journal.unlink, True)  # noqa: FBT003 - missing_ok
        await store.async_remove()


def _read(journal: Path) -> list[Visit] | None:
    """Return the visits of a journal: of the lines about each the last one counts."""
    try:
        lines = journal.read_bytes().splitlines()
    except OSError:
        return None
    latest: dict[str, Visit | None] = {}
    for line in lines:
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            data = orjson.loads(line)
            if data["visit_id"].isalnum():
                latest[data["visit_id"]] = None
                if not data.get("gone"):
                    latest[data["visit_id"]] = Visit.from_dict(data)
    return [visit for visit in latest.values() if visit is not None]


def _seen(entry_id: str, stored: dict[str, Any]) -> Iterator[Change]:
    if (heard := _number(stored.get("heard"))) is not None:
        yield Change("heard", (entry_id,), (heard,))
    for user_id, (name, seen) in stored.get("people", {}).items():
        if (number := _number(seen)) is not None:
            yield Change("people", (entry_id, user_id), (name, number))
    for mark, at in stored.get("forgotten", {}).items():
        if (number := _number(at)) is not None:
            yield Change("forgotten", (entry_id, mark), (number,))


def _number(time: str | None) -> int | None:
    parsed: datetime | None = dt_util.parse_datetime(time or "")
    return None if parsed is None else to_number(parsed)
