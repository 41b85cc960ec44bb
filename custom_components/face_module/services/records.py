"""Actions about the module's own records of recognitions."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse, SupportsResponse
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..const import ATTR_LIMIT, ATTR_SINCE, ATTR_UNTIL, ATTR_USER_ID
from ..errors import invalid
from ..fleet.times import INSTANT
from ..people.names import exact_user_id
from .description import CONFIRM, USER_ID, ActionDescription, Target


async def _search_records(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Return recognitions of somebody, the latest first; times are corrected.

    SearchRecords.
    """
    user_id = exact_user_id(data[ATTR_USER_ID])
    since, until = data.get(ATTR_SINCE), data.get(ATTR_UNTIL)
    if since and until and since > until:
        raise invalid("since_after_until")
    runtime = targets[0].runtime
    found = []
    for record in await runtime.client.search_records(user_id):
        seconds = runtime.coordinator.corrected(record.timestamp)
        try:
            time = dt_util.utc_from_timestamp(round(seconds))
            dt_util.as_local(time)
        except ValueError, OverflowError, OSError:
            continue
        if (since and time < since) or (until and time > until):
            continue
        found.append((time, record))
    found.sort(key=lambda item: item[0], reverse=True)
    return {
        "count": len(found),
        "records": [
            {
                "user_id": user_id,
                "name": record.name,
                "score": round(record.score * 100, 1),
                "time": dt_util.as_local(time).isoformat(),
            }
            for time, record in found[: data[ATTR_LIMIT]]
        ],
    }


async def _delete_records(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Delete the records of somebody. DeleteRecords."""
    user_id = exact_user_id(data[ATTR_USER_ID])
    await targets[0].runtime.client.delete_records(user_id)
    return {"user_id": user_id}


async def _clear_records(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Delete all records of a module. DeleteALLRecords."""
    await targets[0].runtime.client.delete_all_records()
    return {}


RECORD_ACTIONS: Final = (
    ActionDescription(
        name="search_records",
        fields={
            **USER_ID,
            vol.Optional(ATTR_SINCE): INSTANT,
            vol.Optional(ATTR_UNTIL): INSTANT,
            vol.Optional(ATTR_LIMIT, default=100): vol.All(
                vol.Coerce(int), vol.Range(min=1, max=1000)
            ),
        },
        run=_search_records,
        response=SupportsResponse.ONLY,
    ),
    ActionDescription(
        name="delete_records", fields=USER_ID, run=_delete_records, admin=True
    ),
    ActionDescription(
        name="clear_records",
        fields=CONFIRM,
        run=_clear_records,
        admin=True,
    ),
)
