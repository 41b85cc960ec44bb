"""Websocket commands of the people card; for administrators only."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
import unicodedata

from homeassistant.components import websocket_api
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import (
    ATTR_ALLOW_DUPLICATE,
    ATTR_IF_EXISTS,
    ATTR_PERSON,
    ATTR_USER_ID,
    CONF_MINIMUM_SCORE,
)
from ..errors import invalid, translated_errors
from ..fleet.access import RULE_FIELDS, check_rule, rule_from
from ..fleet.enrolling import (
    Wish,
    async_check_is_one,
    async_check_name_is_new,
    async_enroll,
)
from ..fleet.erasing import async_erase_person
from ..fleet.everywhere import (
    async_change_everywhere,
    async_delete_everywhere,
)
from ..fleet.holding import async_forget_if_nowhere
from ..people.names import MAX_NAME, by_name, clean_name
from ..people.roster import DATA_ROSTER
from ..pictures.uploads import DATA_UPLOADS
from ..runtime import FaceModuleConfigEntry, loaded_entry
from .access import ACCESS_COMMANDS, LANGUAGE
from .common import (
    ENTRIES,
    ENTRY_ID,
    ENTRY_IDS,
    admin_command,
    async_results,
    entry_of,
)
from .identity import (
    people_conflicts,
    people_give_up,
    people_settle,
    people_waiting,
    results_of,
)
from .lines import async_line, async_matches, async_page
from .pictures import PICTURE_ID, pictures_check, pictures_take
from .undoing import people_undo, undoable

_PAGE: Final = 100
_FOUND: Final = 50
_NAME: Final = "name"
_DUPLICATES: Final[Mapping[vol.Marker, Any]] = {
    vol.Optional(ATTR_ALLOW_DUPLICATE, default=False): bool
}


# Who somebody is, besides the id; "everywhere" includes modules that are away.
_CALLED: Final[Mapping[vol.Marker, Any]] = {
    vol.Optional("called"): cv.string,
    vol.Optional("everywhere", default=False): bool,
}


@callback
def async_setup_people_api(hass: HomeAssistant) -> None:
    """Register all commands."""
    for command in (
        *(people_list, people_search, pictures_take, pictures_check),
        *(people_enroll, people_update, people_link, people_delete, people_erase),
        *(people_waiting, people_give_up, people_conflicts, people_settle, people_undo),
        *ACCESS_COMMANDS,
    ):
        websocket_api.async_register_command(hass, command)


def _surely_called(hass: HomeAssistant, msg: dict[str, Any]) -> str:
    """Return who is meant everywhere; raises ServiceValidationError if that is not said."""
    if (called := _called(hass, msg)) is None:
        raise invalid("user_unknown", user_id=msg[ATTR_USER_ID])
    return called


def _called(hass: HomeAssistant, msg: dict[str, Any]) -> str | None:
    """Return the whole name of whom a command is about."""
    if "called" not in msg:
        return None
    return hass.data[DATA_ROSTER].whole_name(msg[ATTR_USER_ID], msg["called"])


async def _async_check_is_one(
    hass: HomeAssistant, msg: dict[str, Any]
) -> dict[str, HomeAssistantError]:
    """Return where it is not known who is meant, by entry id, and why.

    Raises ServiceValidationError where that is not said, and several may be.
    """
    if "called" in msg:
        return {}
    found = [loaded_entry(hass, one) for one in dict.fromkeys(msg[ENTRY_IDS])]
    return await async_check_is_one(hass, [*filter(None, found)], msg[ATTR_USER_ID])


@admin_command(
    "people/list",
    {
        vol.Required(ENTRY_ID): cv.string,
        vol.Optional("offset", default=0): vol.All(int, vol.Range(min=0)),
        vol.Optional("limit", default=_PAGE): vol.All(int, vol.Range(min=1, max=_PAGE)),
        **LANGUAGE,
    },
)
async def people_list(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Return a page of the people of a module. GetUserList, GetUserNumber, GetUserInfo.

    By name, unless there are more than the module tells at once.
    """
    entry = entry_of(hass, msg[ENTRY_ID])
    async with translated_errors(hass, entry):
        total, ids = await async_page(hass, entry, msg["offset"], msg["limit"])
        people = [await async_line(hass, entry, user_id, msg) for user_id in ids]
    found = [*filter(None, people)]
    if total <= msg["limit"]:
        # Now the names of those are known, too, whom another tool has enrolled.
        found = by_name(found, lambda one: str(one[_NAME]))
    return {"total": total, "offset": msg["offset"], "people": [*found]}


