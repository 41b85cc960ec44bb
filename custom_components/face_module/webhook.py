"""Callbacks in, addresses out: the module is told where we are, and it is proven.

Read before write: a slot that is blank or holds an old address of ours is filled, one
that another system holds is shown to the user. A heartbeat is the proof that an address
works; while none comes, the next candidate is tried.
"""

import asyncio
from collections import Counter
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any, Final

import aiohttp
from aiohttp.hdrs import METH_POST
from aiohttp.web import Request, Response
from homeassistant.components import webhook
from homeassistant.core import HomeAssistant, callback

from .addresses import async_bases, origins
from .client import (
    Callback,
    CallbackKind,
    FaceModuleCallbackError,
    FaceModuleClient,
    FaceModuleError,
    FaceModuleRefusedError,
    Heartbeat,
    SystemConfig,
    parse_callback,
)
from .const import (
    CONF_CALLBACK_BASE_URL,
    CONF_HEARTBEAT_INTERVAL,
    CONF_REPLACE,
    CONF_WEBHOOK_IDS,
    DOMAIN,
    ISSUE_CALLBACK_TAKEN,
    ISSUE_CALLBACKS_UNREACHABLE,
    ISSUE_HTTPS_ONLY,
    LOGGER,
    MISSED_HEARTBEATS,
)
from .coordinator import FaceModuleCoordinator
from .issues import async_clear, async_raise
from .models import FaceModuleConfigEntry, options_of
from .proof import HeartbeatWatch

BODY_LIMITS: Final = {
    CallbackKind.HEARTBEAT: 4 * 1024,
    CallbackKind.STATUS: 4 * 1024,
    CallbackKind.RECOGNITION: 2 * 1024 * 1024,
}
# A body that is longer under way (s) is not waited for: it comes from the same network.
BODY_TIMEOUT: Final = 10.0
# After every candidate failed they are tried again this often: each try is three writes.
TRY_AGAIN: Final = 900.0
# Taking our addresses back must not hold up an unload.
WITHDRAW_TIMEOUT: Final = 5.0


