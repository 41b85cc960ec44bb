"""Whoever speaks to Assist: their language, the module and the person they mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import area_registry as ar, device_registry as dr, intent
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util, language as language_util

from .const import DOMAIN
from .models import FaceModuleConfigEntry, loaded_entry
from .texts import filled

LANGUAGES: Final = ("en", "zh-Hans")
_DAYS_ZH: Final = "一二三四五六日"
# From which hour on a time of day is called so.
_PARTS_ZH: Final = (
    (0, "凌晨"),
    (5, "早上"),
    (8, "上午"),
    (11, "中午"),
    (13, "下午"),
    (18, "晚上"),
)
_WEEK: Final = 7
_NOON: Final = 12


class RefusalError(Exception):
    """What cannot be done, as a key of the texts with its placeholders."""

    def __init__(self, key: str, **placeholders: str) -> None:
        super().__init__(key)
        self.key = key
        self.placeholders = placeholders


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, and the words of their language.

    `source` is the satellite, device or user: a confirmation must come from the same.
    """

    hass: HomeAssistant
    language: str
    user_id: str | None
    area_id: str | None
    source: str
    _texts: Mapping[str, str] = field(repr=False)
    _errors: Mapping[str, str] = field(repr=False)

    def say(self, key: str, **placeholders: str) -> str:
        """Return the text `common.voice_<key>`."""
        template = self._texts[f"component.{DOMAIN}.common.voice_{key}"]
        return filled(template, placeholders)

    def explain(self, err: HomeAssistantError) -> str:
        """Return what an error says; ours in the language of the speaker."""
        template = self._errors.get(
            f"component.{DOMAIN}.exceptions.{err.translation_key}.message", str(err)
        )
        return filled(template, err.translation_placeholders or {})

    def when(self, moment: datetime) -> str:
        """Return a time as people say it, with the day unless it is today's."""
        return spoken_time(self.language, moment, dt_util.now())


async def async_speaker(intent_obj: intent.Intent) -> Speaker:
    """Return who speaks. Other languages than ours are answered in English."""
    hass = intent_obj.hass
    found = language_util.matches(intent_obj.language, LANGUAGES)
    language = found[0] if found else LANGUAGES[0]
    texts = await async_get_translations(hass, language, "common", [DOMAIN])
    errors = await async_get_translations(hass, language, "exceptions", [DOMAIN])
    user_id = intent_obj.context.user_id
    source = intent_obj.satellite_id or intent_obj.device_id or user_id or ""
    device = dr.async_get(hass).async_get(intent_obj.device_id or "")
    area_id = device.area_id if device else None
    return Speaker(hass, language, user_id, area_id, source, texts, errors)


def spoken_time(language: str, moment: datetime, now: datetime) -> str:
    """Return a time as people say it; `moment` and `now` have a time zone."""
    local, now = dt_util.as_local(moment), dt_util.as_local(now)
    days = (now.date() - local.date()).days
    hour = local.hour % _NOON or _NOON
    if language == "zh-Hans":
        part = next(word for since, word in reversed(_PARTS_ZH) if local.hour >= since)
        clock = f"{hour}点" + (f"{local.minute:02}分" if local.minute else "整")
        if 0 <= days <= len("今昨前") - 1:
            return f"{'今昨前'[days]}天{part}{clock}"
        if 0 <= days < _WEEK:
            return f"星期{_DAYS_ZH[local.weekday()]}{part}{clock}"
        return f"{local.month}月{local.day}日{part}{clock}"
    clock = f"{hour}:{local.minute:02} {'AM' if local.hour < _NOON else 'PM'}"
    if 0 <= days <= 1:
        return f"{('today', 'yesterday')[days]} at {clock}"
    if 0 <= days < _WEEK:
        return f"on {local:%A} at {clock}"
    return f"on {local:%B} {local.day} at {clock}"


# Modules


def module_of(
    speaker: Speaker, named: str | None = None, *, has: str | None = None
) -> FaceModuleConfigEntry:
    """Return the module that is meant: named, of the speaker's area, or the only one.

    With `has` the only one that has this option set. Raises RefusalError.
    """
    entries = speaker.hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    if not entries:
        raise RefusalError("no_module")
    if named:
        found = _named(speaker.hass, entries, named)
        if not found:
            raise RefusalError("no_such_module", name=named)
    else:
        found = [
            entry
            for entry in entries
            if speaker.area_id and speaker.area_id == _area(speaker.hass, entry)
        ] or entries
        if has and len(found) > 1:
            found = [entry for entry in found if entry.options.get(has)] or found
    if len(found) > 1:
        space = " " if speaker.language == "en" else ""
        either = f"{space}{speaker.say('or')}{space}"
        names = either.join(name_of(speaker.hass, entry) for entry in found)
        raise RefusalError("which_module", names=names)
    return ready(speaker.hass, found[0])


def ready(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> FaceModuleConfigEntry:
    """Return a module that is set up; raises RefusalError for one that is not."""
    if (loaded := loaded_entry(hass, entry.entry_id)) is None:
        raise RefusalError("offline", module=name_of(hass, entry))
    return loaded


def name_of(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> str:
    """Return how the user calls a module."""
    device = _device(hass, entry)
    return (device and device.name_by_user) or entry.title


def _device(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> dr.DeviceEntry | None:
    identifier = (DOMAIN, entry.unique_id or "")
    registry = dr.async_get(hass)
    return registry.async_get_device_by_identifier(identifier, entry.entry_id)


def _area(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> str | None:
    device = _device(hass, entry)
    return device.area_id if device else None


def _named(
    hass: HomeAssistant, entries: list[FaceModuleConfigEntry], named: str
) -> list[FaceModuleConfigEntry]:
    """Return the modules of that name or in that area, else those that contain it."""
    wanted = named.casefold().removeprefix("the ").replace(" ", "")
    names: dict[str, list[str]] = {}
    for entry in entries:
        area = ar.async_get(hass).async_get_area(_area(hass, entry) or "")
        called = (entry.title, name_of(hass, entry), area.name if area else "")
        names[entry.entry_id] = [name.casefold().replace(" ", "") for name in called]
    same = [entry for entry in entries if wanted in names[entry.entry_id]]
    return same or [
        entry
        for entry in entries
        if wanted and any(wanted in name for name in names[entry.entry_id])
    ]
