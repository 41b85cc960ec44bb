"""The password goes to the module and nowhere else."""

import base64
from collections.abc import Iterator
import json
import traceback

from aiohttp import ClientSession
import pytest

from custom_components.face_module.client import (
    CallbackKind,
    FaceModuleAuthError,
    FaceModuleClient,
    FaceModuleError,
    FaceModuleProtocolError,
    FaceModuleRefusedError,
    transport,
)
from simulator import SimulatedModule
from simulator.quirks import FAULT_NAMES, FaultName
from tests.conftest import PASSWORD

from .conftest import ANNA, CONFIG, EVERY_CALL, Device, answer, http

NEW = "New456"


@pytest.fixture(autouse=True)
def logs_tell_nothing(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Hold every log record of these tests against the passwords."""
    caplog.set_level("DEBUG")
    yield
    records = [
        record for phase in ("setup", "call") for record in caplog.get_records(phase)
    ]
    assert records, "the event loop alone logs something at this level"
    for record in records:
        assert_secret(record.getMessage() + str(vars(record)))


def assert_secret(text: str) -> None:
    assert PASSWORD not in text
    assert NEW not in text


def assert_untold(err: BaseException) -> None:
    """Look for the passwords in everything that a log or a user would get to see."""
    assert_secret(str(err) + repr(err) + str(err.args) + str(vars(err)))
    assert_secret("".join(traceback.format_exception(err)))


@pytest.mark.parametrize("fault", FAULT_NAMES)
@pytest.mark.parametrize("name", EVERY_CALL)
async def test_no_failure_tells_the_password(
    client: FaceModuleClient,
    module: SimulatedModule,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    fault: FaultName,
) -> None:
    monkeypatch.setattr(transport, "TIMEOUT", 0.05)
    monkeypatch.setattr(transport, "PICTURE_TIMEOUT", 0.05)
    module.faults.next(fault, times=2)
    with pytest.raises(FaceModuleError) as caught:
        await EVERY_CALL[name](client)
    assert_untold(caught.value)


@pytest.mark.parametrize("name", EVERY_CALL)
async def test_success_does_not_tell_the_password(
    client: FaceModuleClient, module: SimulatedModule, name: str
) -> None:
    result = await EVERY_CALL[name](client)
    assert_secret(repr(result))
    assert_secret(repr(client) + str(client))
    assert_secret(repr(client._transport) + str(client._transport))
    assert_secret(str(module.requests))


def test_a_client_is_named_by_its_address(client: FaceModuleClient) -> None:
    where = f"{client.host}:{client.port}"
    assert repr(client) == f"<FaceModuleClient {where}>"
    assert repr(client._transport) == f"<Transport {where}>"


@pytest.mark.parametrize("name", EVERY_CALL)
async def test_a_module_that_quotes_the_password_does_not_spread_it(
    device: Device, device_client: FaceModuleClient, name: str
) -> None:
    device.replies = [answer(1, log=f"pass {PASSWORD} is not {PASSWORD}!")]
    with pytest.raises(FaceModuleAuthError, match=r"pass \*\*\* is not \*\*\*!") as caught:
        await EVERY_CALL[name](device_client)
    assert caught.value.log == "pass *** is not ***!"
    assert_untold(caught.value)


async def test_a_refusal_that_quotes_the_password_does_not_spread_it(
    device: Device, device_client: FaceModuleClient
) -> None:
    device.replies = [answer(1, log=f"not with {PASSWORD}"), CONFIG]
    with pytest.raises(FaceModuleRefusedError) as caught:
        await device_client.get_user("anna")
    assert caught.value.log == "not with ***"
    assert_untold(caught.value)


async def test_a_refusal_that_quotes_the_new_password_does_not_spread_it(
    device: Device, device_client: FaceModuleClient
) -> None:
    refusal = answer(1, log=f"new_password {NEW} is too weak")
    device.replies = [refusal, CONFIG, refusal]
    with pytest.raises(FaceModuleRefusedError, match="too weak") as caught:
        await device_client.set_password(NEW)
    assert_untold(caught.value)


@pytest.mark.parametrize(
    ("log", "shown"),
    [
        ("bad url {url}!", "bad url ***!"),
        ("bad path /api/webhook/{key}", "bad path ***"),
        ("bad url {url:.60}", "bad url http://192.0.2.1:***"),
        ("bad key {key:.40}", "bad key ***"),
        ("no face in {picture:.80}", "no face in ***"),
        ("no face in {picture}", "no face in ***"),
    ],
)
async def test_a_refusal_that_quotes_an_address_or_a_picture_does_not_spread_it(
    device: Device, device_client: FaceModuleClient, log: str, shown: str
) -> None:
    key = "0123456789abcdef" * 4
    url = f"http://192.0.2.1:8123/api/webhook/{key}"
    picture = base64.b64encode(ANNA).decode()
    said = answer(1, log=log.format(key=key, url=url, picture=picture))
    device.replies = [said, CONFIG, said]
    with pytest.raises(FaceModuleRefusedError) as caught:
        await device_client.set_callback(CallbackKind.STATUS, url)
    assert caught.value.log == shown


@pytest.mark.parametrize(
    ("log", "shown"),
    [
        (
            "no\r\n2026-01-01 12:00:00 CRITICAL door open",
            "no 2026-01-01 12:00:00 CRITICAL door open",
        ),
        ("no\u2028\x1b[31m \u202eyes", "no [31m yes"),
        ("陈伟 already exists", "陈伟 already exists"),
        ("no " * 1000, f"{'no ' * 66}no…"),
    ],
)
async def test_the_words_of_a_module_stay_one_short_line(
    device: Device, device_client: FaceModuleClient, log: str, shown: str
) -> None:
    device.replies = [answer(1, log=log), CONFIG]
    with pytest.raises(FaceModuleRefusedError) as caught:
        await device_client.get_user("anna")
    assert caught.value.log == shown


@pytest.mark.parametrize("serial", ["01\n2026 CRITICAL", "0" * 65, "01\u202e", " "])
async def test_what_is_no_serial_is_refused(
    device: Device, device_client: FaceModuleClient, serial: str
) -> None:
    device.replies = [answer(deviceSN=serial)]
    with pytest.raises(FaceModuleProtocolError):
        await device_client.get_device_id()


async def test_a_device_that_sends_the_request_back_does_not_spread_the_password(
    device: Device, device_client: FaceModuleClient
) -> None:
    echo = json.dumps({"pass": PASSWORD, "RequestValue": 2949})
    device.replies = [http(echo.encode()), http(f"{echo}{echo}".encode())]
    for _ in range(2):
        with pytest.raises(FaceModuleError) as caught:
            await device_client.get_config()
        assert_untold(caught.value)


async def test_an_empty_password_leaves_the_words_of_the_module_as_they_are(
    session: ClientSession, module: SimulatedModule
) -> None:
    client = FaceModuleClient(session, module.host, "", module.port)
    with pytest.raises(FaceModuleAuthError) as caught:
        await client.get_config()
    assert caught.value.log == "password error"
