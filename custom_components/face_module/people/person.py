"""Somebody in the roster."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Self
from uuid import uuid4

from .rule import ALWAYS, AccessRule


def digest(jpeg: bytes) -> str:
    """Return what tells two pictures apart."""
    return sha256(jpeg).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterPerson:
    """Somebody who may be enrolled on modules.

    `key` is theirs alone: the user id, unless somebody else has that, too. `person` is the
    id of a `person` entity, `minimum_score` %, None: no own one, `access` when they may
    enter. `picture` is the digest of the picture that is kept, None without one. `modules`
    are two digests each, by entry id: of the picture that a module was given, and of the
    one that it showed then, `<given>:<shown>`. `names` is what modules call them: it may be
    a name that was cut, or one that is still to be changed there. `older` are the digests
    of other pictures that are kept, because a module was given them. `device` is what their
    device in Home Assistant is known by, None without one: it says nothing of who they are.
    """

    user_id: str
    name: str
    key: str = ""
    person: str | None = None
    minimum_score: float | None = None
    access: AccessRule = ALWAYS
    picture: str | None = None
    modules: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    older: tuple[str, ...] = ()
    device: str | None = None

    def __post_init__(self) -> None:
        """Let the user id be the key, if no other is given."""
        if not self.key:
            object.__setattr__(self, "key", self.user_id)

    @property
    def is_held(self) -> bool:
        """Whether doors ask more of them than of anybody."""
        return self.access.is_limited or self.minimum_score is not None

    @classmethod
    def from_dict(cls, key: str, data: Mapping[str, Any]) -> Self:
        """Read what was stored."""
        return cls(
            key=key,
            user_id=data["user_id"],
            name=data["name"],
            person=data["person"],
            minimum_score=data["minimum_score"],
            access=AccessRule.from_dict(data["access"]),
            picture=data["picture"],
            modules=data["modules"],
            names=data["names"],
            older=tuple(data.get("older", ())),
            device=data.get("device"),
        )

    def as_dict(self) -> dict[str, Any]:
        """Return what is stored."""
        return {
            "user_id": self.user_id,
            "name": self.name,
            "person": self.person,
            "minimum_score": self.minimum_score,
            "access": self.access.as_dict() if self.access.is_limited else None,
            "picture": self.picture,
            "modules": dict(self.modules),
            "names": dict(self.names),
            "older": list(self.older),
            "device": self.device,
        }

    def like(self, other: RosterPerson) -> Self:
        """Return them as one with `other`: nobody needs less than either needed."""
        scores = [p.minimum_score for p in (self, other) if p.minimum_score is not None]
        return replace(
            self,
            person=self.person or other.person,
            minimum_score=max(scores, default=None),
            access=self.access.like(other.access),
            device=self.device or other.device,
        )

    def stripped(self) -> Self:
        """Return of them what doors need."""
        return replace(self, person=None, picture=None, modules={}, older=(), device=None)

    def with_device(self, *, wanted: bool) -> Self:
        """Return them with a device of their own, the one they have, or without one."""
        return replace(self, device=(self.device or uuid4().hex) if wanted else None)

    def without(self, entry_id: str) -> Self:
        """Return them as they are when a module does not have them."""
        return replace(
            self,
            modules={k: v for k, v in self.modules.items() if k != entry_id},
            names={k: v for k, v in self.names.items() if k != entry_id},
        )
