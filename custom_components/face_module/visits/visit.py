"""One visit: somebody came, was judged, and is remembered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, Self

from homeassistant.util import dt as dt_util

from ..const import DOMAIN
from .gate import Reason, Verdict

MEDIA_SCHEME: Final = f"media-source://{DOMAIN}/"
# The source of a picture that is no entity's: an upload, a file.
PICTURE: Final = "picture"
_TIMES: Final = ("time", "last_seen", "device_time")


class Met(NamedTuple):
    """Which stranger somebody unknown is; of one who is ignored nobody is told."""

    stranger_id: str
    times_seen: int
    first_seen: datetime
    ignored: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """Somebody came.

    Scores are %, `age` is how many seconds ago the module had recognized them when the
    visit began. `time` and `last_seen` are our clock, `device_time` the module's own.
    `person` is the id of the linked person entity. Somebody unknown (no `user_id`) has no
    name: what the module writes there is a number of its own.
    `content_type` is that of the crop, None without one. `late` visits were read from
    the module's records after an outage: nobody judged them.
    `wrong` is what the user said: None when it was them, else the user id of who it was,
    an empty one for nobody that is known. `source` is which eye saw them, an entity or
    `PICTURE`; None for the module itself.
    A stranger (strangers/) has a `stranger_id`, was seen `times_seen` times with this one,
    and for the first time at `first_seen`.
    """

    entry_id: str
    visit_id: str
    verdict: Verdict
    reason: Reason | None
    user_id: str
    name: str
    person: str | None = None
    score: float
    rgb_liveness_score: float | None = None
    nir_liveness_score: float | None = None
    mask_score: float | None = None
    time: datetime
    last_seen: datetime
    device_time: datetime
    age: float
    content_type: str | None = None
    late: bool = False
    wrong: str | None = None
    source: str | None = None
    stranger_id: str | None = None
    times_seen: int | None = None
    first_seen: datetime | None = None

    def __post_init__(self) -> None:
        """Leave out the name of somebody unknown."""
        if not self.user_id:
            object.__setattr__(self, "name", "")

    @property
    def media_id(self) -> str | None:
        """The media-source id of the crop."""
        if self.content_type is None:
            return None
        return f"{MEDIA_SCHEME}{self.entry_id}/{self.visit_id}"

    def as_attributes(self) -> dict[str, Any]:
        """Return the attributes of the event; never a picture."""
        return {
            "visit_id": self.visit_id,
            "user_id": self.user_id or None,
            "name": self.name or None,
            "person": self.person,
            "reason": self.reason,
            "score": self.score,
            "rgb_liveness_score": self.rgb_liveness_score,
            "nir_liveness_score": self.nir_liveness_score,
            "mask_score": self.mask_score,
            "device_time": self.device_time.isoformat(),
            "age": self.age,
            "image": self.media_id,
            "source": self.source,
            "stranger_id": self.stranger_id,
            "times_seen": self.times_seen,
            "first_seen": self.first_seen and self.first_seen.isoformat(),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Read a visit that was written as JSON; what a later release added is left out.

        Raises KeyError, TypeError or ValueError when it is something else.
        """
        values = {key: value for key, value in data.items() if key in cls.__slots__}
        for key in _TIMES:
            values[key] = dt_util.parse_datetime(values[key], raise_on_error=True)
            if values[key].tzinfo is None:
                raise ValueError(f"{key} has no time zone")
        values["verdict"] = Verdict(values["verdict"])
        values["reason"] = None if values["reason"] is None else Reason(values["reason"])
        return cls(**values)
