"""The module's HTTP side: sockets, requests, answers, and failing on purpose."""

import asyncio
import json
import logging
import os
import time
from typing import Any
from weakref import WeakSet

from aiohttp import web

from simulator.calls.fields import RefusedError
from simulator.calls.table import CALLS, find_call
from simulator.parts import Module
from simulator.quirks import FaultName
from simulator.state import Request
from simulator.wire.breaking import Refusal, cut, send_half
from simulator.wire.encoding import encode

_LOGGER = logging.getLogger(__name__)
_PASSWORD_FIELDS = frozenset({"pass", "Pass", "new_password"})
# Faults before the call.
_UNDONE = ("drop", "reset", "garbage", "html", "http_500", "huge", "hang", "outage")
_REFUSED = {"log": "refused by simulator", "ret_code": 1}
_HTML = b"<html><head><title>Error</title></head><body>Not here.</body></html>"
_HUGE = 10_000_000
_MAX_BODY = 16 * 2**20

type Answer = dict[str, Any]


class Server:
    """Listens for requests to one module, on one address at a time."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._socket: asyncio.Server | None = None
        self._web: web.Server | None = None
        self._served: WeakSet[asyncio.BaseTransport] = WeakSet()
        self._work: set[asyncio.Task[Answer]] = set()
        self._gone = asyncio.Event()
        self._in_flight = 0
        self.max_concurrent = 0
        self.connections = 0
        self.busy = 0.0

    @property
    def listening(self) -> bool:
        """Whether requests can arrive."""
        return self._socket is not None

    async def listen(self, host: str, port: int) -> int:
        """Start to listen and return the port. Raises OSError."""
        self._gone = asyncio.Event()
        # A client that gives up ends its handler, but never what it asked for.
        self._web = web.Server(self._handle, handler_cancellation=True, access_log=None)
        loop = asyncio.get_running_loop()
        self._socket = await loop.create_server(self._accept, host, port)
        bound: int = self._socket.sockets[0].getsockname()[1]
        return bound

    async def close(self) -> None:
        """Stop listening and cut every open connection."""
        if self._socket is None or self._web is None:
            return
        listener, connections = self._socket, self._web
        self._socket = self._web = None
        # asyncio fails over a connection that is accepted while its server closes: accept
        # no more, and let those that were finish being made.
        loop = asyncio.get_running_loop()
        for listening in listener.sockets:
            loop.remove_reader(listening.fileno())
        await asyncio.sleep(0)
        listener.close()
        self._gone.set()
        for connection in connections.connections:
            if connection.transport is not None:
                connection.transport.abort()
        await connections.shutdown(0)

    async def finish(self) -> None:
        """Give up the calls that are still being carried out."""
        for task in self._work:
            task.cancel()
        await asyncio.gather(*self._work, return_exceptions=True)

    def _accept(self) -> asyncio.BaseProtocol:
        self.connections += 1
        return Refusal() if self._web is None else self._web()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        transport = request.transport
        if transport is None:
            return web.Response()
        if self._module.quirks.closes_idle:
            if transport in self._served:
                transport.abort()
                return web.Response()
            self._served.add(transport)
        self._in_flight += 1
        self.max_concurrent = max(self.max_concurrent, self._in_flight)
        begun = time.monotonic()
        try:
            return await self._respond(request, transport)
        finally:
            self._in_flight -= 1
            self.busy += time.monotonic() - begun

    async def _respond(
        self, request: web.BaseRequest, transport: asyncio.Transport
    ) -> web.StreamResponse:
        resource = request.path.strip("/")
        if resource not in CALLS:
            return web.Response(status=404, text="Not Found")
        if request.method != "POST":
            return web.Response(status=405, headers={"Allow": "POST"})
        body = _parse(await _read(request))
        record = _record(resource, body)
        self._module.requests.append(record)
        _LOGGER.debug("%s %s %s", resource, record.value, record.name)
        faults = self._module.faults
        fault = faults.pick(record.name)
        if fault in _UNDONE or faults.http_status is not None:
            await asyncio.sleep(faults.latency)
            return await self._fail(fault, transport)
        if fault == "ret_code_1":
            refusal = self._said(record, {"RequestValue": record.value, **_REFUSED})
            return await self._answer(refusal, None, transport)
        latency = faults.latency + (faults.late_by if fault == "late" else 0)
        answer = await self._shielded(record, body, latency)
        return await self._answer(answer, fault, transport)

    async def _fail(
        self, fault: FaultName | None, transport: asyncio.Transport
    ) -> web.StreamResponse:
        """Answer without having done anything."""
        status = 500 if fault == "http_500" else self._module.faults.http_status
        if fault == "outage":
            self._module.outage_soon(self._module.faults.outage_time)
        if fault in ("hang", "outage"):
            await self._gone.wait()
        if fault in ("hang", "outage", "drop", "reset"):
            cut(transport, reset=fault == "reset")
        if fault == "garbage":
            return self._response(os.urandom(512))
        if fault == "huge":
            return self._response(b" " * _HUGE)
        return web.Response(status=status or 200, body=_HTML, content_type="text/html")

    async def _answer(
        self, answer: Answer, fault: FaultName | None, transport: asyncio.Transport
    ) -> web.StreamResponse:
        """Answer what was done, if need be badly or not at all."""
        if fault == "outage_after":
            self._module.outage_soon(self._module.faults.outage_time)
        if fault in ("hang_after", "outage_after"):
            await self._gone.wait()
        status = self._module.quirks.status(200, answer)
        if fault == "no_ret_code":
            del answer["ret_code"]
        data = encode(answer, self._module.quirks)
        if fault in ("drop_after", "reset_after", "hang_after", "outage_after"):
            cut(transport, reset=fault == "reset_after")
        if fault == "truncate":
            send_half(transport, data)
        return self._response(data, status)

    async def _shielded(self, record: Request, body: object, latency: float) -> Answer:
        """Carry out in a task of its own, which outlives an impatient client."""

        async def work() -> Answer:
            await asyncio.sleep(latency)
            return await self._carry_out(record, body)

        task = asyncio.create_task(work())
        self._work.add(task)
        task.add_done_callback(self._work.discard)
        return await asyncio.shield(task)

    async def _carry_out(self, record: Request, body: object) -> Answer:
        """Do what was asked for and return the answer."""
        answer: Answer = {"RequestValue": record.value}
        try:
            answer |= await self._call(record, body)
        except RefusedError as err:
            return self._said(record, answer | {"log": str(err), "ret_code": 1})
        self._module.changed()
        return self._said(record, answer | {"ret_code": 0})

    def _said(self, record: Request, answer: Answer) -> Answer:
        return self._module.quirks.answer(record.name, answer)

    async def _call(self, record: Request, body: object) -> Answer:
        if not isinstance(body, dict):
            raise RefusedError("the request is not a JSON object")
        call = find_call(record.resource, body.get("RequestValue"))
        capital = (
            record.name == "SetLivenessType" and self._module.quirks.wants_capital_pass
        )
        if body.get("Pass" if capital else "pass") != self._module.password:
            raise RefusedError("password error")
        if call is None:
            raise RefusedError("unknown RequestValue")
        if call.name in self._module.faults.refuse:
            raise RefusedError("refused by simulator")
        reason = self._module.quirks.refusal(call.name, body)
        if reason is not None:
            raise RefusedError(reason)
        return await call.handler(self._module, body)

    def _response(self, data: bytes, status: int = 200) -> web.Response:
        plain = self._module.quirks.text_plain
        kind = "text/plain; charset=gb2312" if plain else "application/json"
        return web.Response(body=data, status=status, headers={"Content-Type": kind})


async def _read(request: web.BaseRequest) -> bytes:
    data = bytearray()
    async for chunk in request.content.iter_any():
        data += chunk
        if len(data) > _MAX_BODY:
            return b""
    return bytes(data)


def _parse(data: bytes) -> object:
    """Return what the body says, None if it is no JSON."""
    try:
        return json.loads(data)
    except ValueError, RecursionError:
        return None


def _record(resource: str, body: object) -> Request:
    if not isinstance(body, dict):
        return Request(resource, 0, "", {})
    value = body.get("RequestValue")
    call = find_call(resource, value)
    known = {key: item for key, item in body.items() if key not in _PASSWORD_FIELDS}
    number = value if isinstance(value, int) and not isinstance(value, bool) else 0
    return Request(resource, number, call.name if call else "", known)
