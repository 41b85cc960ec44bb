"""Whatever else can answer, or not answer, is an error of ours that says which."""

import asyncio
import socket

from aiohttp import ClientSession, TCPConnector, ThreadedResolver
import pytest

from custom_components.face_module.client import (
    FaceModuleAddressError,
    FaceModuleAuthError,
    FaceModuleClient,
    FaceModuleConnectionError,
    FaceModuleError,
    FaceModuleProtocolError,
    FaceModuleRefusedError,
    FaceModuleTimeoutError,
    FaceModuleUnreachableError,
    transport,
)
from simulator import SimulatedModule
from simulator.quirks import FaultName
from tests.conftest import PASSWORD, SERIAL

from .conftest import (
    ANNA,
    BORIS,
    CONFIG,
    EVERY_CALL,
    Device,
    answer,
    called,
    http,
)

# What a repetition would do a second time, or refuse because it is done already.
NOT_REPEATABLE = {
    "SetPassWord",
    "Restart",
    "Restore",
    "SetWiredNetwork",
    "SetCallbackRequest",
    "AddUser",
    "DeleteUser",
}
PICTURES = ["AddUser", "GetUserInfo", "GetFeature", "Match", "Identify"]
# Its own first request, refused or lost, is not its last.
SEVERAL = {"SetMultiFaceDetectEnable"}


@pytest.mark.parametrize("name", EVERY_CALL)
async def test_a_wrong_password_is_told_from_a_refusal(
    session: ClientSession, module: SimulatedModule, name: str
) -> None:
    client = FaceModuleClient(session, module.host, "wrong1", module.port)
    with pytest.raises(FaceModuleAuthError, match="password error") as caught:
        await EVERY_CALL[name](client)
    assert (caught.value.call, caught.value.log) == ("GetSysConfig", "password error")
    if name not in SEVERAL:
        assert called(module) == [name, "GetSysConfig"]


