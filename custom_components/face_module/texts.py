"""Texts of ours in the language of Home Assistant, where no frontend translates."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import reduce
from itertools import chain, islice
import re
from typing import Final
import unicodedata

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.translation import async_get_cached_translations
from homeassistant.util import dt as dt_util

from .const import DOMAIN

# So many are named in a repair.
NAMED: Final = 10

_MARKUP: Final = r"\`*_{}[]()<>#!|~:@"
# Made a link without any markup.
_BARE_LINK: Final = re.compile(r"(www)\.", re.IGNORECASE)
_PLACEHOLDER: Final = re.compile(r"{(\w+)}")


@callback
def text(hass: HomeAssistant, key: str, **placeholders: str) -> str:
    """Return the text `common.<key>` of our translations, the key if there is none."""
    found = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    return filled(found.get(f"component.{DOMAIN}.common.{key}", key), placeholders)


@callback
def entity_name(hass: HomeAssistant, platform: str, key: str) -> str:
    """Return what an entity is called in the language of Home Assistant."""
    found = async_get_cached_translations(hass, hass.config.language, "entity", DOMAIN)
    return found.get(f"component.{DOMAIN}.entity.{platform}.{key}.name", key)


@callback
def integration_name(hass: HomeAssistant) -> str:
    """Return what the integration is called in the language of Home Assistant."""
    found = async_get_cached_translations(hass, hass.config.language, "title", DOMAIN)
    return found.get(f"component.{DOMAIN}.title", DOMAIN)


@callback
def error_text(hass: HomeAssistant, err: HomeAssistantError) -> str:
    """Return what an error says; ours in the language of Home Assistant."""
    if err.translation_domain != DOMAIN:
        return str(err)
    found = async_get_cached_translations(hass, hass.config.language, "exceptions", DOMAIN)
    key = f"component.{DOMAIN}.exceptions.{err.translation_key}.message"
    return filled(found.get(key, str(err)), err.translation_placeholders or {})


def filled(template: str, placeholders: Mapping[str, str]) -> str:
    """Return a text with its placeholders replaced; those without a value stay."""
    # In one pass: names are users' input, and may look like placeholders.
    parts = _PLACEHOLDER.split(template)
    parts[1::2] = [placeholders.get(key, f"{{{key}}}") for key in parts[1::2]]
    return joined("", parts)


def joined(joint: str, parts: Iterable[str]) -> str:
    """Return texts joined as one, as people write Chinese beside other letters."""
    between = chain.from_iterable((joint, part) for part in parts)
    return reduce(_beside, islice(between, 1, None), "")


def comma(language: str) -> str:
    """Return what stands between the parts of a list in a language."""
    return "、" if language == "zh-Hans" else ", "


@callback
def listed(hass: HomeAssistant, names: Iterable[str]) -> str:
    """Return names as a list, as people write it in the language of Home Assistant."""
    return comma(hass.config.language).join(names)


def bullets(shown: Iterable[str], count: int) -> str:
    """Return lines of Markdown as a list; of `count` in all the rest is only counted."""
    lines = [f"- {line}" for line in shown]
    if (more := count - len(lines)) > 0:
        lines.append(f"- … (+{more})")
    return "\n".join(lines)


def _beside(left: str, right: str) -> str:
    """Return both, with a space where a Chinese character meets a letter or a digit."""
    meet = left[-1:], right[:1]
    apart = any(map(_is_han, meet)) and any(map(_is_narrow, meet))
    return f"{left} {right}" if apart else left + right


def _is_han(char: str) -> bool:
    return "\u4e00" <= char <= "\u9fff"


def _is_narrow(char: str) -> bool:
    return char.isalnum() and unicodedata.east_asian_width(char) not in ("W", "F")


def plain(value: object) -> str:
    """Return text that Markdown does not read as markup: names are users' input."""
    text = " ".join(str(value).split())
    text = "".join(f"\\{char}" if char in _MARKUP else char for char in text)
    return _BARE_LINK.sub(r"\1\.", text)


@callback
def name_or_unknown(hass: HomeAssistant, name: str | None) -> str:
    """Return a name, or words for somebody who has none."""
    return name or text(hass, "somebody_unknown")


def local_time(time: datetime) -> str:
    """Return date and time of day where Home Assistant is."""
    return dt_util.as_local(time).strftime("%Y-%m-%d %H:%M:%S")
