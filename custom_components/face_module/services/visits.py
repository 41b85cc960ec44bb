"""Actions about the visit book: who came when, on which days, and who it really was."""

from collections.abc import Collection, Mapping
from itertools import groupby
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
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
    DOMAIN,
)
from ..errors import invalid
from ..fleet.export import write_new
from ..fleet.importing import archive_error
from ..fleet.source import ArchiveError
from ..fleet.times import INSTANT
from ..permissions import visible_entries
from ..pictures.sources import ATTR_PATH, async_allowed_path, async_check_private
from ..runtime import async_history_of, device_of
from ..visits.asking import (
    async_attendance,
    async_find,
    async_mark,
    csv_of,
    query_of,
)
from ..visits.attendance import Line
from ..visits.book import DATA_BOOK
from ..visits.gate import Verdict
from ..visits.visit import Visit
from .description import ActionDescription, Fields, Target

_WHO_AND_WHEN: Final[Fields] = {
    vol.Optional(ATTR_USER_ID): cv.string,
    vol.Optional(ATTR_NAME): cv.string,
    vol.Optional(ATTR_SINCE): INSTANT,
    vol.Optional(ATTR_UNTIL): INSTANT,
}


async def _search_visits(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Return visits of the book, the latest first, and how many there are in all."""
    query = query_of(_entry_ids(hass, targets), data)
    found = await async_find(hass.data[DATA_BOOK], async_history_of(hass), query)
    devices = _device_ids(hass)
    return {
        "count": found.total,
        "visits": [_visit(visit, devices) for visit in found.visits],
    }


async def _get_attendance(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Return who was there on which day: first, last, how often, and at which doors."""
    query = query_of(_entry_ids(hass, targets), data)
    lines = await async_attendance(hass.data[DATA_BOOK], query)
    devices = _device_ids(hass)

    def days() -> list[JsonObjectType]:
        return [
            {"date": day.isoformat(), "people": [_line(one, devices) for one in people]}
            for day, people in groupby(lines, key=lambda line: line.day)
        ]

    # There may be thousands.
    return {"days": [*await hass.async_add_executor_job(days)]}


async def _export_attendance(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Write the attendance to a new CSV file."""
    path = await async_allowed_path(hass, data[ATTR_PATH])
    if path.suffix.lower() != ".csv":
        raise invalid("path_no_csv", path=data[ATTR_PATH])
    await async_check_private(hass, path)
    query = query_of(_entry_ids(hass, targets), data)
    lines = await async_attendance(hass.data[DATA_BOOK], query)
    csv = csv_of(hass, lines)

    def write() -> None:
        write_new(path, csv().encode(errors="replace"))

    try:
        await hass.async_add_executor_job(write)
    except ArchiveError as err:
        raise archive_error(err) from err
    return {"path": str(path), "rows": len(lines)}


async def _mark_visit(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Write down who it really was."""
    visit = await async_mark(
        hass, async_history_of(hass), data[ATTR_VISIT_ID], data.get(ATTR_WRONG)
    )
    return _visit(visit, _device_ids(hass))


def _entry_ids(hass: HomeAssistant, targets: list[Target]) -> Collection[str] | None:
    """Return the modules that are asked, None for all."""
    ids = [target.entry.entry_id for target in targets] or None
    return visible_entries(hass, ids)


def _device_ids(hass: HomeAssistant) -> dict[str, str]:
    """Return the ids of the devices of the modules by the ids of their entries."""
    return {
        entry.entry_id: device.id
        for entry in hass.config_entries.async_entries(DOMAIN)
        if (device := device_of(hass, entry)) is not None
    }


def _visit(visit: Visit, devices: Mapping[str, str]) -> JsonObjectType:
    return {
        ATTR_VISIT_ID: visit.visit_id,
        "time": dt_util.as_local(visit.time).isoformat(),
        "last_seen": dt_util.as_local(visit.last_seen).isoformat(),
        ATTR_USER_ID: visit.user_id or None,
        ATTR_NAME: visit.name or None,
        ATTR_RESULT: visit.verdict,
        "reason": visit.reason,
        "score": visit.score,
        "device_id": devices.get(visit.entry_id),
        "source": visit.source,
        ATTR_WRONG: visit.wrong,
    }


def _line(line: Line, devices: Mapping[str, str]) -> JsonObjectType:
    return {
        **line.as_dict(),
        "devices": [devices[one] for one in line.entry_ids if one in devices],
    }


VISIT_ACTIONS: Final = (
    ActionDescription(
        name="search_visits",
        fields={
            **_WHO_AND_WHEN,
            vol.Optional(ATTR_RESULT, default=list): vol.All(
                cv.ensure_list, [vol.Coerce(Verdict)]
            ),
            vol.Optional(ATTR_OFFSET, default=0): vol.All(
                vol.Coerce(int), vol.Range(min=0)
            ),
            vol.Optional(ATTR_LIMIT, default=50): vol.All(
                vol.Coerce(int), vol.Range(min=1, max=200)
            ),
        },
        run=_search_visits,
        many=True,
        needs_device=False,
        response=SupportsResponse.ONLY,
    ),
    ActionDescription(
        name="get_attendance",
        fields=_WHO_AND_WHEN,
        run=_get_attendance,
        many=True,
        needs_device=False,
        response=SupportsResponse.ONLY,
    ),
    ActionDescription(
        name="export_attendance",
        fields={**_WHO_AND_WHEN, vol.Required(ATTR_PATH): cv.string},
        run=_export_attendance,
        many=True,
        needs_device=False,
        admin=True,
    ),
    ActionDescription(
        name="mark_visit",
        fields={
            vol.Required(ATTR_VISIT_ID): cv.string,
            vol.Optional(ATTR_WRONG): vol.Maybe(cv.string),
        },
        run=_mark_visit,
        has_device=False,
        admin=True,
    ),
)
