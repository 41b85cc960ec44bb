"""User ids: who has one, on which module, which are free, and which can be chosen."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Final, Protocol

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import SelectOptionDict

from .client import FaceModuleError
from .const import DOMAIN
from .errors import invalid
from .models import FaceModuleConfigEntry, loaded_entry
from .names import clean_user_id, possible_ids
from .roster import DATA_ROSTER, digest

_OFFERED: Final = 200


class Asked(Protocol):
    """A module that is asked who has a user id."""

    def is_half_done(self, user_id: str) -> bool:
        """Say whether a change of somebody is not finished."""

    async def async_name_of(self, user_id: str) -> str | None:
        """Return the name of somebody, None if nobody has it; raises FaceModuleError."""


async def async_is_anywhere(hass: HomeAssistant, user_id: str) -> bool:
    """Say whether any module has somebody; one that does not answer may have them.

    GetUserInfo.
    """
    roster = hass.data[DATA_ROSTER]
    for entry in hass.config_entries.async_entries(DOMAIN, include_disabled=True):
        if (loaded := loaded_entry(hass, entry.entry_id)) is None:
            known = roster.get(user_id)
            if known is not None and entry.entry_id in known.modules:
                return True
            continue
        people = loaded.runtime_data.people
        try:
            if people.is_half_done(user_id) or await people.async_known(user_id):
                return True
        except FaceModuleError:
            return True
        roster.async_gone(entry.entry_id, user_id)
    return False


async def async_forget_if_nowhere(hass: HomeAssistant, user_id: str) -> None:
    """Remove somebody from the roster when no module has them any more. GetUserInfo."""
    if not await async_is_anywhere(hass, user_id):
        # Meanwhile they may have been enrolled.
        await hass.data[DATA_ROSTER].async_remove(user_id, if_nowhere=True)


async def async_id_for(
    hass: HomeAssistant,
    name: str,
    modules: Sequence[Asked],
    *,
    same_name: bool,
    jpeg: bytes | None = None,
) -> str:
    """Return a user id for a name that nobody has: on the modules, in the roster.

    With `same_name` somebody of this very name may have it, and whoever was enrolled with
    this name and picture has it already. A module that fails is not asked again. Raises
    ServiceValidationError when there is none. GetUserInfo.
    """
    roster = hass.data[DATA_ROSTER]
    asked = list(modules)
    for candidate in possible_ids(name):
        if candidate in roster.reserved:
            continue
        known = roster.get(candidate)
        if known and known.name == name and jpeg and known.picture == digest(jpeg):
            return candidate
        taken = known.name if known else None
        if await _async_is_free(taken, name, candidate, asked, same_name=same_name):
            return candidate
    raise invalid("no_free_id", name=name)


@asynccontextmanager
async def async_new_id(
    hass: HomeAssistant,
    given: str | None,
    name: str,
    modules: Sequence[Asked],
    *,
    same_name: bool,
    jpeg: bytes,
) -> AsyncGenerator[str]:
    """Give the id that was typed, or one as `async_id_for` does.

    The latter is given to nobody else meanwhile. Raises ServiceValidationError.
    """
    if given:
        yield clean_user_id(given)
        return
    reserved = hass.data[DATA_ROSTER].reserved
    while True:
        user_id = await async_id_for(hass, name, modules, same_name=same_name, jpeg=jpeg)
        if user_id not in reserved:
            break
    reserved.add(user_id)
    try:
        yield user_id
    finally:
        reserved.discard(user_id)


async def _async_is_free(
    known: str | None, name: str, user_id: str, modules: list[Asked], *, same_name: bool
) -> bool:
    """Say whether an id may be given to a name; `modules` loses those that fail."""
    names = set() if known is None else {known}
    for people in list(modules):
        if names and not (same_name and names == {name}):
            return False
        if people.is_half_done(user_id):
            return False
        try:
            theirs = await people.async_name_of(user_id)
        except FaceModuleError:
            modules.remove(people)
        else:
            names |= set() if theirs is None else {theirs}
    return not names or (same_name and names == {name})


async def async_choices(
    hass: HomeAssistant, entry: FaceModuleConfigEntry
) -> list[SelectOptionDict]:
    """Return people to choose from: of the roster, who came, and some of the module.

    Longer lists are no help; a user id can be typed. GetUserList.
    """
    runtime = entry.runtime_data
    roster = islice(hass.data[DATA_ROSTER].people.values(), _OFFERED)
    names = runtime.visits.seen.names | {known.user_id: known.name for known in roster}
    names.pop("", None)
    try:
        enrolled = await runtime.client.list_users(0, _OFFERED)
    except FaceModuleError:
        enrolled = ()
    names |= {user_id: user_id for user_id in enrolled if user_id not in names}
    return [
        SelectOptionDict(
            value=user_id, label=name if name == user_id else f"{name} ({user_id})"
        )
        for user_id, name in names.items()
    ]
