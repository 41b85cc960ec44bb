"""The calls of /DeviceManage, against the document's examples."""

import time
from typing import Any

import pytest

from simulator import SimulatedModule
from tests.simulator.conftest import Client, Receiver

DEVICE = "DeviceManage"


async def test_the_serial_and_the_version_are_answered(client: Client) -> None:
    assert await client.call(DEVICE, 2818) == {
        "RequestValue": 2818,
        "deviceSN": "0123A38884CE69F6EE",
        "log": "got deviceID successfully",
        "ret_code": 0,
    }
    answer = await client.call(DEVICE, 2831)
    assert answer["sw_version"] == "V0.6.35-2824deb-commit!"


async def test_a_new_password_is_in_force_at_once(
    client: Client, module: SimulatedModule
) -> None:
    answer = await client.call(DEVICE, 2817, new_password="12345z")
    assert answer["ret_code"] == 0
    assert module.password == "12345z"
    answer = await client.call(DEVICE, 2818, **{"pass": "123456"})
    assert (answer["ret_code"], answer["log"]) == (1, "password error")
    assert (await client.call(DEVICE, 2818))["ret_code"] == 0


@pytest.mark.parametrize("password", ["12345", "1234567", "12345!", "\uff11" * 6, "", 6])
async def test_a_password_is_six_letters_or_digits(
    client: Client, module: SimulatedModule, password: Any
) -> None:
    answer = await client.call(DEVICE, 2817, new_password=password)
    assert answer["ret_code"] == 1
    assert "new_password" in answer["log"]
    assert module.password == "123456"


async def test_the_clock_is_set(client: Client, module: SimulatedModule) -> None:
    answer = await client.call(DEVICE, 2819, timestamp=1577690264)
    assert answer["log"] == "set time successfully"
    assert 0 <= module.now() - 1577690264 <= 2
    assert module.clock_offset == pytest.approx(1577690264 - time.time(), abs=5)


@pytest.mark.parametrize("timestamp", [-1, 2**64, 1.5, "1577690264", True, None])
async def test_a_time_that_is_no_uint64_is_refused(
    client: Client, module: SimulatedModule, timestamp: Any
) -> None:
    answer = await client.call(DEVICE, 2819, timestamp=timestamp)
    assert answer["ret_code"] == 1
    assert answer["log"].startswith("timestamp")
    assert module.clock_offset == 0


@pytest.mark.parametrize(("value", "light"), [(2945, "rgb_led"), (2946, "ir_led")])
async def test_lights_take_a_brightness_and_echo_it(
    client: Client, module: SimulatedModule, value: int, light: str
) -> None:
    for brightness in (255, 1, 0):
        answer = await client.call(DEVICE, value, brightness=brightness)
        assert (answer["ret_code"], answer["brightness"]) == (0, brightness)
        assert getattr(module, light) == brightness
    assert (await client.call(DEVICE, value, brightness=256))["ret_code"] == 1


async def test_the_configuration_has_the_documents_keys_and_no_log(
    client: Client, module: SimulatedModule
) -> None:
    config = await client.config()
    assert config.pop("RequestValue") == 2949
    assert config.pop("ret_code") == 0
    assert config == {
        "device_ip": "127.0.0.1",
        "device_ip_gateway": "127.0.0.1",
        "device_ip_netmask": "255.255.255.0",
        "dms_enable": 1,
        "face_recognition_minsize": 100,
        "heartbeat_cb_url": "",
        "interval_time": 1,
        "liveness_threshold": 90,
        "liveness_type": 0,
        "multiface_detection_enable": 0,
        "quality_control": "NONE",
        "recognition_cb_url": "",
        "recognition_threshold": 90,
        "show_bbox": 1,
        "status_cb_url": "",
        "work_field": 0,
    }
    module.quirks.sysconfig_without_log = False
    assert "log" in await client.config()


async def test_callback_addresses_are_kept_and_can_be_blanked(client: Client) -> None:
    url = "http://192.168.3.252:8080/heartbeat"
    for value, key in ((2828, "recognition_cb_url"), (2830, "status_cb_url")):
        assert (await client.call(DEVICE, value, callback_url=url))["ret_code"] == 0
        assert (await client.config())[key] == url
        assert (await client.call(DEVICE, value, callback_url=""))["ret_code"] == 0
        assert (await client.config())[key] == ""
    await client.call(DEVICE, 2829, callback_url=url, interval_time=10)
    config = await client.config()
    assert (config["heartbeat_cb_url"], config["interval_time"]) == (url, 10)


@pytest.mark.parametrize("interval", [0, -1, 2**32, "10", None])
async def test_a_heartbeat_interval_is_at_least_one_second(
    client: Client, interval: Any
) -> None:
    answer = await client.call(
        DEVICE, 2829, callback_url="http://127.0.0.1/x", interval_time=interval
    )
    assert answer["ret_code"] == 1
    assert "interval_time" in answer["log"]
    assert (await client.config())["heartbeat_cb_url"] == ""


async def test_a_requested_recognition_arrives_at_the_callback(
    client: Client, module: SimulatedModule, receiver: Receiver
) -> None:
    module.add_user("anna", "Anna")
    module.config.recognition_cb_url = receiver.url
    assert (await client.call(DEVICE, 2948))["ret_code"] == 0
    await module.wait_settled()
    assert receiver.bodies == []  # nobody is in front
    module.in_front = "anna"
    assert (await client.call(DEVICE, 2948))["ret_code"] == 0
    await module.wait_settled()
    assert [body["username"] for body in receiver.bodies] == ["Anna"]
    module.config.recognition_cb_url = ""
    assert (await client.call(DEVICE, 2948))["ret_code"] == 0
    await module.wait_settled()
    assert len(receiver.bodies) == 1


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("device_ip", "127.0.0"),
        ("device_ip", "127.0.0.256"),
        ("gateway", "gate"),
        ("netmask", "255.0.255.0"),
        ("netmask", None),
    ],
)
async def test_a_wrong_network_is_refused_by_field(
    client: Client, module: SimulatedModule, key: str, value: Any
) -> None:
    network = {
        "device_ip": "127.0.0.3",
        "gateway": "127.0.0.1",
        "netmask": "255.0.0.0",
        key: value,
    }
    answer = await client.call(DEVICE, 2822, **network)
    assert answer["ret_code"] == 1
    assert key in answer["log"]
    await module.wait_settled()
    assert module.host == "127.0.0.1"
