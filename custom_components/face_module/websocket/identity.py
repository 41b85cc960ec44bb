"""Websocket commands about who is who, and about what waits for modules that are away."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from ..const import ATTR_USER_ID
from ..errors import invalid
from ..fleet.everywhere import Everywhere
from ..fleet.holding import async_give_up
from ..fleet.settling import async_are_one, async_is_another
from ..people.conflicts import DATA_CONFLICTS
from ..people.roster import DATA_ROSTER
from ..people.waiting import DATA_WAITING
from ..pictures.views import person_picture_path
from ..texts import error_text
from .common import ENTRY_ID, admin_command
from .lines import signed, title_of, waiting_line

# So many conflicts are shown at once.
_CONFLICTS = 50


def results_of(hass: HomeAssistant, done: Everywhere) -> list[JsonValueType]:
    """Return a line for each module on which somebody was, or may be, changed.

    Raises the first error when nothing was done and nothing waits.
    """
    if done.failed and not done.changed and not done.waiting:
        raise done.failed[0][1]
    lines: list[JsonValueType] = [
        {ENTRY_ID: entry_id, "ok": True, **outcome.as_dict()}
        for entry_id, outcome in done.outcomes.items()
    ]
    lines += [
        {ENTRY_ID: entry.entry_id, "ok": True, "result": "waiting"}
        for entry in done.waiting
    ]
    lines += [
        {
            ENTRY_ID: entry.entry_id,
            "ok": False,
            "error": error_text(hass, err),
            "key": err.translation_key,
        }
        for entry, err in done.failed
    ]
    return lines


@admin_command("people/waiting", {})
async def people_waiting(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Return everything that waits for modules that are away."""
    waiting = hass.data[DATA_WAITING].all()
    return {"changes": [waiting_line(hass, *one) for one in waiting]}


@admin_command(
    "people/give_up",
    {
        vol.Required(ENTRY_ID): cv.string,
        vol.Required(ATTR_USER_ID): cv.string,
        vol.Required("called"): cv.string,
    },
)
async def people_give_up(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Give up a change that waits for a module; it does not become so there."""
    waiting = hass.data[DATA_WAITING]
    for change in waiting.of(msg[ENTRY_ID]):
        if (change.user_id, change.called) == (msg[ATTR_USER_ID], msg["called"]):
            await async_give_up(hass, msg[ENTRY_ID], change)
            return {}
    raise invalid("user_unknown", user_id=msg[ATTR_USER_ID])


@admin_command("people/conflicts", {})
async def people_conflicts(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Return who shares a user id with somebody else, with the modules that have them."""
    roster = hass.data[DATA_ROSTER]
    found: list[JsonValueType] = []
    for user_id, sides in list(hass.data[DATA_CONFLICTS].open.items())[:_CONFLICTS]:
        people: list[JsonValueType] = []
        for side in sides:
            known = roster.called(user_id, side.name)
            shown = next(iter(side.entry_ids), None)
            people.append(
                {
                    "name": side.name,
                    "entry_ids": [*side.entry_ids],
                    "modules": [title_of(hass, entry_id) for entry_id in side.entry_ids],
                    "person": known.person if known else None,
                    "picture": signed(hass, person_picture_path(shown, user_id))
                    if shown
                    else None,
                }
            )
        found.append({ATTR_USER_ID: user_id, "people": people})
    total = len(hass.data[DATA_CONFLICTS].open)
    return {"total": total, "conflicts": found}


@admin_command(
    "people/settle",
    {
        vol.Required(ATTR_USER_ID): cv.string,
        vol.Optional("same", default=False): bool,
        vol.Required("name"): cv.string,
    },
)
async def people_settle(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Say that all who share a user id are the `same`, or that who is called so is another.

    Answers with the user id that the person of this name has then.
    """
    user_id, name = msg[ATTR_USER_ID], msg["name"]
    if msg["same"]:
        await async_are_one(hass, user_id, name)
        return {ATTR_USER_ID: user_id}
    return {ATTR_USER_ID: await async_is_another(hass, user_id, name)}
