"""Websocket commands of the people card; for administrators only."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
import unicodedata

from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from .const import (
    ATTR_ALLOW_DUPLICATE,
    ATTR_IF_EXISTS,
    ATTR_PERSON,
    ATTR_USER_ID,
    CONF_MINIMUM_SCORE,
)
from .enrollment import Enrollment
from .errors import invalid, translated_errors
from .ids import async_forget_if_nowhere, async_new_id
from .models import FaceModuleConfigEntry, loaded_entry
from .names import MAX_NAME, clean_name
from .roster import DATA_ROSTER, RosterPerson
from .uploads import DATA_UPLOADS
from .websocket_help import (
    ENTRIES,
    ENTRY_ID,
    ENTRY_IDS,
    admin_command,
    async_results,
    entry_of,
)
from .websocket_lines import DATA_WITHOUT, Without, async_line, async_matches
from .websocket_pictures import PICTURE_ID, pictures_check, pictures_take

_PAGE: Final = 100
_FOUND: Final = 50
_NAME: Final = "name"
_DUPLICATES: Final[Mapping[vol.Marker, Any]] = {
    vol.Optional(ATTR_ALLOW_DUPLICATE, default=False): bool
}


@callback
def async_setup_people_api(hass: HomeAssistant) -> None:
    """Register all commands."""
    hass.data[DATA_WITHOUT] = Without()
    for command in (
        *(people_list, people_search, pictures_take, pictures_check),
        *(people_enroll, people_update, people_link, people_delete),
    ):
        websocket_api.async_register_command(hass, command)


@admin_command(
    "people/list",
    {
        vol.Required(ENTRY_ID): cv.string,
        vol.Optional("offset", default=0): vol.All(int, vol.Range(min=0)),
        vol.Optional("limit", default=_PAGE): vol.All(int, vol.Range(min=1, max=_PAGE)),
    },
)
async def people_list(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Return a page of the people of a module. GetUserList, GetUserNumber, GetUserInfo."""
    entry = entry_of(hass, msg[ENTRY_ID])
    client = entry.runtime_data.client
    async with translated_errors(hass, entry):
        total = await client.count_users()
        ids = await client.list_users(msg["offset"], msg["limit"])
        people = [await async_line(hass, entry, user_id) for user_id in ids]
    return {"total": total, "offset": msg["offset"], "people": [*filter(None, people)]}


