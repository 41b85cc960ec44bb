"""Texts of ours in the language of Home Assistant, where no frontend translates."""

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.translation import async_get_cached_translations

from .const import DOMAIN


@callback
def text(hass: HomeAssistant, key: str, **placeholders: str) -> str:
    """Return the text `common.<key>` of our translations, the key if there is none."""
    found = async_get_cached_translations(hass, hass.config.language, "common", DOMAIN)
    template = found.get(f"component.{DOMAIN}.common.{key}", key)
    for name, value in placeholders.items():
        # Not str.format: names are users' input, and may contain braces.
        template = template.replace(f"{{{name}}}", value)
    return template
