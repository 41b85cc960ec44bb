"""Ways to fail: what was carried out, and what the client sees of it."""

import asyncio

from aiohttp import ClientConnectorError, ClientError, ClientOSError, ClientTimeout
from aiohttp.client_exceptions import ServerDisconnectedError
import pytest

from simulator import SimulatedModule
from simulator.quirks import FaultName
from tests.simulator.conftest import Client, online

# What comes later comes at its time, however slow the machine is.
pytestmark = pytest.mark.usefixtures("steadily")


async def switch_on(client: Client) -> None:
    await client.call("DeviceManage", 2946, brightness=1)


@pytest.mark.parametrize(
    ("fault", "done", "error"),
    [
        ("drop", 0, ServerDisconnectedError),
        ("drop_after", 1, ServerDisconnectedError),
        ("reset", 0, ClientOSError),
        ("reset_after", 1, ClientOSError),
        ("outage", 0, ClientError),
        ("outage_after", 1, ClientError),
    ],
)
async def test_a_connection_can_break_before_and_after_the_call_was_carried_out(
    client: Client,
    module: SimulatedModule,
    fault: FaultName,
    done: int,
    error: type[Exception],
) -> None:
    module.faults.next(fault)
    with pytest.raises(error):
        await switch_on(client)
    assert module.ir_led == done


@pytest.mark.parametrize(("fault", "done"), [("hang", 0), ("hang_after", 1), ("late", 1)])
async def test_an_answer_can_come_too_late_or_never(
    client: Client, module: SimulatedModule, fault: FaultName, done: int
) -> None:
    module.faults.late_by = 0.15
    module.faults.next(fault)
    body = b'{"RequestValue": 2946, "pass": "123456", "brightness": 1}'
    url, patience = f"{client.url}/DeviceManage", ClientTimeout(0.1)
    with pytest.raises(TimeoutError):
        await client.session.post(url, data=body, timeout=patience)
    assert module.ir_led == (fault == "hang_after")
    await asyncio.sleep(0.15)
    assert module.ir_led == done


async def test_after_an_outage_the_module_is_back_at_the_same_port(
    client: Client, module: SimulatedModule
) -> None:
    module.faults.outage_time = 0.1
    module.faults.next("outage")
    with pytest.raises(ClientError):
        await switch_on(client)
    with pytest.raises(ClientConnectorError):
        await switch_on(client)
    assert not online(module)
    await module.wait_settled()
    await switch_on(client)
    assert module.ir_led == 1


async def test_a_server_error_and_a_refusal_change_nothing(
    client: Client, module: SimulatedModule
) -> None:
    module.faults.next("http_500")
    async with client.session.post(f"{client.url}/DeviceManage", data=b"{}") as answer:
        assert answer.status == 500
    module.faults.next("ret_code_1", call="SetIRLED")
    answer_ = await client.call("DeviceManage", 2946, brightness=1)
    assert (answer_["ret_code"], answer_["log"]) == (1, "refused by simulator")
    assert module.ir_led == 0


async def test_a_fault_can_let_some_calls_go_well_before(
    client: Client, module: SimulatedModule
) -> None:
    module.faults.next("drop", call="SetIRLED", skip=1)
    await client.config()
    await switch_on(client)
    with pytest.raises(ClientError):
        await switch_on(client)
    await switch_on(client)
    assert module.faults.queue == []
