"""Websocket commands about strangers: who came, and what is decided about them."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import ATTR_USER_ID
from ..errors import translated_errors
from ..people.roster import DATA_ROSTER
from ..pictures.views import stranger_picture_path
from ..runtime import FaceModuleConfigEntry, loaded_entries
from ..strangers.deciding import async_forget, async_merge, async_name
from ..strangers.stranger import Stranger
from .common import ENTRY_ID, ENTRY_IDS, admin_command, entry_of
from .lines import signed

STRANGER_ID: Final = "stranger_id"
_OTHER_ID: Final = "other_id"
_IGNORED: Final = "ignored"
_ONE: Final[Mapping[vol.Marker, Any]] = {
    vol.Required(ENTRY_ID): cv.string,
    vol.Required(STRANGER_ID): cv.string,
}


@callback
def async_setup_strangers_api(hass: HomeAssistant) -> None:
    """Register all commands."""
    for command in (
        strangers_list,
        strangers_name,
        strangers_ignore,
        strangers_forget,
        strangers_merge,
    ):
        websocket_api.async_register_command(hass, command)


@admin_command("strangers/list", {vol.Optional(ENTRY_IDS): [cv.string]})
async def strangers_list(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Send the strangers of all modules that are set up, or of some, the latest first."""
    wanted = msg.get(ENTRY_IDS)
    found = [
        (one, entry)
        for entry in loaded_entries(hass)
        if wanted is None or entry.entry_id in wanted
        for one in entry.runtime_data.strangers.known.everybody
    ]
    found.sort(key=lambda item: item[0].last_seen, reverse=True)
    return {"strangers": [_as_json(hass, entry, one) for one, entry in found]}


@admin_command("strangers/name", {**_ONE, vol.Required(ATTR_USER_ID): cv.string})
async def strangers_name(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Say who a stranger is: their visits are marked as that person's."""
    entry = entry_of(hass, msg[ENTRY_ID])
    runtime = entry.runtime_data
    async with translated_errors(hass, entry):
        marked = await async_name(
            hass.data[DATA_ROSTER],
            runtime.people,
            runtime.strangers.known,
            runtime.visits,
            stranger_id=msg[STRANGER_ID],
            user_id=msg[ATTR_USER_ID],
        )
    return {"visits": marked}


@admin_command("strangers/ignore", {**_ONE, vol.Required(_IGNORED): bool})
async def strangers_ignore(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Tell of a stranger no more, or again; they are counted all the same."""
    known = entry_of(hass, msg[ENTRY_ID]).runtime_data.strangers.known
    known.async_ignore(known.demand(msg[STRANGER_ID]), ignored=msg[_IGNORED])
    return {}


@admin_command("strangers/forget", _ONE)
async def strangers_forget(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Erase a stranger with all their visits."""
    runtime = entry_of(hass, msg[ENTRY_ID]).runtime_data
    known, visits = runtime.strangers.known, runtime.visits
    return {"deleted": await async_forget(known, visits, msg[STRANGER_ID])}


@admin_command("strangers/merge", {**_ONE, vol.Required(_OTHER_ID): cv.string})
async def strangers_merge(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Let two strangers of a module be one: the first, with the other's visits."""
    runtime = entry_of(hass, msg[ENTRY_ID]).runtime_data
    known, visits = runtime.strangers.known, runtime.visits
    await async_merge(known, visits, msg[STRANGER_ID], msg[_OTHER_ID])
    return {}


def _as_json(
    hass: HomeAssistant, entry: FaceModuleConfigEntry, stranger: Stranger
) -> JsonObjectType:
    path = stranger_picture_path(entry.entry_id, stranger.stranger_id)
    return {
        ENTRY_ID: entry.entry_id,
        STRANGER_ID: stranger.stranger_id,
        "first_seen": stranger.first_seen.isoformat(),
        "last_seen": stranger.last_seen.isoformat(),
        "times_seen": stranger.times_seen,
        _IGNORED: stranger.ignored,
        "image_url": signed(hass, path),
    }
