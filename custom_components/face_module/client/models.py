"""What the module says about itself, its people and its records.

Every value is as the module gives it (scores 0-1, thresholds 0-100, Unix seconds), and
None where it gave none or one that the document does not know: unknown until read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
import re
from typing import Any, Final, NamedTuple, Self

from .exceptions import FaceModuleProtocolError
from .fields import (
    is_blank,
    is_cut,
    to_flag,
    to_id,
    to_int,
    to_list,
    to_name,
    to_picture,
    to_score,
    to_text,
    to_timestamp,
)

FACTORY_PASSWORD: Final = "123456"  # noqa: S105
FACTORY_HOST: Final = "192.168.3.99"
DEFAULT_PORT: Final = 8080
MIN_FACE_SIZE: Final = 100
MAX_FACE_SIZE: Final = 719
USER_LIST_MAX: Final = 1000
_DIGITS: Final = 6
_PICTURE: Final = "register_img"


class LivenessType(IntEnum):
    """Which liveness models run (key `liveness_type`)."""

    OFF = 0
    RGB = 1
    NIR = 2
    RGB_NIR = 3


class QualityControl(StrEnum):
    """How good a picture must be (key `quality_control`)."""

    NONE = "NONE"
    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"


class WorkField(IntEnum):
    """Where quality control applies (key `work_field`)."""

    EVERYWHERE = 0
    ENROLLMENT = 1
    RECOGNITION = 2


class CallbackKind(StrEnum):
    """The three callbacks; each has one address on the module."""

    RECOGNITION = "recognition"
    HEARTBEAT = "heartbeat"
    STATUS = "status"


_URL_KEYS: Final = {
    CallbackKind.RECOGNITION: "recognition_cb_url",
    CallbackKind.HEARTBEAT: "heartbeat_cb_url",
    CallbackKind.STATUS: "status_cb_url",
}


def _member[E: IntEnum | StrEnum](kind: type[E], value: Any) -> E | None:
    try:
        return kind(value)
    except ValueError:
        return None


def _urls(payload: Mapping[str, Any]) -> dict[CallbackKind, str]:
    said = {kind: payload[key] for kind, key in _URL_KEYS.items() if key in payload}
    return {
        kind: to_text(url) or ""
        for kind, url in said.items()
        if is_blank(url) or isinstance(url, str)
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemConfig:
    """The answer of GetSysConfig: the truth about the module's settings.

    `callback_urls` has an empty string for each kind that is blank or null: no address is
    set. A kind that is not in it was left out, or was no text: the module did not say.
    """

    device_ip: str | None = None
    gateway: str | None = None
    netmask: str | None = None
    liveness_type: LivenessType | None = None
    liveness_threshold: int | None = None
    show_bbox: bool | None = None
    multiface_detection: bool | None = None
    recognition_threshold: int | None = None
    min_face_size: int | None = None
    quality_control: QualityControl | None = None
    work_field: WorkField | None = None
    dms_enabled: bool | None = None
    heartbeat_interval: int | None = None
    callback_urls: Mapping[CallbackKind, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_payload(cls, payload: Mapping[str, Any]) -> Self:
        """Parse an answer; raises FaceModuleProtocolError when it has no known key."""
        config = cls(
            device_ip=to_text(payload.get("device_ip")),
            gateway=to_text(payload.get("device_ip_gateway")),
            netmask=to_text(payload.get("device_ip_netmask")),
            liveness_type=_member(LivenessType, to_int(payload.get("liveness_type"))),
            liveness_threshold=to_int(payload.get("liveness_threshold")),
            show_bbox=to_flag(payload.get("show_bbox")),
            multiface_detection=to_flag(payload.get("multiface_detection_enable")),
            recognition_threshold=to_int(payload.get("recognition_threshold")),
            min_face_size=to_int(payload.get("face_recognition_minsize")),
            quality_control=_member(
                QualityControl, to_text(payload.get("quality_control"))
            ),
            work_field=_member(WorkField, to_int(payload.get("work_field"))),
            dms_enabled=to_flag(payload.get("dms_enable")),
            heartbeat_interval=to_int(payload.get("interval_time")),
            callback_urls=_urls(payload),
        )
        if config == cls():
            raise FaceModuleProtocolError("GetSysConfig answered no known setting")
        return config


class FaceBox(NamedTuple):
    """A face in a picture: pixels, origin top left, x right, y down."""

    left: int
    top: int
    right: int
    bottom: int

    @classmethod
    def from_payload(cls, position: Any) -> Self | None:
        """Parse `{"point_1": "(48,28)", "point_2": "(387,367)"}`; None when it is not."""
        if not isinstance(position, Mapping):
            return None
        text = f"{position.get('point_1')} {position.get('point_2')}"
        # No picture has more than a million pixels a side; longer numbers are garbage.
        found = re.findall(r"(-?\d+)(?:\.\d*)?", text, re.ASCII)
        numbers = [int(number) for number in found if len(number) <= _DIGITS]
        match numbers:
            case [left, top, right, bottom]:
                return cls(left=left, top=top, right=right, bottom=bottom)
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """The answer of GetUserInfo. `picture` is a JPEG, None from firmware without it.

    A `cut` name is only the beginning of what was given. `unread` has the names of the
    fields that made no sense.
    """

    user_id: str
    name: str
    picture: bytes | None = field(default=None, repr=False)
    unread: tuple[str, ...] = ()
    cut: bool = False

    @classmethod
    def from_payload(cls, user_id: str, payload: Mapping[str, Any]) -> Self:
        """Parse an answer about `user_id`; an echoed one is not looked at."""
        said, info = payload.get(_PICTURE), payload.get("user_info")
        picture = to_picture(said)
        unread = picture is None and not is_blank(said)
        return cls(
            user_id=user_id,
            name=name_of(payload),
            picture=picture,
            unread=(_PICTURE,) if unread else (),
            cut=isinstance(info, Mapping) and is_cut(info.get("name")),
        )


class Candidate(NamedTuple):
    """One of the people that Identify found; `score` is 0-1."""

    user_id: str
    name: str
    score: float

    @classmethod
    def list_from_payload(cls, payload: Mapping[str, Any]) -> tuple[Self, ...]:
        """Parse `user_list`, best first; entries without id or score are left out."""
        found = [
            cls(user_id=user_id, name=name_of(item), score=score)
            for item in to_list(payload.get("user_list"))
            if (user_id := to_id(item.get("user_id"))) is not None
            and (score := to_score(item.get("score"))) is not None
        ]
        return tuple(sorted(found, key=lambda one: one.score, reverse=True))


class Record(NamedTuple):
    """One recognition from live video. `score` is 0-1, `timestamp` the module's clock."""

    name: str
    score: float
    timestamp: int

    @classmethod
    def list_from_payload(cls, payload: Mapping[str, Any]) -> tuple[Self, ...]:
        """Parse `records_list`; entries without score or time are left out.

        One that is listed more than once is one.
        """
        found = (
            cls(name=to_name(item.get("name")) or "", score=score, timestamp=timestamp)
            for item in to_list(payload.get("records_list"))
            if (score := to_score(item.get("score"))) is not None
            and (timestamp := to_timestamp(item.get("timestamp"))) is not None
        )
        return tuple(dict.fromkeys(found))


def name_of(payload: Mapping[str, Any]) -> str:
    """Return the name in `user_info`, or an empty string."""
    info = payload.get("user_info")
    return (to_name(info.get("name")) if isinstance(info, Mapping) else None) or ""
