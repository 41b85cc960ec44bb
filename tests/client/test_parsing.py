"""Any bytes become JSON or a ValueError, any JSON a value or an error of ours."""

from collections.abc import Callable
import json
import math
from typing import Any

from hypothesis import given, settings, strategies as st
import pytest

from custom_components.face_module.client import (
    Candidate,
    FaceBox,
    FaceModuleCallbackError,
    FaceModuleProtocolError,
    QualityControl,
    Record,
    SystemConfig,
)
from custom_components.face_module.client.callbacks import parse_callback
from custom_components.face_module.client.fields import (
    is_blank,
    same_serial,
    to_flag,
    to_float,
    to_id,
    to_int,
    to_list,
    to_name,
    to_picture,
    to_score,
    to_serial,
    to_text,
    to_timestamp,
)
from custom_components.face_module.client.models import CallbackKind
from custom_components.face_module.client.parsing import load_json
from simulator import Quirks
from simulator.wire import encode

tries = settings(max_examples=200, deadline=None, derandomize=True)

# What JSON can carry: whole numbers beyond 64 bits arrive as floats.
numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(
    allow_nan=False, allow_infinity=False
)
values = st.recursive(
    st.none() | st.booleans() | numbers | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner),
    max_leaves=12,
)
objects = st.dictionaries(st.text(), values, max_size=6)

CONFIG_KEYS = [
    "device_ip",
    "device_ip_gateway",
    "device_ip_netmask",
    "liveness_type",
    "liveness_threshold",
    "show_bbox",
    "multiface_detection_enable",
    "recognition_threshold",
    "face_recognition_minsize",
    "quality_control",
    "work_field",
    "dms_enable",
    "interval_time",
    "heartbeat_cb_url",
    "recognition_cb_url",
    "status_cb_url",
]


def some_of(*keys: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects with some of these keys and anything as their values."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, values))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ('{"a": [1, 2,], "b": {},}', {"a": [1, 2], "b": {}}),
        ('{"a": [1 , ] , }', {"a": [1]}),
        ("{“a”: “b”，“c”：1}", {"a": "b", "c": 1}),
        ("[“a”，]", ["a"]),
        ('{“a”: "b，c：d,}",}', {"a": "b，c：d,}"}),
        ("{“a”: “b，c：d,}”,}", {"a": "b，c：d,}"}),
        ('{"a": "“quoted”",}', {"a": "“quoted”"}),
        ('{“a”: “she"ldon”}', {"a": 'she"ldon'}),
        ('{“a”: “she\\"ldon”}', {"a": 'she"ldon'}),
        ("{“a”: “back\\\\slash”}", {"a": "back\\slash"}),
        ('{"a": "\\"", }', {"a": '"'}),
        ("“text”", "text"),
        ("”text“", "text"),
        ("\ufeff{}", {}),
        (" 5 ", 5),
        ('{"a": 1}\0', {"a": 1}),
        ('\ufeff{"a": 1} \0\0\r\n\0', {"a": 1}),
        ('{"a": 1}\0"of an earlier body"}', {"a": 1}),
        ('{"a": "one\ntwo\tthree\0"}', {"a": "one\ntwo\tthree\0"}),
        ("{“a”: “one\ntwo”}", {"a": "one\ntwo"}),
        ('{"a": nan, "b": -inf}', {"a": "nan", "b": "-inf"}),
        ('{"a": "nan", "b": 1,}', {"a": "nan", "b": 1}),
        ('{"a": "\\u9648\\u4f"}', {"a": "陈\ufffd"}),
        ('{"a": "\\ud83d\\ude00\\ud83d"}', {"a": "😀\ufffd"}),
        ('{"a": "\\\\ud83d",}', {"a": "\\ud83d"}),
    ],
)
def test_the_typography_of_the_document_is_read(written: str, value: object) -> None:
    assert load_json(written.encode()) == value
    assert load_json(written.removeprefix("\ufeff").encode("gb18030")) == value


