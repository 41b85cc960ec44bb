"""People by the names that somebody said."""

import asyncio
from collections.abc import Iterator
import re
from typing import Final
import unicodedata

from homeassistant.core import HomeAssistant
from homeassistant.util import slugify

from .client import FaceModuleError
from .const import CONF_VOICE_CHANGES
from .models import FaceModuleConfigEntry, Person, loaded_entries, options_of
from .names import clean_name
from .roster import DATA_ROSTER
from .speaking import RefusalError, Speaker

# What is said after a name, and is no part of it.
_POLITE: Final = re.compile(
    r"(?:[\s,\uff0c\u3002.!\uff01?\uff1f]|\bplease\b|\bnow\b|\bthanks\b|谢谢|好吗|好不好|可以吗|行吗)+$",
    re.IGNORECASE,
)
_EVERYBODY: Final = {
    *("everybody", "everyone", "all", "all people", "all faces", "everything"),
    *("所有人", "大家", "全部", "全部人", "所有人员", "全部人员", "每个人"),
}
# The event loop goes on after so many people were looked through.
_BREATH: Final = 2000


def spoken_name(said: str) -> str:
    """Return a name as it is written; raises ServiceValidationError when it is none.

    Speech recognition may know no capital letters.
    """
    name = clean_name(_POLITE.sub("", said))
    return name.title() if name.islower() else name


def is_everybody(said: str) -> bool:
    """Say whether all people are meant instead of one."""
    return _POLITE.sub("", said).strip().casefold() in _EVERYBODY


async def async_people_called(hass: HomeAssistant, name: str) -> list[Person]:
    """Return who is called so; without anybody, whose first name it is.

    Of the roster and of those who came lately: the modules cannot be searched.
    """
    wanted = _plain(name)
    same: dict[str, Person] = {}
    first: dict[str, Person] = {}
    for number, (user_id, known) in enumerate(_known(hass), start=1):
        if number % _BREATH == 0:
            await asyncio.sleep(0)
        if _plain(known) == wanted:
            same[user_id] = Person(user_id=user_id, name=known)
        elif _plain(known.partition(" ")[0]) == wanted:
            first[user_id] = Person(user_id=user_id, name=known)
    return [*(same or first).values()]


async def async_person_called(speaker: Speaker, said: str) -> Person:
    """Return the one person of that name.

    Somebody who was enrolled elsewhere is found by the id such a name would have. Raises
    RefusalError, and ServiceValidationError for no name. GetUserInfo.
    """
    name = spoken_name(said)
    found = await async_people_called(speaker.hass, name)
    if not found and (other := await _async_elsewhere(speaker.hass, name)):
        found = [other]
    if not found:
        raise RefusalError("unknown_person", name=name)
    if len(found) > 1:
        raise RefusalError("several", name=name, count=str(len(found)))
    return found[0]


async def async_check_may_change(speaker: Speaker, entry: FaceModuleConfigEntry) -> None:
    """Raise RefusalError unless the speaker may enroll and forget people.

    Administrators may. A satellite cannot know who speaks: an option allows it.
    """
    if speaker.user_id is None:
        if not options_of(entry)[CONF_VOICE_CHANGES]:
            raise RefusalError("not_switched_on")
        return
    if not await async_is_admin(speaker.hass, speaker.user_id):
        raise RefusalError("not_allowed")


async def async_is_admin(hass: HomeAssistant, user_id: str | None) -> bool:
    """Say whether a user is an administrator; nobody is none."""
    user = await hass.auth.async_get_user(user_id) if user_id else None
    return user is not None and user.is_admin


def _known(hass: HomeAssistant) -> Iterator[tuple[str, str]]:
    for person in list(hass.data[DATA_ROSTER].people.values()):
        yield person.user_id, person.name
    for entry in loaded_entries(hass):
        visits = entry.runtime_data.visits
        yield from visits.seen.names.items()
        yield from ((v.user_id, v.name) for v in visits.history.visits if v.user_id)


async def _async_elsewhere(hass: HomeAssistant, name: str) -> Person | None:
    user_id = slugify(name)
    for entry in loaded_entries(hass):
        try:
            known = await entry.runtime_data.people.async_name_of(user_id)
        except FaceModuleError:
            continue
        if known is not None and _plain(known) == _plain(name):
            return Person(user_id=user_id, name=known)
    return None


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())
