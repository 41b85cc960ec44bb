"""Callbacks in, addresses out."""

import asyncio
import json

from homeassistant.components.http import ApiConfig
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from hypothesis import HealthCheck, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.face_module import webhook
from custom_components.face_module.client import CallbackKind
from custom_components.face_module.const import DOMAIN
from simulator import SimulatedModule
from simulator.state import CallbackKind as SentKind

from .common import assert_heard, eventually, poll, state_of
from .conftest import SERIAL, SetUp, settle

ANOTHER = "http://192.0.2.7:8080/their-secret-path"


def issue(hass: HomeAssistant, key: str, entry: MockConfigEntry) -> ir.IssueEntry | None:
    return ir.async_get(hass).async_get_issue(DOMAIN, f"{key}_{entry.entry_id}")


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
    monkeypatch.setattr("custom_components.face_module.coordinator.SHOWN_EVERY", 0)
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
        ("heartbeat", json.dumps(GOOD | {"temperature": "hot"}).encode(), "schema"),
        ("heartbeat", json.dumps(GOOD | {"timestamp": "now"}).encode(), "schema"),
        ("heartbeat", json.dumps(GOOD | {"timestamp": 10**30}).encode(), "schema"),
        ("heartbeat", json.dumps(GOOD | {"device_id": 7}).encode(), "schema"),
        ("heartbeat", json.dumps(GOOD | {"device_id": "else"}).encode(), "serial"),
        ("heartbeat", json.dumps(GOOD | {"pad": "x" * 5000}).encode(), "size"),
        ("status", json.dumps(GOOD | {"mask_score": 7}).encode(), "schema"),
        ("status", json.dumps(GOOD | {"dms_type": 7}).encode(), "schema"),
        ("recognition", json.dumps(GOOD).encode(), "schema"),
        ("recognition", json.dumps(GOOD | {"score": "x"}).encode(), "schema"),
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
    callbacks = entry.runtime_data.callbacks
    assert dict(callbacks.refused) == {(CallbackKind(kind), cause): 3}
    ours = [r for r in caplog.records if r.name.startswith("custom_components.face_module")]
    assert len(ours) == 1
    assert "Traceback" not in caplog.text
    assert state_of(hass, "sensor.cpu_temperature").state == "unknown"
    assert state_of(hass, "sensor.last_person").state == "unknown"


