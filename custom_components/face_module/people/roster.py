"""Whom Home Assistant knows, for all modules: kept by it, so it is in every backup.

Of each the id and the name, the linked `person` entity, a minimum score, when they may
enter, which device they have, and the picture they were enrolled with. The list is in
Home Assistant's storage, the pictures are files in `<config>/face_module/roster/`; only
administrators see them (pictures/views.py).
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from copy import replace

from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from .deleted import Deleted
from .identity import is_same_name
from .kept import KeptPictures
from .limits import Limits
from .originals import doubtful, older_of
from .parts import Parts
from .person import RosterPerson, digest
from .rule import ALWAYS, NEVER, AccessRule
from .who import WhoIsWho

__all__ = ["DATA_ROSTER", "Roster", "RosterPerson", "digest"]


class Roster(WhoIsWho):
    """The people that Home Assistant knows."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; `async_load` reads what is there."""
        super().__init__()
        self._hass = hass
        self._pictures = KeptPictures(hass)
        self._parts = Parts(hass, lambda key: self._people[key].as_dict())
        self._limits = Limits(hass)
        self._writing = asyncio.Lock()
        self.deleted = Deleted()
        # Ids that were made and are about to be enrolled, until they are.
        self.reserved: dict[str, asyncio.Future[None]] = {}
        self._listeners: list[Callable[[], None]] = []

    async def async_load(self) -> None:
        """Read the roster, and follow person entities that are renamed."""
        if (stored := await self._parts.async_load()) is not None:
            for key, data in stored.items():
                self._keep(RosterPerson.from_dict(key, data))
        if stored is not None and self._parts.is_whole:
            await self._pictures.async_keep_only(self._people.values())
        known = {p.key: (p.user_id, p.access) for p in self._people.values()}
        for key, left in (await self._limits.async_load(known)).items():
            person = self._people[key]
            self.async_put(replace(person, access=replace(person.access, visits=left)))
        self._hass.bus.async_listen(er.EVENT_ENTITY_REGISTRY_UPDATED, self._renamed)

    @property
    def is_whole(self) -> bool:
        """Whether everybody who was written could be read."""
        return self._parts.is_whole

    @property
    def lost(self) -> set[str]:
        """User ids of people who had an access rule that is lost: they may not enter."""
        return self._limits.lost

    @property
    def is_in_doubt(self) -> bool:
        """Whether it is not known of whom a rule, or a visit that is used up, is lost."""
        return self._limits.was_unreadable

    def access_of(self, known: RosterPerson | None, user_id: str) -> AccessRule:
        """Return when somebody may enter, who has the id and is not `known` perhaps."""
        if known is not None:
            return known.access
        return NEVER if user_id in self.lost else ALWAYS

    def is_held(self, user_id: str) -> bool:
        """Say whether doors ask more of somebody of an id than of anybody."""
        return user_id in self.lost or any(one.is_held for one in self.of_id(user_id))

    @callback
    def async_new(self, user_id: str, name: str) -> RosterPerson:
        """Return somebody new, with a key of their own; `async_put` adds them."""
        key, number = user_id, 1
        while key in self._people:
            number += 1
            key = f"{user_id}#{number}"
        access = self.access_of(None, user_id)
        return RosterPerson(key=key, user_id=user_id, name=name, access=access)

    # Changing

    @callback
    def async_subscribe(self, listener: Callable[[], None]) -> CALLBACK_TYPE:
        """Call `listener` after every change; returns the undo."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    async def async_expect(self, user_id: str, name: str, like: RosterPerson) -> None:
        """Let whoever is to be enrolled be held to the rules of somebody at once.

        They are on disk when it returns; raises ServiceValidationError if not.
        """
        known = self.called(user_id, name) or self.async_new(user_id, name)
        self.async_put(known.like(like))
        await self.async_save()

    async def async_hold(self, entry_id: str, user_id: str, told: str) -> None:
        """Let whoever was held, was forgotten, and stays on a module, never enter there.

        Nobody opens a door by a deletion. It is on disk when it returns; raises
        ServiceValidationError if not. Whoever was enrolled anew elsewhere is as they are.
        """
        known = self.who(entry_id, user_id, told) or self.async_new(user_id, told)
        if not known.access.is_limited and set(known.names) <= {entry_id}:
            names = {**known.names, entry_id: told}
            self.async_put(replace(known, access=NEVER, names=names))
        await self.async_save()

    async def async_enrolled(
        self,
        entry_id: str,
        user_id: str,
        name: str,
        jpeg: bytes,
        shown: bytes | None = None,
        *,
        is_new: bool = True,
        told: str | None = None,
        key: str | None = None,
    ) -> None:
        """Remember what a module was given, shows and tells; person and score stay.

        A picture is the person's own from now on, unless it is only passed on (not
        `is_new`) and kept already. `key` is who they were in the roster until now. Without
        room on the disk the picture is not kept.
        """
        new = digest(jpeg)
        # Several modules may be given the same person at once.
        async with self._writing:
            before = self.get(key or "")
            known = before or self.known_as(entry_id, user_id, name, new)
            known = self.called(user_id, name) or known or self.async_new(user_id, name)
            picture, older = known.picture, known.older
            if picture != new and (is_new or new not in older):
                older = await self._async_keep_older(known, entry_id)
                if await self._pictures.async_write(known.key, jpeg):
                    picture = new
            # Meanwhile something else about them may have changed.
            known = self.get(known.key) or known
            self.async_gone(entry_id, user_id, but=known.key)
            if before is not None and before.key != known.key:
                known = known.like(before)
            given = f"{new}:{digest(shown) if shown else ''}"
            modules = {**known.modules, entry_id: given}
            kept = older_of(older, modules, picture)
            self.async_put(
                replace(
                    known,
                    name=name,
                    picture=picture,
                    modules=modules,
                    names={**known.names, entry_id: told or name},
                    older=kept,
                )
            )
            await self._pictures.async_drop_older(known.key, {*older} - {*kept})

    async def async_put_back(
        self, entry_id: str, user_id: str, name: str, jpeg: bytes, shown: bytes | None
    ) -> None:
        """Remember that a module was given somebody again, as they were before."""
        known = self.who(entry_id, user_id, name)
        await self.async_enrolled(
            entry_id,
            user_id,
            known.name if known else name,
            jpeg,
            shown,
            is_new=False,
            told=name,
            key=known.key if known else None,
        )

    async def async_renamed(
        self, entry_id: str, user_id: str, before: str, name: str, told: str
    ) -> None:
        """Remember that a module calls somebody otherwise, `told`, than before.

        What they are called since then on other modules stays.
        """
        person = self.who(entry_id, user_id, before)
        if person is None or person.names.get(entry_id) == told:
            return
        known = person
        if is_same_name(person.name, before):
            known = self.called(user_id, name) or replace(person, name=name)
        self.async_gone(entry_id, user_id, but=known.key)
        if known.key != person.key:
            known = known.like(person)
        self.async_put(replace(known, names={**known.names, entry_id: told}))
        await self.async_remove(person.key, if_nowhere=True)

    @callback
    def async_put(self, person: RosterPerson) -> None:
        """Add or replace somebody."""
        before = self._people.get(person.key)
        if before != person:
            self._keep(person)
            if before is None or before.access != person.access:
                self._limits.put(
                    person.key, person.user_id, person.access, is_new=before is None
                )
            self._changed(person.key)

    async def async_use_visit(
        self, who_enters: Callable[[], Iterable[RosterPerson] | None]
    ) -> bool:
        """Use up a visit of those who enter when it is their turn, None: nobody does.

        It is on disk when it returns True. One is used up at a time, whichever door it is.
        """
        async with self._limits.lock:
            if (people := who_enters()) is None:
                return False
            counted = [person for person in people if person.access.is_counted]
            lowered = {p.key: (p.access.visits or 0) - 1 for p in counted}
            if not await self._limits.async_lower(lowered):
                return False
            for person in counted:
                # Whoever changed the rule meanwhile counts from then on.
                now = self.get(person.key)
                if now is not None and now.access == person.access:
                    access = replace(now.access, visits=lowered[now.key])
                    self.async_put(replace(now, access=access))
            return True

    @callback
    def async_gone(
        self, entry_id: str, user_id: str | None = None, *, but: str | None = None
    ) -> None:
        """Remember that a module does not have somebody any more, or nobody.

        The one with the key `but` stays.
        """
        people = self.of_id(user_id) if user_id else list(self._people.values())
        for person in people:
            if entry_id in person.names and person.key != but:
                self.async_put(person.without(entry_id))

    @callback
    def async_in_doubt(self, entry_id: str, user_id: str) -> None:
        """Remember that it is not known any more what a module shows of somebody."""
        for known in self.of_id(user_id):
            if told := known.modules.get(entry_id):
                modules = {**known.modules, entry_id: doubtful(told)}
                self.async_put(replace(known, modules=modules))

    async def async_remove(self, key: str, *, if_nowhere: bool = False) -> None:
        """Forget somebody, with the picture; or only if no module was given them."""
        async with self._writing:
            known = self._people.get(key)
            if known is None or (if_nowhere and known.names):
                return
            del self._people[key]
            self._let_go(known)
            # At once: meanwhile somebody new may have the key.
            self._limits.forget(key)
            self._parts.async_changed(key, gone=True)
            await self._pictures.async_remove(key)
            await self._pictures.async_drop_older(key, known.older)
        self._tell()
        with suppress(HomeAssistantError):
            # Else it is written with the next change.
            await self._limits.async_save()

    async def async_strip(self, key: str) -> None:
        """Forget of somebody all but what doors need: who they are, and what holds them.

        That is their rule and their minimum score.
        """
        async with self._writing:
            if (known := self._people.get(key)) is None:
                return
            await self._pictures.async_remove(key)
            await self._pictures.async_drop_older(key, known.older)
            if (known := self._people.get(key)) is not None:
                self.async_put(known.stripped())

    async def async_restore(
        self, person: RosterPerson, picture: bytes | None, older: Mapping[str, bytes]
    ) -> None:
        """Let somebody be here again, with the pictures that were kept."""
        async with self._writing:
            for name, jpeg in older.items():
                if await self._pictures.async_write(person.key, jpeg):
                    await self._pictures.async_keep_older(person.key, name)
            if not (picture and await self._pictures.async_write(person.key, picture)):
                await self._pictures.async_remove(person.key)
                person = replace(person, picture=None)
            self.async_put(person)

    async def async_clear(self) -> None:
        """Forget everybody."""
        self._people.clear()
        self._of_id.clear()
        self._with_device.clear()
        await self._parts.async_remove()
        await self._limits.async_clear()
        await self._pictures.async_clear()
        self._tell()

    async def async_picture(self, key: str) -> bytes | None:
        """Return the JPEG that somebody was enrolled with, None when it is not kept."""
        person = self._people.get(key)
        if person is None or person.picture is None:
            return None
        return await self._pictures.async_read(key)

    async def async_older_picture(self, key: str, wanted: str) -> bytes | None:
        """Return the JPEG of a digest that somebody was enrolled with once, if kept."""
        jpeg = await self._pictures.async_read_older(key, wanted)
        # Looked for in this order: the newest is copied aside before it is replaced.
        jpeg = jpeg or await self.async_picture(key)
        return jpeg if jpeg and digest(jpeg) == wanted else None

    async def _async_keep_older(
        self, known: RosterPerson, entry_id: str
    ) -> tuple[str, ...]:
        """Keep the picture that is to be replaced, if another module was given it."""
        others = {k: told for k, told in known.modules.items() if k != entry_id}
        if known.picture is None or not older_of([known.picture], others, None):
            return known.older
        if not await self._pictures.async_keep_older(known.key, known.picture):
            return known.older
        return (*known.older, known.picture)

    async def async_save(self) -> None:
        """Have every change on disk.

        Raises ServiceValidationError where it is not said who may enter.
        """
        await self._parts.async_save()
        await self._limits.async_save()

    @callback
    def _renamed(self, event: Event[er.EventEntityRegistryUpdatedData]) -> None:
        data = event.data
        if data["action"] != "update" or "old_entity_id" not in data:
            return
        old, new = data["old_entity_id"], data["entity_id"]
        for person in list(self._people.values()):
            linked = new if person.person == old else person.person
            access = person.access
            if old in access.entities:
                access = access.renamed(old, new)
            self.async_put(replace(person, person=linked, access=access))

    def _changed(self, key: str) -> None:
        self._parts.async_changed(key)
        self._tell()

    def _tell(self) -> None:
        for listener in list(self._listeners):
            listener()


DATA_ROSTER: HassKey[Roster] = HassKey(f"{DOMAIN}.roster")
