"""Actions about the people on modules."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse, SupportsResponse
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.util.json import JsonObjectType, JsonValueType
import voluptuous as vol

from ..client import USER_LIST_MAX
from ..const import (
    ATTR_ALLOW_DUPLICATE,
    ATTR_IF_EXISTS,
    ATTR_LIMIT,
    ATTR_NAME,
    ATTR_OFFSET,
    ATTR_USER_ID,
)
from ..errors import invalid
from ..fleet.enrolling import Wish, async_check_is_one, async_enroll
from ..fleet.holding import async_forget_if_nowhere
from ..people.changing import People
from ..people.names import clean_name, exact_user_id
from ..people.person import RosterPerson
from ..people.roster import DATA_ROSTER
from ..people.waiting import DATA_WAITING
from ..pictures.sources import async_picture, async_picture_if_any, picture_fields
from ..pictures.views import person_picture_path
from ..visits.allowed import async_allowed
from .description import (
    ATTR_QUALITY,
    CONFIRM,
    DUPLICATES,
    IF_EXISTS,
    QUALITY,
    USER_ID,
    ActionDescription,
    Target,
    on_each,
)

ATTR_WITH_NAMES: Final = "with_names"
_PAGE: Final = 100
# Names are a request each.
_PAGE_WITH_NAMES: Final = 200


def _people(target: Target) -> People:
    return target.runtime.people


async def _async_check_is_one(
    hass: HomeAssistant, targets: list[Target], user_id: str
) -> dict[str, HomeAssistantError]:
    """Return where it is not known who is meant, by entry id, and why.

    Raises ServiceValidationError where modules mean several people by one user id.
    """
    return await async_check_is_one(hass, [target.entry for target in targets], user_id)


async def _enroll_user(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Enroll somebody on one module or several."""
    wish = Wish(
        name=clean_name(data[ATTR_NAME]),
        jpeg=(await async_picture(hass, data)).jpeg,
        user_id=data.get(ATTR_USER_ID),
        quality=data[ATTR_QUALITY],
        replace=data[ATTR_IF_EXISTS] == "replace",
        allow_duplicate_face=data[ATTR_ALLOW_DUPLICATE],
    )
    answer = await async_enroll(hass, [target.entry for target in targets], wish)

    async def told(target: Target) -> JsonObjectType:
        return answer.of(target.entry).as_dict(answer.user_id)

    results = await on_each(hass, targets, told)
    return {"user_id": answer.user_id, "name": wish.name, "results": [*results]}


