"""Asking the module who is there, and who waits for the answer."""

import asyncio
from collections.abc import Callable

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError

from ..client import CallbackKind
from ..const import DOMAIN
from ..device.coordinator import FaceModuleCoordinator
from .gate import Reason
from .visit import Visit


class Requests:
    """Who asked one module, and was not answered yet.

    `is_told` says whether the module calls us for a kind, `unconfirmed` who was recognized
    since a time of the event loop and is held back.
    """

    def __init__(
        self,
        entry: ConfigEntry,
        coordinator: FaceModuleCoordinator,
        *,
        is_told: Callable[[CallbackKind], bool],
        unconfirmed: Callable[[float], Visit | None],
    ) -> None:
        """Begin with nobody; `answer` is to be called with everybody who comes."""
        self._entry = entry
        self._client = coordinator.client
        self._is_told = is_told
        self._unconfirmed = unconfirmed
        self._waiting: list[asyncio.Future[Visit | None]] = []

    async def async_ask(self, timeout: float) -> Visit | None:  # noqa: ASYNC109
        """Ask the module who is there; return the answer, None when none came in time.

        Somebody who is not confirmed by then is the answer, too. Raises FaceModuleError,
        and HomeAssistantError when the answer would not be heard. SetCallbackRequest.
        """
        if not self._is_told(CallbackKind.RECOGNITION):
            raise HomeAssistantError(
                translation_domain=DOMAIN,
                translation_key="no_callback",
                translation_placeholders={"module": self._entry.title},
            )
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Visit | None] = loop.create_future()
        self._waiting.append(future)
        asked_at = loop.time()
        try:
            await self._client.request_recognition()
            async with asyncio.timeout(timeout):
                return await future
        except TimeoutError:
            return self._unconfirmed(asked_at)
        finally:
            self._waiting.remove(future)

    @callback
    def answer(self, visit: Visit | None) -> None:
        """Answer who asked; what is stale says nothing of who is there now."""
        if visit and (visit.reason is Reason.STALE or visit.source is not None):
            return
        for future in self._waiting:
            if not future.done():
                future.set_result(visit)
