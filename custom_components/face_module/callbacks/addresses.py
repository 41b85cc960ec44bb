"""Under which address a module can reach this Home Assistant."""

import asyncio
from collections.abc import Iterable, Mapping
from contextlib import suppress
import re
import socket
from typing import Any, Final, cast

from homeassistant.components.webhook import DOMAIN as WEBHOOK
from homeassistant.const import CONF_HOST, CONF_PORT
from homeassistant.core import HomeAssistant
from homeassistant.helpers.network import NoURLAvailableError, get_url
from homeassistant.util.network import is_ipv4_address
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
    try:
        # Looking up a name needs a thread; most modules are known by their address.
        address = (host, port) if is_ipv4_address(host) else await _looked_up(host, port)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.setblocking(False)  # noqa: FBT003
            probe.connect(address)
            return str(probe.getsockname()[0])
    except OSError:
        return None


async def _looked_up(host: str, port: int) -> tuple[str, int]:
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, family=socket.AF_INET, type=socket.SOCK_DGRAM
    )
    return cast("tuple[str, int]", found[0][4])


async def async_foreign(
    hass: HomeAssistant, data: Mapping[str, Any], urls: Iterable[str]
) -> list[str]:
    """Return which addresses on the module of an entry's data are another system's.

    The others are webhooks of this Home Assistant that it does not have any more: of an
    entry that was removed while the module was away, or of before a reinstallation.
    """
    bases = await async_bases(hass, data[CONF_HOST], data[CONF_PORT], "")
    known = hass.data.get(WEBHOOK, {})
    left = re.compile(f"(?:{'|'.join(map(re.escape, bases))})/api/webhook/([^/?#]+)/?")

    def is_left(url: str) -> bool:
        found = left.fullmatch(url) if bases else None
        return found is not None and found[1] not in known

    return [url for url in urls if not is_left(url)]


def origins(urls: Iterable[str]) -> str:
    """Return the part of each address that may be shown: a path may be a secret."""
    return ", ".join(sorted({_origin(url) for url in urls}))


def _origin(url: str) -> str:
    try:
        origin = str(URL(url).origin())
    except ValueError:
        return "?"
    return origin if _ORIGIN.fullmatch(origin) else "?"


def same_address(one: str, other: str) -> bool:
    """Say whether two addresses mean the same: a slash at the end is no difference."""
    try:
        return URL(one.rstrip("/")) == URL(other.rstrip("/"))
    except ValueError:
        return one == other


def is_made_of(kept: str, given: str) -> bool:
    """Say whether a module made one of the other: it cut it, added to it, changed case."""
    if same_address(kept, given):
        return False
    kept, given = kept.rstrip("/").casefold(), given.casefold()
    return given.startswith(kept) or kept.startswith(given)