async def _update_user(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Give somebody another name, another picture, or both."""
    user_id = exact_user_id(data[ATTR_USER_ID])
    name = clean_name(data[ATTR_NAME]) if ATTR_NAME in data else None
    picture = await async_picture_if_any(hass, data)
    if name is None and picture is None:
        raise invalid("nothing_to_change")

    unknown = await _async_check_is_one(hass, targets, user_id)

    async def update(target: Target) -> JsonObjectType:
        if (err := unknown.get(target.entry.entry_id)) is not None:
            raise err
        done = await _people(target).async_update(
            user_id,
            name,
            picture.jpeg if picture else None,
            data[ATTR_QUALITY],
            allow_duplicate_face=data[ATTR_ALLOW_DUPLICATE],
        )
        return done.as_dict()

    results = await on_each(hass, targets, update)
    return {"user_id": user_id, "results": [*results]}


async def _delete_user(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Remove somebody from modules, and from the roster when none has them any more."""
    user_id = exact_user_id(data[ATTR_USER_ID])
    unknown = await _async_check_is_one(hass, targets, user_id)
    names: set[str] = set()

    async def delete(target: Target) -> JsonObjectType:
        if (err := unknown.get(target.entry.entry_id)) is not None:
            raise err
        names.add(await _people(target).async_delete(user_id))
        return {}

    results = await on_each(hass, targets, delete)
    for name in names:
        await async_forget_if_nowhere(hass, user_id, name)
    return {"user_id": user_id, "results": [*results]}


async def _get_user(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Return what is known of somebody. GetUserInfo."""
    user_id = exact_user_id(data[ATTR_USER_ID])
    target = targets[0]
    user = await _people(target).async_known(user_id)
    if user is None:
        raise invalid("user_unknown", user_id=user_id)
    known = hass.data[DATA_ROSTER].who(target.entry.entry_id, user_id, user.name)
    portraits = _people(target).portraits
    has_picture = user.picture is not None or portraits.is_kept(user_id, user.name)
    told: JsonObjectType = {
        "user_id": user_id,
        "name": user.name,
        "person": known.person if known else None,
        "picture": person_picture_path(target.entry.entry_id, user_id)
        if has_picture
        else None,
        "access": await _async_access(hass, target, user_id, known),
    }
    if waiting := _waiting(hass, user_id, known.name if known else user.name):
        told["waiting"] = waiting
    return told


async def _async_access(
    hass: HomeAssistant, target: Target, user_id: str, known: RosterPerson | None
) -> JsonObjectType:
    """Return when somebody may enter, and whether they may now, at this module."""
    access = hass.data[DATA_ROSTER].access_of(known, user_id)
    return await async_allowed(hass, access, door=target.entry.unique_id)


def _waiting(hass: HomeAssistant, user_id: str, name: str) -> list[JsonValueType]:
    """Return what was asked for everywhere and is not done yet on modules."""
    devices = dr.async_get(hass)
    return [
        {
            "device_id": device.id,
            "change": change.kind,
            "name": change.name,
        }
        for entry_id, change in hass.data[DATA_WAITING].about(user_id, name)
        for device in dr.async_entries_for_config_entry(devices, entry_id)
        if device.entry_type is None
    ]


async def _list_users(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Return a page of the people of a module. GetUserList, GetUserNumber."""
    client = targets[0].runtime.client
    limit, with_names = data[ATTR_LIMIT], data[ATTR_WITH_NAMES]
    if with_names and limit > _PAGE_WITH_NAMES:
        raise invalid("too_many_names", limit=str(_PAGE_WITH_NAMES))
    ids = await client.list_users(data[ATTR_OFFSET], limit)
    users: list[JsonObjectType] = [{"user_id": user_id} for user_id in ids]
    if with_names:
        roster, target = hass.data[DATA_ROSTER], targets[0]
        for user in users:
            user_id = str(user["user_id"])
            user["name"] = name = await target.runtime.people.names.async_get(user_id)
            known = roster.who(target.entry.entry_id, user_id, name or "")
            user["access"] = await _async_access(hass, target, user_id, known)
    total = await client.count_users()
    return {"total": total, "offset": data[ATTR_OFFSET], "users": [*users]}


async def _count_users(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Return how many people a module knows. GetUserNumber."""
    return {"count": await targets[0].runtime.client.count_users()}


async def _clear_users(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Remove everybody from a module; the roster of Home Assistant stays."""
    people = _people(targets[0])
    removed = await targets[0].runtime.client.count_users()
    await people.async_clear()
    return {"removed": removed}


PEOPLE_ACTIONS: Final = (
    ActionDescription(
        name="enroll_user",
        fields={
            vol.Required(ATTR_NAME): cv.string,
            vol.Optional(ATTR_USER_ID): cv.string,
            **picture_fields(),
            **QUALITY,
            **IF_EXISTS,
            **DUPLICATES,
        },
        run=_enroll_user,
        many=True,
        admin=True,
    ),
    ActionDescription(
        name="update_user",
        fields={
            **USER_ID,
            vol.Optional(ATTR_NAME): cv.string,
            **picture_fields(),
            **QUALITY,
            **DUPLICATES,
        },
        run=_update_user,
        many=True,
        admin=True,
    ),
    ActionDescription(
        name="delete_user", fields=USER_ID, run=_delete_user, many=True, admin=True
    ),
    ActionDescription(
        name="get_user",
        fields=USER_ID,
        run=_get_user,
        admin=True,
        response=SupportsResponse.ONLY,
    ),
    ActionDescription(
        name="list_users",
        fields={
            vol.Optional(ATTR_OFFSET, default=0): vol.All(
                vol.Coerce(int), vol.Range(min=0)
            ),
            vol.Optional(ATTR_LIMIT, default=_PAGE): vol.All(
                vol.Coerce(int), vol.Range(min=1, max=USER_LIST_MAX)
            ),
            vol.Optional(ATTR_WITH_NAMES, default=False): cv.boolean,
        },
        run=_list_users,
        admin=True,
        response=SupportsResponse.ONLY,
    ),
    ActionDescription(
        name="count_users", fields={}, run=_count_users, response=SupportsResponse.ONLY
    ),
    ActionDescription(name="clear_users", fields=CONFIRM, run=_clear_users, admin=True),
)
