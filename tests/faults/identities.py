"""The people of the campaign of identity: names that collide, and faces that do not."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Final
import unicodedata

from simulator import SimulatedModule
from simulator.faces import find_faces, similarity
from simulator.portraits import portrait

SIZE: Final = (96, 96)
PHOTOS: Final = 3
# Two pictures of one face are at least so similar, those of two at most 0.45.
_SAME_FACE: Final = 0.8
# Those of a line would have the same user id: homophones, diacritics, emojis (which have
# no letter), names that look like an id with a number, and two people of one name.
NAMES: Final = (
    ("王伟", "汪伟", "王维", "Wang Wei", "wang_wei"),
    ("张丽", "章力", "Zhang Li", "zhang_li 2"),
    ("José", "Jose", "JOSÉ", "Jose\N{COMBINING ACUTE ACCENT}"),
    ("Müller", "Muller", "Muller 2"),
    ("\N{GRINNING FACE}", "\N{PARTY POPPER}", "Person", "\N{FAMILY}", "person 2"),
    ("Anna", "Anna", "anna", "Anna 2", "Änna"),
    ("李娜", "李娜", "Li Na", "黎娜"),
)


@dataclass(frozen=True, slots=True)
class Human:
    """Somebody of flesh and blood: a face, and the name they were born with."""

    face: str
    name: str
    photos: tuple[bytes, ...]

    def __str__(self) -> str:
        return f"{self.face} {self.name!r}"


@dataclass(frozen=True, slots=True)
class Standing:
    """Whose face it is that a module has under a user id, and the name there."""

    face: str
    name: str

    def __str__(self) -> str:
        return f"{self.face} as {self.name!r}"


type Standings = Mapping[str, Standing]


def composed(name: str) -> str:
    """Return a name as it is kept."""
    return unicodedata.normalize("NFC", name)


def plain(name: str) -> str:
    """Return the form in which names are compared: people write them in any case."""
    return composed(name).casefold()


@cache
def _photos(face: str) -> tuple[bytes, ...]:
    return tuple(portrait(face, variation=number, size=SIZE) for number in range(PHOTOS))


def humans(random: Random, count: int) -> list[Human]:
    """Return people whose ids collide: of few lines of names, so that many do."""
    names = [name for line in random.sample(NAMES, 4) for name in line]
    random.shuffle(names)
    return [
        Human(face, name, _photos(face))
        for face, name in ((f"face {n}", name) for n, name in enumerate(names[:count]))
    ]


class Faces:
    """Tells from a picture whose it is, byte by byte, else as somebody would who looks."""

    def __init__(self, people: list[Human]) -> None:
        self._people = people
        self._known = {photo: one.face for one in people for photo in one.photos}

    def of(self, photo: bytes) -> str:
        """Return whose face it is, "nobody" if it is none of them."""
        if photo not in self._known:
            self._known[photo] = self._looked_at(photo)
        return self._known[photo]

    def _looked_at(self, photo: bytes) -> str:
        seen = find_faces(photo)
        if len(seen) != 1:
            return "nobody"
        score, face = max(
            (similarity(seen[0].feature, find_faces(one.photos[0])[0].feature), one.face)
            for one in self._people
        )
        return face if score >= _SAME_FACE else "nobody"

    def on(self, module: SimulatedModule) -> Standings:
        """Return who stands under which user id, from the module's own memory."""
        return {
            user_id: Standing(self.of(one.picture), one.name)
            for user_id, one in module.users.items()
        }
