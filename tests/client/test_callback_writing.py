"""A callback is understood however firmware writes its fields."""

import base64
from dataclasses import asdict
import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.face_module.client import (
    CallbackKind,
    FaceModuleCallbackError,
    PipelineStatus,
    Recognition,
    parse_callback,
)

from .bodies import (
    BODIES,
    PARSED,
    RECOGNITION,
    SERIAL,
    STATUS,
    changed,
    kinds,
    line_ends,
    model_scores,
    padding,
    raw,
    scores,
    serials,
    texts,
    times,
    tries,
    values,
    words,
)


@pytest.mark.parametrize(
    ("kind", "field", "written"),
    [
        *((kind, "timestamp", "8942239") for kind in CallbackKind),
        *((kind, "timestamp", 8_942_239.0) for kind in CallbackKind),
        *((kind, "timestamp", " 8942239.0\r\n\0") for kind in CallbackKind),
        *((kind, "device_id", f" {SERIAL}\r\n") for kind in CallbackKind),
        *((kind, "device_id", f"{SERIAL.lower()}\0\0") for kind in CallbackKind),
        (CallbackKind.HEARTBEAT, "temperature", "52.5"),
        (CallbackKind.STATUS, "mask_score", "0.07421875"),
        (CallbackKind.STATUS, "dms_type", "smoking\0"),
        (CallbackKind.RECOGNITION, "score", "0.9375"),
        (CallbackKind.RECOGNITION, "user_id", "0003\0"),
        (CallbackKind.RECOGNITION, "username", "陈伟\r\n"),
        (CallbackKind.RECOGNITION, "image", "/9\nj/\r\n"),
        (CallbackKind.RECOGNITION, "image", "data:image/jpeg;base64,/9j/"),
    ],
)
def test_a_field_is_read_however_it_is_written(
    kind: CallbackKind, field: str, written: object
) -> None:
    assert changed(kind, field, written) == PARSED[kind]


@pytest.mark.parametrize("written", [3, 3.0, "3"])
def test_a_user_id_may_be_a_number(written: object) -> None:
    assert asdict(changed(CallbackKind.RECOGNITION, "user_id", written))["user_id"] == "3"


def test_a_number_that_lost_digits_on_its_way_is_no_user_id() -> None:
    with pytest.raises(FaceModuleCallbackError, match="user_id"):
        changed(CallbackKind.RECOGNITION, "user_id", 12345678901234567890123)


def recognition_of(user_id: bytes, username: bytes) -> bytes:
    """Return a body whose texts are these bytes."""
    body = raw(RECOGNITION | {"user_id": "?id", "username": "?name"})
    return body.replace(b"?id", user_id).replace(b"?name", username)


def person_in(body: bytes) -> tuple[str, str]:
    parsed = parse_callback(CallbackKind.RECOGNITION, body)
    assert isinstance(parsed, Recognition)
    assert parsed.image == b"\xff\xd8\xff"
    return parsed.user_id, parsed.username


@pytest.mark.parametrize("user_id", ["anna", "0003", "王", "é", "陈伟", "😀"])
@pytest.mark.parametrize("lost", [1, 2, 3])
@pytest.mark.parametrize(
    "name", ["陈伟", "Anna 陈", "陈", "Anna😀", "Jürgen Müller 陈", "王小明王小明王小明"]
)
def test_a_name_cut_inside_a_character_ends_before_it(
    user_id: str, lost: int, name: str
) -> None:
    cut = name.encode()[: -min(lost, len(name[-1].encode()) - 1)]
    person = person_in(recognition_of(user_id.encode(), cut))
    assert person == (user_id, name[:-1].strip())


def test_broken_bytes_in_the_middle_of_a_name_are_replaced() -> None:
    name = "王小明陈伟".encode().replace("明".encode(), b"\xe6\x98")
    assert person_in(recognition_of("王".encode(), name)) == ("王", "王小\ufffd陈伟")


@pytest.mark.parametrize("lost", [1, 2])
@pytest.mark.parametrize("user_id", ["王", "陈伟", "anna陈"])
def test_a_user_id_that_is_cut_is_not_another_one(user_id: str, lost: int) -> None:
    with pytest.raises(FaceModuleCallbackError) as caught:
        parse_callback(
            CallbackKind.RECOGNITION, recognition_of(user_id.encode()[:-lost], b"Anna")
        )
    assert caught.value.field == "user_id"


@pytest.mark.parametrize("user_id", ["anna", "王", "陈伟", "王小明", "wang_王", "婷"])
@pytest.mark.parametrize("name", ["陈伟", "王小明", "Anna 陈", "晓婷", "张三"])
def test_an_id_is_the_same_each_time_on_a_module_that_writes_gb18030(
    user_id: str, name: str
) -> None:
    body = recognition_of(user_id.encode("gb18030"), name.encode("gb18030"))
    assert person_in(body) == (user_id, name)


@pytest.mark.parametrize("user_id", ["zoë", "müller"])
@pytest.mark.parametrize("name", ["Noël Müller", "Über", "Müller Jürgen"])
def test_a_name_in_another_charset_makes_no_other_id(user_id: str, name: str) -> None:
    with pytest.raises(FaceModuleCallbackError) as caught:
        parse_callback(
            CallbackKind.RECOGNITION,
            recognition_of(user_id.encode(), name.encode("latin-1")),
        )
    assert caught.value.field == "user_id"


