"""What holds for every call: transport, password, quirks and faults."""

import asyncio
import json
from typing import Any

from aiohttp import ClientError, ClientPayloadError, ClientSession, ClientTimeout
import pytest

from simulator import SimulatedModule, portrait
from simulator.calls import CALLS
from tests.simulator.conftest import Client, Receiver

# What comes later comes at its time, however slow the machine is.
pytestmark = pytest.mark.usefixtures("steadily")

EVERY_CALL = [
    (resource, value, call.name)
    for resource, calls in CALLS.items()
    for value, call in calls.items()
]


def test_there_are_thirty_three_calls() -> None:
    assert len(EVERY_CALL) == 33


@pytest.mark.parametrize(("resource", "value", "name"), EVERY_CALL)
async def test_every_call_wants_the_password(
    client: Client, module: SimulatedModule, resource: str, value: int, name: str
) -> None:
    for wrong in ("wrong", "", None, 123456):
        answer = await client.call(resource, value, **{"pass": wrong})
        assert answer == {"RequestValue": value, "log": "password error", "ret_code": 1}
    assert {request.name for request in module.requests} == {name}


async def test_unknown_values_are_refused(client: Client) -> None:
    for value in (1, 2960, "2818", None, True, [2818]):
        answer = await client.call("DeviceManage", value)
        assert (answer["log"], answer["ret_code"]) == ("unknown RequestValue", 1)
    assert (await client.call("RecognitionManage", 2949))["ret_code"] == 1


@pytest.mark.parametrize("data", [b"", b"hello", b"[]", b"\xff\xfe", b"null", b"{,}"])
async def test_a_body_that_is_no_object_is_refused(client: Client, data: bytes) -> None:
    answer = json.loads(await client.post("DeviceManage", data))
    assert answer["ret_code"] == 1
    assert answer["log"] == "the request is not a JSON object"


async def test_other_paths_and_methods_have_their_statuses(client: Client) -> None:
    async with client.session.post(f"{client.url}/Nothing", data=b"{}") as answer:
        assert answer.status == 404
    async with client.session.get(f"{client.url}/DeviceManage") as answer:
        assert answer.status == 405


async def test_requests_are_recorded_without_passwords(
    client: Client, module: SimulatedModule
) -> None:
    await client.call("DeviceManage", 2817, new_password="abcdef", Pass="123456")
    await client.call("RecognitionManage", 2951, show_bbox=0)
    assert "abcdef" not in str(module.requests)
    assert "123456" not in str(module.requests)
    last = module.requests[-1]
    assert (last.resource, last.value, last.name) == (
        "RecognitionManage",
        2951,
        "SetDetectionBBoxShow",
    )
    assert last.body == {"RequestValue": 2951, "show_bbox": 0}


async def test_connections_and_concurrency_are_counted(
    client: Client, module: SimulatedModule
) -> None:
    for _ in range(3):
        await client.config()
    assert (module.connections, module.max_concurrent) == (1, 1)
    module.faults.latency = 0.05
    await asyncio.gather(*(client.config() for _ in range(4)))
    assert (module.connections, module.max_concurrent) == (4, 4)


async def test_multiface_may_be_the_value_of_the_example(
    client: Client, module: SimulatedModule
) -> None:
    enable = {"multiface_detection_enable": 1}
    module.quirks.multiface_by_2949 = True
    assert (await client.call("RecognitionManage", 2985, **enable))["ret_code"] == 1
    assert (await client.call("RecognitionManage", 2949, **enable))["ret_code"] == 0
    assert module.config.multiface_detection_enable == 1


async def test_multiface_2985_may_do_nothing(
    client: Client, module: SimulatedModule
) -> None:
    enable = {"multiface_detection_enable": 1}
    module.quirks.multiface_2985_ignored = True
    assert (await client.call("RecognitionManage", 2985, **enable))["ret_code"] == 0
    assert module.config.multiface_detection_enable == 0
    assert (await client.call("RecognitionManage", 2949, **enable))["ret_code"] == 0
    assert module.config.multiface_detection_enable == 1


