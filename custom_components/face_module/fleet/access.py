"""Saying who may enter: checked, and on disk when it is done."""

from collections.abc import Iterable, Mapping
from copy import replace
from datetime import datetime
from typing import Any, Final

from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.util import dt as dt_util
import voluptuous as vol

from ..client import FaceModuleError
from ..const import DOMAIN
from ..errors import invalid
from ..people.asked import is_there
from ..people.conflicts import DATA_CONFLICTS
from ..people.identity import plain_name
from ..people.names import clean_name
from ..people.person import RosterPerson
from ..people.roster import DATA_ROSTER
from ..people.rule import (
    ENTITY_DOMAINS,
    MAX_ENTITIES,
    MAX_VISITS,
    AccessMode,
    AccessRule,
    Match,
)
from ..runtime import device_of, loaded_entries
from .times import INSTANT

RULE_FIELDS: Final[Mapping[vol.Marker, Any]] = {
    vol.Required("mode"): vol.In([*map(str, AccessMode)]),
    vol.Optional("start"): INSTANT,
    vol.Optional("end"): INSTANT,
    vol.Optional("entities", default=list): cv.entity_ids,
    vol.Optional("match", default=Match.ALL.value): vol.In([*map(str, Match)]),
    vol.Optional("visits"): vol.All(vol.Coerce(int), vol.Range(min=0, max=MAX_VISITS)),
    vol.Optional(ATTR_DEVICE_ID, default=list): vol.All(cv.ensure_list, [cv.string]),
    vol.Optional("remove_afterwards", default=False): cv.boolean,
}


@callback
def rule_from(
    hass: HomeAssistant, data: Mapping[str, Any], *, also: Iterable[str] = ()
) -> AccessRule:
    """Return the rule of checked fields; one with conditions has some doors `also`.

    Raises ServiceValidationError for a device that is no module.
    """
    mode = AccessMode(data["mode"])
    return AccessRule(
        mode=mode,
        start=data.get("start"),
        end=data.get("end"),
        entities=tuple(dict.fromkeys(data["entities"])),
        match=Match(data["match"]),
        visits=data.get("visits"),
        doors=(
            *doors_of(hass, data[ATTR_DEVICE_ID]),
            *(also if mode is AccessMode.RULE else ()),
        ),
        remove_afterwards=data["remove_afterwards"],
    )


async def async_person_of_id(hass: HomeAssistant, user_id: str) -> RosterPerson:
    """Return who has a user id, in the roster and on modules that answer.

    Raises ServiceValidationError where that is nobody, or not only one. GetUserInfo.
    """
    roster = hass.data[DATA_ROSTER]
    people = roster.of_id(user_id)
    if len(people) > 1 or user_id in hass.data[DATA_CONFLICTS].open:
        raise invalid("several_people", user_id=user_id)
    names = {plain_name(person.name): person.name for person in people}
    for entry in loaded_entries(hass):
        if people and not entry.runtime_data.coordinator.last_update_success:
            continue
        try:
            name = await entry.runtime_data.people.async_holder(user_id)
        except FaceModuleError:
            continue
        if name is not None:
            names[plain_name(name)] = name or user_id
    if len(names) > 1:
        raise invalid("several_people", user_id=user_id)
    if people:
        return people[0]
    for name in names.values():
        return roster.async_new(user_id, name)
    raise invalid("user_unknown", user_id=user_id)


@callback
def person_called(
    hass: HomeAssistant, user_id: str, name: str, entry_id: str | None
) -> RosterPerson:
    """Return who has a user id and a name, that a module told or that is whole."""
    roster = hass.data[DATA_ROSTER]
    if entry_id is not None:
        known = roster.who(entry_id, user_id, name)
    else:
        known = roster.called(user_id, roster.whole_name(user_id, name))
    return known or roster.async_new(user_id, clean_name(name))


async def async_set_access(
    hass: HomeAssistant, person: RosterPerson, rule: AccessRule
) -> None:
    """Let a rule be somebody's, from now on; it is on disk when it returns.

    Raises ServiceValidationError for a rule that makes no sense.
    """
    check_rule(hass, rule, dt_util.utcnow())
    roster = hass.data[DATA_ROSTER]
    now = roster.get(person.key) or person
    roster.async_put(replace(now, access=rule))
    await roster.async_save()


@callback
def check_rule(hass: HomeAssistant, rule: AccessRule, now: datetime) -> None:
    """Raise ServiceValidationError for a rule that makes no sense."""
    is_empty = replace(rule, mode=AccessMode.ALWAYS) == AccessRule(match=rule.match)
    if rule.mode is not AccessMode.RULE:
        if not is_empty:
            raise invalid("access_conditions_unused")
        return
    if is_empty:
        raise invalid("access_no_condition")
    if rule.start is not None and rule.end is not None and rule.end <= rule.start:
        raise invalid("access_end_before_start")
    if len(rule.entities) > MAX_ENTITIES:
        raise invalid("access_too_many_entities", count=str(MAX_ENTITIES))
    for entity_id in rule.entities:
        _check_entity(hass, entity_id)
    if rule.remove_afterwards and not rule.is_guest:
        raise invalid("access_never_over")
    if rule.remove_afterwards and rule.is_over(now):
        raise invalid("access_over")


def _check_entity(hass: HomeAssistant, entity_id: str) -> None:
    if entity_id.partition(".")[0] not in ENTITY_DOMAINS:
        raise invalid("access_entity_kind", entity=entity_id)
    if not is_there(hass, entity_id):
        raise invalid("access_entity_unknown", entity=entity_id)


@callback
def doors_of(hass: HomeAssistant, device_ids: Iterable[str]) -> tuple[str, ...]:
    """Return the serial numbers of devices; raises ServiceValidationError for others."""
    registry, doors = dr.async_get(hass), dict[str, None]()
    for device_id in device_ids:
        device = registry.async_get(device_id)
        entry = device and hass.config_entries.async_get_entry(device.config_entry_id)
        serial = entry and entry.domain == DOMAIN and entry.unique_id
        if not device or not serial or (DOMAIN, serial) not in device.identifiers:
            raise invalid("access_door_unknown", device_id=device_id)
        doors[serial] = None
    return tuple(doors)


@callback
def unknown_doors(hass: HomeAssistant, rule: AccessRule) -> tuple[str, ...]:
    """Return the doors of a rule that no form can show.

    Without them somebody who may not enter anywhere else could do so everywhere.
    """
    known = devices_of(hass, rule.doors)
    return tuple(serial for serial in rule.doors if serial not in known)


@callback
def devices_of(hass: HomeAssistant, doors: Iterable[str]) -> dict[str, str]:
    """Return the device ids of serial numbers; those that are no module's are left out."""
    found: dict[str, str] = {}
    for serial in doors:
        entry = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, serial)
        if entry and (device := device_of(hass, entry)):
            found[serial] = device.id
    return found
