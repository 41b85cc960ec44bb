"""DeviceManage: what each call does to the module, and what it says of itself."""

from dataclasses import asdict
import time

import aiohttp
from aiohttp import ClientSession
import pytest

from custom_components.face_module.client import (
    CallbackKind,
    FaceModuleAuthError,
    FaceModuleClient,
    FaceModuleConnectionError,
    FaceModuleProtocolError,
    FaceModuleRefusedError,
    LivenessType,
    QualityControl,
    SystemConfig,
    WorkField,
    calls as client_calls,
)
from custom_components.face_module.client.calls import Call
from simulator import SimulatedModule
from simulator.calls import CALLS
from tests.conftest import PASSWORD, SERIAL

from .conftest import CONFIG, EVERY_CALL, Action, Device, answer


def test_the_client_has_the_calls_of_the_document_and_one_more_of_its_example() -> None:
    ours = {
        (call.resource, call.value, call.name)
        for call in vars(client_calls).values()
        if isinstance(call, Call)
    }
    documented = {
        (resource, value, call.name)
        for resource, calls in CALLS.items()
        for value, call in calls.items()
    }
    assert {name for *_, name in documented} == EVERY_CALL.keys()
    assert len(EVERY_CALL) == 33
    assert ours - documented == {("RecognitionManage", 2949, "SetMultiFaceDetectEnable")}
    assert documented <= ours


@pytest.mark.parametrize("name", EVERY_CALL)
async def test_every_call_succeeds_with_one_request_of_its_own(
    client: FaceModuleClient, module: SimulatedModule, name: str
) -> None:
    await EVERY_CALL[name](client)
    requests = [(request.resource, request.name) for request in module.requests]
    resource = next(
        key for key, calls in CALLS.items() if name in {c.name for c in calls.values()}
    )
    # Multi-face is the call that has to be read back.
    readback = [("DeviceManage", "GetSysConfig")] * (name == "SetMultiFaceDetectEnable")
    assert requests == [(resource, name), *readback]


