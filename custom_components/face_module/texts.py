"""Texts of ours in the language of Home Assistant, where no frontend translates."""

import re
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN

_PLACEHOLDER: Final = re.compile(r"{(\w+)}")


@callback
def text(hass: HomeAssistant, key: str, **placeholders: str) -> str:
    """Return the text `common.<key>` of our translations, the key if there is none."""
    found = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    template = found.get(f"component.{DOMAIN}.common.{key}", key)
    # In one pass: names are users' input, and may look like placeholders.
    return _PLACEHOLDER.sub(lambda m: placeholders.get(m[1], m[0]), template)
