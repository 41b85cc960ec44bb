"""Actions about the people on modules."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse, SupportsResponse
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..client import USER_LIST_MAX
from ..const import ATTR_ALLOW_DUPLICATE, ATTR_IF_EXISTS, ATTR_USER_ID
from ..enrollment import Enrollment
from ..errors import invalid
from ..ids import async_forget_if_nowhere, async_new_id
from ..names import clean_name, exact_user_id
from ..people import People
from ..pictures import async_picture, async_picture_if_any, picture_fields
from ..roster import DATA_ROSTER
from ..views import person_picture_path
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

ATTR_NAME: Final = "name"
ATTR_OFFSET: Final = "offset"
ATTR_LIMIT: Final = "limit"
ATTR_WITH_NAMES: Final = "with_names"
_PAGE: Final = 100
# Names are a request each.
_PAGE_WITH_NAMES: Final = 200


def _people(target: Target) -> People:
    return target.runtime.people


async def _enroll_user(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Enroll somebody on one module or several."""
    name = clean_name(data[ATTR_NAME])
    picture = await async_picture(hass, data)
    replace = data[ATTR_IF_EXISTS] == "replace"
    given = data.get(ATTR_USER_ID)
    modules = [_people(target) for target in targets]
    async with async_new_id(
        hass, given, name, modules, same_name=replace, jpeg=picture.jpeg
    ) as user_id:
        wanted = Enrollment(
            user_id=user_id,
            name=name,
            jpeg=picture.jpeg,
            quality=data[ATTR_QUALITY],
            replace=replace,
            # Whoever was enrolled by the same call before is.
            again=not given,
            allow_duplicate_face=data[ATTR_ALLOW_DUPLICATE],
        )

        async def enroll(target: Target) -> JsonObjectType:
            return (await _people(target).async_enroll(wanted)).as_dict()

        results = await on_each(hass, targets, enroll)
    return {"user_id": user_id, "name": name, "results": [*results]}


async def _update_user(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Give somebody another name, another picture, or both."""
    user_id = exact_user_id(data[ATTR_USER_ID])
    name = clean_name(data[ATTR_NAME]) if ATTR_NAME in data else None
    picture = await async_picture_if_any(hass, data)
    if name is None and picture is None:
        raise invalid("nothing_to_change")

    async def update(target: Target) -> JsonObjectType:
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

    async def delete(target: Target) -> JsonObjectType:
        await _people(target).async_delete(user_id)
        return {}

    results = await on_each(hass, targets, delete)
    await async_forget_if_nowhere(hass, user_id)
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
    known = hass.data[DATA_ROSTER].get(user_id)
    has_picture = user.picture is not None or (known is not None and known.picture)
    return {
        "user_id": user_id,
        "name": user.name,
        "person": known.person if known else None,
        "picture": person_picture_path(target.entry.entry_id, user_id)
        if has_picture
        else None,
    }


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
        names = targets[0].runtime.people.names
        for user in users:
            user["name"] = await names.async_get(str(user["user_id"]))
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