async def test_a_new_password_is_used_from_then_on(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    await client.set_password("New456")
    assert module.password == "New456"
    assert await client.get_device_id() == SERIAL


@pytest.mark.parametrize("new", ["", "short", "toolong", "abc 12", "密码密码密码"])
async def test_a_password_that_the_module_refuses_is_not_used(
    client: FaceModuleClient, module: SimulatedModule, new: str
) -> None:
    with pytest.raises(FaceModuleRefusedError, match="6 letters or digits"):
        await client.set_password(new)
    assert module.password == PASSWORD
    assert await client.get_device_id() == SERIAL


async def test_a_password_whose_change_was_not_confirmed_is_not_used(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.faults.next("drop_after")
    with pytest.raises(FaceModuleConnectionError):
        await client.set_password("New456")
    assert module.password == "New456"
    with pytest.raises(FaceModuleAuthError):
        await client.get_device_id()


@pytest.mark.parametrize(
    "said", [{}, {"deviceSN": ""}, {"deviceSN": []}, {"deviceSN": " "}]
)
async def test_a_module_without_a_serial_is_none(
    device: Device, device_client: FaceModuleClient, said: dict[str, object]
) -> None:
    device.replies = [answer(**said)]
    with pytest.raises(FaceModuleProtocolError, match="deviceSN"):
        await device_client.get_device_id()


@pytest.mark.parametrize("said", [f" {SERIAL}\n", f"{SERIAL}\0", SERIAL.lower()])
async def test_a_serial_comes_in_its_normal_form(
    device: Device, device_client: FaceModuleClient, said: str
) -> None:
    device.replies = [answer(deviceSN=said)]
    assert await device_client.get_device_id() == SERIAL


async def test_the_firmware_version_is_read(client: FaceModuleClient) -> None:
    assert await client.get_software_version() == "V0.6.35-2824deb-commit!"


async def test_a_firmware_that_does_not_tell_its_version_has_an_empty_one(
    device: Device, device_client: FaceModuleClient
) -> None:
    device.replies = [answer()]
    assert await device_client.get_software_version() == ""


async def test_the_clock_is_set(client: FaceModuleClient, module: SimulatedModule) -> None:
    await client.set_time(8_942_239)
    assert 0 <= module.now() - 8_942_239 < 60
    assert module.clock_offset < -time.time() / 2


@pytest.mark.parametrize(("on", "brightness"), [(True, 1), (False, 0)])
async def test_the_lights_are_switched(
    client: FaceModuleClient, module: SimulatedModule, *, on: bool, brightness: int
) -> None:
    module.rgb_led = module.ir_led = 7
    await client.set_rgb_led(on=on)
    assert (module.rgb_led, module.ir_led) == (brightness, 7)
    await client.set_ir_led(on=on)
    assert (module.rgb_led, module.ir_led) == (brightness, brightness)


async def test_a_restart_follows_its_answer(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.rgb_led = 1
    module.config.liveness_type = 2
    await client.restart()
    assert (module.online, module.rgb_led) == (True, 1)
    await module.wait_settled()
    assert (module.rgb_led, module.config.liveness_type) == (0, 2)
    assert await client.get_device_id() == SERIAL


async def test_a_factory_reset_keeps_people_and_records(session: ClientSession) -> None:
    async with SimulatedModule(
        restart_delay=0.05, boot_time=0.05, factory_ip="127.0.0.9"
    ) as module:
        client = FaceModuleClient(session, module.host, module.password, module.port)
        module.add_user("anna", "Anna")
        await module.walk_by("anna", score=0.97)
        await client.set_recognition_threshold(50)
        await client.restore()
        await module.wait_settled()
        client = FaceModuleClient(session, "127.0.0.9", module.password, module.port)
        config = await client.get_config()
        assert (config.device_ip, config.recognition_threshold) == ("127.0.0.9", 90)
        assert await client.list_users() == ("anna",)
        assert len(await client.search_records("anna")) == 1


async def test_a_module_that_moved_is_found_at_its_new_address(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    await client.set_network("127.0.0.2", "255.255.0.0", "127.0.0.3")
    await module.wait_settled()
    with pytest.raises(FaceModuleConnectionError):
        await client.get_device_id()
    async with aiohttp.ClientSession() as session:
        moved = FaceModuleClient(session, "127.0.0.2", module.password, module.port)
        config = await moved.get_config()
    assert (config.device_ip, config.netmask, config.gateway) == (
        "127.0.0.2",
        "255.255.0.0",
        "127.0.0.3",
    )
    assert (moved.host, moved.port) == ("127.0.0.2", module.port)


@pytest.mark.parametrize("kind", CallbackKind)
async def test_each_kind_of_callback_has_its_own_address(
    client: FaceModuleClient, module: SimulatedModule, kind: CallbackKind
) -> None:
    await client.set_callback(kind, "http://127.0.0.1:1/here")
    config = await client.get_config()
    assert config.callback_urls == {
        **dict.fromkeys(CallbackKind, ""),
        kind: "http://127.0.0.1:1/here",
    }
    assert module.config.callback_url(kind.value) == "http://127.0.0.1:1/here"
    await client.set_callback(kind, "")
    assert module.config.callback_url(kind.value) == ""


@pytest.mark.parametrize(("interval", "in_force"), [(10, 10), (1, 1), (None, 1)])
async def test_heartbeats_have_an_interval_of_at_least_a_second(
    client: FaceModuleClient,
    module: SimulatedModule,
    interval: int | None,
    in_force: int,
) -> None:
    module.config.interval_time = 99
    await client.set_callback(
        CallbackKind.HEARTBEAT, "http://127.0.0.1:1/h", interval=interval
    )
    assert module.config.interval_time == in_force


async def test_only_heartbeats_carry_an_interval(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    await client.set_callback(CallbackKind.STATUS, "http://127.0.0.1:1/s", interval=10)
    assert "interval_time" not in module.requests[-1].body


async def test_a_requested_recognition_arrives_at_its_callback(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    # The port of the module itself: somebody who can be posted to.
    url = f"http://127.0.0.1:{module.port}/r"
    await client.set_callback(CallbackKind.RECOGNITION, url)
    await module.walk_by("anna", score=0.97, still_there=True)
    assert len(module.sent) == 1
    await client.request_recognition()
    await module.wait_settled()
    assert len(module.sent) == 2
    assert (module.sent[-1].kind, module.sent[-1].body["user_id"]) == (
        "recognition",
        "anna",
    )


async def test_the_settings_are_read_with_their_types(
    client: FaceModuleClient, module: SimulatedModule
) -> None:
    module.config.update(
        {
            "device_ip": "10.0.0.9",
            "device_ip_gateway": "10.0.0.1",
            "device_ip_netmask": "255.0.0.0",
            "liveness_type": 2,
            "liveness_threshold": 71,
            "show_bbox": 0,
            "multiface_detection_enable": 1,
            "recognition_threshold": 82,
            "face_recognition_minsize": 123,
            "quality_control": "LOW",
            "work_field": 1,
            "heartbeat_cb_url": "http://h",
            "recognition_cb_url": "http://r",
            "interval_time": 30,
        }
    )
    assert await client.get_config() == SystemConfig(
        device_ip="10.0.0.9",
        gateway="10.0.0.1",
        netmask="255.0.0.0",
        liveness_type=LivenessType.NIR,
        liveness_threshold=71,
        show_bbox=False,
        multiface_detection=True,
        recognition_threshold=82,
        min_face_size=123,
        quality_control=QualityControl.LOW,
        work_field=WorkField.ENROLLMENT,
        dms_enabled=True,
        heartbeat_interval=30,
        callback_urls={
            CallbackKind.HEARTBEAT: "http://h",
            CallbackKind.RECOGNITION: "http://r",
            CallbackKind.STATUS: "",
        },
    )


async def test_settings_that_the_document_does_not_know_are_unknown(
    device: Device, device_client: FaceModuleClient
) -> None:
    device.replies = [
        answer(
            liveness_type=4,
            quality_control=["HIGH"],
            work_field="1",
            liveness_threshold=90.5,
            recognition_threshold="much",
            show_bbox=None,
            status_cb_url="",
        )
    ]
    assert await device_client.get_config() == SystemConfig(
        work_field=WorkField.ENROLLMENT, callback_urls={CallbackKind.STATUS: ""}
    )


async def test_a_null_address_is_blank_and_one_that_is_left_out_is_not_said(
    device: Device, device_client: FaceModuleClient
) -> None:
    device.replies = [answer(heartbeat_cb_url=None, status_cb_url=" http://s\0")]
    assert (await device_client.get_config()).callback_urls == {
        CallbackKind.HEARTBEAT: "",
        CallbackKind.STATUS: "http://s",
    }


async def test_settings_of_which_none_is_known_are_not_those_of_a_module(
    device: Device, device_client: FaceModuleClient
) -> None:
    device.replies = [answer(model="printer")]
    with pytest.raises(FaceModuleProtocolError, match="GetSysConfig"):
        await device_client.get_config()
    device.replies = [CONFIG]
    assert (await device_client.get_config()).liveness_type is LivenessType.OFF


SETTINGS: list[tuple[str, dict[str, object]]] = [
    ("SetLivenessType", {"liveness_type": 3}),
    ("SetLivenessThreshold", {"liveness_threshold": 70}),
    ("SetMultiFaceDetectEnable", {"multiface_detection_enable": 1}),
    ("SetRecognitionMinSize", {"face_recognition_minsize": 200}),
    ("SetDetectionBBoxShow", {"show_bbox": 0}),
    ("SetRecognitionThreshold", {"recognition_threshold": 80}),
    ("SetQualityControl", {"quality_control": "HIGH", "work_field": 2}),
]


@pytest.mark.parametrize(("name", "changed"), SETTINGS)
async def test_a_setting_changes_itself_and_nothing_else(
    client: FaceModuleClient,
    module: SimulatedModule,
    name: str,
    changed: dict[str, object],
) -> None:
    before = asdict(module.config)
    assert before.items().isdisjoint(changed.items())
    await EVERY_CALL[name](client)
    assert asdict(module.config) == before | changed


OUT_OF_RANGE: dict[str, Action] = {
    "SetLivenessThreshold": lambda client: client.set_liveness_threshold(101),
    "SetRecognitionThreshold": lambda client: client.set_recognition_threshold(-1),
    "SetRecognitionMinSize": lambda client: client.set_min_face_size(720),
}


@pytest.mark.parametrize("name", OUT_OF_RANGE)
async def test_a_setting_out_of_range_is_refused_with_the_words_of_the_module(
    client: FaceModuleClient, module: SimulatedModule, name: str
) -> None:
    before = asdict(module.config)
    with pytest.raises(FaceModuleRefusedError, match="must be between") as caught:
        await OUT_OF_RANGE[name](client)
    assert caught.type is FaceModuleRefusedError
    assert caught.value.call == name
    assert asdict(module.config) == before


async def test_multiple_faces_are_switched_on_and_off_and_read_back(
    client: FaceModuleClient,
) -> None:
    on = await client.set_multiface_detection(on=True)
    off = await client.set_multiface_detection(on=False)
    assert (on.multiface_detection, off.multiface_detection) == (True, False)
