"""Undoing the deletion of a person, for a moment.

The deletion holds at once. What it took is kept here, in memory only: who they were on
each module, with the picture that brings them back, and what Home Assistant's list knew.
"""

from collections.abc import Iterable
from copy import replace
from dataclasses import dataclass
import secrets
from typing import Final

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from ..client import FaceModuleError
from ..const import DOMAIN
from ..errors import invalid, translated_errors
from ..people.enrollment import Enrolled, Outcome
from ..people.identity import is_same_name
from ..people.roster import DATA_ROSTER
from ..people.waiting import DATA_WAITING, WaitingChange
from ..runtime import loaded_entry
from .before import Before, changes_about
from .everywhere import Everywhere

# Cards offer it for ten seconds (s); so many deletions at once.
KEPT_FOR: Final = 15.0
_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class _Kept:
    """A deletion: from which modules, and who had the id or the name after it."""

    before: Before
    entry_ids: list[str]
    others: set[str]
    forget: CALLBACK_TYPE


class Undo:
    """Deletions that can be undone, the oldest first, each once."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Keep nothing yet."""
        self._hass = hass
        self._kept: dict[str, _Kept] = {}

    @callback
    def async_put(self, before: Before, entry_ids: Iterable[str]) -> str | None:
        """Keep somebody who was deleted from modules; return by which word to undo it.

        None where nobody has a picture with which they could come back.
        """
        # An earlier deletion that waits goes on to wait.
        mine = [
            entry_id
            for entry_id in entry_ids
            if not any(change.forget for change in before.waiting.get(entry_id, ()))
        ]
        if not any(one in before.users or self._forgets(before, one) for one in mine):
            return None
        while len(self._kept) >= _MOST:
            self._pop(next(iter(self._kept)))
        token = secrets.token_urlsafe(24)

        @callback
        def expire(_now: object) -> None:
            self._pop(token)

        job = HassJob(expire, cancel_on_shutdown=True)
        forget = async_call_later(self._hass, KEPT_FOR, job)
        others = _having(self._hass, before)
        self._kept[token] = _Kept(before, mine, others, forget)
        return token

    @callback
    def async_forget(self, user_id: str) -> None:
        """Keep nothing of somebody who is erased."""
        for token, kept in list(self._kept.items()):
            if kept.before.user_id == user_id:
                self._pop(token)

    async def async_undo(self, token: str) -> Everywhere:
        """Bring somebody back; say what came of it on each module.

        Raises ServiceValidationError where it is too late, or somebody has the id or the
        name since: then nothing is done. GetUserInfo, AddUser.
        """
        if (kept := self._pop(token)) is None:
            raise invalid("undo_over")
        hass, before = self._hass, kept.before
        found = map(hass.config_entries.async_get_entry, kept.entry_ids)
        entries = [entry for entry in found if entry is not None]
        free = [await self._async_is_free(before, one.entry_id) for one in entries]
        if not (all(free) and _having(hass, before) <= kept.others):
            raise invalid("undo_taken", name=before.name)
        await _async_list(hass, before, {entry.entry_id for entry in entries})
        done = Everywhere()
        for entry in entries:
            await self._async_return(before, entry, done)
        await _async_settle(hass, before, done)
        return done

    async def _async_return(
        self, before: Before, entry: ConfigEntry, done: Everywhere
    ) -> None:
        """Bring somebody back to a module, or give up that they go."""
        try:
            outcome = await self._async_bring_back(before, entry)
            # What waited before waits again.
            for change in before.waiting.get(entry.entry_id, ()):
                await self._hass.data[DATA_WAITING].async_put(entry.entry_id, change)
        except HomeAssistantError as err:
            done.failed.append((entry, err))
        else:
            if outcome is None:
                done.waiting.append(entry)
            else:
                done.outcomes[entry.entry_id] = Enrolled(outcome)
                done.changed.append(entry)

    async def _async_bring_back(self, before: Before, entry: ConfigEntry) -> Outcome | None:
        """Return what became of it, None: they are put back when the module lets them."""
        hass, waiting = self._hass, self._hass.data[DATA_WAITING]
        forgets = self._forgets(before, entry.entry_id)
        for change in forgets:
            await waiting.async_done(entry.entry_id, change)
        user = before.users.get(entry.entry_id)
        if (loaded := loaded_entry(hass, entry.entry_id)) is None or user is None:
            if forgets:
                return Outcome.UNCHANGED
            if user is None:
                raise invalid("no_old_picture", name=before.name)
            raise invalid("cannot_connect", module=entry.title)
        async with translated_errors(hass, entry):
            is_there = await loaded.runtime_data.people.async_bring_back(user)
        return Outcome.ADDED if is_there else None

    def _forgets(self, before: Before, entry_id: str) -> list[WaitingChange]:
        """Return the deletions of somebody that wait for a module."""
        names = before.person.names if before.person else {}
        there = names.get(entry_id, before.name)
        found = changes_about(self._hass, entry_id, before.user_id, before.name, there)
        return [change for change in found if change.forget]

    async def _async_is_free(self, before: Before, entry_id: str) -> bool:
        """Say whether nobody came to a module under somebody's id since. GetUserInfo."""
        if (entry := loaded_entry(self._hass, entry_id)) is None:
            return True
        people = entry.runtime_data.people
        try:
            there = await people.async_there(before.user_id)
        except FaceModuleError:
            return True
        called = {change.called for change in self._forgets(before, entry_id)}
        return there is None or (
            bool(called)
            and (there.name in called or people.known.is_one(there, before.name))
        )

    def _pop(self, token: str) -> _Kept | None:
        if (kept := self._kept.pop(token, None)) is not None:
            kept.forget()
        return kept


def _having(hass: HomeAssistant, before: Before) -> set[str]:
    """Return the keys of whoever in the list has somebody's id or name."""
    roster = hass.data[DATA_ROSTER]
    of_name = {p.key for p in roster.people.values() if p.name == before.name}
    return of_name | {person.key for person in roster.of_id(before.user_id)}


async def _async_list(hass: HomeAssistant, before: Before, entry_ids: set[str]) -> None:
    """Let the list know somebody as before, on disk, before any module does.

    Raises ServiceValidationError where it is not said who may enter.
    """
    roster = hass.data[DATA_ROSTER]
    if (person := before.person) is None:
        return
    now = roster.get(person.key)
    if now is not None and not is_same_name(now.name, person.name):
        raise invalid("undo_taken", name=before.name)
    mine = {key: told for key, told in person.names.items() if key in entry_ids}
    shown = {key: told for key, told in person.modules.items() if key in entry_ids}
    if now is not None:
        # What was said of them since holds.
        names, modules = {**now.names, **mine}, {**now.modules, **shown}
        roster.async_put(replace(now, names=names, modules=modules))
    else:
        kept = replace(person, names=mine, modules=shown)
        await roster.async_restore(kept, before.picture, before.older)
    await roster.async_save()


async def _async_settle(hass: HomeAssistant, before: Before, done: Everywhere) -> None:
    """Let the list say no more than what became of it."""
    roster = hass.data[DATA_ROSTER]
    if before.person is None:
        return
    for entry, _ in done.failed:
        if (now := roster.get(before.person.key)) is not None:
            roster.async_put(now.without(entry.entry_id))
    await roster.async_save()


DATA_UNDO: HassKey[Undo] = HassKey(f"{DOMAIN}.undo")
