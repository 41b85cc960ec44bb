"""What is asked for when somebody is enrolled, and what became of it."""

from dataclasses import dataclass, field
from enum import StrEnum

from homeassistant.util.json import JsonObjectType

from .client import FaceBox, QualityControl


class Outcome(StrEnum):
    """What became of somebody on a module."""

    ADDED = "added"
    REPLACED = "replaced"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """Somebody to enroll with a JPEG as the module takes it (images.py).

    `replace` allows to replace whoever has the id already; with `again` it is fine if
    the same person has it with the same name and picture, with `keep` whoever has it.
    """

    user_id: str
    name: str
    jpeg: bytes = field(repr=False)
    quality: QualityControl = QualityControl.NONE
    replace: bool = False
    again: bool = False
    keep: bool = False
    allow_duplicate_face: bool = False
    # The picture is one that a module took before.
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What became of an enrollment, and where the face is if the module said so."""

    outcome: Outcome
    box: FaceBox | None = None

    def as_dict(self) -> JsonObjectType:
        """Return what an action and a websocket command tell of it."""
        if (box := self.box) is None:
            return {"result": self.outcome}
        place = {"left": box.left, "top": box.top, "right": box.right, "bottom": box.bottom}
        return {"result": self.outcome, "position": {**place}}
