"""Websocket commands about who may enter; for administrators only."""

from collections.abc import Iterable, Mapping
from operator import attrgetter
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.util import dt as dt_util
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..const import ATTR_USER_ID, DOMAIN
from ..fleet.access import (
    RULE_FIELDS,
    async_set_access,
    devices_of,
    person_called,
    rule_from,
    unknown_doors,
)
from ..people.names import by_name
from ..people.person import RosterPerson
from ..people.roster import DATA_ROSTER
from ..people.rule import AccessRule
from ..visits.admission import judge_now
from ..visits.allowed import async_allowed
from .common import ENTRY_ID, admin_command

_PAGE: Final = 100
LANGUAGE: Final[Mapping[vol.Marker, Any]] = {vol.Optional("language"): cv.string}
_WHO: Final[Mapping[vol.Marker, Any]] = {
    vol.Required(ATTR_USER_ID): cv.string,
    vol.Required("name"): cv.string,
    vol.Optional(ENTRY_ID): cv.string,
}


async def async_access(
    hass: HomeAssistant,
    rule: AccessRule,
    msg: Mapping[str, Any],
    *,
    door: str | None = None,
) -> JsonObjectType:
    """Return what a card shows and edits of a rule, in words of its `language`."""
    told = await async_allowed(hass, rule, door=door, language=msg.get("language"))
    start, end = rule.start, rule.end
    return {
        **told,
        "start": None if start is None else dt_util.as_local(start).isoformat(),
        "end": None if end is None else dt_util.as_local(end).isoformat(),
        "entities": [*rule.entities],
        "match": rule.match.value,
        "visits": rule.visits,
        "device_id": [*devices_of(hass, rule.doors).values()],
        "doors": [*rule.doors],
        "remove_afterwards": rule.remove_afterwards,
        "guest": rule.is_guest,
    }


@admin_command("access/get", {**_WHO, **LANGUAGE})
async def access_get(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Return somebody's rule. `name` is what the module `entry_id` calls them."""
    person = person_called(hass, msg[ATTR_USER_ID], msg["name"], msg.get(ENTRY_ID))
    return await async_access(hass, person.access, msg)


@admin_command("access/set", {**_WHO, **RULE_FIELDS, **LANGUAGE})
async def access_set(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Let somebody have a rule, and return it; doors that no module is any more stay."""
    person = person_called(hass, msg[ATTR_USER_ID], msg["name"], msg.get(ENTRY_ID))
    rule = rule_from(hass, msg, also=unknown_doors(hass, person.access))
    await async_set_access(hass, person, rule)
    return await async_access(hass, rule, msg)


@admin_command(
    "access/list",
    {
        vol.Optional("offset", default=0): vol.All(int, vol.Range(min=0)),
        vol.Optional("limit", default=_PAGE): vol.All(int, vol.Range(min=1, max=_PAGE)),
        vol.Optional("everybody", default=False): bool,
        **LANGUAGE,
    },
)
async def access_list(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Return a page of those who may not always enter, by name, and at which door now.

    With `everybody` those of the list who always may come after them.
    """
    people = list(hass.data[DATA_ROSTER].people.values())
    found = await hass.async_add_executor_job(_in_order, people, msg["everybody"])
    doors = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    now = dt_util.utcnow()
    return {
        "total": len(found),
        "limited": sum(person.access.is_limited for person in found),
        "offset": msg["offset"],
        "doors": [{ENTRY_ID: door.entry_id, "module": door.title} for door in doors],
        "people": [
            {
                ATTR_USER_ID: person.user_id,
                "name": person.name,
                "access": await async_access(hass, person.access, msg),
                "at": [
                    judge_now(hass, person.access, moment=now, door=door.unique_id) is None
                    for door in doors
                ],
            }
            for person in found[msg["offset"] : msg["offset"] + msg["limit"]]
        ],
    }


def _in_order(people: Iterable[RosterPerson], everybody: bool) -> list[RosterPerson]:  # noqa: FBT001
    """Return those who may not always enter by name, and perhaps everybody else."""
    found = [p for p in people if everybody or p.access.is_limited]
    in_order = by_name(found, attrgetter("name"))
    return sorted(in_order, key=lambda person: not person.access.is_limited)


ACCESS_COMMANDS: Final = (access_get, access_set, access_list)
