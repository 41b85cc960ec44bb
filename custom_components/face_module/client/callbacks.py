"""The bodies that the module posts to us, checked before they are believed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NoReturn

from .exceptions import FaceModuleCallbackError
from .models import CallbackKind, picture
from .parsing import load_json, to_float

# What the module reports as score while a liveness model is not enabled.
MODEL_OFF: Final = -2
# Doubles that were floats once may leave 0-1 by this much.
_NOISE: Final = 1e-3
# The end of the year 9999, the last second that a date can name.
_LATEST: Final = 253_402_300_799
# No field of a callback but the picture is longer; Home Assistant stores no longer state.
_LONGEST: Final = 255


class DmsType(StrEnum):
    """What the driver monitoring model saw last."""

    NORMAL = "normal"
    SMOKING = "smoking"
    CALLING = "calling"
    DRINKING = "drinking"
    EATING = "eating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A sign of life. `temperature` is °C of the CPU, `timestamp` the module's clock."""

    device_id: str
    timestamp: int
    temperature: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineStatus:
    """What the models saw last. Scores are 0-1; None: the model is off or said nothing.

    `dms_type` is the module's own word, which may be one that DmsType does not know.
    """

    device_id: str
    timestamp: int
    dms_type: str | None
    mask_score: float | None
    rgb_liveness_score: float | None
    nir_liveness_score: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """Somebody was recognized. `user_id` is empty when nobody known was.

    `username` is cut at 255 characters, a longer `user_id` is refused.
    `score` is 0-1, `timestamp` the module's clock, `image` the bytes of the face crop
    (not checked to be a picture), None when it was not base64 or missing.
    """

    device_id: str
    timestamp: int
    score: float
    user_id: str
    username: str
    image: bytes | None = field(repr=False)


type Callback = Heartbeat | PipelineStatus | Recognition


def parse_callback(kind: CallbackKind, raw: bytes) -> Callback:
    """Return the callback in `raw`.

    Raises FaceModuleCallbackError with cause `encoding`, `json` or `schema`.
    """
    try:
        body = load_json(raw)
    except UnicodeDecodeError:
        raise FaceModuleCallbackError("encoding", "neither UTF-8 nor GB18030") from None
    except ValueError:
        raise FaceModuleCallbackError("json", "not JSON") from None
    if not isinstance(body, dict):
        raise FaceModuleCallbackError("schema", "not an object")
    return _PARSERS[kind](body)


def _heartbeat(body: Mapping[str, Any]) -> Heartbeat:
    return Heartbeat(
        device_id=_text(body, "device_id"),
        timestamp=_timestamp(body),
        temperature=_number(body, "temperature"),
    )


def _status(body: Mapping[str, Any]) -> PipelineStatus:
    return PipelineStatus(
        device_id=_text(body, "device_id"),
        timestamp=_timestamp(body),
        dms_type=_text(body, "dms_type", required=False) or None,
        mask_score=_score(body, "mask_score"),
        rgb_liveness_score=_score(body, "rgb_liveness_score"),
        nir_liveness_score=_score(body, "nir_liveness_score"),
    )


def _recognition(body: Mapping[str, Any]) -> Recognition:
    score = _score(body, "score")
    return Recognition(
        device_id=_text(body, "device_id"),
        timestamp=_timestamp(body),
        score=_refuse("score") if score is None else score,
        user_id=_id(body, "user_id"),
        username=_text(body, "username", required=False)[:_LONGEST],
        image=picture(body.get("image")),
    )


_PARSERS: Final[Mapping[CallbackKind, Callable[[Mapping[str, Any]], Callback]]] = {
    CallbackKind.HEARTBEAT: _heartbeat,
    CallbackKind.STATUS: _status,
    CallbackKind.RECOGNITION: _recognition,
}


def _refuse(key: str) -> NoReturn:
    raise FaceModuleCallbackError("schema", f"{key} is missing or out of range")


def _text(body: Mapping[str, Any], key: str, *, required: bool = True) -> str:
    value = body.get(key)
    if value is None and not required:
        return ""
    if not isinstance(value, str) or (required and not value):
        _refuse(key)
    return value


def _id(body: Mapping[str, Any], key: str) -> str:
    value = _text(body, key, required=False)
    return value if len(value) <= _LONGEST else _refuse(key)


def _timestamp(body: Mapping[str, Any]) -> int:
    value = body.get("timestamp")
    if type(value) is not int or not 0 <= value <= _LATEST:
        _refuse("timestamp")
    return value


def _number(body: Mapping[str, Any], key: str) -> float | None:
    value = body.get(key)
    if value is None:
        return None
    if type(value) not in (int, float) or (number := to_float(value)) is None:
        _refuse(key)
    return number


def _score(body: Mapping[str, Any], key: str) -> float | None:
    value = _number(body, key)
    if value is None or value == MODEL_OFF:
        return None
    if not -_NOISE <= value <= 1 + _NOISE:
        _refuse(key)
    return min(max(value, 0.0), 1.0)
