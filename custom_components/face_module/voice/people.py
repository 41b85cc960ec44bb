"""People by the names that somebody said."""

import asyncio
from collections.abc import Iterator
from typing import Final, NamedTuple
import unicodedata

from homeassistant.core import HomeAssistant
from homeassistant.util import slugify

from ..client import FaceModuleError
from ..device.state import Person
from ..people.identity import plain_name
from ..people.roster import DATA_ROSTER
from ..runtime import FaceModuleConfigEntry
from ..visits.visit import Visit
from .modules import ready_modules
from .names import spoken_name
from .speaking import RefusalError, Speaker

# The event loop goes on after so many people were looked through.
_BREATH: Final = 2000


class Called(NamedTuple):
    """Who is called so, and who only in part: by the first name, or another word."""

    same: list[Person]
    first: list[Person]
    partly: list[Person]


async def async_people_called(
    hass: HomeAssistant, entries: list[FaceModuleConfigEntry], name: str
) -> Called:
    """Return who is called so.

    Of the roster and of those who came lately to these modules: they cannot be searched.
    """
    wanted = _plain(name)
    same: dict[tuple[str, str], Person] = {}
    first: dict[tuple[str, str], Person] = {}
    partly: dict[tuple[str, str], Person] = {}
    for number, person in enumerate(_known(hass, entries), start=1):
        if number % _BREATH == 0:
            await asyncio.sleep(0)
        key = key_of(person)
        if _plain(person.name) == wanted:
            same.setdefault(key, person)
        elif _plain(person.name.partition(" ")[0]) == wanted:
            first.setdefault(key, person)
        elif wanted and wanted in _plain(person.name):
            partly.setdefault(key, person)
    return Called([*same.values()], [*first.values()], [*partly.values()])


async def async_person_called(speaker: Speaker, said: str) -> Person:
    """Return the one person of that name, or the one whose first name it is.

    Somebody who was enrolled elsewhere is found by the id such a name would have. Raises
    RefusalError, and ServiceValidationError for no name. GetUserInfo.
    """
    hass = speaker.hass
    entries = ready_modules(speaker)
    name = spoken_name(said).name
    # Some are called as what is said around names.
    called = await async_people_called(hass, entries, said)
    if not called.same:
        called = await async_people_called(hass, entries, name)
    found = called.same or called.first
    if not found:
        holders = await async_of_id(entries, slugify(name))
        found = [one for one in holders if is_said_alike(one.name, name)]
    if not found:
        raise RefusalError("unknown_person", name=name)
    if len(found) > 1:
        raise RefusalError("several", name=name, count=str(len(found)))
    return found[0]


async def async_of_id(entries: list[FaceModuleConfigEntry], user_id: str) -> list[Person]:
    """Return who has an id on modules: several people may. GetUserInfo."""
    found: dict[str, Person] = {}
    for entry in entries:
        try:
            name = await entry.runtime_data.people.async_holder(user_id)
        except FaceModuleError:
            continue
        if name is not None:
            found.setdefault(plain_name(name), Person(user_id=user_id, name=name))
    return [*found.values()]


def is_of(hass: HomeAssistant, visit: Visit, person: Person) -> bool:
    """Say whether it is somebody's visit, not that of another who has the same id."""
    if visit.user_id != person.user_id:
        return False
    roster, who = hass.data[DATA_ROSTER], (visit.entry_id, visit.user_id, visit.name)
    if roster.is_one(*who, person.name):
        return True
    # The module has them, and nobody is called as they were then.
    known = roster.called(person.user_id, person.name)
    is_there = known is not None and visit.entry_id in known.names
    return is_there and roster.who(*who) is None


def key_of(person: Person) -> tuple[str, str]:
    """Return what tells people apart: an id and a name together say who it is."""
    return person.user_id, plain_name(person.name)


def is_said_alike(one: str, other: str) -> bool:
    """Say whether two names are said alike: in any case, with spaces or without."""
    return _plain(one) == _plain(other)


def _known(hass: HomeAssistant, entries: list[FaceModuleConfigEntry]) -> Iterator[Person]:
    """Return everybody, some more than once, with their whole names."""
    roster = hass.data[DATA_ROSTER]
    for known in list(roster.people.values()):
        yield Person(user_id=known.user_id, name=known.name)
    for entry in entries:
        visits = entry.runtime_data.visits
        came = ((v.user_id, v.name) for v in visits.history.visits if v.user_id)
        for user_id, told in dict.fromkeys((*visits.seen.names.items(), *came)):
            # Whom the module has under that id is known, whatever they were called then.
            people = roster.of_id(user_id)
            if any(entry.entry_id in known.names for known in people):
                continue
            if roster.who(entry.entry_id, user_id, told) is None:
                yield Person(user_id=user_id, name=told)


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
