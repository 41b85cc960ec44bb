"""Callbacks in, addresses out."""

import asyncio
import json

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.translation import async_get_translations
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module.callbacks.receiver import STANDS
from custom_components.face_module.client import CallbackKind
from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule, portrait
from simulator.state import CallbackKind as SentKind
from tests.common import assert_heard, complaints, issue, state_of
from tests.conftest import SERIAL, SetUp, settle

ANOTHER = "http://192.0.2.7:8080/their-secret-path"


async def test_a_heartbeat_that_changes_nothing_writes_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat(temperature=50.0)
    await settle(hass)
    events = async_capture_events(hass, EVENT_STATE_CHANGED)
    for _ in range(20):
        assert await module.send_heartbeat(temperature=50.2) == 200
    await settle(hass)
    assert events == []


async def test_the_webhooks_are_called_by_words_of_the_users_language(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    hass_ws_client: WebSocketGenerator,
) -> None:
    await hass.config.async_update(language="zh-Hans")
    await set_up()
    client = await hass_ws_client(hass)
    await client.send_json_auto_id({"type": "webhook/list"})
    ours = [hook for hook in (await client.receive_json())["result"] if hook["local_only"]]
    assert {hook["name"] for hook in ours} == {
        "Face module F6EE：识别",
        "Face module F6EE：心跳",
        "Face module F6EE：模型检测结果",
    }


async def test_a_temperature_that_wobbles_is_shown_once_a_minute_and_a_leap_at_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await module.send_heartbeat(temperature=50.0)
    await settle(hass)
    events = async_capture_events(hass, EVENT_STATE_CHANGED)
    for temperature in (52.0, 48.0, 54.9, 55.0, 51.0):
        await module.send_heartbeat(temperature=temperature)
        await settle(hass)
    assert [event.data["new_state"].state for event in events] == ["55.0"]
    monkeypatch.setattr("custom_components.face_module.device.coordinator.SHOWN_EVERY", 0)
    await module.send_heartbeat(temperature=54.6)
    await module.send_heartbeat(temperature=54.5)
    await settle(hass)
    assert [event.data["new_state"].state for event in events[1:]] == ["54.5"]


