"""What the module posts: recognitions, heartbeats and results of the pipeline."""

import asyncio
import base64
from collections import deque
from collections.abc import Mapping
import json
import logging
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, TCPConnector

from simulator.faces import crop, find_faces
from simulator.parts import Module
from simulator.state import NOT_ENABLED, Callback, CallbackKind
from simulator.wire.encoding import encode

TIMEOUT = 5.0  # seconds the module waits for whoever it posts to
_LOGGER = logging.getLogger(__name__)
_KEPT = 10_000


class Callbacks:
    """Posts callbacks, each over a new connection, and remembers them.

    Redirects are not followed; failures are only recorded.
    """

    def __init__(self, module: Module) -> None:
        self._module = module
        self._session: ClientSession | None = None
        self.sent: deque[Callback] = deque(maxlen=_KEPT)

    async def close(self) -> None:
        """Close what posting left open."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def heartbeat_body(self) -> dict[str, Any]:
        """Return the body of 3.1.8."""
        return {
            "device_id": self._module.serial,
            "temperature": self._module.temperature,
            "timestamp": self._module.now(),
        }

    def status_body(self) -> dict[str, Any]:
        """Return the body of 3.1.9; models that are off say -2."""
        module, status = self._module, self._module.status
        rgb_runs, nir_runs = module.config.liveness_runs
        return {
            "device_id": module.serial,
            "timestamp": module.now(),
            "driver_status_index": 0,
            "dms_type": status.dms_type,
            "mask_score": status.mask_score,
            "rgb_liveness_score": status.rgb_liveness_score if rgb_runs else NOT_ENABLED,
            "nir_liveness_score": status.nir_liveness_score if nir_runs else NOT_ENABLED,
        }

    async def recognition_body(
        self,
        user_id: str,
        username: str,
        score: float,
        picture: bytes | None,
    ) -> dict[str, Any]:
        """Return the body of 3.1.7 with the face cropped from `picture`."""
        image = b"" if picture is None else await asyncio.to_thread(_crop, picture)
        return {
            "device_id": self._module.serial,
            "score": score,
            "timestamp": self._module.now(),
            "user_id": user_id,
            "username": username,
            "image": base64.b64encode(image).decode(),
        }

    async def post(
        self, kind: CallbackKind, body: Mapping[str, Any], overrides: Mapping[str, Any]
    ) -> int | None:
        """Post one body; an override of `...` takes its field out.

        `sent` remembers what is meant by it, not how a quirk writes it.
        """
        merged = {
            key: value for key, value in {**body, **overrides}.items() if value is not ...
        }
        quirks = self._module.quirks
        data = encode(quirks.callback(merged), quirks, answer=False)
        if kind == "recognition" and quirks.repeated_recognitions:
            await self._post(kind, data, merged, {})
        return await self._post(kind, data, merged, {})

    async def post_raw(
        self, kind: CallbackKind, data: bytes, headers: Mapping[str, str] | None
    ) -> int | None:
        """Post any bytes."""
        try:
            parsed = json.loads(data)
        except ValueError, RecursionError:
            parsed = None
        body = parsed if isinstance(parsed, dict) else {}
        return await self._post(kind, data, body, headers or {})

    async def _post(
        self,
        kind: CallbackKind,
        data: bytes,
        body: dict[str, Any],
        headers: Mapping[str, str],
    ) -> int | None:
        url = self._module.config.callback_url(kind)
        if not url or not self._module.online:
            return None
        status, error = None, None
        if self._module.faults.lose_callbacks:
            error = "lost by simulator"
        else:
            try:
                status = await self._send(url, data, headers)
            except TimeoutError:
                error = f"no answer within {TIMEOUT:g} s"
            except (ClientError, OSError, ValueError) as err:
                error = str(err) or type(err).__name__
        _LOGGER.debug("%s to %s: %s", kind, url, status or error)
        self.sent.append(Callback(kind, url, body, status, error))
        return status

    async def _send(self, url: str, data: bytes, headers: Mapping[str, str]) -> int:
        if self._session is None:
            self._session = ClientSession(
                connector=TCPConnector(force_close=True, limit=0),
                timeout=ClientTimeout(total=TIMEOUT),
            )
        async with self._session.post(
            url,
            data=data,
            headers={"Content-Type": "application/json", **headers},
            allow_redirects=False,
        ) as response:
            return response.status


def _crop(picture: bytes) -> bytes:
    faces = find_faces(picture)
    return crop(picture, faces[0].box) if faces else picture
