"""The dashboard cards (www/), loaded on every page by themselves, and the page of our own.

A browser that was open before the first module came knows nothing of the cards until it
is reloaded. The page is a panel that brings its own modules, so that it is there at once.
"""

import hashlib
from pathlib import Path
from typing import Final

from homeassistant.components.frontend import (
    add_extra_js_url,
    async_panel_exists,
    async_register_built_in_panel,
    async_remove_panel,
)
from homeassistant.components.http.server import StaticPathConfig
from homeassistant.core import HomeAssistant, callback
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_when_setup
from homeassistant.util.hass_dict import HassKey

from .const import DOMAIN, PAGE
from .texts import text

_FRONTEND: Final = "frontend"
_WWW: Final = Path(__file__).parent / "www"
_ENTRY: Final = "face-module.js"
_LOADED: Final = (".js", ".json")
_PAGE_ENTRY: Final = "page/panel.js"
_DATA_BASE: HassKey[str] = HassKey(f"{DOMAIN}_static")


async def async_setup_frontend(hass: HomeAssistant) -> None:
    """Serve the cards and have them loaded, once the frontend is there.

    Once for each start of Home Assistant. Without a frontend nothing happens.
    """
    integration = await async_get_integration(hass, DOMAIN)
    content = await hass.async_add_executor_job(_hash, _WWW)
    version = f"{integration.version}-{content}"
    # In the path, because the modules import each other by relative addresses: browsers
    # keep them for a month.
    hass.data[_DATA_BASE] = base = f"/{DOMAIN}_static/{version}"
    await hass.http.async_register_static_paths([StaticPathConfig(base, str(_WWW))])

    async def load(hass: HomeAssistant, _component: str) -> None:
        # Before modules answer that may be slow, or away.
        async_show_page(hass)
        add_extra_js_url(hass, f"{base}/{_ENTRY}?v={version}")

    async_when_setup(hass, _FRONTEND, load)


@callback
def async_show_page(hass: HomeAssistant) -> None:
    """Have the page in the sidebar, where there are modules and a frontend.

    Again is no harm; where the frontend comes later it is shown then.
    """
    if (
        _FRONTEND not in hass.config.components
        or async_panel_exists(hass, PAGE)
        or not hass.config_entries.async_entries(DOMAIN, include_disabled=False)
    ):
        return
    module = {
        "name": "face-module-page",
        "module_url": f"{hass.data[_DATA_BASE]}/{_PAGE_ENTRY}",
        "embed_iframe": False,
        "trust_external": False,
    }
    async_register_built_in_panel(
        hass,
        "custom",
        sidebar_title=text(hass, "page"),
        sidebar_icon="mdi:face-recognition",
        frontend_url_path=PAGE,
        config={"_panel_custom": module},
    )


@callback
def async_remove_page(hass: HomeAssistant) -> None:
    """Take the page out of the sidebar."""
    async_remove_panel(hass, PAGE, warn_if_unknown=False)


def _hash(folder: Path) -> str:
    """Return what changes with any file: not the time, which copying changes."""
    found = hashlib.sha256()
    for path in sorted(one for one in folder.rglob("*") if one.suffix in _LOADED):
        name = path.relative_to(folder).as_posix()
        found.update(name.encode() + b"\0" + path.read_bytes())
    return found.hexdigest()[:12]
