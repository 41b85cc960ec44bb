"""Restarts, factory values, other addresses, cables, and what persists."""

import asyncio
from contextlib import suppress
import json
from pathlib import Path
import socket

from aiohttp import ClientError
import pytest

from simulator import SimulatedModule, portrait
from tests.simulator.conftest import Client, Receiver, online

# What comes later comes at its time, however slow the machine is.
pytestmark = pytest.mark.usefixtures("steadily")

DEVICE = "DeviceManage"


async def reachable(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.mark.parametrize("turns", range(5))
async def test_whoever_connects_as_the_module_goes_is_cut_without_an_error(
    turns: int,
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_debug(enabled=True)
    errors: list[object] = []
    loop.set_exception_handler(lambda _loop, context: errors.append(context))
    async with SimulatedModule() as module:
        with socket.create_connection((module.host, module.port)) as late:
            late.setblocking(False)
            for _ in range(turns):
                await asyncio.sleep(0)
            await module.pull_cable()
            with suppress(ConnectionResetError):
                assert await asyncio.wait_for(loop.sock_recv(late, 1), 5) == b""
    assert errors == []


async def test_a_restart_answers_first_and_comes_back(
    client: Client, module: SimulatedModule
) -> None:
    module._power._restart_delay, module._power._boot_time = 0.3, 0.6
    module.config.status_cb_url = "http://127.0.0.1:1/kept"
    module.rgb_led = 1
    answer = await client.call(DEVICE, 2820)
    assert answer["log"] == "To be restarted in 5 seconds..."
    assert (await client.config())["ret_code"] == 0
    await asyncio.sleep(0.5)
    assert not await reachable(module.host, module.port)
    assert await module.walk_by() is None
    await module.wait_settled()
    assert (await client.config())["status_cb_url"] == "http://127.0.0.1:1/kept"
    assert module.rgb_led == 0


async def test_a_restart_may_blank_the_callbacks(
    client: Client, module: SimulatedModule
) -> None:
    module.quirks.restart_blanks_callbacks = True
    module.config.status_cb_url = "http://127.0.0.1:1/lost"
    await module.restart_now()
    assert (await client.config())["status_cb_url"] == ""


async def test_restore_is_in_force_after_the_restart(
    client: Client, module: SimulatedModule
) -> None:
    module._power._restart_delay = 0.3
    module.add_user("anna", "Anna")
    await module.walk_by("anna")
    module.password = "abcdef"
    await client.call(DEVICE, 2829, callback_url="http://x/", interval_time=7)
    await client.call("RecognitionManage", 2821, liveness_type=3)
    assert (await client.call(DEVICE, 2821))["ret_code"] == 0
    assert (await client.config())["liveness_type"] == 3
    await module.wait_settled()
    assert module.host == "127.0.0.9"
    config = await client.config()
    assert config["device_ip"] == "127.0.0.9"
    assert config["device_ip_gateway"] == "192.168.3.1"
    assert (config["heartbeat_cb_url"], config["interval_time"]) == ("", 1)
    assert config["liveness_type"] == 0
    assert list(module.users) == ["anna"]
    assert len(module.records) == 1
    assert module.password == "abcdef"


async def test_restore_may_reset_the_password(module: SimulatedModule) -> None:
    module.quirks.restore_resets_password = True
    module.password = "abcdef"
    await module.restore_now()
    assert module.password == "123456"


async def test_a_factory_address_elsewhere_is_out_of_reach_until_the_rescue() -> None:
    async with SimulatedModule() as module:
        port = module.port
        await module.restore_now()
        assert not online(module)
        assert module.host == "192.168.3.99"
        assert not await reachable("127.0.0.1", port)
        await module.rescue("127.0.0.1")
        assert online(module)
        assert (module.host, module.port) == ("127.0.0.1", port)


async def test_a_new_address_is_in_force_after_the_delay(
    client: Client, module: SimulatedModule
) -> None:
    module._power._restart_delay = 0.3
    port = module.port
    network = {
        "device_ip": "127.0.0.4",
        "gateway": "127.0.0.2",
        "netmask": "255.0.0.0",
    }
    answer = await client.call(DEVICE, 2822, **network)
    assert answer["log"] == "set ethernet successfully"
    assert (await client.config())["device_ip"] == "127.0.0.1"
    await module.wait_settled()
    assert (module.host, module.port) == ("127.0.0.4", port)
    assert not await reachable("127.0.0.1", port)
    config = await client.config()
    assert config["device_ip"] == "127.0.0.4"
    assert config["device_ip_gateway"] == "127.0.0.2"
    assert config["device_ip_netmask"] == "255.0.0.0"


async def test_an_address_that_cannot_be_had_is_out_of_reach(
    client: Client, module: SimulatedModule
) -> None:
    network = {"device_ip": "192.0.2.1", "gateway": "192.0.2.2"}
    await client.call(DEVICE, 2822, netmask="255.255.255.0", **network)
    await module.wait_settled()
    assert not online(module)
    await module.restart_now("127.0.0.1")
    assert (await client.config())["device_ip"] == "127.0.0.1"


async def test_a_pulled_cable_cuts_connections_and_the_port_comes_back(
    client: Client, module: SimulatedModule
) -> None:
    await client.config()
    port = module.port
    await module.pull_cable()
    with pytest.raises(ClientError):
        await client.config()
    await module.restart_now()
    assert not online(module)
    await module.plug_in()
    await module.plug_in()
    assert module.port == port
    assert (await client.config())["ret_code"] == 0


async def test_a_cable_pulled_during_a_restart_stays_out(
    client: Client, module: SimulatedModule
) -> None:
    module._power._boot_time = 0.5
    await client.call(DEVICE, 2820)
    await asyncio.sleep(0.2)
    assert module.booting
    await module.pull_cable()
    await module.wait_settled()
    assert not online(module)
    await module.plug_in()
    assert (await client.config())["ret_code"] == 0


async def test_stopping_forgets_what_was_pending() -> None:
    module = SimulatedModule(restart_delay=60)
    await module.start()
    module.restart_soon()
    await module.stop()
    assert not online(module)
    await asyncio.wait_for(module.wait_settled(), 1)
    await module.start()
    assert online(module)
    await module.stop()


async def test_a_taken_port_is_an_error(module: SimulatedModule) -> None:
    with pytest.raises(OSError, match="in use"):
        await SimulatedModule(port=module.port).start()


async def test_memory_persists_in_a_file(tmp_path: Path, receiver: Receiver) -> None:
    store = tmp_path / "module.json"
    async with SimulatedModule(store=store) as module:
        module.add_user("chenwei", "陈伟", portrait("陈伟"))
        module.add_many(2)
        module.password = "abcdef"
        module.config.status_cb_url = receiver.url
        record = await module.walk_by("chenwei")
        await asyncio.sleep(0.5)
        assert len(json.loads(store.read_text("utf-8"))["records"]) == 1
    async with SimulatedModule(store=store, host="127.0.0.2") as again:
        assert again.users == module.users
        assert again.records == [record]
        assert again.password == "abcdef"
        assert again.config.status_cb_url == receiver.url
        assert again.config.device_ip == "127.0.0.2"
    assert list(tmp_path.iterdir()) == [store]


def test_a_file_that_is_no_store_is_an_error(tmp_path: Path) -> None:
    store = tmp_path / "module.json"
    for content in ("{}", "hello", "[]", '{"users": [1]}'):
        store.write_text(content)
        with pytest.raises(ValueError, match="is not a store of a module"):
            SimulatedModule(store=store)