async def test_a_recognition_fires_the_event_and_names_the_person(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    assert await module.send_recognition("anna", 0.9731) == 200
    await settle(hass)
    event = state_of(hass, "event.recognition")
    assert event.attributes["event_type"] == "recognized"
    assert event.attributes["user_id"] == "anna"
    assert event.attributes["name"] == "Anna"
    assert event.attributes["score"] == 97.3
    person = state_of(hass, "sensor.last_person")
    assert person.state == "Anna"
    assert person.attributes["user_id"] == "anna"


async def test_a_stranger_is_unknown_and_leaves_the_last_person(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_recognition("anna")
    await module.send_recognition("", username="")
    await settle(hass)
    event = state_of(hass, "event.recognition")
    assert event.attributes["event_type"] == "unknown"
    assert event.attributes["user_id"] is None
    assert state_of(hass, "sensor.last_person").state == "Anna"


async def test_names_in_gb18030_are_read(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.quirks.gb18030 = True
    await module.send_recognition("chenwei")
    await settle(hass)
    assert state_of(hass, "sensor.last_person").state == "陈伟"


GOOD = {"device_id": SERIAL, "timestamp": 1, "temperature": 40.0}


@pytest.mark.parametrize(
    ("kind", "body", "cause"),
    [
        ("heartbeat", b"<html><body>hello</body></html>", "json"),
        ("heartbeat", b'{"device_id": "01', "json"),
        ("heartbeat", b"", "json"),
        ("heartbeat", b"\xff\xff\xff", "encoding"),
        ("heartbeat", b"[1, 2]", "schema"),
        ("heartbeat", json.dumps(GOOD | {"timestamp": "now"}).encode(), "field timestamp"),
        ("heartbeat", json.dumps(GOOD | {"timestamp": 10**30}).encode(), "field timestamp"),
        ("heartbeat", json.dumps(GOOD | {"device_id": []}).encode(), "field device_id"),
        ("heartbeat", json.dumps(GOOD | {"device_id": 7}).encode(), "serial"),
        ("heartbeat", json.dumps(GOOD | {"device_id": "else"}).encode(), "serial"),
        ("heartbeat", json.dumps(GOOD | {"pad": "x" * 5000}).encode(), "size"),
        ("status", json.dumps(GOOD | {"timestamp": True}).encode(), "field timestamp"),
        ("recognition", json.dumps(GOOD).encode(), "field score"),
        ("recognition", json.dumps(GOOD | {"score": "x"}).encode(), "field score"),
        (
            "recognition",
            json.dumps(GOOD | {"score": 1, "user_id": ["anna"]}).encode(),
            "field user_id",
        ),
    ],
)
async def test_a_bad_body_is_counted_and_logged_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
    kind: SentKind,
    body: bytes,
    cause: str,
) -> None:
    for _ in range(3):
        assert await module.send_raw(kind, body) == 200
    await settle(hass)
    callbacks = entry.runtime_data.receiver
    assert dict(callbacks.refused) == {(CallbackKind(kind), cause): 3}
    ours = complaints(caplog)
    assert len(ours) == 1
    assert "Traceback" not in caplog.text
    assert state_of(hass, "sensor.cpu_temperature").state == "unknown"
    assert state_of(hass, "sensor.last_person").state == "unknown"


def as_firmware_may_write(module: SimulatedModule, **fields: object) -> bytes:
    """Return a recognition of Anna, numbers in quotes, padded, with a raw line feed."""
    body = {
        "device_id": f"{SERIAL.lower()}\r\n",
        "timestamp": f" {module.now()}.0",
        "score": "0.93",
        "user_id": "anna",
        "username": "Anna",
        "image": "data:image/jpeg;base64,/9j/\r\n/9j/",
        **fields,
    }
    text = json.dumps(body, ensure_ascii=False, indent=1).replace("\\n", "\n")
    return text.encode() + b"\r\n\0\0"


async def test_a_recognition_is_believed_however_its_numbers_are_written(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    assert await module.send_raw("recognition", as_firmware_may_write(module)) == 200
    await settle(hass)
    event = state_of(hass, "event.recognition")
    assert event.attributes["event_type"] == "recognized"
    assert event.attributes["user_id"] == "anna"
    assert event.attributes["score"] == 93.0


@pytest.mark.parametrize("lost", [1, 2])
async def test_a_name_that_is_cut_in_a_character_costs_that_character(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, lost: int
) -> None:
    module.add_user("王", "陈伟", portrait("陈伟"))
    raw = as_firmware_may_write(module, user_id="王", username="陈伟")
    cut = "伟".encode()
    assert cut in raw
    assert await module.send_raw("recognition", raw.replace(cut, cut[:-lost])) == 200
    await settle(hass)
    event = state_of(hass, "event.recognition")
    assert event.attributes["event_type"] == "recognized"
    assert event.attributes["user_id"] == "王"
    assert event.attributes["name"] == "陈"


async def test_decoration_that_makes_no_sense_is_counted_and_said_once(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for _ in range(3):
        raw = as_firmware_may_write(module, image="secret#", username=["Anna"])
        assert await module.send_raw("recognition", raw) == 200
        await module.send_heartbeat(temperature="")
        await module.send_status(mask_score=-1, dms_type="normal")
    await settle(hass)
    assert state_of(hass, "event.recognition").attributes["user_id"] == "anna"
    assert state_of(hass, "sensor.driver_monitoring").state == "normal"
    assert state_of(hass, "sensor.mask_score").state == "unknown"
    callbacks = entry.runtime_data.receiver
    assert dict(callbacks.unread) == {
        (CallbackKind.RECOGNITION, "username"): 3,
        (CallbackKind.RECOGNITION, "image"): 3,
        (CallbackKind.STATUS, "mask_score"): 3,
    }
    assert callbacks.refused == {}
    told = complaints(caplog)
    assert len(told) == 3
    assert "secret" not in caplog.text
    assert "recognition callback was read without its image" in caplog.text


async def test_each_field_that_is_not_understood_is_said(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for field in ("timestamp", "score", "user_id", "device_id"):
        for _ in range(2):
            await module.send_raw(
                "recognition", as_firmware_may_write(module, **{field: []})
            )
    await settle(hass)
    told = complaints(caplog)
    assert len(told) == 4
    for field, line in zip(
        ("timestamp", "score", "user_id", "device_id"), told, strict=True
    ):
        assert f"recognition callback was refused: {field} is missing" in line
    assert state_of(hass, "event.recognition").state == "unknown"


async def test_a_module_that_is_understood_every_other_time_has_one_repair(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    changes = async_capture_events(hass, ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED)
    for _ in range(10):
        await module.send_raw("heartbeat", b"{}")
        await module.send_heartbeat()
    await settle(hass)
    assert issue(hass, "callbacks_not_understood", entry) is not None
    assert len(changes) == 1


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
async def test_the_repair_says_when_it_goes_away(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, language: str
) -> None:
    await module.send_raw("heartbeat", b"{}")
    await settle(hass)
    found = issue(hass, "callbacks_not_understood", entry)
    assert found is not None
    texts = await async_get_translations(hass, language, "issues", [DOMAIN])
    told = texts[f"component.{DOMAIN}.issues.callbacks_not_understood.description"]
    placeholders = found.translation_placeholders or {}
    end = told.format(**placeholders).rpartition("\n\n")[2]
    assert f" {STANDS:g} " in end


async def test_a_body_of_50_mb_is_not_kept(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await module.send_raw("recognition", b"x" * 50_000_000)
    await settle(hass)
    assert entry.runtime_data.receiver.refused == {(CallbackKind.RECOGNITION, "size"): 1}
    assert "Traceback" not in caplog.text
    await assert_heard(hass, module)


async def test_a_connection_that_breaks_off_in_the_body_does_no_harm(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    base_url: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    port = int(base_url.rpartition(":")[2])
    path = module.config.heartbeat_cb_url.removeprefix(base_url)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{{".encode()
    )
    await writer.drain()
    await asyncio.sleep(0.05)
    writer.close()
    await writer.wait_closed()
    await assert_heard(hass, module)
    assert "Traceback" not in caplog.text


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    body=st.one_of(
        st.binary(max_size=300),
        st.dictionaries(
            st.sampled_from(
                ["device_id", "timestamp", "temperature", "score", "user_id", "dms_type"]
            ),
            st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
        ).map(lambda value: json.dumps(value | {"device_id": SERIAL}).encode()),
    ),
    kind=st.sampled_from(list(CallbackKind)),
)
def test_any_body_is_believed_or_refused(body: bytes, kind: CallbackKind) -> None:
    from custom_components.face_module.client import (
        FaceModuleCallbackError,
        parse_callback,
    )

    try:
        event = parse_callback(kind, body)
    except FaceModuleCallbackError as err:
        assert err.cause in ("encoding", "json", "schema", "field")
    else:
        assert event.device_id


async def test_a_hundred_callbacks_a_second_are_all_received(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    answers = await asyncio.gather(
        *(module.send_status(mask_score=0.5 + n % 3 / 1000) for n in range(100))
    )
    assert set(answers) == {200}
    await settle(hass)
    assert entry.runtime_data.receiver.received[CallbackKind.STATUS] == 100
    assert state_of(hass, "sensor.mask_score").state not in ("unknown", "unavailable")


async def test_a_callback_that_comes_by_websocket_is_taken(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
) -> None:
    client = await hass_ws_client(hass)
    body = {"device_id": module.serial, "timestamp": module.now(), "temperature": 43.5}
    await client.send_json_auto_id(
        {
            "type": "webhook/handle",
            "webhook_id": entry.data["webhook_ids"]["heartbeat"],
            "body": json.dumps(body),
            "headers": {"Content-Type": "application/json"},
            "method": "POST",
            "query": "",
        }
    )
    answer = await client.receive_json()
    assert answer["success"]
    assert answer["result"]["status"] == 200
    await settle(hass)
    assert state_of(hass, "sensor.cpu_temperature").state == "43.5"
