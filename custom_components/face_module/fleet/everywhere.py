"""One person on all modules: another name or picture, or gone."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from copy import replace
from dataclasses import dataclass, field
from typing import NamedTuple

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..client import FaceModuleConnectionError, FaceModuleError, User
from ..const import DOMAIN
from ..errors import invalid, translated_errors
from ..people.changing import People
from ..people.enrollment import Enrolled, Outcome
from ..people.roster import DATA_ROSTER, digest
from ..people.waiting import DATA_WAITING, WaitingChange
from ..runtime import FaceModuleConfigEntry, loaded_entries
from .holding import async_forget_if_nowhere


@dataclass(slots=True, eq=False)
class Everywhere:
    """What became of a change that was asked for on every module.

    `waiting` are modules that are away: it is done when they are back.
    """

    changed: list[ConfigEntry] = field(default_factory=list)
    waiting: list[ConfigEntry] = field(default_factory=list)
    failed: list[tuple[ConfigEntry, HomeAssistantError]] = field(default_factory=list)
    outcomes: dict[str, Enrolled] = field(default_factory=dict)
    """By entry id, of those that have somebody."""


async def async_change_everywhere(
    hass: HomeAssistant,
    user_id: str,
    *,
    called: str,
    name: str | None = None,
    jpeg: bytes | None = None,
    allow_duplicate_face: bool = False,
    entries: Collection[ConfigEntry] | None = None,
) -> Everywhere:
    """Give somebody another name or picture, or both, on every module that has them.

    With `entries` only on those. Somebody of that id who is not `called` so is another
    person, and left alone. GetUserInfo, DeleteUser, AddUser.
    """
    called = hass.data[DATA_ROSTER].whole_name(user_id, called)

    async def change(people: People, called: str) -> Enrolled:
        return await people.async_update(
            user_id, name, jpeg, allow_duplicate_face=allow_duplicate_face, called=called
        )

    picture = digest(jpeg) if jpeg is not None else None
    wanted = WaitingChange(user_id=user_id, called=called, name=name, picture=picture)
    return await _async_everywhere(hass, wanted, change, entries)


async def async_rename_everywhere(
    hass: HomeAssistant,
    user_id: str,
    name: str,
    *,
    called: str,
    entries: Collection[ConfigEntry] | None = None,
) -> list[ConfigEntry]:
    """Change the name on every module that has somebody; return those modules.

    With `entries` only on those. Those that are away get it later. Raises
    HomeAssistantError where one refuses it.
    """
    done = await async_change_everywhere(
        hass, user_id, called=called, name=name, entries=entries
    )
    for _, err in done.failed:
        raise err
    return [*done.changed, *done.waiting]


async def async_delete_everywhere(
    hass: HomeAssistant,
    user_id: str,
    *,
    called: str,
    entries: Collection[ConfigEntry] | None = None,
    even_if_none: bool = False,
) -> Everywhere:
    """Delete somebody from all modules, from those that are away when they are back.

    With `entries` only from those, with `even_if_none` later even if no module answers.
    Somebody of that id who is not `called` so is another person, and left alone.
    GetUserInfo, DeleteUser.
    """
    called = hass.data[DATA_ROSTER].whole_name(user_id, called)

    async def delete(people: People, called: str) -> Enrolled:
        await people.async_delete(user_id, called)
        return Enrolled(Outcome.REMOVED)

    ruled = hass.data[DATA_ROSTER].is_held(user_id)
    wanted = WaitingChange(user_id=user_id, called=called, forget=True, ruled=ruled)
    done = await _async_everywhere(hass, wanted, delete, entries, even_if_none=even_if_none)
    # Where it waits they may be called otherwise, and are as good as gone.
    gone = {entry.entry_id for entry in (*done.changed, *done.waiting)}
    await async_forget_if_nowhere(hass, user_id, called, but=gone)
    return done


async def _async_everywhere(
    hass: HomeAssistant,
    wanted: WaitingChange,
    change: Callable[[People, str], Awaitable[Enrolled]],
    entries: Collection[ConfigEntry] | None,
    *,
    even_if_none: bool = False,
) -> Everywhere:
    """Change somebody on all modules, and have it wait for those that are away.

    With `entries` only on those. Where none at all answers nothing waits, unless
    `even_if_none`: it can be asked for again. Nor does a picture that no module has taken:
    it is kept nowhere. `change` is told what a module calls them.
    """
    done, away, answered = Everywhere(), list[FaceModuleConfigEntry](), False
    # Now: whoever has the new name on another module becomes one with them meanwhile.
    who = hass.data[DATA_ROSTER].called(wanted.user_id, wanted.called)
    told = who.names if who else {}

    async def on(entry: FaceModuleConfigEntry, there: _There) -> None:
        nonlocal answered
        try:
            async with translated_errors(hass, entry):
                if there.err is not None:
                    raise there.err
                if there.half_done and there.called is None and not wanted.forget:
                    # First they have to be put back.
                    away.append(entry)
                elif there.called is not None or there.half_done:
                    called = there.called or wanted.called
                    people = entry.runtime_data.people
                    done.outcomes[entry.entry_id] = await change(people, called)
                    done.changed.append(entry)
                answered = True
        except HomeAssistantError as err:
            done.failed.append((entry, err))
            if isinstance(err.__cause__, FaceModuleConnectionError):
                away.append(entry)
            else:
                answered = True

    if entries is None:
        entries = hass.config_entries.async_entries(DOMAIN, include_ignore=False)
    loaded = [entry for entry in loaded_entries(hass) if entry in entries]
    there = await _async_there(loaded, wanted)
    await asyncio.gather(*map(on, loaded, there, strict=True))
    if loaded and not answered and not even_if_none:
        return done
    away += [one for one in entries if one not in loaded]
    await _async_wait_for(hass, away, wanted, told, done)
    return done


class _There(NamedTuple):
    """Whether a module has somebody, and what it calls them; or why it cannot be said."""

    called: str | None = None
    half_done: bool = False
    err: FaceModuleError | None = None


async def _async_there(
    entries: Collection[FaceModuleConfigEntry], wanted: WaitingChange
) -> list[_There]:
    """Return where somebody is, before anything changes anywhere. GetUserInfo.

    What one module tells of them may only be understood by what another one tells, which
    is not there any more once they are deleted.
    """

    async def look(people: People) -> User | FaceModuleError | None:
        try:
            return await people.async_there(wanted.user_id)
        except FaceModuleError as err:
            return err

    modules = [entry.runtime_data.people for entry in entries]
    seen = await asyncio.gather(*map(look, modules))
    found = []
    for people, user in zip(modules, seen, strict=True):
        if isinstance(user, FaceModuleError):
            found.append(_There(err=user))
            continue
        is_one = user is not None and people.known.is_one(user, wanted.called)
        called = user.name or user.user_id if user is not None and is_one else None
        half_done = people.is_half_done(wanted.user_id, wanted.called)
        found.append(_There(called, half_done))
    for people, user in zip(modules, seen, strict=True):
        if not isinstance(user, FaceModuleError):
            people.async_seen(wanted.user_id, user)
    return found


async def _async_wait_for(
    hass: HomeAssistant,
    away: Iterable[FaceModuleConfigEntry],
    wanted: WaitingChange,
    told: Mapping[str, str],
    done: Everywhere,
) -> None:
    """Have a change wait for modules that are away; say what becomes of it.

    `told` is what modules called them before.
    """
    for entry in away:
        if entry.entry_id not in told and _is_gone_by_then(hass, entry.entry_id, wanted):
            continue
        done.failed = [one for one in done.failed if one[0] is not entry]
        try:
            if wanted.picture is not None and not done.changed:
                raise invalid("cannot_connect", module=entry.title)
            await _async_wait(hass, entry.entry_id, wanted, told)
        except HomeAssistantError as err:
            done.failed.append((entry, err))
        else:
            done.waiting.append(entry)


def _is_gone_by_then(hass: HomeAssistant, entry_id: str, wanted: WaitingChange) -> bool:
    """Say whether whoever has an id on a module that is away is to be forgotten there.

    Under another name: nobody would be left to change, and nobody is told so.
    """
    return not wanted.forget and any(
        change.forget
        and change.user_id == wanted.user_id
        and not change.concerns(wanted.user_id, wanted.called)
        for change in hass.data[DATA_WAITING].of(entry_id)
    )


async def _async_wait(
    hass: HomeAssistant, entry_id: str, wanted: WaitingChange, told: Mapping[str, str]
) -> None:
    """Have a change wait for a module, with who is expected there."""
    roster = hass.data[DATA_ROSTER]
    person = roster.called(wanted.user_id, wanted.name or wanted.called)
    person = person or roster.called(wanted.user_id, wanted.called)
    wanted = replace(wanted, called=told.get(entry_id, wanted.called))
    await hass.data[DATA_WAITING].async_put(entry_id, wanted)
    if person is None:
        return
    if wanted.forget:
        roster.async_put(person.without(entry_id))
    elif entry_id in told or entry_id not in person.names:
        # Until then they are still called so there.
        names = {**person.names, entry_id: wanted.called}
        roster.async_put(replace(person, name=wanted.name or person.name, names=names))
