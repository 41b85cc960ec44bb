"""A client of our own for the simulated module, and a device that is anything else."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
import json
import re
import socket
import struct
from typing import Any, cast

from aiohttp import ClientSession
import pytest

from custom_components.face_module.client import (
    CallbackKind,
    FaceModuleClient,
    LivenessType,
    QualityControl,
    WorkField,
)
from simulator import SimulatedModule, portrait
from tests.conftest import PASSWORD
from tests.simulator.conftest import real_sockets  # noqa: F401

ANNA, BORIS = portrait("Anna"), portrait("Boris")

type Action = Callable[[FaceModuleClient], Awaitable[object]]

# All calls by their names in the document, each as it succeeds with the `module` fixture.
EVERY_CALL: dict[str, Action] = {
    "SetPassWord": lambda client: client.set_password("New456"),
    "GetDeviceID": lambda client: client.get_device_id(),
    "SetTime": lambda client: client.set_time(1_800_000_000),
    "Restart": lambda client: client.restart(),
    "Restore": lambda client: client.restore(),
    "SetWiredNetwork": lambda client: client.set_network(
        "127.0.0.2", "255.255.0.0", "127.0.0.1"
    ),
    "SetRecognitionCallback": lambda client: client.set_callback(
        CallbackKind.RECOGNITION, "http://127.0.0.1:1/r"
    ),
    "SetDeviceHeartBeatCallback": lambda client: client.set_callback(
        CallbackKind.HEARTBEAT, "http://127.0.0.1:1/h", interval=10
    ),
    "SetPipelineStatusCallback": lambda client: client.set_callback(
        CallbackKind.STATUS, "http://127.0.0.1:1/s"
    ),
    "GetSoftVersion": lambda client: client.get_software_version(),
    "SetRGBLED": lambda client: client.set_rgb_led(on=True),
    "SetIRLED": lambda client: client.set_ir_led(on=True),
    "SetCallbackRequest": lambda client: client.request_recognition(),
    "GetSysConfig": lambda client: client.get_config(),
    "AddUser": lambda client: client.add_user("boris", "Boris", BORIS),
    "DeleteUser": lambda client: client.delete_user("anna"),
    "GetUserInfo": lambda client: client.get_user("anna"),
    "GetUserList": lambda client: client.list_users(),
    "DeleteAllUser": lambda client: client.delete_all_users(),
    "GetUserNumber": lambda client: client.count_users(),
    "GetFeature": lambda client: client.get_feature(ANNA),
    "Match": lambda client: client.match(ANNA, BORIS),
    "Identify": lambda client: client.identify(ANNA),
    "SetLivenessType": lambda client: client.set_liveness_type(LivenessType.RGB_NIR),
    "SetLivenessThreshold": lambda client: client.set_liveness_threshold(70),
    "SetMultiFaceDetectEnable": lambda client: client.set_multiface_detection(on=True),
    "SetRecognitionMinSize": lambda client: client.set_min_face_size(200),
    "SetDetectionBBoxShow": lambda client: client.set_show_bbox(on=False),
    "SetRecognitionThreshold": lambda client: client.set_recognition_threshold(80),
    "SetQualityControl": lambda client: client.set_quality_control(
        QualityControl.HIGH, WorkField.RECOGNITION
    ),
    "SearchRecords": lambda client: client.search_records("anna"),
    "DeleteRecords": lambda client: client.delete_records("anna"),
    "DeleteALLRecords": lambda client: client.delete_all_records(),
}


class Device:
    """Anything that listens on a port.

    Each request is answered with the next of `replies`, and with the last of them from
    then on: bytes as they are, None by resetting the connection.
    """

    def __init__(self) -> None:
        self.replies: list[bytes | None] = []
        self.bodies: list[dict[str, Any]] = []
        self.port = 0

    @property
    def values(self) -> list[int]:
        """The RequestValue of each request, in the order of arrival."""
        return [body["RequestValue"] for body in self.bodies]

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"Content-Length: (\d+)", head)
                assert length is not None
                self.bodies.append(json.loads(await reader.readexactly(int(length[1]))))
                reply = self.replies[0] if len(self.replies) == 1 else self.replies.pop(0)
                if reply is None:
                    _reset_at_close(writer)
                    return
                writer.write(reply)
        except asyncio.IncompleteReadError, ConnectionError:
            pass
        finally:
            writer.close()


def _reset_at_close(writer: asyncio.StreamWriter) -> None:
    """Have the connection end with RST instead of FIN."""
    connection: socket.socket = writer.get_extra_info("socket")
    linger = struct.pack("ii", 1, 0)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


def http(body: bytes, status: int = 200, **headers: str) -> bytes:
    """Return an HTTP answer."""
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + body


def answer(ret_code: Any = 0, **fields: Any) -> bytes:
    """Return an answer as a module gives it."""
    return http(json.dumps({**fields, "ret_code": ret_code}).encode())


def answered(name: str, raw: bytes) -> Any:
    """Make a call that is answered `raw`; nothing of it waits for anything."""
    client = FaceModuleClient(cast("Any", None), "192.0.2.1", PASSWORD)

    async def post(call: object, body: object) -> tuple[int, bytes]:
        return 200, raw

    client._transport._post = post  # type: ignore[method-assign]
    made: Any = EVERY_CALL[name](client)
    try:
        made.send(None)
    except StopIteration as done:
        return done.value
    pytest.fail("it waits for something")


CONFIG = answer(liveness_type=0)


@pytest.fixture
async def session() -> AsyncGenerator[ClientSession]:
    async with ClientSession() as session:
        yield session


@pytest.fixture
def client(session: ClientSession, module: SimulatedModule) -> FaceModuleClient:
    return FaceModuleClient(session, module.host, PASSWORD, module.port)


@pytest.fixture
async def device() -> AsyncIterator[Device]:
    """A device that each test tells what to answer."""
    device = Device()
    server = await asyncio.start_server(device.serve, "127.0.0.1", 0)
    device.port = server.sockets[0].getsockname()[1]
    yield device
    server.close()
    server.close_clients()
    await server.wait_closed()


@pytest.fixture
def device_client(session: ClientSession, device: Device) -> FaceModuleClient:
    return FaceModuleClient(session, "127.0.0.1", PASSWORD, device.port)


def called(module: SimulatedModule) -> list[str]:
    """Return the names of all requests so far, and forget them."""
    names = [request.name for request in module.requests]
    module.requests.clear()
    return names
