"""Who is who: on a module somebody is an id and a name together.

The same id under another name is another person, until somebody says otherwise. What
was said, and what each module calls somebody, is in the roster.
"""

from collections.abc import Iterable, Mapping
from typing import Protocol
import unicodedata

from homeassistant.exceptions import ServiceValidationError

from ..const import DOMAIN

# Control characters and halves of characters are no part of a name.
_NO_TEXT = ("Cc", "Cs")
# Stands for bytes that no character is made of: a module may cut names anywhere.
CUT = "\ufffd"


class Known(Protocol):
    """Somebody in the roster, as far as it matters who they are."""

    @property
    def name(self) -> str:
        """The name that somebody gave them."""

    @property
    def names(self) -> Mapping[str, str]:
        """What modules call them, by entry id."""


class IdTakenError(ServiceValidationError):
    """A user id belongs to somebody else."""

    def __init__(self, user_id: str, name: str, *, wanted: str | None = None) -> None:
        """Say to whom; with `wanted` for whom it may not be taken from them."""
        placeholders = {"user_id": user_id, "name": name or "-"}
        if wanted is not None:
            placeholders["wanted"] = wanted
        super().__init__(
            translation_domain=DOMAIN,
            translation_key="id_of_another" if wanted is not None else "user_exists",
            translation_placeholders=placeholders,
        )


def tidy(name: str) -> str:
    """Return a name composed (NFC), with single spaces and without control characters."""
    name = " ".join(unicodedata.normalize("NFC", name).split())
    return "".join(char for char in name if unicodedata.category(char) not in _NO_TEXT)


def plain_name(name: str) -> str:
    """Return the one form in which names are compared: tidy, in whichever case."""
    return unicodedata.normalize("NFC", tidy(name).casefold())


def is_same_name(one: str, other: str) -> bool:
    """Say whether two names are the same."""
    return plain_name(one) == plain_name(other)


def may_be(said: str, name: str) -> bool:
    """Say whether what a callback calls somebody may be what is left of their name."""
    kept = plain_name(said).rstrip(CUT + " ")
    return (not kept or CUT in said) and plain_name(name).startswith(kept)


def is_rest(said: str, name: str) -> bool:
    """Say whether a name is the beginning of another one: it may have been cut there.

    The client ends a name before the character that was cut, so nothing else tells.
    """
    kept, whole = plain_name(said), plain_name(name)
    return bool(kept) and len(kept) < len(whole) and whole.startswith(kept)


def find[P: Known](people: Iterable[P], entry_id: str, told: str) -> P | None:
    """Return whom a module means by a name, among those who have an id.

    It may call them otherwise than the roster: by a name that is cut, or to be changed.
    """
    same = None
    for person in people:
        if (theirs := person.names.get(entry_id)) is not None and theirs == told:
            return person
        if is_same_name(person.name, told):
            same = person
    return same
