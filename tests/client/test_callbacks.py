"""What the module posts to us is believed only if it is what the document says."""

import base64
from dataclasses import asdict

from hypothesis import given, strategies as st
import pytest

from custom_components.face_module.client import (
    CallbackKind,
    DmsType,
    FaceModuleCallbackError,
    Heartbeat,
    PipelineStatus,
    Recognition,
    parse_callback,
)
from simulator import Quirks
from simulator.wire import encode

from .bodies import (
    BODIES,
    HEARTBEAT,
    LATEST,
    PARSED,
    STATUS,
    changed,
    kinds,
    model_scores,
    raw,
    scores,
    serials,
    texts,
    times,
    tries,
    values,
    words,
)


@kinds
def test_a_body_of_the_document_is_read(kind: CallbackKind) -> None:
    assert parse_callback(kind, raw(BODIES[kind])) == PARSED[kind]


def test_a_picture_is_not_shown_where_a_recognition_is() -> None:
    parsed = PARSED[CallbackKind.RECOGNITION]
    assert "image" in asdict(parsed)
    assert "image" not in repr(parsed)


STYLES = {
    "trailing commas": Quirks(trailing_commas=True),
    "curly quotes": Quirks(curly_quotes=True),
    "both": Quirks(curly_quotes=True, trailing_commas=True),
    "GB18030": Quirks(gb18030=True),
    "all": Quirks(gb18030=True, curly_quotes=True, trailing_commas=True),
}


@kinds
@pytest.mark.parametrize("style", STYLES)
def test_a_body_is_read_however_it_is_written(kind: CallbackKind, style: str) -> None:
    assert parse_callback(kind, encode(BODIES[kind], STYLES[style])) == PARSED[kind]


@kinds
def test_a_byte_order_mark_is_no_matter(kind: CallbackKind) -> None:
    assert parse_callback(kind, b"\xef\xbb\xbf" + raw(BODIES[kind])) == PARSED[kind]


@kinds
def test_fields_that_the_document_does_not_know_are_no_matter(kind: CallbackKind) -> None:
    assert changed(kind, "extra", {"deep": [None]}) == PARSED[kind]


@pytest.mark.parametrize(
    "field", ["mask_score", "rgb_liveness_score", "nir_liveness_score"]
)
@pytest.mark.parametrize("value", [-2, -2.0, None, ...])
def test_a_model_that_is_off_has_no_score(field: str, value: object) -> None:
    parsed = asdict(changed(CallbackKind.STATUS, field, value))
    assert parsed == asdict(PARSED[CallbackKind.STATUS]) | {field: None}


@pytest.mark.parametrize(
    ("value", "score"),
    [(0, 0.0), (1, 1.0), (1.0005, 1.0), (-0.0005, 0.0), (1e-9, 1e-9)],
)
def test_a_score_stays_within_its_bounds(value: float, score: float) -> None:
    status = changed(CallbackKind.STATUS, "mask_score", value)
    assert isinstance(status, PipelineStatus)
    assert status.mask_score == score
    recognition = changed(CallbackKind.RECOGNITION, "score", value)
    assert isinstance(recognition, Recognition)
    assert recognition.score == score


@pytest.mark.parametrize(
    ("value", "dms_type"),
    [(item.value, item.value) for item in DmsType]
    + [("yawning", "yawning"), ("", None), (None, None), (..., None)],
)
def test_the_word_of_the_driver_model_is_kept(value: object, dms_type: str | None) -> None:
    status = changed(CallbackKind.STATUS, "dms_type", value)
    assert isinstance(status, PipelineStatus)
    assert status.dms_type == dms_type


@pytest.mark.parametrize("value", [None, ...])
def test_a_heartbeat_may_be_without_temperature(value: object) -> None:
    heartbeat = changed(CallbackKind.HEARTBEAT, "temperature", value)
    assert isinstance(heartbeat, Heartbeat)
    assert heartbeat.temperature is None


def test_it_may_freeze() -> None:
    heartbeat = changed(CallbackKind.HEARTBEAT, "temperature", -5)
    assert isinstance(heartbeat, Heartbeat)
    assert heartbeat.temperature == -5.0


@pytest.mark.parametrize("field", ["user_id", "username"])
@pytest.mark.parametrize("value", ["", None, ...])
def test_a_stranger_has_no_name(field: str, value: object) -> None:
    parsed = asdict(changed(CallbackKind.RECOGNITION, field, value))
    assert parsed == asdict(PARSED[CallbackKind.RECOGNITION]) | {field: ""}


@pytest.mark.parametrize("value", ["", " \0", None, ...])
def test_a_recognition_may_be_without_picture(value: object) -> None:
    parsed = asdict(changed(CallbackKind.RECOGNITION, "image", value))
    assert parsed == asdict(PARSED[CallbackKind.RECOGNITION]) | {"image": None}


