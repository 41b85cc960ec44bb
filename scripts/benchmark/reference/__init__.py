"""What the integration is measured against: the least that webhooks could do.

The benchmark links this folder into the configuration that it makes.
"""

import _sqlite3
import asyncio
import base64
from collections import Counter
from collections.abc import Awaitable, Callable
import ctypes
from functools import partial
import gc
from pathlib import Path
import shutil
import sys
import time
from typing import Any

from aiohttp.web import Request, Response, json_response
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.discovery import async_load_platform
from homeassistant.helpers.dispatcher import async_dispatcher_send
from homeassistant.helpers.recorder import get_instance
from homeassistant.helpers.typing import ConfigType
from homeassistant.util.json import json_loads_object

from .const import DOMAIN, RECOGNIZED, Seen

# The longest callbacks of the event loop are told.
_TOLD = 5
_NAIVE = ("mask_score", "rgb_liveness_score", "nir_liveness_score")

type Handler = Callable[[HomeAssistant, str, Request], Awaitable[Response | None]]


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the webhooks and add the two entities."""
    for name, handler in _HANDLERS.items():
        # As long as the ids that Home Assistant makes: WEBHOOK in load.py.
        webhook_id = f"{name:0<64}"
        webhook.async_register(hass, DOMAIN, name, webhook_id, handler, local_only=True)
    for platform in (Platform.EVENT, Platform.IMAGE):
        hass.async_create_task(async_load_platform(hass, platform, DOMAIN, {}, config))
    return True


async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Add the sensors of an entry."""
    await hass.config_entries.async_forward_entry_setups(entry, [Platform.SENSOR])
    return True


async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry) -> bool:
    """Remove the sensors of an entry."""
    return await hass.config_entries.async_unload_platforms(entry, [Platform.SENSOR])


async def _bare(hass: HomeAssistant, webhook_id: str, request: Request) -> None:
    """Read and parse."""
    json_loads_object(await request.read())


async def _recognition(hass: HomeAssistant, webhook_id: str, request: Request) -> None:
    """Decode the picture, and update one image and one event entity."""
    body = json_loads_object(await request.read())
    seen = Seen(
        attributes={
            "user_id": body["user_id"],
            "name": body["username"],
            "score": body["score"],
            "device_time": body["timestamp"],
        },
        picture=base64.b64decode(str(body["image"])),
    )
    async_dispatcher_send(hass, RECOGNIZED, seen)


async def _naive(hass: HomeAssistant, webhook_id: str, request: Request) -> None:
    """Write every score as it comes."""
    body = json_loads_object(await request.read())
    for key in _NAIVE:
        hass.states.async_set(f"sensor.naive_{body['device_id']}_{key}", str(body[key]))


async def _stalls(hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
    """Return the longest callbacks of the event loop since the last call."""
    asyncio.events.Handle._run = _timed  # type: ignore[assignment, method-assign]  # noqa: SLF001
    answer = [(round(ms, 1), what) for ms, what in _longest]
    _longest.clear()
    return json_response(answer)


async def _set_up(hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
    """Unload the entries of an integration; return how long their set-up takes (s).

    In between the file `copy`, if there is one, takes the place of another. It begins
    when what unloading left is done: the recorder writes for a quarter of a second, and
    a full collection of Python's takes a third of one, of whichever set-up it is due in.
    """
    said = json_loads_object(await request.read())
    domain = str(said["domain"])
    ids = [entry.entry_id for entry in hass.config_entries.async_entries(domain)]
    await asyncio.gather(*map(hass.config_entries.async_unload, ids))
    if "copy" in said:
        place = partial(_take_place, str(said["copy"]), str(said["to"]))
        await hass.async_add_executor_job(place)
    await get_instance(hass).async_block_till_done()
    gc.collect()
    # What is timed as a callback is told when it has ended.
    await asyncio.sleep(0)
    _longest.clear()
    begun = time.perf_counter()
    await asyncio.gather(*map(hass.config_entries.async_setup, ids))
    return json_response(time.perf_counter() - begun)


def _take_place(file: str, of: str) -> None:
    Path(shutil.copy(file, f"{of}.new")).replace(of)


async def _requests(hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
    """Ask each module what it is given to ask; return how long that takes (s).

    Each is asked one thing after the other on connections of their own, all at once.
    """
    modules: Any = json_loads_object(await request.read())["modules"]
    session = async_get_clientsession(hass)

    async def ask(requests: list[tuple[str, dict[str, Any]]]) -> None:
        for url, body in requests:
            answer = await session.post(url, json=body, headers={"Connection": "close"})
            json_loads_object(await answer.read())

    begun = time.perf_counter()
    await asyncio.gather(*map(ask, modules))
    return json_response(time.perf_counter() - begun)


async def _alive(hass: HomeAssistant, webhook_id: str, request: Request) -> Response:
    """Return what is alive: tasks, objects, those of a package, and MB in use.

    Objects are counted if a package is named, which holds the event loop for a moment; a
    collection would hold it for so long that who passes just then is missed. Those of the
    modules in `but` are not counted. MB are those that SQLite holds, and those that the
    allocator has given to anybody, without the holes; small objects are counted as blocks.
    """
    found: dict[str, float] = {"tasks": len(asyncio.all_tasks())}
    said: Any = json_loads_object(await request.read())
    if package := said.get("package"):
        objects = gc.get_objects()
        modules = Counter(str(type(one).__module__) for one in objects)
        for name in said.get("but", ()):
            del modules[name]
        given = _mallinfo()
        found |= {
            "objects": len(objects),
            "ours": sum(n for name, n in modules.items() if name.startswith(str(package))),
            "sqlite": _sqlite_used() / 2**20,
            "given": (given.in_use + given.mapped) / 2**20,
            "blocks": sys.getallocatedblocks(),
        }
    return json_response(found)


class _Mallinfo(ctypes.Structure):
    """What glibc's allocator says of itself (mallinfo2), in bytes."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "free_chunks", "small_chunks", "mappings", "mapped", "highest"),
            *("small_free", "in_use", "free", "top"),
        )
    )


# Python links it, and does not show this.
_sqlite_used = ctypes.CDLL(_sqlite3.__file__).sqlite3_memory_used
_sqlite_used.restype = ctypes.c_int64
_mallinfo = ctypes.CDLL(None).mallinfo2
_mallinfo.restype = _Mallinfo
_run = asyncio.events.Handle._run  # noqa: SLF001
_longest: list[tuple[float, str]] = []


def _timed(handle: asyncio.Handle) -> None:
    # It may be gone, or be another one, afterwards.
    callback = handle._callback  # type: ignore[attr-defined]  # noqa: SLF001
    task = getattr(callback, "__self__", None)
    begun = time.perf_counter()
    _run(handle)
    ms = (time.perf_counter() - begun) * 1000
    if len(_longest) < _TOLD or ms > _longest[-1][0]:
        done: Any = task.get_coro() if isinstance(task, asyncio.Task) else callback
        what = getattr(done, "__qualname__", None) or repr(done)
        _longest.append((ms, what[:300]))
        _longest.sort(reverse=True)
        del _longest[_TOLD:]


_HANDLERS: dict[str, Handler] = {
    "bare": _bare,
    "recognition": _recognition,
    "naive": _naive,
    "set_up": _set_up,
    "requests": _requests,
    "stalls": _stalls,
    "alive": _alive,
}