class FaceModuleCallbacks:
    """The three webhooks of one entry and their addresses on the module."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: FaceModuleConfigEntry,
        coordinator: FaceModuleCoordinator,
    ) -> None:
        """Prepare; `async_start` does the rest."""
        options = options_of(entry)
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._client = coordinator.client
        self._ids: Mapping[str, str] = entry.data[CONF_WEBHOOK_IDS]
        self._interval = int(options[CONF_HEARTBEAT_INTERVAL])
        self._override = str(options[CONF_CALLBACK_BASE_URL])
        self._replace: set[str] = set(entry.data.get(CONF_REPLACE, ()))
        self._lock = asyncio.Lock()
        self._writing = False
        self._refreshing = False
        self._stopped = False
        self._tried: list[str] = []
        self._patience: float = MISSED_HEARTBEATS * self._interval
        self._watch = HeartbeatWatch(hass, self._patience, self._gap)
        self._warned: set[tuple[CallbackKind, str]] = set()
        self.bases: list[str] = []
        self.base: str | None = None
        self.received: Counter[CallbackKind] = Counter()
        self.refused: Counter[tuple[CallbackKind, str]] = Counter()

    async def async_start(self) -> None:
        """Register the webhooks and begin to keep the module's slots filled."""
        for kind in CallbackKind:
            webhook.async_register(
                self._hass,
                DOMAIN,
                f"{self._entry.title} {kind}",
                self._ids[kind],
                partial(self._async_handle, kind),
                local_only=True,
                allowed_methods=[METH_POST],
            )
            self._entry.async_on_unload(
                partial(webhook.async_unregister, self._hass, self._ids[kind])
            )
        await self._async_find_bases()
        self._entry.async_on_unload(
            self._coordinator.async_subscribe_config(self._config_read)
        )
        self._entry.async_on_unload(self._watch.async_stop)
        self._watch.async_wait(self._patience)
        self._config_read(self._coordinator.data.config)

    # In

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
            self._refuse(kind, err.cause, str(err))
            return None
        if event.device_id != self._coordinator.serial:
            self._refuse(kind, "serial", "it comes from another module")
            return None
        self.received[kind] += 1
        self._accept(event)
        return None

    def _refuse(self, kind: CallbackKind, cause: str, why: str) -> None:
        self.refused[kind, cause] += 1
        if (kind, cause) not in self._warned:
            self._warned.add((kind, cause))
            LOGGER.warning(
                "%s: a %s callback was refused: %s (further ones are only counted)",
                self._entry.title,
                kind,
                why,
            )

    @callback
    def _accept(self, event: Callback) -> None:
        if self._stopped:
            return
        self._coordinator.async_apply(event)
        if not self._coordinator.last_update_success and not self._refreshing:
            # It is back before the next poll would notice.
            self._background(self._async_refresh(), "refresh")
        if not isinstance(event, Heartbeat):
            return
        if self._watch.async_heard():
            self._tried.clear()
            async_clear(self._hass, self._entry, ISSUE_CALLBACKS_UNREACHABLE)
            # The module may have restarted in the gap and forgotten what it was told.
            if not self._refreshing:
                self._background(self._async_refresh(), "refresh")
            self._watch.async_wait(MISSED_HEARTBEATS * self._interval)

    async def _async_refresh(self) -> None:
        self._refreshing = True
        try:
            await self._coordinator.async_refresh()
        finally:
            self._refreshing = False

    # Proof

    @property
    def proven(self) -> bool:
        """Whether heartbeats arrive at the present address."""
        return self._watch.proven

    @callback
    def _gap(self) -> None:
        self._background(self._async_gap(), "gap")

    async def _async_gap(self) -> None:
        """No heartbeat came in time: read the configuration, then try elsewhere."""
        before = self.base
        in_place = self._in_place(self._coordinator.data.config)
        await self._coordinator.async_refresh()
        config = self._coordinator.data.config
        if (
            self.proven
            or not self._coordinator.last_update_success
            or not in_place
            or not self._in_place(config)
            or self.base != before
        ):
            self._patience = MISSED_HEARTBEATS * self._interval
        else:
            await self._async_next_base()
        if not self._stopped:
            self._watch.async_wait(self._patience)

    def _in_place(self, config: SystemConfig) -> bool:
        """Say whether the heartbeat's slot holds the present address."""
        url = config.callback_urls.get(CallbackKind.HEARTBEAT)
        return self.base is not None and url == self._url(CallbackKind.HEARTBEAT)

    async def _async_next_base(self) -> None:
        await self._async_find_bases()
        if self.base is not None and self.base not in self._tried:
            self._tried.append(self.base)
        left = [base for base in self.bases if base not in self._tried]
        self._patience = MISSED_HEARTBEATS * self._interval
        if not left:
            async_raise(
                self._hass,
                self._entry,
                ISSUE_CALLBACKS_UNREACHABLE,
                addresses="\n".join(f"- {base}" for base in self._tried),
            )
            self._tried.clear()
            self._patience = TRY_AGAIN
            left = self.bases
        if left and left[0] != self.base:
            self.base = left[0]
            await self._async_fill(self._coordinator.data.config)

    async def _async_find_bases(self) -> None:
        self.bases = await async_bases(
            self._hass, self._client.host, self._client.port, self._override
        )
        if self.base not in self.bases:
            self.base = self.bases[0] if self.bases else None
        if self.bases:
            async_clear(self._hass, self._entry, ISSUE_HTTPS_ONLY)
        else:
            async_raise(self._hass, self._entry, ISSUE_HTTPS_ONLY)

    # Out

    def _url(self, kind: CallbackKind) -> str:
        return f"{self.base}{webhook.async_generate_path(self._ids[kind])}"

    def is_registered(self, kind: CallbackKind) -> bool:
        """Say whether the module calls us for this kind, as far as it was read."""
        url = self._coordinator.data.config.callback_urls.get(kind, "")
        return is_ours(url, self._ids[kind])

    def _foreign(self, config: SystemConfig) -> dict[CallbackKind, str]:
        return {
            kind: url
            for kind, url in config.callback_urls.items()
            if url and not is_ours(url, self._ids[kind]) and url not in self._replace
        }

    def _open_slots(self, config: SystemConfig) -> list[CallbackKind]:
        """Return the slots that may be written and do not hold what we want."""
        foreign = self._foreign(config)
        wrong = {
            kind: url != self._url(kind)
            for kind, url in config.callback_urls.items()
            if kind not in foreign
        }
        if wrong.get(CallbackKind.HEARTBEAT) is False:
            interval = config.heartbeat_interval
            wrong[CallbackKind.HEARTBEAT] = interval not in (None, self._interval)
        return [kind for kind, is_wrong in wrong.items() if is_wrong]

    @callback
    def _config_read(self, config: SystemConfig) -> None:
        if foreign := self._foreign(config):
            async_raise(
                self._hass,
                self._entry,
                ISSUE_CALLBACK_TAKEN,
                fixable=True,
                addresses=origins(foreign.values()),
            )
        else:
            async_clear(self._hass, self._entry, ISSUE_CALLBACK_TAKEN)
        if (
            self.base is not None
            and not self._writing
            and not self._stopped
            and self._open_slots(config)
        ):
            self._writing = True
            self._background(self._async_fill(config), "register callbacks")

    async def _async_fill(self, config: SystemConfig) -> None:
        """Write our addresses into the slots that are open; the next poll checks them."""
        try:
            await self._async_write(config)
        except FaceModuleRefusedError as err:
            LOGGER.warning("%s refused a callback address: %s", self._entry.title, err)
        except FaceModuleError as err:
            LOGGER.debug("%s: no callback addresses set: %s", self._entry.title, err)
        finally:
            self._writing = False

    async def _async_write(self, config: SystemConfig) -> None:
        """Write into the slots that are open; raises FaceModuleError."""
        async with self._lock:
            for kind in () if self._stopped else self._open_slots(config):
                await self._client.set_callback(
                    kind, self._url(kind), interval=self._interval
                )
            self._agreement_used(await self._client.get_config())

    def _agreement_used(self, config: SystemConfig) -> None:
        """Forget which foreign addresses could be replaced, once they are."""
        still_there = self._replace & set(config.callback_urls.values())
        if not still_there and CONF_REPLACE in self._entry.data:
            data = {k: v for k, v in self._entry.data.items() if k != CONF_REPLACE}
            self._hass.config_entries.async_update_entry(self._entry, data=data)
        self._replace = still_there
        self._coordinator.async_show_config(config)

    async def async_take_over(self) -> None:
        """Replace the addresses of another system, as the user asked.

        Raises FaceModuleError.
        """
        config = await self._client.get_config()
        agreed = self._replace
        self._replace = agreed | set(self._foreign(config).values())
        try:
            await self._async_write(config)
        except FaceModuleError:
            # The user is asked again; nothing is replaced behind their back.
            self._replace = agreed
            raise

    async def async_withdraw(self) -> None:
        """Stop, and take our addresses back if the module answers at all."""
        self._stopped = True
        self._watch.async_stop()
        if self._coordinator.last_update_success:
            async with self._lock:
                await async_withdraw(self._client, self._ids)

    def _background(self, job: Coroutine[Any, Any, None], name: str) -> None:
        self._entry.async_create_background_task(self._hass, job, f"{DOMAIN} {name}")


