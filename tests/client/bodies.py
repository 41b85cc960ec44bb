"""Bodies as the document has them, and what makes more of them."""

import json
from typing import Any

from hypothesis import settings, strategies as st
import pytest

from custom_components.face_module.client import (
    Callback,
    CallbackKind,
    Heartbeat,
    PipelineStatus,
    Recognition,
    parse_callback,
)

SERIAL = "0123A38884CE69F6EE"
LATEST = 253_402_300_799  # the last second of the year 9999

HEARTBEAT: dict[str, Any] = {
    "device_id": SERIAL,
    "temperature": 52.5,
    "timestamp": 8_942_239,
}
STATUS: dict[str, Any] = {
    "device_id": SERIAL,
    "timestamp": 8_942_239,
    "driver_status_index": 0,
    "dms_type": "smoking",
    "mask_score": 0.07421875,
    "rgb_liveness_score": 0.96923828125,
    "nir_liveness_score": 0.98291015625,
}
RECOGNITION: dict[str, Any] = {
    "device_id": SERIAL,
    "score": 0.9375,
    "timestamp": 8_942_239,
    "user_id": "0003",
    "username": "陈伟",
    "image": "/9j/",
}
BODIES = {
    CallbackKind.HEARTBEAT: HEARTBEAT,
    CallbackKind.STATUS: STATUS,
    CallbackKind.RECOGNITION: RECOGNITION,
}
PARSED: dict[CallbackKind, Callback] = {
    CallbackKind.HEARTBEAT: Heartbeat(
        device_id=SERIAL, timestamp=8_942_239, temperature=52.5
    ),
    CallbackKind.STATUS: PipelineStatus(
        device_id=SERIAL,
        timestamp=8_942_239,
        dms_type="smoking",
        mask_score=0.07421875,
        rgb_liveness_score=0.96923828125,
        nir_liveness_score=0.98291015625,
    ),
    CallbackKind.RECOGNITION: Recognition(
        device_id=SERIAL,
        timestamp=8_942_239,
        score=0.9375,
        user_id="0003",
        username="陈伟",
        image=b"\xff\xd8\xff",
    ),
}
kinds = pytest.mark.parametrize("kind", CallbackKind)
tries = settings(max_examples=200, deadline=None, derandomize=True)


def raw(body: object) -> bytes:
    return json.dumps(body).encode()


def changed(kind: CallbackKind, field: str, value: object) -> Callback:
    """Parse a valid body of which one field is different, or gone if it is `...`."""
    body = {**BODIES[kind], field: value}
    return parse_callback(kind, raw({k: v for k, v in body.items() if v is not ...}))


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
# What a C program may have around a text.
padding = " \t\r\n\0"
# Spaces around a user id are part of it.
line_ends = "\r\n\0"
letters = st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"])
texts = st.text(letters.filter(lambda char: char not in "\ufeff\ufffd"), max_size=20)
words = texts.filter(bool)
serials = st.text(st.sampled_from("0123456789ABCDEF-"), min_size=1, max_size=20)
times = st.integers(0, LATEST)
scores = st.floats(0, 1)
model_scores = st.none() | st.just(-2) | scores
