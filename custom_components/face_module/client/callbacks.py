"""The bodies that the module posts to us, and what of them must be believed.

Hard are the serial, the time, and of a recognition the score and the user id: a body in
which one of them makes no sense is refused. Any other field that makes none was not said.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, NamedTuple

from .exceptions import FaceModuleCallbackError
from .fields import (
    MODEL_OFF,
    is_blank,
    to_float,
    to_id,
    to_name,
    to_picture,
    to_score,
    to_serial,
    to_temperature,
    to_timestamp,
    to_word,
)
from .models import CallbackKind
from .parsing import load_json


class DmsType(StrEnum):
    """What the driver monitoring model saw last."""

    NORMAL = "normal"
    SMOKING = "smoking"
    CALLING = "calling"
    DRINKING = "drinking"
    EATING = "eating"


@dataclass(frozen=True, slots=True, kw_only=True)
class Heartbeat:
    """A sign of life. `temperature` is °C of the CPU, `timestamp` the module's clock.

    `device_id` is the serial in its normal form, `unread` the names of the fields that
    made no sense; so in every callback.
    """

    device_id: str
    timestamp: int
    temperature: float | None
    unread: tuple[str, ...] = ()


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
    unread: tuple[str, ...] = ()


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
    unread: tuple[str, ...] = ()


type Callback = Heartbeat | PipelineStatus | Recognition


class _Field(NamedTuple):
    """How a field is read, and what it is where nothing was said.

    `hard`: what makes no sense refuses the body, and so does nothing where nothing is no
    value. `off`: a number that says nothing.
    """

    key: str
    read: Callable[[Any], Any]
    hard: bool = False
    blank: Any = None
    off: float | None = None

    def says_nothing(self, value: Any) -> bool:
        return is_blank(value) or (self.off is not None and to_float(value) == self.off)


_SERIAL: Final = _Field("device_id", to_serial, hard=True)
_TIME: Final = _Field("timestamp", to_timestamp, hard=True)
_FIELDS: Final[Mapping[CallbackKind, tuple[type[Callback], tuple[_Field, ...]]]] = {
    CallbackKind.HEARTBEAT: (
        Heartbeat,
        (_SERIAL, _TIME, _Field("temperature", to_temperature)),
    ),
    CallbackKind.STATUS: (
        PipelineStatus,
        (
            _SERIAL,
            _TIME,
            _Field("dms_type", to_word),
            _Field("mask_score", to_score, off=MODEL_OFF),
            _Field("rgb_liveness_score", to_score, off=MODEL_OFF),
            _Field("nir_liveness_score", to_score, off=MODEL_OFF),
        ),
    ),
    CallbackKind.RECOGNITION: (
        Recognition,
        (
            _SERIAL,
            _TIME,
            _Field("score", to_score, hard=True),
            _Field("user_id", to_id, hard=True, blank=""),
            _Field("username", to_name, blank=""),
            _Field("image", to_picture),
        ),
    ),
}


def parse_callback(kind: CallbackKind, raw: bytes) -> Callback:
    """Return the callback in `raw`.

    Raises FaceModuleCallbackError with cause `encoding`, `json`, `schema` or `field`.
    """
    try:
        body = load_json(raw)
    except UnicodeDecodeError:
        raise FaceModuleCallbackError("encoding", "neither UTF-8 nor GB18030") from None
    except ValueError:
        raise FaceModuleCallbackError("json", "not JSON") from None
    if not isinstance(body, dict):
        raise FaceModuleCallbackError("schema", "not an object")
    event, fields = _FIELDS[kind]
    said: dict[str, Any] = {}
    for one in fields:
        key = one.key
        value = body.get(key)
        read = said[key] = one.read(value)
        if key == "user_id" and _is_ambiguous(raw, value):
            read = said[key] = None
        if read is None:
            said[key] = _unsaid(one, value, said)
    return event(**said)


def _is_ambiguous(raw: bytes, user_id: Any) -> bool:
    """Say whether a user id is another one in UTF-8 than in GB18030, and both are possible.

    That is so where a name in another charset stands beside it.
    """
    if not isinstance(user_id, str) or user_id.isascii():
        return False
    try:
        user_id.encode("gb18030").decode()
        raw.decode()
    except UnicodeDecodeError as err:
        return err.object == raw
    except UnicodeEncodeError:
        pass
    return False


def _unsaid(one: _Field, value: Any, said: dict[str, Any]) -> Any:
    """Return what stands for a field that could not be read; note it if it was there."""
    blank = one.says_nothing(value)
    if one.hard and (not blank or one.blank is None):
        raise FaceModuleCallbackError(
            "field", f"{one.key} is missing or out of range", field=one.key
        )
    if not blank:
        said["unread"] = (*said.get("unread", ()), one.key)
    return one.blank
