"""Forged callbacks: whoever does not know the webhooks' ids is not heard at all."""

import asyncio
import gzip
import json
from typing import Any

from aiohttp.test_utils import TestClient
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.face_module.callbacks import receiver
from custom_components.face_module.client import CallbackKind
from simulator import SimulatedModule
from tests.common import assert_heard, state_of, visits_of
from tests.conftest import SERIAL, settle

KINDS = list(CallbackKind)


def forged(module: SimulatedModule, **fields: Any) -> dict[str, Any]:
    """Return a body that opens a door when it is believed."""
    return {
        "device_id": SERIAL,
        "timestamp": module.now(),
        "score": 0.99,
        "user_id": "anna",
        "username": "Anna",
        "temperature": 66.0,
        "mask_score": 0.66,
        "image": "",
        **fields,
    }


def path_of(entry: MockConfigEntry, kind: CallbackKind) -> str:
    return f"/api/webhook/{entry.data['webhook_ids'][kind]}"


def assert_unheard(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Look where a callback would have left a trace."""
    assert not entry.runtime_data.receiver.received
    assert visits_of(entry) == []
    for entity_id in ("event.recognition", "sensor.cpu_temperature", "sensor.mask_score"):
        assert state_of(hass, entity_id).state == "unknown"


@pytest.fixture
async def attacker(
    hass_client_no_auth: ClientSessionGenerator,
) -> TestClient[Any, Any]:
    """Somebody on the local network."""
    client: TestClient[Any, Any] = await hass_client_no_auth()
    return client


async def test_with_a_right_id_it_would_be_heard(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    attacker: TestClient[Any, Any],
) -> None:
    for kind in KINDS:
        await attacker.post(path_of(entry, kind), json=forged(module))
    await settle(hass)
    assert set(entry.runtime_data.receiver.received) == set(KINDS)
    assert state_of(hass, "sensor.last_person").state == "Anna"


async def test_the_ids_are_three_and_cannot_be_guessed(
    hass: HomeAssistant, module: SimulatedModule, base_url: str
) -> None:
    flows = hass.config_entries.flow
    found = []
    for number in range(2):
        flow = await flows.async_init("face_module", context={"source": "user"})
        result = await flows.async_configure(
            flow["flow_id"],
            {
                "host": module.host,
                "password": module.password,
                "advanced": {"port": module.port},
            },
        )
        if result["type"] == "form":
            result = await flows.async_configure(flow["flow_id"], {})
        entry = result["result"]
        found += entry.data["webhook_ids"].values()
        await settle(hass)
        await hass.config_entries.async_remove(entry.entry_id)
        await settle(hass)
        assert len(found) == 3 * (number + 1)
    # 256 bits each.
    assert len(set(found)) == 6
    assert all(len(one) == 64 and int(one, 16) for one in found)


@pytest.mark.parametrize("kind", KINDS)
async def test_without_the_id_nobody_is_heard(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    attacker: TestClient[Any, Any],
    kind: CallbackKind,
) -> None:
    known = path_of(entry, kind)
    for path in (
        known[:-1],
        known + "0",
        known.upper().replace("/API/WEBHOOK", "/api/webhook"),
        f"/api/webhook/{entry.entry_id}",
        f"/api/webhook/{SERIAL}",
        "/api/webhook/face_module",
    ):
        answer = await attacker.post(path, json=forged(module))
        # As for every id that does not exist: it gives away nothing.
        assert (answer.status, await answer.read()) == (200, b"")
    await settle(hass)
    assert_unheard(hass, entry)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_no_other_method_is_heard(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    attacker: TestClient[Any, Any],
    method: str,
) -> None:
    for kind in KINDS:
        answer = await attacker.request(method, path_of(entry, kind), json=forged(module))
        assert answer.status == (200 if method == "HEAD" else 405) or method == "OPTIONS"
    await settle(hass)
    assert_unheard(hass, entry)


@pytest.mark.parametrize("serial", ["", SERIAL[::-1], SERIAL[:-1], f"{SERIAL} 0", None, 0])
async def test_another_modules_callback_is_not_believed(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    attacker: TestClient[Any, Any],
    serial: object,
) -> None:
    for kind in KINDS:
        body = forged(module, device_id=serial)
        answer = await attacker.post(path_of(entry, kind), json=body)
        assert (answer.status, await answer.read()) == (200, b"")
    await settle(hass)
    assert_unheard(hass, entry)
    assert sum(entry.runtime_data.receiver.refused.values()) == len(KINDS)


@pytest.mark.parametrize("address", ["203.0.113.7", "2001:db8::1", "100.64.0.1"])
async def test_nobody_from_outside_is_heard_though_they_know_the_id(
    hass: HomeAssistant,
    proxy: None,
    entry: MockConfigEntry,
    module: SimulatedModule,
    attacker: TestClient[Any, Any],
    address: str,
) -> None:
    for kind in KINDS:
        answer = await attacker.post(
            path_of(entry, kind),
            json=forged(module),
            headers={"X-Forwarded-For": address},
        )
        assert (answer.status, await answer.read()) == (200, b"")
    await settle(hass)
    assert_unheard(hass, entry)
    # It is the address that counts.
    await attacker.post(
        path_of(entry, CallbackKind.HEARTBEAT),
        json=forged(module),
        headers={"X-Forwarded-For": "192.168.1.7"},
    )
    assert entry.runtime_data.receiver.received.total() == 1


@pytest.mark.parametrize("kind", KINDS)
async def test_a_body_that_is_too_large_is_refused_packed_or_not(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    attacker: TestClient[Any, Any],
    kind: CallbackKind,
) -> None:
    padded = {"padding": "x" * receiver.BODY_LIMITS[kind]}
    body = json.dumps(forged(module, **padded)).encode()
    packed = gzip.compress(body)
    assert len(packed) < len(body) / 10
    path = path_of(entry, kind)
    assert (await attacker.post(path, data=body)).status == 200
    answer = await attacker.post(path, data=packed, headers={"Content-Encoding": "gzip"})
    assert answer.status == 200
    await settle(hass)
    assert_unheard(hass, entry)
    assert entry.runtime_data.receiver.refused == {(kind, "size"): 2}


@pytest.mark.parametrize("kind", CallbackKind)
async def test_a_body_at_its_limit_is_read(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    attacker: TestClient[Any, Any],
    kind: CallbackKind,
) -> None:
    room = receiver.BODY_LIMITS[kind] - len(json.dumps(forged(module, padding="")))
    before = entry.runtime_data.receiver.received[kind]
    for size in (room, room + 1):
        body = json.dumps(forged(module, padding="x" * size)).encode()
        assert (await attacker.post(path_of(entry, kind), data=body)).status == 200
    await settle(hass)
    assert entry.runtime_data.receiver.received[kind] == before + 1
    assert entry.runtime_data.receiver.refused == {(kind, "size"): 1}


async def test_a_body_that_never_ends_is_given_up(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    base_url: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(receiver, "BODY_TIMEOUT", 0.2)
    port = int(base_url.rpartition(":")[2])
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    path = path_of(entry, CallbackKind.HEARTBEAT)
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n"
    writer.write(head.encode() + b'{"device_id"')
    async with asyncio.timeout(5):
        # Byte after byte, always just in time for a limit that begins anew with each.
        while entry.runtime_data.receiver.refused.total() == 0:
            writer.write(b" ")
            await asyncio.sleep(0.05)
        assert (await reader.readline()).startswith(b"HTTP/1.1 200")
    writer.close()
    await writer.wait_closed()
    assert entry.runtime_data.receiver.refused == {(CallbackKind.HEARTBEAT, "slow"): 1}
    assert "Traceback" not in caplog.text
    await assert_heard(hass, module)


async def test_a_recorded_recognition_opens_nothing_again(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    attacker: TestClient[Any, Any],
) -> None:
    await module.send_heartbeat()
    recorded = forged(module)
    path = path_of(entry, CallbackKind.RECOGNITION)
    await attacker.post(path, json=recorded)
    await settle(hass)
    (first,) = visits_of(entry)
    assert first.verdict == "recognized"
    told = state_of(hass, "event.recognition").state
    # At once: the very same bytes are no new evidence, and do not prolong the visit.
    for _ in range(3):
        await attacker.post(path, json=recorded)
    await settle(hass)
    assert visits_of(entry) == [first]
    assert entry.runtime_data.visits.sightings.judged == {"recognized": 1, "repeated": 3}
    # Later, and changed so that it is not the same: it is stale.
    late = {**recorded, "timestamp": recorded["timestamp"] - 11, "score": 0.98}
    await attacker.post(path, json=late)
    await settle(hass)
    last = visits_of(entry)[0]
    assert (last.verdict, last.reason) == ("rejected", "stale")
    assert state_of(hass, "event.recognition").state >= told


async def test_the_websocket_is_no_way_around_the_id(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    hass_ws_client: WebSocketGenerator,
    guest_token: str,
) -> None:
    guest = await hass_ws_client(hass, guest_token)
    await guest.send_json_auto_id({"type": "webhook/list"})
    assert (await guest.receive_json())["error"]["code"] == "unauthorized"
    await guest.send_json_auto_id(
        {
            "type": "webhook/handle",
            "webhook_id": "0" * 64,
            "method": "POST",
            "body": json.dumps(forged(module)),
        }
    )
    assert (await guest.receive_json())["success"]
    await settle(hass)
    assert_unheard(hass, entry)


async def test_after_the_module_is_removed_its_ids_open_nothing(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    attacker: TestClient[Any, Any],
) -> None:
    paths = [path_of(entry, kind) for kind in KINDS]
    runtime = entry.runtime_data
    await hass.config_entries.async_remove(entry.entry_id)
    for path in paths:
        assert (await attacker.post(path, json=forged(module))).status == 200
    assert not runtime.receiver.received
    config = module.config
    urls = (config.heartbeat_cb_url, config.recognition_cb_url, config.status_cb_url)
    assert urls == ("", "", "")
