"""What the people card shows of somebody, and who is found for a word."""

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from typing import Any, Final

from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant
from homeassistant.util.json import JsonObjectType

from ..client import USER_LIST_MAX, FaceModuleConnectionError, FaceModuleError
from ..const import ATTR_USER_ID
from ..people.names import by_name
from ..people.roster import DATA_ROSTER
from ..people.waiting import DATA_WAITING, WaitingChange
from ..pictures.views import person_picture_path
from ..runtime import FaceModuleConfigEntry
from .access import async_access
from .common import ENTRY_ID

# A page that is left open shows its pictures so long; then it asks anew.
_SIGNED_FOR: Final = timedelta(hours=1)
# The event loop goes on after so many people were looked through.
_BREATH: Final = 2000


async def async_line(
    hass: HomeAssistant,
    entry: FaceModuleConfigEntry,
    user_id: str,
    msg: Mapping[str, Any],
    *,
    listed: bool = True,
) -> JsonObjectType | None:
    """Return what the card shows of somebody, None when the module has no such person.

    `msg` is what asked: words are in its language. Of those who were `listed` a line is
    given although the module refuses to tell more.
    Raises FaceModuleConnectionError. GetUserInfo.
    """
    portraits = entry.runtime_data.people.portraits
    try:
        found = await portraits.async_look(user_id)
    except FaceModuleConnectionError:
        raise
    except FaceModuleError:
        found = (user_id, portraits.is_kept(user_id, None)) if listed else None
    if found is None:
        return None
    name, has_picture = found
    roster = hass.data[DATA_ROSTER]
    known = roster.who(entry.entry_id, user_id, name)
    path = person_picture_path(entry.entry_id, user_id)
    return {
        ATTR_USER_ID: user_id,
        "name": name or user_id,
        "person": known.person if known else None,
        "minimum_score": known.minimum_score if known else None,
        "device": known is not None and known.device is not None,
        "access": await async_access(
            hass, roster.access_of(known, user_id), msg, door=entry.unique_id
        ),
        "picture": signed(hass, path) if has_picture else None,
        "waiting": [
            waiting_line(hass, *one)
            for one in hass.data[DATA_WAITING].about(user_id, known.name if known else name)
        ],
    }


async def async_page(
    hass: HomeAssistant, entry: FaceModuleConfigEntry, offset: int, limit: int
) -> tuple[int, Sequence[str]]:
    """Return how many people a module has, and the user ids of a page of them.

    By name, as far as Home Assistant knows it; in the module's own order if there are
    more than it tells at once. Raises FaceModuleError. GetUserNumber, GetUserList.
    """
    client, roster = entry.runtime_data.client, hass.data[DATA_ROSTER]
    total = await client.count_users()
    every = () if total > USER_LIST_MAX else await client.list_users()
    if len(every) < total:
        # Some modules tell less at once than they should.
        return total, await client.list_users(offset, limit)

    def name_of(user_id: str) -> str:
        told = (person.names.get(entry.entry_id) for person in roster.of_id(user_id))
        return next(filter(None, told), user_id)

    names = {user_id: name_of(user_id) for user_id in every}
    ids = await hass.async_add_executor_job(by_name, sorted(names), names.__getitem__)
    return total, ids[offset : offset + limit]


def signed(hass: HomeAssistant, path: str) -> str:
    """Return a path that this connection's login opens without a header, for a while."""
    return async_sign_path(hass, path, _SIGNED_FOR)


def waiting_line(
    hass: HomeAssistant, entry_id: str, change: WaitingChange
) -> JsonObjectType:
    """Return what a card shows of a change that waits."""
    return {
        ENTRY_ID: entry_id,
        "module": title_of(hass, entry_id),
        ATTR_USER_ID: change.user_id,
        "called": change.called,
        "change": change.kind,
        "name": change.name,
        "error": hass.data[DATA_WAITING].why(entry_id, change),
    }


def title_of(hass: HomeAssistant, entry_id: str) -> str:
    """Return how a module is called."""
    entry = hass.config_entries.async_get_entry(entry_id)
    return entry.title if entry else entry_id


async def async_matches(
    hass: HomeAssistant, entry: FaceModuleConfigEntry, query: str
) -> AsyncGenerator[str]:
    """Give user ids that may be meant, each once, the very id first.

    Of those in the roster and of those who came lately; `query` is composed (NFC).
    """
    if not query:
        return
    yield query
    known = ((p.user_id, p.name) for p in list(hass.data[DATA_ROSTER].people.values()))
    names = chain(known, entry.runtime_data.visits.seen.names.items())
    wanted = query.casefold()
    given = {"", query}
    for number, (user_id, name) in enumerate(names, start=1):
        if number % _BREATH == 0:
            await asyncio.sleep(0)
        if user_id not in given and (
            wanted in user_id.casefold() or wanted in name.casefold()
        ):
            given.add(user_id)
            yield user_id