async def test_answers_may_be_those_of_the_examples(
    client: Client, module: SimulatedModule
) -> None:
    module.quirks.echoes_wrong_threshold = module.quirks.numer = True
    module.quirks.no_register_img = module.quirks.numbers_as_strings = True
    module.quirks.records_uuid_is_name = True
    module.add_user("sheldon", "Sheldon C.")
    await module.walk_by("sheldon")
    answer = await client.call("RecognitionManage", 2961, liveness_threshold=80)
    assert answer["liveness_threshold"] == 100
    assert (await client.config())["liveness_threshold"] == "80"
    answer = await client.call("UserManage", 2963)
    assert answer["numer"] == 1
    assert "number" not in answer
    answer = await client.call("UserManage", 2822, user_id="sheldon")
    assert "register_img" not in answer
    answer = await client.call("RecordManage", 2817, user_id="sheldon")
    assert answer["records_list"][0]["uuid"] == "Sheldon C."
    answer = await client.call("RecordManage", 2818, user_id="sheldon")
    assert answer["user_id"] == "Sheldon"


async def test_the_liveness_type_may_want_a_capital_pass(
    client: Client, module: SimulatedModule
) -> None:
    module.quirks.wants_capital_pass = True
    call = ("RecognitionManage", 2821)
    assert (await client.call(*call, liveness_type=3))["ret_code"] == 1
    answer = await client.call(*call, liveness_type=3, Pass="wrong")
    assert answer["log"] == "password error"
    assert (await client.call(*call, liveness_type=3, Pass="123456"))["ret_code"] == 0
    assert module.config.liveness_type == 3
    answer = await client.call("RecognitionManage", 2951, show_bbox=0)
    assert answer["ret_code"] == 0


async def test_empty_lists_may_be_null_or_missing(
    client: Client, module: SimulatedModule
) -> None:
    module.quirks.null_lists = True
    assert (await client.call("UserManage", 2824))["user_id_list"] is None
    answer = await client.call("RecordManage", 2817, user_id="anna")
    assert (answer["records_list"], answer["records_num"]) == (None, 0)
    module.quirks.missing_lists = True
    assert "user_id_list" not in await client.call("UserManage", 2824)


def request(value: int, **fields: Any) -> bytes:
    return json.dumps({"RequestValue": value, "pass": "123456", **fields}).encode()


async def test_answers_may_have_trailing_commas(
    client: Client, module: SimulatedModule
) -> None:
    module.quirks.trailing_commas = True
    module.add_user("a,\n}", "comma,\n  }")
    data = (await client.post("UserManage", request(2824))).decode()
    with pytest.raises(ValueError, match="trailing comma"):
        json.loads(data)
    assert '"a,\\n}",\n    ],' in data
    assert data.endswith(",\n}")
    data = (await client.post("UserManage", request(2822, user_id="a,\n}"))).decode()
    assert '"name": "comma,\\n  }",\n' in data


async def test_answers_may_have_the_typography_of_the_document(
    client: Client, module: SimulatedModule
) -> None:
    module.quirks.curly_quotes = module.quirks.no_register_img = True
    module.add_user("0003", 'she"ldon')
    data = (await client.post("UserManage", request(2822, user_id="0003"))).decode()
    assert data == (
        "{\n“RequestValue”: 2822\uff0c\n“log”: “Got user information successfully”\uff0c\n"
        '“user_id”: “0003”\uff0c\n“user_info”: {\n“name”: “she\\"ldon”\n}\uff0c\n'
        "“ret_code”: 0\n}"
    )
    module.quirks.no_register_img = False
    data = (await client.post("UserManage", request(2822, user_id="0003"))).decode()
    assert "“register_img”\uff1a“" in data


async def test_answers_and_callbacks_may_be_gb18030_and_say_otherwise(
    client: Client, module: SimulatedModule, receiver: Receiver
) -> None:
    module.quirks.gb18030 = module.quirks.text_plain = True
    module.add_user("chenwei", "陈伟")
    url = f"{client.url}/UserManage"
    async with client.session.post(url, data=request(2822, user_id="chenwei")) as got:
        assert got.headers["Content-Type"] == "text/plain; charset=gb2312"
        data = await got.read()
    assert json.loads(data.decode("gb18030"))["user_info"] == {"name": "陈伟"}
    module.config.recognition_cb_url = receiver.url
    await module.send_recognition("chenwei")
    assert "陈伟".encode("gb18030") in receiver.raw[0]


async def test_an_idle_connection_may_go_stale_unannounced(
    client: Client, module: SimulatedModule
) -> None:
    module.quirks.closes_idle = True
    reader, writer = await asyncio.open_connection(module.host, module.port)
    data = request(2818)
    message = (
        f"POST /DeviceManage HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n\r\n"
    ).encode() + data
    writer.write(message)
    head = await reader.readuntil(b"\r\n\r\n")
    assert b"200 OK" in head
    assert b"close" not in head.lower()
    await reader.readuntil(b"}")
    writer.write(message)
    try:
        rest = await reader.read()
    except ConnectionResetError:
        rest = b""
    assert rest == b""
    writer.close()
    assert len(module.requests) == 1