@pytest.mark.parametrize(
    "written",
    ["", "{", "{“a”: “b}", "，", "[1,,]", '{"a" "b"}', "“a", "{'a': 1}", "{} {}", "\0"],
)
def test_what_is_no_json_is_an_error(written: str) -> None:
    with pytest.raises(ValueError, match="line 1"):
        load_json(written.encode())


def test_what_is_neither_utf_8_nor_gb18030_is_an_error_of_encoding() -> None:
    with pytest.raises(UnicodeDecodeError):
        load_json(b'{"a": \xff}')


@pytest.mark.timeout(10)
def test_a_large_body_of_quotes_that_never_end_is_refused() -> None:
    # Two MiB, as a recognition may have. A parser that looks for the end of each of them
    # would keep the event loop for hours.
    body = b'"' + b'\\"' * 2**20
    with pytest.raises(FaceModuleCallbackError, match="not JSON"):
        parse_callback(CallbackKind.RECOGNITION, body)


@tries
@given(st.binary(max_size=400))
def test_any_bytes_are_json_or_a_value_error(raw: bytes) -> None:
    try:
        value = load_json(raw)
    except ValueError:
        return
    assert value == json.loads(json.dumps(value))


@tries
@given(st.text('{}[]:,，：“”"\\ \n01eE.-ntf伟', max_size=60), st.booleans())
def test_any_text_of_brackets_and_quotes_is_json_or_a_value_error(
    text: str,
    gb18030: bool,
) -> None:
    try:
        value = load_json(text.encode("gb18030" if gb18030 else "utf-8"))
    except ValueError:
        return
    assert value == json.loads(json.dumps(value))


@tries
@given(values, st.booleans())
def test_any_json_is_read_as_it_is(value: object, ascii_only: bool) -> None:
    written = json.dumps(value, ensure_ascii=ascii_only)
    assert load_json(written.encode()) == value


@tries
@given(values)
def test_any_json_is_read_with_trailing_commas(value: object) -> None:
    assert load_json(encode(value, Quirks(trailing_commas=True))) == value


# A curly quote inside of curly quotes ends them, and keys are names of the document.
curly_texts = st.text(
    st.sampled_from('"\\,，：{}[] \n伟')
    | st.characters(exclude_characters="“”", exclude_categories=["Cs"])
)
curly_values = st.recursive(
    st.none() | st.booleans() | numbers | curly_texts,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(CONFIG_KEYS), inner)
    ),
    max_leaves=12,
)


@tries
@given(curly_texts, st.booleans())
def test_any_name_is_read_in_the_typography_of_the_document(
    name: str,
    trailing: bool,
) -> None:
    quirks = Quirks(curly_quotes=True, trailing_commas=trailing)
    said = {"user_info": {"name": name}, "user_id_list": [name, name]}
    assert load_json(encode(said, quirks)) == said


@tries
@given(curly_values, st.booleans())
def test_any_json_is_read_in_the_typography_of_the_document(
    value: object,
    trailing: bool,
) -> None:
    quirks = Quirks(curly_quotes=True, trailing_commas=trailing)
    assert load_json(encode(value, quirks)) == value


@tries
@given(some_of(*CONFIG_KEYS) | objects)
def test_any_object_has_settings_or_is_a_protocol_error(payload: dict[str, Any]) -> None:
    try:
        config = SystemConfig.from_payload(payload)
    except FaceModuleProtocolError:
        return
    assert config != SystemConfig()
    assert all(isinstance(url, str) for url in config.callback_urls.values())
    assert config.quality_control in {None, *QualityControl}
    assert config.show_bbox in {None, True, False}


@tries
@given(some_of("point_1", "point_2") | values)
def test_anything_is_a_face_box_or_none(position: object) -> None:
    box = FaceBox.from_payload(position)
    assert box is None or isinstance(position, dict)


boxes = st.tuples(*[st.integers(-1080, 1080)] * 4)


@tries
@given(boxes)
def test_any_face_box_of_the_document_is_read(box: tuple[int, int, int, int]) -> None:
    left, top, right, bottom = box
    position = {"point_1": f"({left},{top})", "point_2": f"({right},{bottom})"}
    assert FaceBox.from_payload(position) == FaceBox(
        left=left, top=top, right=right, bottom=bottom
    )


