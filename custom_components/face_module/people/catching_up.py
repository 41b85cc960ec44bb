"""Doing at one module what was asked for while it was away (people/waiting.py)."""

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..client import FaceModuleConnectionError, FaceModuleError
from ..errors import invalid, words
from .identity import is_rest
from .known import KnownPeople
from .roster import DATA_ROSTER
from .waiting import DATA_WAITING, WaitingChange
from .writing import Writer


class CatchUp:
    """Does what waits for the module of an entry; whoever calls holds its lock."""

    def __init__(
        self, hass: HomeAssistant, entry: ConfigEntry, writer: Writer, known: KnownPeople
    ) -> None:
        """Change people by way of `writer`."""
        self._hass = hass
        self._entry = entry
        self._roster = hass.data[DATA_ROSTER]
        self._waiting = hass.data[DATA_WAITING]
        self._writer = writer
        self._known = known

    async def async_run(self) -> bool:
        """Do what waits for this module; say if anything was done. What fails waits on."""
        done = False
        for change in self._waiting.due(self._entry.entry_id):
            try:
                if not await self._async_carry_out(change):
                    continue
            except FaceModuleConnectionError:
                break
            except (HomeAssistantError, FaceModuleError) as err:
                why = words(self._hass, err, self._entry)
                self._waiting.async_refused(self._entry.entry_id, change, why)
            else:
                await self._waiting.async_done(self._entry.entry_id, change)
                done = True
        return done

    async def async_overtaken(self, user_id: str, name: str, *kinds: str) -> None:
        """Cross out what waits about somebody of whom something else was asked since."""
        for change in self._waiting.of(self._entry.entry_id):
            is_meant = not kinds or change.kind in kinds
            if is_meant and change.concerns(user_id, name):
                await self._waiting.async_done(self._entry.entry_id, change)

    async def async_updated(
        self, user_id: str, called: str, name: str | None, *, pictured: bool
    ) -> None:
        """Cross out what an update of somebody has overtaken: what else waits stays.

        They have the `name` now, and another picture if they were `pictured`.
        """
        entry_id = self._entry.entry_id
        for change in self._waiting.of(entry_id):
            if not change.concerns(user_id, called):
                continue
            left = change._replace(
                called=name or change.called,
                name=None if name else change.name,
                picture=None if pictured else change.picture,
            )
            if change.forget and change.ruled:
                # They stay, and what held them went with the deletion.
                await self._roster.async_hold(entry_id, user_id, name or called)
            await self._waiting.async_done(entry_id, change)
            if not change.forget and (left.name is not None or left.picture is not None):
                await self._waiting.async_put(entry_id, left)

    async def _async_carry_out(self, change: WaitingChange) -> bool:
        """Do one thing, if who is there is whom it was asked for.

        Returns whether nothing is left of it: who is missing has to be put back first.
        """
        known = await self._writer.async_surely(change.user_id)
        there = known or self._writer.pending.get(change.user_id)
        if there is None or not (
            there.name == change.called or self._known.is_one(there, change.called)
        ):
            if there is not None and change.ruled and is_rest(there.name, change.called):
                # It may be them, under a name that the module cut.
                entry_id = self._entry.entry_id
                await self._roster.async_hold(entry_id, change.user_id, there.name)
            return True
        if change.forget:
            await self._writer.async_remove(change.user_id, known, waited=True)
            return True
        if known is None:
            return False
        person = self._roster.called(known.user_id, change.name or change.called)
        jpeg, key = None, person.key if person else self._known.key_of(known) or ""
        if change.picture is not None and not (
            jpeg := await self._roster.async_older_picture(key, change.picture)
        ):
            # Another one since then may be of a namesake.
            raise invalid("no_picture_known")
        await self._writer.async_change(known, change.name, jpeg, allow_duplicate_face=True)
        return True
