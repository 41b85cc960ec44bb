"""The page in the sidebar: there with the first module, gone with the last."""

from typing import Any

from homeassistant.components.frontend import DATA_PANELS
from homeassistant.const import EVENT_COMPONENT_LOADED
from homeassistant.core import HomeAssistant
from homeassistant.setup import ATTR_COMPONENT

from custom_components.face_module.const import DOMAIN

from .conftest import Another, SetUp, settle


async def panel(hass: HomeAssistant) -> dict[str, Any] | None:
    """Return what the sidebar has of us."""
    await settle(hass)
    found = hass.data.get(DATA_PANELS, {}).get(DOMAIN)
    return None if found is None else dict(found.to_response())


async def test_it_comes_with_the_first_module_and_goes_with_the_last(
    hass: HomeAssistant, base_url: str, set_up: SetUp
) -> None:
    hass.config.components.add("frontend")
    assert await panel(hass) is None
    entry = await set_up()
    shown = await panel(hass)
    assert shown is not None
    assert shown["title"] == "Face module"
    assert not shown["require_admin"]
    module = shown["config"]["_panel_custom"]
    assert module["name"] == "face-module-page"
    assert module["module_url"].endswith("/page/panel.js")
    await hass.config_entries.async_reload(entry.entry_id)
    assert await panel(hass) == shown
    await hass.config_entries.async_remove(entry.entry_id)
    assert await panel(hass) is None


async def test_it_stays_while_there_is_a_module(
    hass: HomeAssistant, base_url: str, set_up: SetUp, another: Another
) -> None:
    hass.config.components.add("frontend")
    entry = await set_up()
    await hass.config_entries.async_remove(entry.entry_id)
    assert await panel(hass)


async def test_it_waits_for_a_frontend_that_comes_later(
    hass: HomeAssistant, base_url: str, set_up: SetUp
) -> None:
    await set_up()
    assert await panel(hass) is None
    hass.config.components.add("frontend")
    hass.bus.async_fire(EVENT_COMPONENT_LOADED, {ATTR_COMPONENT: "frontend"})
    assert await panel(hass)
