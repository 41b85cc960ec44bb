"""Under which address a module can reach this Home Assistant."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
import re
import socket
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url
from yarl import URL

# What a module says is an address is shown in dialogs, where other signs are markup.
_ORIGIN: Final = re.compile(r"https?://[a-z0-9._:\[\]-]{1,253}", re.ASCII | re.IGNORECASE)


async def async_bases(
    hass: HomeAssistant, host: str, port: int, override: str
) -> list[str]:
    """Return base URLs, the likeliest first, without a slash at the end.

    The user's own choice; then http and the address of this machine on the route to the
    module; then the internal URL if it is http. Empty when only https is served.
    """
    bases = [override] if override else []
    api = hass.config.api
    if api is not None and not api.use_ssl and (ip := await _source_ip(host, port)):
        bases.append(f"http://{ip}:{api.port}")
    with suppress(NoURLAvailableError):
        internal = get_url(hass, allow_external=False, allow_cloud=False, allow_ip=True)
        if URL(internal).scheme == "http":
            bases.append(internal)
    return list(dict.fromkeys(base.rstrip("/") for base in bases))


async def _source_ip(host: str, port: int) -> str | None:
    """Return our address on the route to `host`, as the operating system sees it.

    Connecting a UDP socket sends nothing. Home Assistant's own helper would answer with
    the first enabled adapter when the route leaves by another.
    """
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(
            host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM
        )
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.setblocking(False)  # noqa: FBT003
            probe.connect(found[0][4])
            return str(probe.getsockname()[0])
    except OSError:
        return None


def origins(urls: Iterable[str]) -> str:
    """Return the part of each address that may be shown: a path may be a secret."""
    return ", ".join(sorted({_origin(url) for url in urls}))


def _origin(url: str) -> str:
    try:
        origin = str(URL(url).origin())
    except ValueError:
        return "?"
    return origin if _ORIGIN.fullmatch(origin) else "?"
