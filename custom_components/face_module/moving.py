"""A module that was told to move: who answers where, and where it ended up."""

import asyncio
from typing import Final

from .client import FaceModuleClient, FaceModuleConnectionError, FaceModuleError

# A changed address is in force 5 s after the answer; then the network has to notice.
MOVE_BEGINS: Final = 6.0
MOVE_RETRY: Final = 2.0
MOVE_ENDS: Final = 60.0
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


async def async_await_move(
    new: FaceModuleClient, old: FaceModuleClient, serial: str | None
) -> str:
    """Wait for the module at its new address; return how it ended.

    `network_changed`: it answers there. `network_unchanged`: it answers where it was.
    `network_lost`: it answers nowhere.
    """
    loop = asyncio.get_running_loop()
    ends = loop.time() + MOVE_ENDS
    await asyncio.sleep(MOVE_BEGINS)
    while loop.time() < ends:
        if await async_serial_at(new) == serial:
            return "network_changed"
        await asyncio.sleep(MOVE_RETRY)
    return "network_unchanged" if await async_serial_at(old) == serial else "network_lost"
