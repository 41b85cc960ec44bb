"""People to choose from, where a form lets somebody be picked."""

from collections.abc import Mapping
from contextlib import suppress
from itertools import islice
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import SelectOptionDict

from ..client import FaceModuleError
from ..people.names import by_name
from ..people.roster import DATA_ROSTER
from ..runtime import FaceModuleConfigEntry
from ..texts import listed

_OFFERED: Final = 200
# The module is asked for the names of so many.
_ASKED: Final = 50
# No id and no name has a line break.
APART: Final = "\n"


async def async_choices(
    hass: HomeAssistant, entry: FaceModuleConfigEntry
) -> list[SelectOptionDict]:
    """Return people to choose from: of the roster, who came, and some of the module.

    Longer lists are no help; a user id can be typed. The value of somebody in the roster
    is their key, of others the user id, with the name where somebody else has it.
    GetUserList, GetUserInfo.
    """
    return await _async_options(hass, await _async_people(hass, entry))


async def async_user_ids(
    hass: HomeAssistant, entry: FaceModuleConfigEntry
) -> list[SelectOptionDict]:
    """Return the same people by user id, which is all that an event has of them.

    Who shares an id is one choice. GetUserList, GetUserInfo.
    """
    names: dict[str, list[str]] = {}
    for user_id, name in (await _async_people(hass, entry)).values():
        names.setdefault(user_id, []).append(name)
    people = {
        user_id: (user_id, listed(hass, dict.fromkeys(found)))
        for user_id, found in names.items()
    }
    return await _async_options(hass, people)


async def _async_people(
    hass: HomeAssistant, entry: FaceModuleConfigEntry
) -> dict[str, tuple[str, str]]:
    """Return user ids and names, by what stands for somebody."""
    runtime = entry.runtime_data
    roster = hass.data[DATA_ROSTER]
    offered = islice(roster.people.values(), _OFFERED)
    people = {known.key: (known.user_id, known.name) for known in offered}
    for user_id, name in runtime.visits.seen.names.items():
        if user_id and roster.who(entry.entry_id, user_id, name) is None:
            key = f"{user_id}{APART}{name}" if user_id in people else user_id
            people[key] = user_id, name
    try:
        enrolled = await runtime.client.list_users(0, _OFFERED)
    except FaceModuleError:
        enrolled = ()
    unknown = [user_id for user_id in enrolled if user_id not in people]
    people |= {user_id: (user_id, user_id) for user_id in unknown}
    with suppress(FaceModuleError):
        for user_id in unknown[:_ASKED]:
            called = await runtime.people.names.async_get(user_id)
            people[user_id] = user_id, called or user_id
    return people


async def _async_options(
    hass: HomeAssistant, people: Mapping[str, tuple[str, str]]
) -> list[SelectOptionDict]:
    labels = {
        key: name if name == user_id else f"{name} ({user_id})"
        for key, (user_id, name) in people.items()
    }
    keys = await hass.async_add_executor_job(by_name, labels, labels.__getitem__)
    return [SelectOptionDict(value=key, label=labels[key]) for key in keys]