@admin_command(
    "people/search",
    {
        vol.Required(ENTRY_ID): cv.string,
        vol.Required("query"): vol.All(cv.string, vol.Length(max=MAX_NAME)),
        vol.Optional("limit", default=_FOUND): vol.All(int, vol.Range(min=1, max=_FOUND)),
    },
)
async def people_search(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Return people of a module by id or name, as far as Home Assistant knows them.

    The module cannot search. It is asked for the very id, and whether it has those of
    whom Home Assistant knows. GetUserInfo.
    """
    entry = entry_of(hass, msg[ENTRY_ID])
    query = unicodedata.normalize("NFC", msg["query"]).strip()
    people: list[JsonObjectType] = []
    asked = 0
    async with translated_errors(hass, entry):
        async for user_id in async_matches(hass, entry, query):
            if len(people) >= msg["limit"] or asked >= 2 * msg["limit"]:
                break
            asked += 1
            line = await async_line(hass, entry, user_id, listed=False)
            if line is not None:
                people.append(line)
    return {"people": [*people]}


@admin_command(
    "people/enroll",
    {
        **ENTRIES,
        vol.Required(PICTURE_ID): cv.string,
        vol.Required(_NAME): cv.string,
        vol.Optional(ATTR_USER_ID): cv.string,
        vol.Optional(ATTR_IF_EXISTS, default="fail"): vol.In(["fail", "replace"]),
        **_DUPLICATES,
    },
)
async def people_enroll(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Enroll somebody on one module or several; answers as the action enroll_user."""
    uploads = hass.data[DATA_UPLOADS]
    name, given = clean_name(msg[_NAME]), msg.get(ATTR_USER_ID)
    jpeg = uploads.get(msg[PICTURE_ID])
    may_replace = msg[ATTR_IF_EXISTS] == "replace"
    found = (loaded_entry(hass, entry_id) for entry_id in msg[ENTRY_IDS])
    modules = [entry.runtime_data.people for entry in found if entry]
    async with async_new_id(
        hass, given, name, modules, same_name=may_replace, jpeg=jpeg
    ) as user_id:
        wanted = Enrollment(
            user_id=user_id,
            name=name,
            jpeg=jpeg,
            replace=may_replace,
            # Who was enrolled by the same click before needs nothing more.
            again=not given,
            allow_duplicate_face=msg[ATTR_ALLOW_DUPLICATE],
        )

        async def enroll(entry: FaceModuleConfigEntry) -> JsonObjectType:
            return (await entry.runtime_data.people.async_enroll(wanted)).as_dict()

        results = await async_results(hass, msg[ENTRY_IDS], enroll)
    if all(line["ok"] for line in results):
        uploads.drop(msg[PICTURE_ID])
    return {"user_id": user_id, "name": name, "results": [*results]}


@admin_command(
    "people/update",
    {
        **ENTRIES,
        vol.Required(ATTR_USER_ID): cv.string,
        vol.Optional(_NAME): cv.string,
        vol.Optional(PICTURE_ID): cv.string,
        **_DUPLICATES,
    },
)
async def people_update(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Give somebody another name, another picture, or both."""
    user_id = msg[ATTR_USER_ID]
    name = clean_name(msg[_NAME]) if _NAME in msg else None
    jpeg = None
    if PICTURE_ID in msg:
        jpeg = hass.data[DATA_UPLOADS].get(msg[PICTURE_ID])
    if name is None and jpeg is None:
        raise invalid("nothing_to_change")

    async def update(entry: FaceModuleConfigEntry) -> JsonObjectType:
        change = entry.runtime_data.people.async_update
        allow = msg[ATTR_ALLOW_DUPLICATE]
        return (await change(user_id, name, jpeg, allow_duplicate_face=allow)).as_dict()

    results = await async_results(hass, msg[ENTRY_IDS], update)
    return {"user_id": user_id, "results": [*results]}


@admin_command(
    "people/link",
    {
        vol.Required(ATTR_USER_ID): cv.string,
        vol.Required(_NAME): cv.string,
        vol.Required(ATTR_PERSON): vol.Maybe(cv.entity_domain("person")),
        vol.Required(CONF_MINIMUM_SCORE): vol.Maybe(
            vol.All(vol.Coerce(float), vol.Range(min=0, max=100))
        ),
    },
)
async def people_link(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Link somebody to a person of Home Assistant; nothing is written to a module."""
    roster = hass.data[DATA_ROSTER]
    user_id, name = msg[ATTR_USER_ID], clean_name(msg[_NAME])
    known = roster.get(user_id) or RosterPerson(user_id=user_id, name=name)
    known = replace(known, person=msg[ATTR_PERSON], minimum_score=msg[CONF_MINIMUM_SCORE])
    roster.async_put(known)
    await roster.async_save()
    return {
        ATTR_USER_ID: user_id,
        ATTR_PERSON: known.person,
        CONF_MINIMUM_SCORE: known.minimum_score,
    }


@admin_command("people/delete", {**ENTRIES, vol.Required(ATTR_USER_ID): cv.string})
async def people_delete(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Remove somebody from modules, and from the roster when none has them any more."""
    user_id = msg[ATTR_USER_ID]

    async def delete(entry: FaceModuleConfigEntry) -> JsonObjectType:
        await entry.runtime_data.people.async_delete(user_id)
        return {}

    results = await async_results(hass, msg[ENTRY_IDS], delete)
    await async_forget_if_nowhere(hass, user_id)
    return {"user_id": user_id, "results": [*results]}
