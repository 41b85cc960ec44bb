"""What the people card shows of somebody, and who is found for a word."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from datetime import timedelta
from typing import Final

from homeassistant.components.http.auth import async_sign_path
from homeassistant.core import HomeAssistant
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import JsonObjectType

from .client import FaceModuleConnectionError, FaceModuleError
from .const import ATTR_USER_ID, DOMAIN
from .models import FaceModuleConfigEntry
from .roster import DATA_ROSTER
from .views import person_picture_path
from .visit import picture_type

# A page that is left open shows its pictures so long; then it asks anew.
_SIGNED_FOR: Final = timedelta(hours=1)
# The event loop goes on after so many people were looked through.
_BREATH: Final = 2000
# Of so many people it is remembered whether their module gives a picture.
_REMEMBERED: Final = 2000


class Without(OrderedDict[tuple[str, str], bool]):
    """Whether a module gives no picture of somebody, by entry id and user id."""

    def put(self, entry_id: str, user_id: str, *, without: bool) -> None:
        """Remember it."""
        self[entry_id, user_id] = without
        while len(self) > _REMEMBERED:
            self.popitem(last=False)


DATA_WITHOUT: HassKey[Without] = HassKey(f"{DOMAIN}.without_picture")


async def async_line(
    hass: HomeAssistant, entry: FaceModuleConfigEntry, user_id: str, *, listed: bool = True
) -> JsonObjectType | None:
    """Return what the card shows of somebody, None when the module has no such person.

    Of those who were `listed` a line is given although the module refuses to tell more.
    Raises FaceModuleConnectionError. GetUserInfo.
    """
    known = hass.data[DATA_ROSTER].get(user_id)
    has_picture = known is not None and known.picture is not None
    try:
        if not has_picture:
            given = await _async_gives_picture(hass, entry, user_id)
            if given is None:
                return None
            has_picture = given
        name = await entry.runtime_data.people.names.async_get(user_id)
    except FaceModuleConnectionError:
        raise
    except FaceModuleError:
        name = user_id if listed else None
    if name is None:
        return None
    path = person_picture_path(entry.entry_id, user_id)
    return {
        ATTR_USER_ID: user_id,
        "name": name or user_id,
        "person": known.person if known else None,
        "minimum_score": known.minimum_score if known else None,
        "picture": _signed(hass, path) if has_picture else None,
    }


def _signed(hass: HomeAssistant, path: str) -> str:
    """Return a path that this connection's login opens without a header, for a while."""
    # Home Assistant writes the path decoded: with a `?` or `#` in the id it would end.
    _, _, signature = async_sign_path(hass, path, _SIGNED_FOR).rpartition("?")
    return f"{path}?{signature}"


async def _async_gives_picture(
    hass: HomeAssistant, entry: FaceModuleConfigEntry, user_id: str
) -> bool | None:
    """Say whether a module gives a picture of somebody, None if it does not know them.

    Asks once, and remembers the name, too. Raises FaceModuleError. GetUserInfo.
    """
    remembered = hass.data[DATA_WITHOUT]
    without = remembered.get((entry.entry_id, user_id))
    if without is None:
        user = await entry.runtime_data.people.async_known(user_id)
        if user is None:
            return None
        without = picture_type(user.picture) is None
        remembered.put(entry.entry_id, user_id, without=without)
    return not without


async def async_matches(
    hass: HomeAssistant, entry: FaceModuleConfigEntry, query: str
) -> AsyncGenerator[str]:
    """Give user ids that may be meant, each once, the very id first.

    Of those in the roster and of those who came lately; `query` is composed (NFC).
    """
    if not query:
        return
    yield query
    names = {p.user_id: p.name for p in list(hass.data[DATA_ROSTER].people.values())}
    names |= entry.runtime_data.visits.seen.names
    wanted = query.casefold()
    for number, (user_id, name) in enumerate(names.items(), start=1):
        if number % _BREATH == 0:
            await asyncio.sleep(0)
        if user_id not in {"", query} and (
            wanted in user_id.casefold() or wanted in name.casefold()
        ):
            yield user_id
