"""One POST to a module and its answer: the only place where the password is handled."""

import asyncio
from collections.abc import Mapping
import logging
import re
from typing import Any, Final

import aiohttp
from yarl import URL

from .calls import GET_DEVICE_ID, GET_SYS_CONFIG, Call
from .exceptions import (
    FaceModuleAddressError,
    FaceModuleAuthError,
    FaceModuleConnectionError,
    FaceModuleOtherError,
    FaceModuleProtocolError,
    FaceModuleRefusedError,
    FaceModuleTimeoutError,
    FaceModuleUnreachableError,
)
from .fields import to_flag, to_text
from .parsing import load_json

_LOGGER = logging.getLogger(__name__)

TIMEOUT: Final = 10.0
PICTURE_TIMEOUT: Final = 30.0
# Above the largest answer that makes sense: one picture of 1080 x 1080 in base64, or the
# records of one user.
MAX_ANSWER: Final = 8 * 1024 * 1024

# Each request has a connection of its own: one that idled may be dead without notice, and
# what must not be repeated (AddUser, SetPassWord) would be lost on it.
_HEADERS: Final = {"Connection": "close"}
_ANSWER_OK: Final = 200

# A module's own words end up in logs and dialogs: so long they may be, and what looks
# like a key or a picture in base64 (no word is that long) is left out.
_WORDS_MAX: Final = 200
_SECRET: Final = re.compile(r"[A-Za-z0-9+/=_-]{32,}", re.ASCII)
_SECRET_FIELDS: Final = ("pass", "new_password", "callback_url")


class _ClosedError(Exception):
    """The module closed the connection without an answer."""


