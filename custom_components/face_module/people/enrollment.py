"""What is asked for when somebody is enrolled, and what became of it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from homeassistant.util.json import JsonObjectType

from ..client import FaceBox, QualityControl


class Outcome(StrEnum):
    """What became of somebody on a module."""

    ADDED = "added"
    REPLACED = "replaced"
    REMOVED = "removed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enrollment:
    """Somebody to enroll with a JPEG as the module takes it (pictures/prepare.py).

    `replace` allows to replace the same person's picture, `whoever` also somebody else who
    has the id; with `again` it is fine if they have it with the same name and picture,
    and `by_name` if nobody can tell the picture; with `keep` whoever has it.
    """

    user_id: str
    name: str
    jpeg: bytes = field(repr=False)
    quality: QualityControl = QualityControl.NONE
    replace: bool = False
    whoever: bool = False
    again: bool = False
    by_name: bool = False
    keep: bool = False
    allow_duplicate_face: bool = False
    # The picture is one that a module took before.
    proven: bool = False


class Enrolled(NamedTuple):
    """What became of an enrollment, and where the face is if the module said so.

    `user_id` is told where it could not be the one that was made for all modules.
    """

    outcome: Outcome
    box: FaceBox | None = None
    user_id: str | None = None

    def as_dict(self, user_id: str | None = None) -> JsonObjectType:
        """Return what an action and a websocket command tell of it.

        `user_id` is the one that is told of all modules.
        """
        told: JsonObjectType = {"result": self.outcome}
        if self.user_id not in {None, user_id}:
            told["user_id"] = self.user_id
        if (box := self.box) is not None:
            sides = {"left": box.left, "top": box.top}
            told["position"] = {**sides, "right": box.right, "bottom": box.bottom}
        return told