async def test_empty_addresses_may_be_refused(
    client: Client, module: SimulatedModule
) -> None:
    module.quirks.refuses_empty_url = True
    for value in (2828, 2829, 2830):
        fields = {"callback_url": "", "interval_time": 1}
        assert (await client.call("DeviceManage", value, **fields))["ret_code"] == 1


async def test_a_fault_strikes_the_next_requests_of_a_call(
    client: Client, module: SimulatedModule
) -> None:
    module.faults.next("drop", times=2, call="SetIRLED")
    await client.config()
    for _ in range(2):
        with pytest.raises(ClientError):
            await client.call("DeviceManage", 2946, brightness=1)
    assert module.ir_led == 0
    assert (await client.call("DeviceManage", 2946, brightness=1))["ret_code"] == 0
    with pytest.raises(ValueError, match="no fault named"):
        module.faults.next("nothing")  # type: ignore[arg-type]


async def test_a_dropped_answer_can_follow_a_done_call(
    client: Client, module: SimulatedModule
) -> None:
    module.faults.next("drop_after")
    with pytest.raises(ClientError):
        await client.call("DeviceManage", 2946, brightness=1)
    assert module.ir_led == 1


async def test_half_an_answer_can_follow_a_done_call(
    client: Client, module: SimulatedModule
) -> None:
    module.faults.next("truncate")
    with pytest.raises(ClientPayloadError):
        await client.call("DeviceManage", 2946, brightness=1)
    assert module.ir_led == 1


async def test_answers_can_be_anything(client: Client, module: SimulatedModule) -> None:
    module.faults.html = True
    assert b"<html>" in await client.post("DeviceManage", request(2949))
    module.faults.clear()
    module.faults.garbage = True
    garbage = await client.post("DeviceManage", request(2949))
    with pytest.raises(UnicodeDecodeError):
        garbage.decode()
    module.faults.clear()
    module.faults.next("huge")
    assert len(await client.post("DeviceManage", request(2949))) == 10_000_000
    module.faults.next("no_ret_code")
    assert "ret_code" not in await client.config()
    module.faults.http_status = 503
    async with client.session.post(f"{client.url}/DeviceManage", data=b"{}") as answer:
        assert answer.status == 503
    module.faults.clear()
    assert (await client.config())["ret_code"] == 0


async def test_calls_can_be_refused_by_name(
    client: Client, module: SimulatedModule
) -> None:
    module.faults.refuse.add("SetTime")
    answer = await client.call("DeviceManage", 2819, timestamp=1)
    assert (answer["ret_code"], answer["log"]) == (1, "refused by simulator")
    assert (await client.config())["ret_code"] == 0


async def test_a_hanging_call_ends_with_the_network(
    client: Client, module: SimulatedModule
) -> None:
    module.faults.hang = True
    asking = asyncio.create_task(client.config())
    await asyncio.sleep(0.05)
    assert not asking.done()
    await module.pull_cable()
    with pytest.raises(ClientError):
        await asyncio.wait_for(asking, 2)


async def test_a_client_that_gives_up_does_not_count_as_in_flight(
    client: Client, module: SimulatedModule
) -> None:
    module.faults.hang = True
    for _ in range(3):
        async with ClientSession(timeout=ClientTimeout(0.05)) as session:
            with pytest.raises(TimeoutError):
                await Client(module, session).config()
        await asyncio.sleep(0.02)
    assert module.max_concurrent == 1


async def test_a_slow_call_is_done_although_the_client_gave_up(
    client: Client, module: SimulatedModule
) -> None:
    module.faults.latency = 0.1
    async with ClientSession(timeout=ClientTimeout(0.03)) as session:
        with pytest.raises(TimeoutError):
            await Client(module, session).call("DeviceManage", 2946, brightness=9)
    assert module.ir_led == 0
    await asyncio.sleep(0.15)
    assert module.ir_led == 9


async def test_fifty_modules_are_cheap() -> None:
    modules = [SimulatedModule(f"SERIAL{number:04}") for number in range(50)]
    await asyncio.gather(*(module.start() for module in modules))
    async with ClientSession() as session:
        answers = await asyncio.gather(
            *(Client(module, session).call("DeviceManage", 2818) for module in modules)
        )
    assert [answer["deviceSN"] for answer in answers] == [
        module.serial for module in modules
    ]
    await asyncio.gather(*(module.stop() for module in modules))
    assert not any(module.online for module in modules)
    assert portrait("x") == portrait("X ")
