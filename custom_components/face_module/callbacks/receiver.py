"""Callbacks in: read, checked, and handed straight to whom they concern."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

import aiohttp
from aiohttp.hdrs import METH_POST
from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..client import (
    Callback,
    CallbackKind,
    FaceModuleCallbackError,
    Heartbeat,
    PipelineStatus,
    Recognition,
    parse_callback,
    to_serial,
)
from ..const import (
    CONF_WEBHOOK_IDS,
    DOMAIN,
    ISSUE_CALLBACKS_NOT_UNDERSTOOD,
    LOGGER,
)
from ..issues import async_clear, async_raise
from ..texts import plain, text

BODY_LIMITS: Final = {
    CallbackKind.HEARTBEAT: 4 * 1024,
    CallbackKind.STATUS: 4 * 1024,
    CallbackKind.RECOGNITION: 2 * 1024 * 1024,
}
# What these causes are about is the module's way to write; others are the network's.
_NOT_UNDERSTOOD: Final = ("encoding", "json", "schema", "field")
# A body that is longer under way (s) is not waited for: it comes from the same network.
BODY_TIMEOUT: Final = 10.0
# A repair stands so long (s) after the last callback that was not understood: one module
# may write every other of them in another way.
STANDS: Final = 60.0


class CallbackReceiver:
    """The three webhooks of one entry.

    A callback that is believed goes to whom its kind concerns. `heard` is told of it
    afterwards, and of what is not understood too: it proves the address. `stranger` is
    told when another module calls.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        serial: str,
        *,
        heard: Callable[[], None],
        stranger: Callable[[], None],
        heartbeat: Callable[[Heartbeat], None],
        status: Callable[[PipelineStatus], None],
        recognition: Callable[[Recognition], None],
    ) -> None:
        """Believe what the module with this serial says."""
        self._hass = hass
        self._entry = entry
        # As callbacks have it: in its normal form.
        self._serial = to_serial(serial)
        self._heard = heard
        self._stranger = stranger
        # Whom a callback concerns; it is always of its kind's class.
        self._concerned: Mapping[CallbackKind, Callable[[Any], None]] = {
            CallbackKind.HEARTBEAT: heartbeat,
            CallbackKind.STATUS: status,
            CallbackKind.RECOGNITION: recognition,
        }
        self._stopped = False
        self._warned: set[tuple[CallbackKind, str]] = set()
        # Which field of a kind was not understood lately, and when one was last.
        self._puzzles: dict[CallbackKind, str] = {}
        self._puzzled_at: dict[CallbackKind, float] = {}
        self.received: Counter[CallbackKind] = Counter()
        self.refused: Counter[tuple[CallbackKind, str]] = Counter()
        self.unread: Counter[tuple[CallbackKind, str]] = Counter()

    @callback
    def async_start(self) -> None:
        """Register the webhooks."""
        ids: Mapping[str, str] = self._entry.data[CONF_WEBHOOK_IDS]
        for kind in CallbackKind:
            webhook.async_register(
                self._hass,
                DOMAIN,
                text(self._hass, f"webhook_{kind}", module=self._entry.title),
                ids[kind],
                partial(self._async_handle, kind),
                local_only=True,
                allowed_methods=[METH_POST],
            )
            self._entry.async_on_unload(
                partial(webhook.async_unregister, self._hass, ids[kind])
            )

    @callback
    def async_stop(self) -> None:
        """Believe nothing more."""
        self._stopped = True

    @callback
    def async_resume(self) -> None:
        """Believe again; the webhooks are still there."""
        self._stopped = False

    async def _async_handle(
        self, kind: CallbackKind, hass: HomeAssistant, webhook_id: str, request: Request
    ) -> Response | None:
        """Read and check a body, and take it in; nothing of that waits for anything.

        The answer is always 200, as Home Assistant gives it for addresses that do not
        exist: the module could do nothing with another one.
        """
        try:
            event = parse_callback(kind, await _read(request, BODY_LIMITS[kind]))
        except FaceModuleCallbackError as err:
            cause = f"{err.cause} {err.field}" if err.field else err.cause
            self._refuse(kind, cause, str(err))
            if err.cause in _NOT_UNDERSTOOD:
                self._puzzled(kind, err.field)
            return None
        if event.device_id != self._serial:
            self._refuse(kind, "serial", "it comes from another module")
            self._stranger()
            return None
        self.received[kind] += 1
        for field in event.unread:
            self.unread[kind, field] += 1
            self._warn(kind, field, f"was read without its {field}, which makes no sense")
        if not self._stopped:
            self._accept(kind, event)
        return None

    def _refuse(self, kind: CallbackKind, cause: str, why: str) -> None:
        self.refused[kind, cause] += 1
        self._warn(kind, cause, f"was refused: {why}")

    def _warn(self, kind: CallbackKind, cause: str, why: str) -> None:
        if (kind, cause) not in self._warned:
            self._warned.add((kind, cause))
            LOGGER.warning(
                "%s: a %s callback %s (further ones are only counted)",
                self._entry.title,
                kind,
                why,
            )

    def _puzzled(self, kind: CallbackKind, field: str | None) -> None:
        """Show what arrives and is not understood. It proves the address all the same."""
        if self._stopped:
            return
        self._puzzled_at[kind] = self._hass.loop.time()
        if self._puzzles.get(kind) != (field or "-"):
            self._puzzles[kind] = field or "-"
            self._show_puzzles()
        self._heard()

    def _show_puzzles(self) -> None:
        if not self._puzzles:
            async_clear(self._hass, self._entry, ISSUE_CALLBACKS_NOT_UNDERSTOOD)
            return
        async_raise(
            self._hass,
            self._entry,
            ISSUE_CALLBACKS_NOT_UNDERSTOOD,
            fields="\n".join(f"- {kind}: {plain(f)}" for kind, f in self._puzzles.items()),
            seconds=f"{STANDS:g}",
        )

    @callback
    def _accept(self, kind: CallbackKind, event: Callback) -> None:
        if (
            kind in self._puzzles
            and self._hass.loop.time() - self._puzzled_at[kind] >= STANDS
        ):
            del self._puzzles[kind]
            self._show_puzzles()
        self._concerned[kind](event)
        self._heard()


async def _read(request: Request, limit: int) -> bytes:
    """Return the body; raises FaceModuleCallbackError (`size`, `slow` or `aborted`)."""
    content = request.content
    try:
        if isinstance(content, aiohttp.StreamReader) and content.is_eof():
            # A small body came with its head: there is nothing to wait for.
            body = content.read_nowait()
        else:
            chunks, size = [], 0
            async with asyncio.timeout(BODY_TIMEOUT):
                while size <= limit and (chunk := await content.read(limit + 1)):
                    chunks.append(chunk)
                    size += len(chunk)
            body = b"".join(chunks)
    except TimeoutError:
        why = f"not complete after {BODY_TIMEOUT:g} s"
        raise FaceModuleCallbackError("slow", why) from None
    except (aiohttp.ClientError, aiohttp.web.RequestPayloadError, OSError) as err:
        raise FaceModuleCallbackError("aborted", "the connection broke off") from err
    if len(body) > limit:
        raise FaceModuleCallbackError("size", f"larger than {limit} bytes")
    return body