def is_ours(url: str, webhook_id: str) -> bool:
    """Say whether an address leads to one of our webhooks, under any of our names."""
    return url.rstrip("/").endswith(webhook.async_generate_path(webhook_id))


async def async_withdraw(client: FaceModuleClient, ids: Mapping[str, str]) -> None:
    """Take our addresses back if they are still ours; tolerates every failure."""
    try:
        async with asyncio.timeout(WITHDRAW_TIMEOUT):
            config = await client.get_config()
            for kind, url in config.callback_urls.items():
                if not is_ours(url, ids[kind]):
                    continue
                try:
                    await client.set_callback(kind, "", interval=config.heartbeat_interval)
                except FaceModuleRefusedError as err:
                    LOGGER.debug("An empty callback address was refused: %s", err)
    except (FaceModuleError, TimeoutError) as err:
        LOGGER.debug("Callback addresses could not be taken back: %s", err)


async def _read(request: Request, limit: int) -> bytes:
    """Return the body; raises FaceModuleCallbackError (`size`, `slow` or `aborted`)."""
    content, chunks, size = request.content, [], 0
    try:
        if content.is_eof():
            # A small body came with its head: there is nothing to wait for.
            chunks.append(content.read_nowait())
            size = len(chunks[0])
        else:
            async with asyncio.timeout(BODY_TIMEOUT):
                while size <= limit and (chunk := await content.read(limit + 1)):
                    chunks.append(chunk)
                    size += len(chunk)
    except TimeoutError:
        why = f"not complete after {BODY_TIMEOUT:g} s"
        raise FaceModuleCallbackError("slow", why) from None
    except (aiohttp.ClientError, aiohttp.web.RequestPayloadError, OSError) as err:
        raise FaceModuleCallbackError("aborted", "the connection broke off") from err
    if size > limit:
        raise FaceModuleCallbackError("size", f"larger than {limit} bytes")
    return b"".join(chunks)