class Transport:
    """Sends calls to one module, one at a time; its session is not ours to close."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        host: str,
        password: str,
        port: int,
    ) -> None:
        """Prepare for `host` (address or name, without scheme) and `port`."""
        self._session = session
        self._password = password
        self._lock = asyncio.Lock()
        # Which calls were accepted with `Pass` as well (true) or without it (false).
        self._spelling: dict[str, bool] = {}
        self.host = host
        self.port = port
        # Whether it may only be asked who is there, and if that is refused, whether it is
        # for the password: the right module may be back with another one.
        self.only_identify = False

    def __repr__(self) -> str:
        """Name the module, never its password."""
        return f"<{type(self).__name__} {self.host}:{self.port}>"

    async def call(
        self, call: Call, fields: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Send a call and return its answer (ret_code 0).

        Raises FaceModuleConnectionError (FaceModuleUnreachableError if nothing was sent),
        FaceModuleTimeoutError, FaceModuleProtocolError, FaceModuleRefusedError or, once
        GetSysConfig was refused as well, FaceModuleAuthError; FaceModuleOtherError, and
        sends nothing, for all but GetDeviceID while it may only be asked who is there.
        """
        if self.only_identify and call is not GET_DEVICE_ID:
            raise FaceModuleOtherError(call.name)
        both = self._spelling.get(call.name, False)
        try:
            answer = await self._exchange(call, fields, both=both)
        except FaceModuleRefusedError:
            # One refusal alone is no wrong password, not even of GetSysConfig.
            settings = await self._settings()
            if call is GET_SYS_CONFIG:
                return settings
            if both or not call.write or self._spelling.get(call.name) is False:
                raise
        else:
            self._spelling.setdefault(call.name, both)
            return answer
        answer = await self._exchange(call, fields, both=True)
        self._spelling[call.name] = True
        _LOGGER.debug("%s wants the password spelled Pass as well", call.name)
        return answer

    async def _settings(self) -> dict[str, Any]:
        """Return the answer of the call that only a wrong password lets fail."""
        try:
            return await self._exchange(GET_SYS_CONFIG, None, both=False)
        except FaceModuleRefusedError as err:
            raise FaceModuleAuthError(err.call, err.log) from None

    def use_password(self, password: str) -> None:
        """Authenticate with another password from the next call on."""
        self._password = password

    async def _exchange(
        self, call: Call, fields: Mapping[str, Any] | None, *, both: bool
    ) -> dict[str, Any]:
        body = {**(fields or {}), "RequestValue": call.value, "pass": self._password}
        if both:
            body["Pass"] = self._password
        async with self._lock:
            try:
                status, raw = await self._post(call, body)
            except _ClosedError:
                status, raw = await self._repeat(call, body)
        return self._checked(call, status, raw, body)

    async def _repeat(self, call: Call, body: dict[str, Any]) -> tuple[int, bytes]:
        """Post once more what may be repeated."""
        try:
            if call.repeatable:
                return await self._post(call, body)
        except _ClosedError, FaceModuleUnreachableError:
            # The first one was sent.
            pass
        raise FaceModuleConnectionError(f"{call.name}: connection closed") from None

    def _url(self, call: Call) -> URL:
        path = f"/{call.resource}"
        try:
            return URL.build(scheme="http", host=self.host, port=self.port, path=path)
        except ValueError:
            raise FaceModuleAddressError(f"{call.name}: no address") from None

    async def _post(self, call: Call, body: dict[str, Any]) -> tuple[int, bytes]:
        """Post and return HTTP status and answer; raises _ClosedError without one."""
        url = self._url(call)
        try:
            async with (
                asyncio.timeout(PICTURE_TIMEOUT if call.picture else TIMEOUT),
                self._session.post(
                    url, json=body, headers=_HEADERS, allow_redirects=False
                ) as response,
            ):
                return response.status, await _read(response)
        except TimeoutError:
            raise FaceModuleTimeoutError(f"{call.name}: no answer in time") from None
        except aiohttp.InvalidURL:
            raise FaceModuleAddressError(f"{call.name}: no address") from None
        except aiohttp.ClientConnectorError as err:
            reason = type(err).__name__
            raise FaceModuleUnreachableError(f"{call.name}: {reason}") from None
        except aiohttp.ServerDisconnectedError, aiohttp.ClientOSError, OSError:
            raise _ClosedError from None
        except aiohttp.ClientPayloadError:
            raise FaceModuleProtocolError(f"{call.name}: the answer broke off") from None
        except aiohttp.ClientError, ValueError:
            raise FaceModuleProtocolError(f"{call.name}: no HTTP answer") from None

    def _checked(
        self, call: Call, status: int, raw: bytes, sent: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return an answer of success; what answers the API does so with any status."""
        try:
            answer, why = load_json(raw), "answer without ret_code"
        except ValueError:
            answer, why = None, "answer is no JSON"
        failed = to_flag(answer.get("ret_code")) if isinstance(answer, dict) else None
        if not isinstance(answer, dict) or failed is None:
            if status != _ANSWER_OK:
                why = f"HTTP status {status}"
            raise FaceModuleProtocolError(f"{call.name}: {why}")
        if failed:
            raise FaceModuleRefusedError(call.name, _words(answer.get("log"), sent))
        return answer


def _words(log: Any, sent: Mapping[str, Any]) -> str:
    """Return why a module refuses, in one line; what it quotes must not be spread."""
    words = to_text(log) or ""
    for key in _SECRET_FIELDS:
        if secret := sent.get(key):
            words = words.replace(secret, "***")
    words = _SECRET.sub("***", words[: 10 * _WORDS_MAX])
    # White space, and what would begin a new line in a log or turn the text around.
    words = "".join(char if char.isprintable() else " " for char in words)
    words = " ".join(words.split())
    return words if len(words) <= _WORDS_MAX else f"{words[:_WORDS_MAX]}…"


async def _read(response: aiohttp.ClientResponse) -> bytes:
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        size += len(chunk)
        if size > MAX_ANSWER:
            response.close()
            raise FaceModuleProtocolError(f"answer larger than {MAX_ANSWER} bytes")
        chunks.append(chunk)
    return b"".join(chunks)
