"""Nobody opens a door by being forgotten: what holds somebody stays where they may be.

That is a rule of when they may enter, and a minimum score (people/person.py: is_held).
"""

from collections.abc import Collection
from contextlib import suppress

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..client import FaceModuleError
from ..const import DOMAIN
from ..people.identity import is_same_name
from ..people.roster import DATA_ROSTER, Roster, RosterPerson
from ..people.waiting import DATA_WAITING, WaitingChange
from ..runtime import loaded_entry


async def async_is_anywhere(
    hass: HomeAssistant, user_id: str, name: str, *, but: Collection[str] = ()
) -> bool:
    """Say whether any module has somebody; one that does not answer may have them.

    The modules of the entries `but` are not asked: they just said that they do not.
    GetUserInfo.
    """
    roster, waiting = hass.data[DATA_ROSTER], hass.data[DATA_WAITING]
    for entry in hass.config_entries.async_entries(DOMAIN, include_disabled=True):
        if entry.entry_id in but or waiting.is_forgotten(entry.entry_id, user_id, name):
            continue
        if (loaded := loaded_entry(hass, entry.entry_id)) is None:
            # It may have them from somebody else: their rule is not forgotten.
            if any(
                entry.entry_id in person.names or person.is_held
                for person in roster.of_id(user_id)
                if is_same_name(person.name, name)
            ):
                return True
            continue
        people = loaded.runtime_data.people
        try:
            if people.is_half_done(user_id):
                return True
            known = await people.async_known(user_id)
        except FaceModuleError:
            return True
        # Under a beginning of their name they are held to their rule, too.
        if known is not None and (
            people.known.is_one(known, name)
            or any(
                is_same_name(person.name, name)
                for person in roster.possible(entry.entry_id, user_id, known.name)
            )
        ):
            return True
        roster.async_gone(entry.entry_id, user_id, but=people.known.key_of(known))
    return False


def _still(roster: Roster, key: str, name: str) -> RosterPerson | None:
    """Return who has a key as they are now, None where somebody else has it, or nobody."""
    known = roster.get(key)
    return known if known is not None and is_same_name(known.name, name) else None


async def _async_stay_held(hass: HomeAssistant, person: RosterPerson) -> bool:
    """Let whoever is forgotten not enter where they are deleted later, and then are not.

    Return whether that is on disk.
    """
    if not person.is_held:
        return True
    waiting = hass.data[DATA_WAITING]
    for entry_id, change in waiting.about(person.user_id, person.name):
        if change.forget and not change.ruled and change in waiting.of(entry_id):
            try:
                await waiting.async_put(entry_id, change._replace(ruled=True))
            except HomeAssistantError:
                return False
    return True


async def async_forget(
    hass: HomeAssistant, key: str, name: str, *, failed: bool = False
) -> bool:
    """Remove somebody from the roster, but for what doors need where a module has them.

    Nobody opens a door by being forgotten. `failed`: a module refused to delete them.
    Return whether something of them stays. GetUserInfo.
    """
    roster = hass.data[DATA_ROSTER]
    if (known := _still(roster, key, name)) is None:
        return False
    stays = failed or await async_is_anywhere(hass, known.user_id, name)
    # Meanwhile they may have been given a rule.
    if (known := _still(roster, key, name)) is None:
        return False
    if known.is_held and (stays or not await _async_stay_held(hass, known)):
        await roster.async_strip(key)
        return True
    await roster.async_remove(key)
    return False


async def async_forget_if_nowhere(
    hass: HomeAssistant, user_id: str, name: str, *, but: Collection[str] = ()
) -> None:
    """Remove somebody from the roster when no module has them any more.

    Without a name everybody of that id whom no module has. The modules of the entries
    `but` just said that they do not. GetUserInfo.
    """
    roster = hass.data[DATA_ROSTER]
    for person in roster.of_id(user_id):
        if name and not is_same_name(person.name, name):
            continue
        if await async_is_anywhere(hass, user_id, person.name, but=but):
            continue
        # Meanwhile they may have been given a rule, or been enrolled.
        now = _still(roster, person.key, person.name)
        if now is not None and await _async_stay_held(hass, now):
            await roster.async_remove(now.key, if_nowhere=True)


async def async_give_up(hass: HomeAssistant, entry_id: str, change: WaitingChange) -> None:
    """Let a change that waits for a module not happen.

    Whoever stays there by that, and was held before they were forgotten, may never enter.
    Raises ServiceValidationError if that is not on disk.
    """
    await _async_hold(hass, entry_id, change)
    await hass.data[DATA_WAITING].async_done(entry_id, change)


async def async_hold_all(hass: HomeAssistant, entry_id: str) -> None:
    """Let nobody enter who was to be forgotten by a module that is removed.

    It keeps whom it has, and may be added again. In memory they are held in any case.
    """
    for change in hass.data[DATA_WAITING].of(entry_id):
        with suppress(HomeAssistantError):
            await _async_hold(hass, entry_id, change)


async def _async_hold(hass: HomeAssistant, entry_id: str, change: WaitingChange) -> None:
    if change.forget and change.ruled:
        roster = hass.data[DATA_ROSTER]
        await roster.async_hold(entry_id, change.user_id, change.called)
