"""Somebody as they are before they are deleted, with what it takes to bring them back."""

import asyncio
from collections.abc import Collection, Mapping
from copy import replace
from dataclasses import dataclass, field

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from ..client import FaceModuleError, User
from ..const import DOMAIN
from ..people.originals import given
from ..people.passing import async_original
from ..people.person import RosterPerson
from ..people.roster import DATA_ROSTER
from ..people.waiting import DATA_WAITING, WaitingChange
from ..runtime import loaded_entry


@dataclass(frozen=True, slots=True, kw_only=True)
class Before:
    """Somebody as they were before a deletion; `users` and `waiting` by entry id.

    Of the list: `person`, the newest `picture`, and `older` ones by their digest.
    """

    user_id: str
    name: str
    users: Mapping[str, User] = field(repr=False)
    waiting: Mapping[str, list[WaitingChange]]
    person: RosterPerson | None
    picture: bytes | None = field(repr=False)
    older: Mapping[str, bytes] = field(repr=False)


async def async_look(
    hass: HomeAssistant,
    user_id: str,
    called: str,
    *,
    entry_ids: Collection[str] | None = None,
) -> Before:
    """Return somebody as they are on every module, or only on some. GetUserInfo."""
    roster = hass.data[DATA_ROSTER]
    name = roster.whole_name(user_id, called)
    entries = [
        entry
        for entry in hass.config_entries.async_entries(DOMAIN, include_ignore=False)
        if entry_ids is None or entry.entry_id in entry_ids
    ]
    found = await asyncio.gather(*(_async_on(hass, one, user_id, name) for one in entries))
    older, picture = dict[str, bytes](), None
    if (person := roster.called(user_id, name)) is not None:
        picture = await roster.async_picture(person.key)
        for one in person.older:
            if (jpeg := await roster.async_older_picture(person.key, one)) is not None:
                older[one] = jpeg
        person = roster.get(person.key)
    return Before(
        user_id=user_id,
        name=name,
        users={e.entry_id: one for e, one in zip(entries, found, strict=True) if one},
        waiting={
            e.entry_id: changes_about(hass, e.entry_id, user_id, name) for e in entries
        },
        person=person,
        picture=picture,
        older=older,
    )


async def _async_on(
    hass: HomeAssistant, entry: ConfigEntry, user_id: str, name: str
) -> User | None:
    """Return somebody on a module with a picture that brings them back, None without."""
    roster, entry_id = hass.data[DATA_ROSTER], entry.entry_id
    waiting = changes_about(hass, entry_id, user_id, name)
    if (loaded := loaded_entry(hass, entry_id)) is not None:
        people = loaded.runtime_data.people
        try:
            known = await people.async_there(user_id)
        except FaceModuleError:
            # Then the deletion waits for it.
            known = None
        else:
            if known is None or not people.known.is_one(known, name):
                return None
        if known is not None:
            jpeg = await async_original(hass, entry_id, known)
            whole = people.known.whole_name(known)
            return replace(known, name=whole, picture=jpeg) if jpeg else None
    person = roster.called(user_id, name)
    if person is None or entry_id not in person.names:
        return None
    told = person.modules.get(entry_id, "")
    jpeg = await roster.async_older_picture(person.key, given(told))
    jpeg = jpeg or await roster.async_picture(person.key)
    there = person.names[entry_id] if any(one.name for one in waiting) else name
    return User(user_id=user_id, name=there, picture=jpeg) if jpeg else None


def changes_about(
    hass: HomeAssistant, entry_id: str, user_id: str, *names: str
) -> list[WaitingChange]:
    """Return what waits for a module about somebody of one of these names."""
    waiting = hass.data[DATA_WAITING].of(entry_id)
    return [c for c in waiting if any(c.concerns(user_id, name) for name in names)]