async def test_one_refusal_of_the_settings_is_no_wrong_password(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.faults.next("ret_code_1", call="GetSysConfig")
    config = await client.get_config()
    assert config.device_ip == module.host
    module.faults.next("ret_code_1", call="GetSysConfig", times=2)
    with pytest.raises(FaceModuleAuthError):
        await client.get_config()


@pytest.mark.parametrize("name", sorted(EVERY_CALL.keys() - {"GetSysConfig"}))
async def test_a_refusal_has_the_words_of_the_module(
    client: FaceModuleClient, module: SimulatedModule, name: str
) -> None:
    module.faults.refuse.add(name)
    with pytest.raises(FaceModuleRefusedError) as caught:
        await EVERY_CALL[name](client)
    assert caught.type is FaceModuleRefusedError
    assert (caught.value.call, caught.value.log) == (name, "refused by simulator")
    assert str(caught.value) == f"{name} refused: refused by simulator"


@pytest.mark.parametrize("log", [{}, {"log": None}, {"log": ["no"]}, {"log": ""}])
async def test_a_refusal_may_be_without_words(
    device: Device, device_client: FaceModuleClient, log: dict[str, object]
) -> None:
    device.replies = [answer(1, **log), CONFIG]
    with pytest.raises(FaceModuleRefusedError, match=r"^GetDeviceID refused$") as caught:
        await device_client.get_device_id()
    assert caught.value.log == ""


@pytest.mark.parametrize("code", [1, 2, -1, "1", True])
async def test_any_other_code_than_zero_is_a_refusal(
    device: Device, device_client: FaceModuleClient, code: object
) -> None:
    device.replies = [answer(code), CONFIG]
    with pytest.raises(FaceModuleRefusedError):
        await device_client.get_device_id()


@pytest.mark.parametrize("code", [0, "0", 0.0])
async def test_zero_is_success_however_it_is_written(
    device: Device, device_client: FaceModuleClient, code: object
) -> None:
    device.replies = [answer(code, deviceSN=SERIAL)]
    assert await device_client.get_device_id() == SERIAL


@pytest.mark.parametrize("name", EVERY_CALL)
async def test_a_pulled_cable_is_a_lost_connection(
    client: FaceModuleClient, module: SimulatedModule, name: str
) -> None:
    await module.pull_cable()
    with pytest.raises(FaceModuleConnectionError, match=name) as caught:
        await EVERY_CALL[name](client)
    assert caught.type is FaceModuleUnreachableError
    await module.plug_in()
    assert await client.get_device_id() == SERIAL


async def test_a_cable_that_is_pulled_during_a_call_is_a_lost_connection(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.faults.hang = True
    asking = asyncio.create_task(client.get_config())
    while not module.requests:
        await asyncio.sleep(0.01)
    await module.pull_cable()
    with pytest.raises(FaceModuleConnectionError) as caught:
        await asking
    assert caught.type is FaceModuleConnectionError


async def test_nobody_listens_where_nobody_listens(session: ClientSession) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        client = FaceModuleClient(session, "127.0.0.1", PASSWORD, taken.getsockname()[1])
        with pytest.raises(FaceModuleUnreachableError, match="GetDeviceID"):
            await client.get_device_id()


async def test_a_name_that_nobody_knows_is_a_lost_connection(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def unknown(
        loop: asyncio.AbstractEventLoop, host: str, *_: object, **__: object
    ) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    # The answer of a name server; the name itself would go out to a real one.
    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", unknown)
    async with ClientSession(
        connector=TCPConnector(resolver=ThreadedResolver())
    ) as session:
        client = FaceModuleClient(session, "nowhere.invalid", PASSWORD)
        with pytest.raises(FaceModuleConnectionError, match="GetDeviceID") as caught:
            await client.get_device_id()
    assert caught.type is FaceModuleUnreachableError


@pytest.mark.parametrize(
    "host", ["192.168.3.999", "192.168.3", "192.168.3.", "7", "no host", "[::1", "a:1", ""]
)
async def test_what_is_no_address_is_told_from_a_device_that_is_no_module(
    session: ClientSession, host: str
) -> None:
    client = FaceModuleClient(session, host, PASSWORD)
    with pytest.raises(FaceModuleAddressError, match="GetDeviceID: no address"):
        await client.get_device_id()


@pytest.mark.parametrize("name", ["GetDeviceID", "SetPassWord", "SetTime", *PICTURES])
async def test_a_call_that_hangs_ends_and_is_not_repeated(
    client: FaceModuleClient, module: SimulatedModule, name: str
) -> None:
    limit = "PICTURE_TIMEOUT" if name in PICTURES else "TIMEOUT"
    module.faults.hang = True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transport, limit, 0.25)
        with pytest.raises(FaceModuleTimeoutError, match=f"{name}: no answer in time"):
            await EVERY_CALL[name](client)
    # On a slow machine the time is over before it is connected.
    assert called(module) in ([], [name])
    module.faults.clear()
    assert await client.get_device_id() == SERIAL


@pytest.mark.parametrize("name", PICTURES)
async def test_a_call_with_a_picture_may_take_longer(
    client: FaceModuleClient,
    module: SimulatedModule,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", 0.05)
    module.faults.latency = 0.2
    await EVERY_CALL[name](client)
    with pytest.raises(FaceModuleTimeoutError):
        await client.get_device_id()


FAULTS: dict[FaultName, str] = {
    "truncate": "broke off",
    "garbage": "no JSON",
    "html": "no JSON",
    "no_ret_code": "without ret_code",
    "huge": "larger than",
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", EVERY_CALL)
async def test_an_answer_that_is_none_is_an_error_and_not_asked_for_again(
    client: FaceModuleClient, module: SimulatedModule, name: str, fault: FaultName
) -> None:
    module.faults.next(fault)
    with pytest.raises(FaceModuleProtocolError, match=FAULTS[fault]):
        await EVERY_CALL[name](client)
    assert called(module) == [name]


@pytest.mark.parametrize("status", [500, 503, 404, 401, 204])
async def test_any_other_status_than_200_is_an_error(
    client: FaceModuleClient, module: SimulatedModule, status: int
) -> None:
    module.faults.http_status = status
    with pytest.raises(FaceModuleProtocolError, match=f"status {status}"):
        await client.get_device_id()
    assert called(module) == ["GetDeviceID"]


@pytest.mark.parametrize("name", sorted(EVERY_CALL.keys() - NOT_REPEATABLE))
async def test_a_lost_answer_to_a_repeatable_call_is_asked_for_once_more(
    client: FaceModuleClient, module: SimulatedModule, name: str
) -> None:
    module.faults.next("drop_after")
    await EVERY_CALL[name](client)
    readback = ["GetSysConfig"] * (name in SEVERAL)
    assert called(module) == [name, name, *readback]


@pytest.mark.parametrize("name", sorted(EVERY_CALL.keys() - NOT_REPEATABLE))
async def test_a_repeatable_call_is_not_sent_a_third_time(
    client: FaceModuleClient, module: SimulatedModule, name: str
) -> None:
    module.faults.next("drop", times=2)
    with pytest.raises(FaceModuleConnectionError, match="connection closed"):
        await EVERY_CALL[name](client)
    assert called(module) == [name, name]


@pytest.mark.parametrize("fault", ["drop", "drop_after"])
@pytest.mark.parametrize("name", sorted(NOT_REPEATABLE))
async def test_a_call_that_must_not_be_repeated_is_not_sent_twice(
    client: FaceModuleClient, module: SimulatedModule, name: str, fault: FaultName
) -> None:
    module.faults.next(fault)
    with pytest.raises(FaceModuleConnectionError, match="connection closed"):
        await EVERY_CALL[name](client)
    assert called(module) == [name]


@pytest.mark.parametrize("name", sorted(NOT_REPEATABLE))
async def test_a_call_whose_connection_was_reset_is_not_sent_twice(
    device: Device, device_client: FaceModuleClient, name: str
) -> None:
    device.replies = [None]
    with pytest.raises(FaceModuleConnectionError):
        await EVERY_CALL[name](device_client)
    assert len(device.bodies) == 1


OTHERS = {
    "a web page": http(b"<html>Printer</html>", Content_Type="text/html"),
    "JSON without a code": http(b'{"state": "idle"}', Content_Type="application/json"),
    "a list": http(b'[{"ret_code": 0}]'),
    "a number": http(b"0"),
    "null": http(b"null"),
    "a code that is none": http(b'{"ret_code": "fine"}'),
    "a code that is null": http(b'{"ret_code": null}'),
    "half a code": http(b'{"ret_code": 0.5}'),
    "nothing": http(b""),
    "bytes": http(bytes(range(256))),
    "deep brackets": http(b"[" * 100_000),
    "something that is no HTTP": b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
    "a strange status line": b"HTTP/1.1 two hundred\r\n\r\n",
}


@pytest.mark.parametrize("other", OTHERS)
async def test_another_device_is_told_from_a_module(
    device: Device, device_client: FaceModuleClient, other: str
) -> None:
    device.replies = [OTHERS[other]]
    with pytest.raises(FaceModuleProtocolError):
        await device_client.get_config()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_password_does_not_follow_to_where_a_device_sends_it(
    device: Device, device_client: FaceModuleClient, module: SimulatedModule, status: int
) -> None:
    there = f"http://{module.host}:{module.port}/DeviceManage"
    device.replies = [http(b"", status=status, Location=there)]
    with pytest.raises(FaceModuleProtocolError, match=f"status {status}"):
        await device_client.get_config()
    assert module.connections == 0


async def test_a_large_answer_is_read_up_to_the_limit(
    device: Device, device_client: FaceModuleClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = answer(deviceSN=SERIAL)
    body = said.partition(b"\r\n\r\n")[2]
    device.replies = [said]
    monkeypatch.setattr(transport, "MAX_ANSWER", len(body))
    assert await device_client.get_device_id() == SERIAL
    monkeypatch.setattr(transport, "MAX_ANSWER", len(body) - 1)
    with pytest.raises(FaceModuleProtocolError, match=f"larger than {len(body) - 1} bytes"):
        await device_client.get_device_id()


async def test_twenty_calls_at_once_reach_the_module_one_by_one(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.faults.latency = 0.005
    counts, people, configs, users = (
        [client.count_users() for _ in range(5)],
        [client.list_users() for _ in range(5)],
        [client.get_config() for _ in range(5)],
        [client.add_user(f"boris{number}", "Boris", BORIS) for number in range(5)],
    )
    await asyncio.gather(*counts, *people, *configs, *users)
    assert len(module.requests) == 20
    assert module.max_concurrent == 1
    assert await client.count_users() == 7


async def test_twenty_calls_at_once_that_fail_do_not_block_the_next(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.faults.next("drop", times=10)
    module.faults.next("html", times=10)
    failures = await asyncio.gather(
        *(client.match(ANNA, ANNA) for _ in range(20)), return_exceptions=True
    )
    assert {type(failure) for failure in failures} >= {
        FaceModuleConnectionError,
        FaceModuleProtocolError,
    }
    assert module.max_concurrent == 1
    module.faults.clear()
    assert await client.get_device_id() == SERIAL


async def test_a_call_that_is_given_up_does_not_block_the_next(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.faults.next("hang")
    asking = asyncio.create_task(client.get_config())
    while not module.requests:
        await asyncio.sleep(0.01)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await client.get_device_id() == SERIAL


async def test_a_session_stays_open_after_failures(
    session: ClientSession, client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.faults.next("truncate")
    with pytest.raises(FaceModuleError):
        await client.get_config()
    assert not session.closed
