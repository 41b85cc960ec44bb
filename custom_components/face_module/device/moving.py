"""A module that was told to move: who answers where, and where it ended up."""

import asyncio
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_HOST
from homeassistant.core import HomeAssistant, callback

from ..client import (
    FaceModuleClient,
    FaceModuleConnectionError,
    FaceModuleError,
    same_serial,
)
from ..const import DOMAIN, LOGGER
from .connection import client_for

# A changed address is in force 5 s after the answer; then the network has to notice.
MOVE_BEGINS: Final = 6.0
MOVE_RETRY: Final = 2.0
MOVE_ENDS: Final = 60.0
# However long each look takes, on a machine that has no time for it.
MOVE_LOOKS: Final = 5
# Long enough for a module on the LAN, short enough for a form that somebody looks at.
LOOK_TIMEOUT: Final = 3.0


async def async_serial_at(client: FaceModuleClient) -> str | None:
    """Return who answers there: a serial, an empty string for others, None for nobody."""
    try:
        async with asyncio.timeout(LOOK_TIMEOUT):
            return await client.get_device_id()
    except FaceModuleConnectionError, TimeoutError:
        return None
    except FaceModuleError:
        return ""


@callback
def async_follow(hass: HomeAssistant, entry: ConfigEntry, host: str) -> asyncio.Task[str]:
    """Begin to follow a module that was told to move to `host`.

    The entry follows it there, whether or not anybody waits for the task. That says how
    it ended:
    `network_changed`: it answers there. `network_unchanged`: it answers where it was.
    `network_lost`: it answers nowhere.
    """
    return hass.async_create_background_task(
        _async_follow(hass, entry, host), f"{DOMAIN} move"
    )


async def _async_follow(hass: HomeAssistant, entry: ConfigEntry, host: str) -> str:
    old = client_for(hass, entry.data)
    new = client_for(hass, {**entry.data, CONF_HOST: host})
    loop = asyncio.get_running_loop()
    ends, looks = loop.time() + MOVE_ENDS, 0
    await asyncio.sleep(MOVE_BEGINS)
    while loop.time() < ends or looks < MOVE_LOOKS:
        looks += 1
        if same_serial(await async_serial_at(new), entry.unique_id):
            # It may have been removed meanwhile.
            if hass.config_entries.async_get_entry(entry.entry_id) is entry:
                data = {**entry.data, CONF_HOST: host}
                hass.config_entries.async_update_entry(entry, data=data)
                hass.config_entries.async_schedule_reload(entry.entry_id)
            return "network_changed"
        await asyncio.sleep(MOVE_RETRY)
    if same_serial(await async_serial_at(old), entry.unique_id):
        return "network_unchanged"
    LOGGER.warning("%s was told to move and answers nowhere", entry.title)
    return "network_lost"
