"""An access rule in one sentence, in English or Chinese."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from itertools import groupby
from typing import Any, Final, NamedTuple

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util, language as language_util

from ..const import DOMAIN
from ..texts import filled, joined
from .rule import AccessMode, AccessRule, Match

# Between conditions, entities of which all, and of which any must be on, and doors.
_JOINTS: Final = {
    "en": (", ", " and ", " or ", " and "),
    "zh-Hans": ("，", "且", "或", "、"),  # noqa: RUF001
}
_DAYS: Final = {
    "en": (
        ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
        " to ",
    ),
    "zh-Hans": ([f"周{day}" for day in "一二三四五六日"], "至"),
}
_WEEK: Final = (
    *("monday", "tuesday", "wednesday", "thursday"),
    *("friday", "saturday", "sunday"),
)

type Hours = tuple[tuple[time, time], ...]


async def async_rule_text(
    hass: HomeAssistant, rule: AccessRule, language: str | None = None
) -> str:
    """Return a rule in words of a language of ours, else English; None: the system's."""
    found = language_util.matches(language or hass.config.language, _JOINTS)
    words = _Words(
        found[0] if found else "en",
        await async_get_translations(hass, found[0] if found else "en", "common", [DOMAIN]),
    )
    if rule.mode is not AccessMode.RULE:
        return words.say(rule.mode)
    conditions = [*await _async_while(hass, words, rule)]
    for key, moment in (("from", rule.start), ("until", rule.end)):
        if moment is not None:
            conditions.append(words.say(key, time=words.time(moment)))
    if rule.visits:
        key = "visits_one" if rule.visits == 1 else "visits"
        conditions.append(words.say(key, count=str(rule.visits)))
    if rule.doors:
        doors = joined(words.joints[3], (door_name(hass, one) for one in rule.doors))
        conditions.append(words.say("doors", doors=doors))
    if rule.remove_afterwards:
        conditions.append(words.say("remove"))
    key = "rule"
    if rule.visits == 0:
        key = "used_up_rule" if conditions else "used_up"
    return words.say(key, conditions=joined(words.joints[0], conditions))


class _Words(NamedTuple):
    """The words of one language."""

    language: str
    texts: Mapping[str, str]

    @property
    def joints(self) -> tuple[str, str, str, str]:
        return _JOINTS[self.language]

    def say(self, key: str, **placeholders: str) -> str:
        text = self.texts[f"component.{DOMAIN}.common.access_{key}"]
        return filled(text, placeholders)

    def time(self, moment: datetime) -> str:
        local = dt_util.as_local(moment)
        if self.language == "zh-Hans":
            return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"
        return f"{local.day} {local:%B} {local.year} {local:%H:%M}"

    def hours(self, week: Iterable[Hours]) -> str:
        """Return the hours of a week, days in a row with the same ones together."""
        names, to = _DAYS[self.language]
        told = []
        for hours, group in groupby(enumerate(week), key=lambda day: day[1]):
            days = [number for number, _ in group]
            if not hours:
                continue
            day = names[days[0]]
            if len(days) > 1:
                day = f"{day}{to}{names[days[-1]]}"
            told.append(f"{day} {joined(self.joints[1], map(_hours, hours))}")
        return self.joints[0].join(told)


async def _async_while(hass: HomeAssistant, words: _Words, rule: AccessRule) -> list[str]:
    """Return what must be on."""
    entities = [await _async_entity(hass, words, entity_id) for entity_id in rule.entities]
    if not entities:
        return []
    joint = words.joints[2 if rule.match is Match.ANY else 1]
    return [words.say("while", entities=joined(joint, entities))]


async def _async_entity(hass: HomeAssistant, words: _Words, entity_id: str) -> str:
    domain = entity_id.partition(".")[0]
    if domain == "schedule" and (week := await _async_week(hass, entity_id)):
        return words.say("hours", hours=words.hours(week))
    key = "is_home" if domain == "person" else "is_on"
    return words.say(key, name=entity_name(hass, entity_id))


async def _async_week(hass: HomeAssistant, entity_id: str) -> list[Hours]:
    """Return the hours of a schedule, Monday first; nothing where it does not say."""
    try:
        answer: Any = await hass.services.async_call(
            "schedule",
            "get_schedule",
            {ATTR_ENTITY_ID: entity_id},
            blocking=True,
            return_response=True,
        )
        days = answer[entity_id]
        week = [tuple((block["from"], block["to"]) for block in days[day]) for day in _WEEK]
    except HomeAssistantError, LookupError, TypeError:
        return []
    return week if any(week) else []


def _hours(block: tuple[time, time]) -> str:
    since, until = block
    end = "24:00" if until == time.max else f"{until:%H:%M}"
    return f"{since:%H:%M}–{end}"  # noqa: RUF001


@callback
def entity_name(hass: HomeAssistant, entity_id: str) -> str:
    """Return what an entity is called, its id where nobody says."""
    if (state := hass.states.get(entity_id)) is not None:
        return state.name
    found = er.async_get(hass).async_get(entity_id)
    return (found and (found.name or found.original_name)) or entity_id


@callback
def door_name(hass: HomeAssistant, serial: str) -> str:
    """Return what the module of a serial number is called, the number for none of ours."""
    entry = hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, serial)
    if entry is None:
        return serial
    identifier = (DOMAIN, serial)
    device = dr.async_get(hass).async_get_device_by_identifier(identifier, entry.entry_id)
    return (device and device.name_by_user) or entry.title