candidates = st.lists(some_of("user_id", "score", "user_info") | values, max_size=4)


@tries
@given(st.fixed_dictionaries({"user_list": candidates | values}) | objects)
def test_any_object_has_candidates_in_order(payload: dict[str, Any]) -> None:
    found = Candidate.list_from_payload(payload)
    scores = [one.score for one in found]
    assert scores == sorted(scores, reverse=True)
    assert all(one.user_id and math.isfinite(one.score) for one in found)
    assert all(isinstance(one.name, str) for one in found)


records = st.lists(some_of("name", "score", "timestamp", "uuid") | values, max_size=4)


@tries
@given(st.fixed_dictionaries({"records_list": records | values}) | objects)
def test_any_object_has_records_with_score_and_time(payload: dict[str, Any]) -> None:
    for record in Record.list_from_payload(payload):
        assert math.isfinite(record.score)
        assert type(record.timestamp) is int
        assert isinstance(record.name, str)


@pytest.mark.parametrize(
    ("read", "value", "result"),
    [
        (to_int, 90, 90),
        (to_int, "90", 90),
        (to_int, 90.0, 90),
        (to_int, "90.0", 90),
        (to_int, " 90\0", 90),
        (to_int, True, None),
        (to_int, 90.5, None),
        (to_int, "", None),
        (to_int, None, None),
        (to_int, [], None),
        (to_int, math.inf, None),
        (to_int, 2**63, 2**63),
        (to_int, 1e300, None),
        (to_float, "0.5", 0.5),
        (to_float, 1, 1.0),
        (to_float, 10**400, None),
        (to_float, "1e999", None),
        (to_float, math.nan, None),
        (to_float, "nan", None),
        (to_float, {}, None),
        (to_float, True, None),
        (to_flag, True, True),
        (to_flag, "0", False),
        (to_flag, 2, True),
        (to_flag, "yes", None),
        (to_timestamp, "1577763831", 1577763831),
        (to_timestamp, 1577763831.75, 1577763831),
        (to_timestamp, -1, None),
        (to_score, "0.93", 0.93),
        (to_score, -2, None),
        (to_score, True, None),
        (to_text, " text\r\n\0", "text"),
        (to_text, 5, "5"),
        (to_text, 5.0, "5"),
        (to_text, 5.5, None),
        (to_text, 1e300, None),
        (to_text, True, None),
        (to_text, "\0", None),
        (to_text, None, None),
        (to_id, "an\ufffdna", None),
        (to_id, "A" * 256, None),
        (to_name, "An\ufffdna\ufffd", "An\ufffdna"),
        (to_name, "\ufffd", None),
        (to_name, "A" * 256, "A" * 255),
        (to_serial, " 01ab\n", "01AB"),
        (to_serial, "01\u202eab", None),
        (to_serial, "A" * 65, None),
        (to_picture, "/9j/\r\n/9j/\0", b"\xff\xd8\xff" * 2),
        (to_picture, "data:image/jpeg;base64,/9j/", b"\xff\xd8\xff"),
        (to_picture, "_9j_", b"\xff\xd8\xff"),
        (to_picture, "/9j", b"\xff\xd8"),
        (to_picture, "/9j/#", None),
        (to_picture, "data:", None),
        (to_picture, "====", None),
        (is_blank, " \0", True),
        (is_blank, [], False),
        (to_list, [{"a": 1}, None, "b"], [{"a": 1}]),
        (to_list, None, []),
        (to_list, {"a": 1}, []),
    ],
)
def test_a_field_is_read_or_missing(
    read: Callable[[object], object], value: object, result: object
) -> None:
    assert read(value) == result


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("01AB", "01ab\r\n", True),
        ("01AB\0", "01AB", True),
        ("01AB", "01AC", False),
        ("", "", False),
        (None, None, False),
        ("01AB", None, False),
    ],
)
def test_a_serial_is_compared_by_what_it_means(
    one: str | None, other: str | None, *, same: bool
) -> None:
    assert same_serial(one, other) is same
