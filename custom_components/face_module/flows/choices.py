"""People to choose from, where a form lets somebody be picked."""

from contextlib import suppress
from itertools import islice
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import SelectOptionDict

from ..client import FaceModuleError
from ..people.names import by_name
from ..people.roster import DATA_ROSTER
from ..runtime import FaceModuleConfigEntry

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
    runtime = entry.runtime_data
    roster = hass.data[DATA_ROSTER]
    offered = [(known.key, known) for known in islice(roster.people.values(), _OFFERED)]
    labels = {key: _label(known.user_id, known.name) for key, known in offered}
    for user_id, name in runtime.visits.seen.names.items():
        if user_id and roster.who(entry.entry_id, user_id, name) is None:
            key = f"{user_id}{APART}{name}" if user_id in labels else user_id
            labels[key] = _label(user_id, name)
    try:
        enrolled = await runtime.client.list_users(0, _OFFERED)
    except FaceModuleError:
        enrolled = ()
    unknown = [user_id for user_id in enrolled if user_id not in labels]
    labels |= {user_id: user_id for user_id in unknown}
    with suppress(FaceModuleError):
        for user_id in unknown[:_ASKED]:
            called = await runtime.people.names.async_get(user_id)
            labels[user_id] = _label(user_id, called or user_id)
    keys = await hass.async_add_executor_job(by_name, labels, labels.__getitem__)
    return [SelectOptionDict(value=key, label=labels[key]) for key in keys]


def _label(user_id: str, name: str) -> str:
    return name if name == user_id else f"{name} ({user_id})"
