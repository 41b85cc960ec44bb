"""What a module knows and what happened to it, as plain data."""

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from .portraits import portrait

FACTORY_IP = "192.168.3.99"
FACTORY_PASSWORD = "123456"  # noqa: S105  # printed in the API document
SOFTWARE_VERSION = "V0.6.35-2824deb-commit!"

QUALITY_LEVELS = ("NONE", "LOW", "NORMAL", "HIGH")
DMS_TYPES = ("normal", "smoking", "calling", "drinking", "eating")
_RGB, _NIR = (1, 3), (2, 3)  # liveness types under which each model runs (3.3.4)
NOT_ENABLED = -2.0  # what a liveness model that is off reports (3.1.9)

CallbackKind = Literal["recognition", "heartbeat", "status"]


@dataclass
class Config:
    """The settings, named as GetSysConfig (3.1.14) names them.

    The defaults are what Restore (3.1.5) sets them to.
    """

    device_ip: str = FACTORY_IP
    device_ip_gateway: str = "192.168.3.1"
    device_ip_netmask: str = "255.255.255.0"
    liveness_type: int = 0
    liveness_threshold: int = 90
    show_bbox: int = 1
    multiface_detection_enable: int = 0
    recognition_threshold: int = 90
    face_recognition_minsize: int = 100
    quality_control: str = "NONE"
    work_field: int = 0
    heartbeat_cb_url: str = ""
    recognition_cb_url: str = ""
    status_cb_url: str = ""
    interval_time: int = 1
    dms_enable: int = 1

    @property
    def liveness_runs(self) -> tuple[bool, bool]:
        """Whether the RGB and the NIR model run."""
        return self.liveness_type in _RGB, self.liveness_type in _NIR

    def callback_url(self, kind: CallbackKind) -> str:
        """Return the address for one kind of callback, empty when not set."""
        url: str = getattr(self, f"{kind}_cb_url")
        return url

    def blank_callbacks(self) -> None:
        """Forget all three callback addresses."""
        self.heartbeat_cb_url = self.recognition_cb_url = self.status_cb_url = ""

    def update(self, values: Mapping[str, Any]) -> None:
        """Set those fields of `values` that exist here."""
        for key in asdict(self).keys() & values.keys():
            setattr(self, key, values[key])


@dataclass(frozen=True, slots=True)
class User:
    """An enrolled person.

    `photo` is None for people made by the thousand; their picture is drawn
    when somebody asks for it. `feature` is the packed vector of `faces`.
    """

    user_id: str
    name: str
    photo: bytes | None = field(repr=False)
    feature: bytes = field(repr=False)

    @property
    def picture(self) -> bytes:
        """The enrolled picture, a JPEG."""
        return portrait(self.name) if self.photo is None else self.photo

    def to_json(self) -> dict[str, Any]:
        """Return the form that a store keeps."""
        photo = None if self.photo is None else base64.b64encode(self.photo).decode()
        feature = base64.b64encode(self.feature).decode()
        return {
            "user_id": self.user_id,
            "name": self.name,
            "photo": photo,
            "feature": feature,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> User:
        """Read what `to_json` wrote."""
        photo = data["photo"]
        return cls(
            user_id=data["user_id"],
            name=data["name"],
            photo=None if photo is None else base64.b64decode(photo),
            feature=base64.b64decode(data["feature"]),
        )


@dataclass(frozen=True, slots=True)
class Record:
    """One recognition made from live video (4.1). Score 0-1, Unix seconds."""

    user_id: str
    name: str
    score: float
    timestamp: int


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived.

    `name` is the call's name ("" when there is no such call). `body` is without
    every password: `pass`, `Pass` and `new_password` are taken out.
    """

    resource: str
    value: int
    name: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Callback:
    """One callback that left the module and what came of it.

    `status` is None when nobody answered; `error` then says why. `body` is
    empty for raw bytes that were no JSON object.
    """

    kind: CallbackKind
    url: str
    body: dict[str, Any]
    status: int | None
    error: str | None


@dataclass
class Status:
    """The latest results of the pipeline (3.1.9), scores 0-1.

    The liveness scores are what the models would say; one that is not enabled
    is reported as -2 whatever stands here.
    """

    dms_type: str = "normal"
    mask_score: float = 0.07421875
    rgb_liveness_score: float = 0.96923828125
    nir_liveness_score: float = 0.98291015625
