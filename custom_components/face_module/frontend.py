"""The dashboard cards (www/): served, and loaded on every page by themselves."""

import hashlib
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import add_extra_js_url
from homeassistant.components.http.server import StaticPathConfig
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_when_setup

from .const import DOMAIN

_WWW: Final = Path(__file__).parent / "www"
_ENTRY: Final = "face-module.js"


async def async_setup_frontend(hass: HomeAssistant) -> None:
    """Serve the cards and have them loaded, once the frontend is there.

    Once for each start of Home Assistant. Without a frontend nothing happens.
    """
    integration = await async_get_integration(hass, DOMAIN)
    content = await hass.async_add_executor_job(_hash, _WWW)
    version = f"{integration.version}-{content}"
    # In the path, because the modules import each other by relative addresses: browsers
    # keep them for a month.
    base = f"/{DOMAIN}_static/{version}"
    await hass.http.async_register_static_paths([StaticPathConfig(base, str(_WWW))])

    async def load(hass: HomeAssistant, _component: str) -> None:
        add_extra_js_url(hass, f"{base}/{_ENTRY}?v={version}")

    async_when_setup(hass, "frontend", load)


def _hash(folder: Path) -> str:
    """Return what changes with any file: not the time, which copying changes."""
    found = hashlib.sha256()
    for path in sorted(folder.glob("*.js")):
        found.update(path.name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]
