"""Whoever speaks to Assist, and the words of their language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er, intent
from homeassistant.helpers.translation import async_get_translations
from homeassistant.util import dt as dt_util, language as language_util

from ..const import DOMAIN
from ..texts import comma, filled

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
    `assistant` is who was spoken to; only what is exposed to it is spoken of.
    """

    hass: HomeAssistant
    language: str
    user_id: str | None
    area_id: str | None
    source: str
    assistant: str | None
    _texts: Mapping[str, str] = field(repr=False)
    _errors: Mapping[str, str] = field(repr=False)

    def say(self, key: str, **placeholders: str) -> str:
        """Return the text `common.voice_<key>`."""
        template = self._texts[f"component.{DOMAIN}.common.voice_{key}"]
        return filled(template, placeholders)

    def join(self, sentences: Iterable[str]) -> str:
        """Return several sentences one after another."""
        return (" " if self.language == "en" else "").join(sentences)

    @property
    def comma(self) -> str:
        """What stands between the parts of a list."""
        return comma(self.language)

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
    return Speaker(
        hass,
        language,
        user_id,
        _area_of(intent_obj),
        source,
        intent_obj.assistant,
        texts,
        errors,
    )


def _area_of(intent_obj: intent.Intent) -> str | None:
    """Return the area of the satellite, else of its device."""
    hass = intent_obj.hass
    satellite = er.async_get(hass).async_get(intent_obj.satellite_id or "")
    if satellite is not None and satellite.area_id is not None:
        return satellite.area_id
    device_id = intent_obj.device_id or (satellite.device_id if satellite else None)
    device = dr.async_get(hass).async_get(device_id or "")
    return device.area_id if device else None


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