@kinds
@pytest.mark.parametrize("value", [0, 1, LATEST])
def test_a_clock_may_be_anywhere(kind: CallbackKind, value: int) -> None:
    assert changed(kind, "timestamp", value).timestamp == value


NOT_TEXT: list[object] = [True, [], {}, 0.5]
NOT_A_NUMBER: list[object] = ["high", True, False, [], {}, "nan", "-inf"]
NOT_A_SCORE: list[object] = [*NOT_A_NUMBER, -1, "1.2", -0.01, 90, -2.5, 1e300]
NOT_A_TIME: list[object] = ["", -1, LATEST + 1, 2**64, "now", True, [], {}]
WRONG: list[tuple[CallbackKind, str, object]] = [
    *(
        (kind, "device_id", value)
        for kind in CallbackKind
        for value in (..., None, "", "\0", "a\nb", "A" * 65, *NOT_TEXT)
    ),
    *(
        (kind, "timestamp", value)
        for kind in CallbackKind
        for value in (..., None, *NOT_A_TIME)
    ),
    *(
        (CallbackKind.RECOGNITION, "score", value)
        for value in (..., None, "", -2, -2.0, *NOT_A_SCORE)
    ),
    *((CallbackKind.RECOGNITION, "user_id", value) for value in NOT_TEXT),
]
SENSELESS: list[tuple[CallbackKind, str, object]] = [
    *((CallbackKind.HEARTBEAT, "temperature", value) for value in NOT_A_NUMBER),
    (CallbackKind.HEARTBEAT, "temperature", -300),
    (CallbackKind.HEARTBEAT, "temperature", 65_535),
    *((CallbackKind.STATUS, "dms_type", value) for value in [*NOT_TEXT, "x" * 256]),
    *(
        (CallbackKind.STATUS, field, value)
        for field in ("mask_score", "rgb_liveness_score", "nir_liveness_score")
        for value in NOT_A_SCORE
    ),
    *((CallbackKind.RECOGNITION, "username", value) for value in NOT_TEXT),
    *((CallbackKind.RECOGNITION, "image", value) for value in [*NOT_TEXT, 5, "é", "/9j/#"]),
]


def test_what_a_state_cannot_show_is_no_id_and_a_name_is_cut() -> None:
    longest = "A" * 255
    kind = CallbackKind.RECOGNITION
    assert asdict(changed(kind, "user_id", longest))["user_id"] == longest
    with pytest.raises(FaceModuleCallbackError, match=r"^user_id is"):
        changed(kind, "user_id", longest + "A")
    for name in (longest, longest + "A"):
        assert asdict(changed(kind, "username", name))["username"] == longest


@pytest.mark.parametrize(("kind", "field", "value"), WRONG)
def test_a_wrong_field_is_not_believed(
    kind: CallbackKind, field: str, value: object
) -> None:
    with pytest.raises(FaceModuleCallbackError, match=rf"^{field} is") as caught:
        changed(kind, field, value)
    assert (caught.value.cause, caught.value.field) == ("field", field)


@pytest.mark.parametrize(("kind", "field", "value"), SENSELESS)
def test_decoration_that_makes_no_sense_was_not_said_and_is_named(
    kind: CallbackKind, field: str, value: object
) -> None:
    nothing = "" if field == "username" else None
    assert asdict(changed(kind, field, value)) == asdict(PARSED[kind]) | {
        field: nothing,
        "unread": (field,),
    }


def test_all_that_makes_no_sense_is_named() -> None:
    body = {**STATUS, "mask_score": 7, "dms_type": [], "nir_liveness_score": "-2"}
    status = parse_callback(CallbackKind.STATUS, raw(body))
    assert status.unread == ("dms_type", "mask_score")


def test_the_value_of_a_wrong_field_is_not_told() -> None:
    with pytest.raises(FaceModuleCallbackError) as caught:
        changed(CallbackKind.RECOGNITION, "user_id", ["Anna"])
    assert "Anna" not in repr(caught.value)


@kinds
@pytest.mark.parametrize("body", [None, [], 5, "text", True, [HEARTBEAT]])
def test_a_body_that_is_no_object_is_not_believed(kind: CallbackKind, body: object) -> None:
    with pytest.raises(FaceModuleCallbackError, match="not an object") as caught:
        parse_callback(kind, raw(body))
    assert caught.value.cause == "schema"


@kinds
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"{",
        b'{"device_id"',
        b"[" * 5000,
        b"\0",
        raw(HEARTBEAT)[:-1],
        raw(HEARTBEAT) * 2,
        "“".encode(),
    ],
)
def test_a_body_that_is_no_json_is_not_believed(kind: CallbackKind, body: bytes) -> None:
    with pytest.raises(FaceModuleCallbackError, match="not JSON") as caught:
        parse_callback(kind, body)
    assert caught.value.cause == "json"


