"""Whom one module knows, compared with the roster and with who is to be enrolled."""

from ..client import User
from .enrollment import Enrollment
from .identity import IdTakenError, is_rest, is_same_name, may_be
from .roster import Roster, digest


class KnownPeople:
    """The people of the module of an entry, as it tells of them (GetUserInfo)."""

    def __init__(self, roster: Roster, entry_id: str) -> None:
        """Compare them with `roster`."""
        self._roster = roster
        self._entry_id = entry_id

    def is_one(self, known: User, name: str) -> bool:
        """Say whether somebody is who is called `name`."""
        return self._roster.is_one(self._entry_id, known.user_id, known.name, name)

    def key_of(self, known: User | None) -> str | None:
        """Return the roster's key of somebody, None if it does not have them."""
        if known is None:
            return None
        person = self._roster.who(self._entry_id, known.user_id, known.name)
        return person.key if person else None

    def name_of(self, known: User) -> str:
        """Return the whole name of somebody, as far as it is known."""
        return self._roster.name_of(self._entry_id, known.user_id, known.name)

    def whole_name(self, known: User) -> str:
        """Return the name that a module has of somebody, whole where it was cut."""
        whole = self.name_of(known)
        return whole if known.cut and is_rest(known.name, whole) else known.name

    def check(self, known: User, wanted: Enrollment) -> None:
        """Raise IdTakenError if an id is not that of whoever is to be enrolled with it."""
        if wanted.whoever or self.is_one(known, wanted.name):
            return
        may_replace = wanted.replace or wanted.keep
        raise IdTakenError(
            wanted.user_id, known.name, wanted=wanted.name if may_replace else None
        )

    def is_same(self, known: User, wanted: Enrollment) -> bool:
        """Say whether the module has them with this name and this picture.

        A module may encode the pictures it is given anew, or show none: then it counts
        what it was given, if it shows the same as it did then.
        """
        if self.whole_name(known) != wanted.name:
            return False
        shown = digest(known.picture) if known.picture else ""
        return known.picture == wanted.jpeg or self._given(known) == (
            digest(wanted.jpeg),
            shown,
        )

    def may_stay(self, known: User, wanted: Enrollment) -> bool:
        """Say whether they are enrolled as wanted, as far as that can be told."""
        untold = known.picture is None and self._given(known) is None
        if untold and wanted.by_name and not wanted.replace:
            return self.whole_name(known) == wanted.name
        return self.is_same(known, wanted)

    def _given(self, known: User) -> tuple[str, str] | None:
        """Return digests: of the picture the module was given, and of what it shows."""
        person = self._roster.get(self.key_of(known) or "")
        told = person.modules.get(self._entry_id) if person else None
        return None if told is None else (told.partition(":")[0], told.partition(":")[2])


def is_what_became_of(told: User, name: str) -> bool:
    """Say whether a module that was given a name may tell it so."""
    if told.cut and is_rest(told.name, name):
        return True
    return is_same_name(told.name, name) or may_be(told.name, name)