@admin_command(
    "people/search",
    {
        vol.Required(ENTRY_ID): cv.string,
        vol.Required("query"): vol.All(cv.string, vol.Length(max=MAX_NAME)),
        vol.Optional("limit", default=_FOUND): vol.All(int, vol.Range(min=1, max=_FOUND)),
        **LANGUAGE,
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
            line = await async_line(hass, entry, user_id, msg, listed=False)
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
        vol.Optional(ATTR_IF_EXISTS, default="fail"): vol.In(["ask", "fail", "replace"]),
        vol.Optional("access"): vol.Schema({**RULE_FIELDS}),
        **_DUPLICATES,
    },
)
async def people_enroll(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Enroll somebody on one module or several; answers as the action enroll_user.

    With `if_exists: ask` nobody is enrolled where somebody is called so: it raises
    `name_exists` with their `user_id`. With `access` they have that rule before any module
    knows them.
    """
    rule = rule_from(hass, msg["access"]) if "access" in msg else None
    if rule is not None:
        check_rule(hass, rule, dt_util.utcnow())
    uploads = hass.data[DATA_UPLOADS]
    wish = Wish(
        name=clean_name(msg[_NAME]),
        jpeg=uploads.get(msg[PICTURE_ID]),
        user_id=msg.get(ATTR_USER_ID),
        replace=msg[ATTR_IF_EXISTS] == "replace",
        allow_duplicate_face=msg[ATTR_ALLOW_DUPLICATE],
        access=rule,
    )
    found = [loaded_entry(hass, entry_id) for entry_id in dict.fromkeys(msg[ENTRY_IDS])]
    entries = [*filter(None, found)]
    if msg[ATTR_IF_EXISTS] == "ask":
        await async_check_name_is_new(hass, entries, wish)
    answer = await async_enroll(hass, entries, wish, at_once=True)

    async def told(entry: FaceModuleConfigEntry) -> JsonObjectType:
        return answer.of(entry).as_dict(answer.user_id)

    results = await async_results(hass, msg[ENTRY_IDS], told)
    if all(line["ok"] for line in results):
        uploads.drop(msg[PICTURE_ID])
    return {"user_id": answer.user_id, "name": wish.name, "results": [*results]}


@admin_command(
    "people/update",
    {
        **ENTRIES,
        vol.Required(ATTR_USER_ID): cv.string,
        vol.Optional(_NAME): cv.string,
        vol.Optional(PICTURE_ID): cv.string,
        **_CALLED,
        **_DUPLICATES,
    },
)
async def people_update(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Give somebody another name, another picture, or both.

    `called` is who they are; somebody else of that id is left alone.
    """
    user_id, called = msg[ATTR_USER_ID], _called(hass, msg)
    name = clean_name(msg[_NAME]) if _NAME in msg else None
    jpeg = None
    if PICTURE_ID in msg:
        jpeg = hass.data[DATA_UPLOADS].get(msg[PICTURE_ID])
    if name is None and jpeg is None:
        raise invalid("nothing_to_change")

    if msg["everywhere"]:
        done = await async_change_everywhere(
            hass,
            user_id,
            called=_surely_called(hass, msg),
            name=name,
            jpeg=jpeg,
            allow_duplicate_face=msg[ATTR_ALLOW_DUPLICATE],
        )
        return {"user_id": user_id, "results": results_of(hass, done)}

    unknown = await _async_check_is_one(hass, msg)

    async def update(entry: FaceModuleConfigEntry) -> JsonObjectType:
        if (err := unknown.get(entry.entry_id)) is not None:
            raise err
        change = entry.runtime_data.people.async_update
        allow = msg[ATTR_ALLOW_DUPLICATE]
        done = await change(user_id, name, jpeg, allow_duplicate_face=allow, called=called)
        return done.as_dict()

    results = await async_results(hass, msg[ENTRY_IDS], update)
    return {"user_id": user_id, "results": [*results]}


@admin_command(
    "people/link",
    {
        vol.Required(ATTR_USER_ID): cv.string,
        vol.Required(_NAME): cv.string,
        vol.Optional(ENTRY_ID): cv.string,
        vol.Optional(ATTR_PERSON): vol.Maybe(cv.entity_domain("person")),
        vol.Required(CONF_MINIMUM_SCORE): vol.Maybe(
            vol.All(vol.Coerce(float), vol.Range(min=0, max=100))
        ),
        vol.Optional("device"): bool,
    },
)
async def people_link(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Link somebody to a person of Home Assistant; nothing is written to a module.

    `name` is what the module `entry_id` calls them. Without `person` the link stays, and
    without `device` it stays whether they have one.
    """
    roster = hass.data[DATA_ROSTER]
    user_id, name = msg[ATTR_USER_ID], msg[_NAME]
    known = roster.who(msg.get(ENTRY_ID, ""), user_id, name)
    if known is None and ENTRY_ID not in msg:
        # Who is on a module is somebody else; who is only in the list may be meant.
        known = next((one for one in roster.of_id(user_id) if not one.names), None)
    known = known or roster.async_new(user_id, clean_name(name))
    person = msg.get(ATTR_PERSON, known.person)
    known = replace(known, person=person, minimum_score=msg[CONF_MINIMUM_SCORE])
    known = known.with_device(wanted=msg.get("device", known.device is not None))
    roster.async_put(known)
    await roster.async_save()
    return {
        ATTR_USER_ID: user_id,
        ATTR_PERSON: known.person,
        CONF_MINIMUM_SCORE: known.minimum_score,
        "device": known.device is not None,
    }


@admin_command(
    "people/delete",
    {
        **ENTRIES,
        vol.Required(ATTR_USER_ID): cv.string,
        vol.Optional("undo", default=False): bool,
        **_CALLED,
    },
)
async def people_delete(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Remove somebody from modules, and from the roster when none has them any more.

    `called` is who they are; somebody else of that id is left alone. With `undo` it can be
    undone for a moment, by the word in the answer.
    """
    async with undoable(hass, msg) as answer:
        answer.update(await _async_delete(hass, msg))
    return answer


async def _async_delete(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    user_id, called = msg[ATTR_USER_ID], _called(hass, msg)
    if msg["everywhere"]:
        name = _surely_called(hass, msg)
        done = await async_delete_everywhere(hass, user_id, called=name)
        return {"user_id": user_id, "results": results_of(hass, done)}
    names: set[str] = set()
    unknown = await _async_check_is_one(hass, msg)

    async def delete(entry: FaceModuleConfigEntry) -> JsonObjectType:
        if (err := unknown.get(entry.entry_id)) is not None:
            raise err
        names.add(await entry.runtime_data.people.async_delete(user_id, called))
        return {}

    results = await async_results(hass, msg[ENTRY_IDS], delete)
    for name in names:
        await async_forget_if_nowhere(hass, user_id, name)
    return {"user_id": user_id, "results": [*results]}


@admin_command(
    "people/erase",
    {vol.Required(ATTR_USER_ID): cv.string, vol.Required("called"): cv.string},
)
async def people_erase(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Erase everything of somebody everywhere: modules, Home Assistant's list, visits."""
    done = await async_erase_person(hass, msg[ATTR_USER_ID], msg["called"])
    return {"results": results_of(hass, done.modules), "visits": done.visits}