@kinds
@pytest.mark.parametrize("body", [b"\xff", b'{"device_id": \xff\xfe}', b"\x81", b"\x80("])
def test_a_body_in_no_known_encoding_is_not_believed(
    kind: CallbackKind, body: bytes
) -> None:
    with pytest.raises(FaceModuleCallbackError, match="neither") as caught:
        parse_callback(kind, body)
    assert caught.value.cause == "encoding"


def believed_or_refused(kind: CallbackKind, body: bytes) -> None:
    """Hold what the parser promises of any body whatever."""
    try:
        parsed = parse_callback(kind, body)
    except FaceModuleCallbackError as err:
        assert err.cause in {"encoding", "json", "schema", "field"}
        assert (err.field is None) is (err.cause != "field")
        assert err.field in {None, "device_id", "timestamp", "score", "user_id"}
        return
    assert type(parsed) is type(PARSED[kind])
    assert parsed.device_id
    assert 0 <= parsed.timestamp <= LATEST
    scores = [value for key, value in asdict(parsed).items() if key.endswith("score")]
    assert all(score is None or 0 <= score <= 1 for score in scores)


kind_of_any = st.sampled_from(CallbackKind)
# Near misses: some of the fields of a valid body replaced or taken out.
near = kind_of_any.flatmap(
    lambda kind: st.tuples(
        st.just(kind),
        st.fixed_dictionaries(
            {}, optional={key: st.just(item) | values for key, item in BODIES[kind].items()}
        ),
    )
)


@tries
@given(kind=kind_of_any, body=st.binary(max_size=300))
def test_any_bytes_are_believed_or_refused(kind: CallbackKind, body: bytes) -> None:
    believed_or_refused(kind, body)


@tries
@given(kind=kind_of_any, body=values)
def test_any_json_is_believed_or_refused(kind: CallbackKind, body: object) -> None:
    believed_or_refused(kind, raw(body))


@tries
@given(case=near)
def test_any_body_with_the_fields_of_a_callback_is_believed_or_refused(
    case: tuple[CallbackKind, dict[str, object]],
) -> None:
    believed_or_refused(case[0], raw(case[1]))


@tries
@given(case=near, where=st.floats(0, 1), garbage=st.binary(max_size=4))
def test_any_damaged_body_is_believed_or_refused(
    case: tuple[CallbackKind, dict[str, object]], where: float, garbage: bytes
) -> None:
    body = raw(BODIES[case[0]] | case[1])
    position = int(where * len(body))
    believed_or_refused(case[0], body[:position] + garbage)
    believed_or_refused(case[0], body[:position] + garbage + body[position + 1 :])


styles = st.builds(Quirks, trailing_commas=st.booleans())


@tries
@given(serial=serials, time=times, celsius=st.none() | st.floats(-60, 150), style=styles)
def test_any_valid_heartbeat_is_read(
    serial: str, time: int, celsius: float | None, style: Quirks
) -> None:
    body = {"device_id": serial, "temperature": celsius, "timestamp": time}
    assert parse_callback(CallbackKind.HEARTBEAT, encode(body, style)) == Heartbeat(
        device_id=serial, timestamp=time, temperature=celsius
    )


@tries
@given(
    serial=serials,
    time=times,
    dms_type=st.none() | words,
    said=st.tuples(model_scores, model_scores, model_scores),
    style=styles,
)
def test_any_valid_status_is_read(
    serial: str,
    time: int,
    dms_type: str | None,
    said: tuple[float | None, float | None, float | None],
    style: Quirks,
) -> None:
    mask, rgb, nir = said
    body = {
        "device_id": serial,
        "timestamp": time,
        "driver_status_index": 0,
        "dms_type": dms_type,
        "mask_score": mask,
        "rgb_liveness_score": rgb,
        "nir_liveness_score": nir,
    }
    mask, rgb, nir = (None if score == -2 else score for score in said)
    assert parse_callback(CallbackKind.STATUS, encode(body, style)) == PipelineStatus(
        device_id=serial,
        timestamp=time,
        dms_type=dms_type,
        mask_score=mask,
        rgb_liveness_score=rgb,
        nir_liveness_score=nir,
    )


@tries
@given(
    serial=serials,
    time=times,
    score=scores,
    person=st.tuples(texts, texts),
    image=st.binary(min_size=1, max_size=200),
    style=styles,
)
def test_any_valid_recognition_is_read(
    serial: str,
    time: int,
    score: float,
    person: tuple[str, str],
    image: bytes,
    style: Quirks,
) -> None:
    body = {
        "device_id": serial,
        "score": score,
        "timestamp": time,
        "user_id": person[0],
        "username": person[1],
        "image": base64.b64encode(image).decode(),
    }
    assert parse_callback(CallbackKind.RECOGNITION, encode(body, style)) == Recognition(
        device_id=serial,
        timestamp=time,
        score=score,
        user_id=person[0],
        username=person[1],
        image=image,
    )