@kinds
@pytest.mark.parametrize(
    "padding", [b"\0", b"\0" * 40, b" \r\n", b"\n\0\n", b'\0"old": 5}', b"\0{"]
)
def test_what_comes_behind_a_body_is_no_matter(kind: CallbackKind, padding: bytes) -> None:
    assert parse_callback(kind, raw(BODIES[kind]) + padding) == PARSED[kind]


def test_raw_control_characters_in_a_text_are_read() -> None:
    assert person_in(recognition_of(b"an\tna", b"Anna\nB.\0")) == ("an\tna", "Anna\nB.")


def test_a_number_that_is_none_costs_that_number() -> None:
    body = raw(STATUS | {"mask_score": 0.5}).replace(b"0.5", b"-nan")
    status = parse_callback(CallbackKind.STATUS, body)
    assert isinstance(status, PipelineStatus)
    assert (status.mask_score, status.unread) == (None, ("mask_score",))
    assert status.rgb_liveness_score == STATUS["rgb_liveness_score"]


# The same body again, as other firmware would write it.


def as_string(value: Any) -> Any:
    return value if isinstance(value, str) or value is None else str(value)


def as_float(value: Any) -> Any:
    return float(value) if isinstance(value, int) else value


def broken_into_lines(value: str) -> str:
    return "\r\n".join(value[at : at + 3] for at in range(0, len(value), 3))


heartbeats = st.fixed_dictionaries(
    {"device_id": serials, "timestamp": times},
    optional={"temperature": st.none() | st.floats(-60, 150)},
)
statuses = st.fixed_dictionaries(
    {"device_id": serials, "timestamp": times},
    optional={
        "dms_type": st.none() | words,
        "mask_score": model_scores,
        "rgb_liveness_score": model_scores,
        "nir_liveness_score": model_scores,
    },
)
recognitions = st.fixed_dictionaries(
    {"device_id": serials, "timestamp": times, "score": scores},
    optional={
        "user_id": st.none() | texts,
        "username": st.none() | texts,
        "image": st.none()
        | st.binary(max_size=60).map(lambda b: base64.b64encode(b).decode()),
    },
)
valid_bodies = st.one_of(
    st.tuples(st.just(CallbackKind.HEARTBEAT), heartbeats),
    st.tuples(st.just(CallbackKind.STATUS), statuses),
    st.tuples(st.just(CallbackKind.RECOGNITION), recognitions),
)


@tries
@given(case=valid_bodies, data=st.data())
def test_any_valid_body_says_the_same_however_it_is_written(
    case: tuple[CallbackKind, dict[str, Any]], data: st.DataObject
) -> None:
    kind, body = case
    expected = parse_callback(kind, raw(body))
    assert expected.unread == ()
    written: dict[str, Any] = {}
    for key in data.draw(st.permutations(sorted(body))):
        value = body[key]
        for change in (as_float, as_string):
            value = data.draw(st.sampled_from((value, change(value))))
        if isinstance(value, str):
            if key == "image":
                value = broken_into_lines(value)
                prefix = data.draw(st.sampled_from(("", "data:image/jpeg;base64,")))
                value = prefix + value if value else value
            if key == "device_id":
                value = data.draw(st.sampled_from((value, value.lower())))
            around = st.text(line_ends if key == "user_id" else padding, max_size=3)
            value = data.draw(around) + value + data.draw(around)
        written[key] = value
    written |= {f"x{key}": item for key, item in data.draw(st.just({}) | extras).items()}
    text = json.dumps(written, ensure_ascii=data.draw(st.booleans()))
    for raw_one, escaped in (("\n", "\\n"), ("\t", "\\t"), ("\0", "\\u0000")):
        # Only those around a text: a backslash before would make them something else.
        if data.draw(st.booleans()) and "\\\\" not in text:
            text = text.replace(escaped, raw_one)
    mark = data.draw(st.sampled_from((b"", b"\xef\xbb\xbf")))
    tail = data.draw(st.text(padding, max_size=5)).encode()
    assert parse_callback(kind, mark + text.encode() + tail) == expected


extras = st.dictionaries(st.text(st.sampled_from("abc"), max_size=3), values, max_size=2)
DECORATION = {
    CallbackKind.HEARTBEAT: {"temperature"},
    CallbackKind.STATUS: STATUS.keys() - {"device_id", "timestamp"},
    CallbackKind.RECOGNITION: {"username", "image"},
}


@tries
@given(case=valid_bodies, data=st.data())
def test_no_decoration_refuses_a_body_or_changes_what_is_hard(
    case: tuple[CallbackKind, dict[str, Any]], data: st.DataObject
) -> None:
    kind, body = case
    expected = asdict(parse_callback(kind, raw(body)))
    key = data.draw(st.sampled_from(sorted(DECORATION[kind])))
    # orjson reads no number beyond 64 bits as what it is, and no lone surrogate at all.
    parsed = asdict(parse_callback(kind, raw(body | {key: data.draw(values)})))
    assert set(parsed.pop("unread")) <= {key}
    for name in parsed.keys() - {key}:
        assert parsed[name] == expected[name]
