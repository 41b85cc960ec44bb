"""What becomes of people who share a user id: the user says whether they are one."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..errors import invalid, translated_errors
from ..people.conflicts import DATA_CONFLICTS, Side
from ..people.identity import IdTakenError, is_same_name
from ..people.ids import async_new_id
from ..people.passing import async_original
from ..people.roster import DATA_ROSTER
from ..runtime import FaceModuleConfigEntry, loaded_entries, loaded_entry
from .everywhere import async_change_everywhere
from .holding import async_forget_if_nowhere


async def async_are_one(hass: HomeAssistant, user_id: str, name: str) -> None:
    """Let all who share a user id be one person of this name, on every module.

    Their pictures stay as they are. Modules that are away get the name when they are back.
    Raises HomeAssistantError. GetUserInfo, DeleteUser, AddUser.
    """
    async with hass.data[DATA_CONFLICTS].settling:
        await _async_are_one(hass, user_id, name)


async def _async_are_one(hass: HomeAssistant, user_id: str, name: str) -> None:
    sides = _sides(hass, user_id)
    if not any(is_same_name(side.name, name) for side in sides):
        raise invalid("conflict_gone")
    errors: list[HomeAssistantError] = []
    for side in sides:
        if side.entry_ids and not is_same_name(side.name, name):
            done = await async_change_everywhere(hass, user_id, called=side.name, name=name)
            errors += [err for _, err in done.failed]
    if errors:
        raise errors[0]
    roster = hass.data[DATA_ROSTER]
    people = roster.of_id(user_id)
    if (one := roster.called(user_id, name) or next(iter(people), None)) is not None:
        one = replace(one, name=name)
        for other in people:
            if other.key != one.key:
                one = replace(
                    one.like(other),
                    modules={**other.modules, **one.modules},
                    names={**other.names, **one.names},
                )
        roster.async_put(one)
        for other in people:
            if other.key != one.key:
                await roster.async_remove(other.key)
    await roster.async_save()


async def async_is_another(hass: HomeAssistant, user_id: str, name: str) -> str:
    """Give one of those who share a user id another one; return it.

    On every module that has this person. Raises HomeAssistantError, also if one of these
    modules is not set up. GetUserInfo, AddUser, DeleteUser.
    """
    async with hass.data[DATA_CONFLICTS].settling:
        return await _async_is_another(hass, user_id, name)


async def _async_is_another(hass: HomeAssistant, user_id: str, name: str) -> str:
    side = next(
        (one for one in _sides(hass, user_id) if is_same_name(one.name, name)), None
    )
    if side is None or not side.entry_ids:
        raise invalid("conflict_gone")
    entries = []
    for entry_id in side.entry_ids:
        if (entry := loaded_entry(hass, entry_id)) is None:
            known = hass.config_entries.async_get_entry(entry_id)
            raise invalid("cannot_connect", module=known.title if known else entry_id)
        entries.append(entry)
    modules = [entry.runtime_data.people for entry in loaded_entries(hass)]
    jpeg = await _async_picture(hass, entries[0], user_id, side.name)
    taken = {user_id}
    while True:
        # Of whom an earlier attempt has moved it is the id that they have already.
        async with async_new_id(
            hass,
            side.name,
            modules,
            same_name=False,
            jpeg=jpeg,
            skip=taken.__contains__,
        ) as to:
            try:
                while entries:
                    async with translated_errors(hass, one := entries[0]):
                        await one.runtime_data.people.async_move(user_id, side.name, to)
                    del entries[0]
            except IdTakenError:
                taken.add(to)
            else:
                break
    await async_forget_if_nowhere(hass, user_id, side.name)
    await hass.data[DATA_ROSTER].async_save()
    return to


async def _async_picture(
    hass: HomeAssistant, entry: FaceModuleConfigEntry, user_id: str, name: str
) -> bytes | None:
    """Return the picture with which somebody is moved; raises HomeAssistantError."""
    people = entry.runtime_data.people
    async with translated_errors(hass, entry):
        known = await people.async_known(user_id)
    if known is None or not people.known.is_one(known, name):
        raise invalid("conflict_gone")
    return await async_original(hass, entry.entry_id, known)


def _sides(hass: HomeAssistant, user_id: str) -> tuple[Side, ...]:
    if not (sides := hass.data[DATA_CONFLICTS].open.get(user_id)):
        raise invalid("conflict_gone")
    return sides