async def test_a_body_of_50_mb_is_not_kept(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await module.send_raw("recognition", b"x" * 50_000_000)
    await settle(hass)
    assert entry.runtime_data.callbacks.refused == {(CallbackKind.RECOGNITION, "size"): 1}
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
        assert err.cause in ("encoding", "json", "schema")
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
    assert entry.runtime_data.callbacks.received[CallbackKind.STATUS] == 100
    assert state_of(hass, "sensor.mask_score").state not in ("unknown", "unavailable")


async def test_blank_slots_are_filled_again_within_one_poll(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule, base_url: str
) -> None:
    module.config.heartbeat_cb_url = ""
    module.config.recognition_cb_url = ""
    await poll(hass)
    assert module.config.heartbeat_cb_url.startswith(base_url)
    assert module.config.recognition_cb_url.startswith(base_url)


async def test_an_interval_that_somebody_changed_is_set_back(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.config.interval_time = 77
    await poll(hass)
    assert module.config.interval_time == 10


async def test_a_slot_taken_by_another_system_is_shown_and_left_alone(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
) -> None:
    module.config.recognition_cb_url = ANOTHER
    for _ in range(3):
        await poll(hass)
    assert module.config.recognition_cb_url == ANOTHER, "no fight"
    found = issue(hass, "callback_taken", entry)
    assert found is not None
    assert found.is_fixable
    assert found.translation_placeholders["addresses"] == "http://192.0.2.7:8080"
    assert "their-secret-path" not in caplog.text
    assert state_of(hass, "binary_sensor.connected").state == "on"

    module.config.recognition_cb_url = ""
    await poll(hass)
    assert issue(hass, "callback_taken", entry) is None
    assert module.config.recognition_cb_url.endswith(
        entry.data["webhook_ids"]["recognition"]
    )


async def test_a_refused_address_is_one_clear_line(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    module.faults.refuse = {"SetRecognitionCallback"}
    entry = await set_up()
    assert "refused a callback address" in caplog.text
    assert "Traceback" not in caplog.text
    module.faults.clear()
    await poll(hass)
    assert module.config.recognition_cb_url.endswith(
        entry.data["webhook_ids"]["recognition"]
    )


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Miss heartbeats after 0.3 s."""
    monkeypatch.setattr(webhook, "MISSED_HEARTBEATS", 0.3)


async def test_the_next_address_is_tried_until_a_heartbeat_proves_one(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    base_url: str,
    impatient: None,
) -> None:
    hass.config.internal_url = base_url
    entry = await set_up(callback_base_url="http://127.0.0.1:1", heartbeat_interval=1)
    callbacks = entry.runtime_data.callbacks
    assert callbacks.bases == ["http://127.0.0.1:1", "http://127.0.0.1:8123", base_url]
    assert module.config.heartbeat_cb_url.startswith("http://127.0.0.1:1/")
    await eventually(lambda: module.config.status_cb_url.startswith(base_url))
    assert not callbacks.proven
    assert await module.send_heartbeat() == 200
    await eventually(lambda: callbacks.proven)
    assert issue(hass, "callbacks_unreachable", entry) is None


async def test_addresses_that_do_not_work_are_all_named(
    hass: HomeAssistant,
    module: SimulatedModule,
    set_up: SetUp,
    base_url: str,
    impatient: None,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    hass.config.internal_url = "https://192.0.2.1"
    entry = await set_up(callback_base_url="http://127.0.0.1:1", heartbeat_interval=1)
    await eventually(lambda: issue(hass, "callbacks_unreachable", entry) is not None)
    found = issue(hass, "callbacks_unreachable", entry)
    assert found is not None
    assert found.translation_placeholders["addresses"] == (
        "- http://127.0.0.1:1\n- http://127.0.0.1:8123"
    )
    assert state_of(hass, "binary_sensor.connected").state == "on", "polling goes on"
    # The network is mended: the next heartbeat clears it.
    client = await hass_client_no_auth()
    path = f"/api/webhook/{entry.data['webhook_ids']['heartbeat']}"
    await client.post(path, json={"device_id": module.serial, "timestamp": module.now()})
    await settle(hass)
    assert issue(hass, "callbacks_unreachable", entry) is None


async def test_a_gap_in_the_heartbeats_reads_the_configuration_at_once(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, impatient: None
) -> None:
    entry = await set_up(heartbeat_interval=1)
    await module.send_heartbeat()
    await settle(hass)
    module.config.heartbeat_cb_url = ""  # as after Restore: no heartbeat would end it
    await eventually(lambda: module.config.heartbeat_cb_url != "")
    assert issue(hass, "callbacks_unreachable", entry) is None


async def test_a_heartbeat_after_an_outage_brings_everything_back(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, impatient: None
) -> None:
    await set_up(heartbeat_interval=1)
    await module.send_heartbeat()
    await module.pull_cable()
    await eventually(lambda: state_of(hass, "binary_sensor.connected").state == "off")
    assert state_of(hass, "sensor.enrolled_people").state == "unavailable"
    await module.plug_in()
    await module.send_heartbeat()
    await eventually(lambda: state_of(hass, "binary_sensor.connected").state == "on")
    assert state_of(hass, "sensor.enrolled_people").state == "2"


async def test_https_only_is_said_and_polling_goes_on(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, base_url: str
) -> None:
    plain = hass.config.api
    hass.config.api = ApiConfig("127.0.0.1", "127.0.0.1", 8123, use_ssl=True)
    entry = await set_up(callback_base_url="")
    assert issue(hass, "https_only", entry) is not None
    assert module.config.heartbeat_cb_url == ""
    module.config.show_bbox = 0
    await poll(hass)
    assert state_of(hass, "switch.face_boxes_in_the_video").state == "off"
    hass.config.api = plain
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    assert issue(hass, "https_only", entry) is None
    assert module.config.heartbeat_cb_url.startswith("http://127.0.0.1:8123/api/webhook/")


async def test_a_host_name_that_is_unknown_has_no_route(hass: HomeAssistant) -> None:
    from custom_components.face_module.addresses import async_bases, origins

    assert await async_bases(hass, "does-not-exist.invalid", 8080, "http://x/") == [
        "http://x"
    ]
    assert origins(["no address"]) == "?"


async def test_any_callback_brings_back_what_a_failed_poll_took(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.pull_cable()
    await poll(hass)
    assert state_of(hass, "event.recognition").state == "unavailable"
    await module.plug_in()
    await module.send_recognition("anna")
    await settle(hass)
    event = state_of(hass, "event.recognition")
    assert event.attributes["event_type"] == "recognized"
    assert state_of(hass, "binary_sensor.connected").state == "on"


async def test_a_callback_of_a_module_that_answers_asks_it_nothing(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    await module.send_heartbeat()
    await settle(hass)
    asked = len(module.requests)
    for _ in range(3):
        await module.send_heartbeat()
        await module.send_status(dms_type="normal")
        await module.send_recognition("anna")
    await settle(hass)
    assert len(module.requests) == asked


async def test_an_address_that_somebody_took_meanwhile_is_no_gap_in_the_network(
    hass: HomeAssistant, module: SimulatedModule, set_up: SetUp, impatient: None
) -> None:
    entry = await set_up(heartbeat_interval=1)
    base = entry.runtime_data.callbacks.base
    await module.send_heartbeat()
    await settle(hass)
    module.config.heartbeat_cb_url = "http://192.0.2.7:8080/another"
    await eventually(lambda: issue(hass, "callback_taken", entry) is not None)
    await asyncio.sleep(1)
    assert issue(hass, "callbacks_unreachable", entry) is None
    assert entry.runtime_data.callbacks.base == base


async def test_what_the_user_ignored_stays_ignored_over_a_reload(
    hass: HomeAssistant, entry: MockConfigEntry, module: SimulatedModule
) -> None:
    module.config.recognition_cb_url = ANOTHER
    await poll(hass)
    ir.async_ignore_issue(hass, DOMAIN, f"callback_taken_{entry.entry_id}", ignore=True)
    await hass.config_entries.async_reload(entry.entry_id)
    await settle(hass)
    found = issue(hass, "callback_taken", entry)
    assert found is not None
    assert found.dismissed_version is not None
    assert module.config.recognition_cb_url == ANOTHER
