"""Whatever is posted to the webhooks is a callback, or refused; nothing else happens."""

from collections.abc import Callable
from dataclasses import fields
import json
import math
from typing import Any

from homeassistant.core import HomeAssistant
from hypothesis import example, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.face_module.client import (
    Callback,
    CallbackKind,
    FaceModuleCallbackError,
    parse_callback,
)
from simulator import SimulatedModule
from tests.conftest import settle

from .mutation import NASTY, Mutator, cases, kept

CAUSES = {"encoding", "json", "schema", "field"}
BULK = 30_000
POSTED = 700
STRUCTURED = 1500
LONGEST = 255


def kind_of(name: str) -> CallbackKind:
    return CallbackKind(name.partition(".")[0].partition("_")[0])


def check(kind: CallbackKind, raw: bytes) -> Callback | None:
    """Parse; what comes out is as its class promises, or refused for a known cause."""
    try:
        parsed = parse_callback(kind, raw)
    except FaceModuleCallbackError as err:
        assert err.cause in CAUSES
        return None
    assert type(parsed).__name__.lower().endswith(kind)
    assert parsed.device_id
    assert 0 <= parsed.timestamp < 253_402_300_800
    for field in fields(parsed):
        value = getattr(parsed, field.name)
        if field.name.endswith("score") and value is not None:
            assert 0 <= value <= 1
        elif isinstance(value, float):
            assert math.isfinite(value)
    assert len(getattr(parsed, "user_id", "")) <= LONGEST
    assert len(getattr(parsed, "username", "")) <= LONGEST
    return parsed


@pytest.mark.parametrize("name", kept("callbacks"))
def test_the_corpus_is_understood(name: str) -> None:
    assert check(kind_of(name), kept("callbacks")[name]) is not None


@pytest.mark.parametrize("kind", CallbackKind)
def test_changed_bodies(kind: CallbackKind, figure: Callable[[str, int], None]) -> None:
    mutator = Mutator(f"callbacks {kind}")
    known = [json.loads(raw) for name, raw in kept("callbacks").items() if kind in name]

    def make() -> bytes:
        return mutator.body(mutator.random.choice(known))

    done = good = 0
    for raw in cases(BULK, make):
        done += 1
        good += check(kind, raw) is not None
    figure("callback bodies read", done)
    # Otherwise they would break at the first letter, and prove nothing.
    assert done / 20 < good < done * 19 / 20


VALUES = st.one_of(
    st.sampled_from(NASTY), st.integers(), st.floats(), st.text(), st.booleans()
)
KEYS = (
    *("device_id", "timestamp", "temperature", "dms_type", "mask_score", "user_id"),
    *("rgb_liveness_score", "nir_liveness_score", "score", "username", "image"),
)


@settings(max_examples=STRUCTURED)
@given(st.sampled_from(CallbackKind), st.dictionaries(st.sampled_from(KEYS), VALUES))
@example(CallbackKind.STATUS, {"device_id": "x", "timestamp": 0, "mask_score": 1e400})
@example(CallbackKind.HEARTBEAT, {"device_id": "x", "timestamp": True})
@example(CallbackKind.RECOGNITION, {"device_id": "\ud800", "timestamp": 1, "score": 0})
def test_made_up_objects(kind: CallbackKind, body: dict[str, Any]) -> None:
    check(kind, json.dumps(body).encode())


@settings(max_examples=STRUCTURED)
@given(st.sampled_from(CallbackKind), st.binary(max_size=200))
@example(CallbackKind.HEARTBEAT, "{“a”，：".encode())
@example(CallbackKind.HEARTBEAT, b'{"a": "\\')
@example(CallbackKind.HEARTBEAT, b"[" * 100_000)
def test_any_bytes(kind: CallbackKind, raw: bytes) -> None:
    assert check(kind, raw) is None


@pytest.mark.parametrize("kind", CallbackKind)
async def test_what_is_posted_can_be_shown(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    module: SimulatedModule,
    caplog: pytest.LogCaptureFixture,
    entity_registry_enabled_by_default: None,
    figure: Callable[[str, int], None],
    kind: CallbackKind,
) -> None:
    mutator = Mutator(f"posted {kind}")
    known = [json.loads(raw) for name, raw in kept("callbacks").items() if kind in name]
    callbacks = entry.runtime_data.receiver
    posted = 0
    for raw in cases(POSTED, lambda: mutator.body(mutator.random.choice(known))):
        posted += 1
        # The clock of the module is right more often than by chance.
        now = str(module.now()).encode()
        sent = raw.replace(b"1764000000", now)
        assert await module.send_raw(kind.value, sent) == 200
    await settle(hass)
    figure("callback bodies posted", posted)
    refused = sum(count for (of, _), count in callbacks.refused.items() if of == kind)
    assert callbacks.received[kind] + refused == posted
    assert callbacks.received[kind] > posted / 20
    for state in hass.states.async_all():
        assert len(state.state) <= LONGEST
    troubles = [r for r in caplog.records if r.exc_info or r.levelname == "ERROR"]
    assert [record.getMessage() for record in troubles] == []
    assert await module.send_heartbeat(temperature=44.5) == 200
    await settle(hass)
    assert entry.runtime_data.coordinator.data.temperature == 44.5
