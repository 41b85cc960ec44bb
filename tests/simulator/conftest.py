"""A module on a real socket, a client that knows nothing, and a receiver."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
import json
from typing import Any

from aiohttp import ClientSession, web
import pytest
from pytest_socket import socket_allow_hosts

from simulator import SimulatedModule

ADDRESSES = [f"127.0.0.{number}" for number in range(1, 10)]

type Answer = dict[str, Any]


@dataclass
class Client:
    """Sends requests as the document's examples do."""

    module: SimulatedModule
    session: ClientSession

    @property
    def url(self) -> str:
        return f"http://{self.module.host}:{self.module.port}"

    async def call(self, resource: str, value: Any, **fields: Any) -> Answer:
        body = {"RequestValue": value, "pass": self.module.password, **fields}
        answer = json.loads(await self.post(resource, json.dumps(body).encode()))
        assert isinstance(answer, dict)
        return answer

    async def post(self, resource: str, data: bytes) -> bytes:
        async with self.session.post(f"{self.url}/{resource}", data=data) as answer:
            assert answer.status == 200
            return await answer.read()

    async def config(self) -> Answer:
        return await self.call("DeviceManage", 2949)


@dataclass
class Receiver:
    """Takes callbacks and answers with `status`."""

    url: str = ""
    status: int = 200
    bodies: list[Answer] = field(default_factory=list)
    raw: list[bytes] = field(default_factory=list)
    types: list[str] = field(default_factory=list)
    peers: list[Any] = field(default_factory=list)

    async def handle(self, request: web.BaseRequest) -> web.Response:
        data = await request.read()
        self.raw.append(data)
        self.types.append(request.headers.get("Content-Type", ""))
        assert request.transport is not None
        self.peers.append(request.transport.get_extra_info("peername"))
        try:
            self.bodies.append(json.loads(data))
        except ValueError:
            self.bodies.append({})
        headers = {"Location": self.url} if self.status == 302 else {}
        return web.Response(status=self.status, headers=headers)


def online(module: SimulatedModule) -> bool:
    """Ask anew: a type checker takes `module.online` for a constant."""
    return module.online


@pytest.fixture(autouse=True)
def real_sockets(socket_enabled: None) -> Iterator[None]:
    """Home Assistant's plugin forbids sockets, and addresses but one."""
    socket_allow_hosts(ADDRESSES)
    yield
    socket_allow_hosts(["127.0.0.1"])


@pytest.fixture
async def module() -> AsyncIterator[SimulatedModule]:
    async with SimulatedModule(
        restart_delay=0.05, boot_time=0.05, factory_ip="127.0.0.9"
    ) as simulated:
        yield simulated


@pytest.fixture
async def client(module: SimulatedModule) -> AsyncIterator[Client]:
    async with ClientSession() as session:
        yield Client(module, session)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    received = Receiver()
    runner = web.ServerRunner(
        web.Server(received.handle, access_log=None), shutdown_timeout=0.1
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    received.url = f"http://127.0.0.1:{port}/callback"
    yield received
    await runner.cleanup()
