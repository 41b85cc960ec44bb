"""People on one module: enrolled, changed and removed, and none of them lost.

The only way in: whoever enrolls, an action, a job or a card, comes by here.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback

from ..client import (
    FaceModuleError,
    FaceModuleRefusedError,
    QualityControl,
    SystemConfig,
    User,
)
from ..const import DOMAIN
from ..device.coordinator import FaceModuleCoordinator
from ..errors import invalid
from .catching_up import CatchUp
from .conflicts import DATA_CONFLICTS
from .enrollment import Enrolled, Enrollment, Outcome
from .faces import Faces
from .identity import IdTakenError
from .known import KnownPeople
from .names import NameCache
from .portraits import Portraits
from .roster import DATA_ROSTER
from .waiting import DATA_WAITING, WaitingChange
from .writing import Writer

# A change takes some requests; nothing waits longer for its end (s).
_LONGEST_CHANGE = 60.0


class People:
    """The people of one module. One change at a time."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        coordinator: FaceModuleCoordinator,
    ) -> None:
        """Prepare; `async_start` does the rest."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._client = coordinator.client
        self._roster = hass.data[DATA_ROSTER]
        self._waiting = hass.data[DATA_WAITING]
        self._lock = asyncio.Lock()
        self._stopped = False
        self.faces = Faces(coordinator)
        self.known = KnownPeople(self._roster, entry.entry_id)
        noted = partial(hass.data[DATA_CONFLICTS].async_note, entry.entry_id)
        self.names = NameCache(hass, self._client, noted=noted)
        self._writer = Writer(
            hass, entry, self._client, known=self.known, names=self.names, faces=self.faces
        )
        self._pending = self._writer.pending
        self._catch_up = CatchUp(hass, entry, self._writer, self.known)
        self.portraits = Portraits(hass, entry.entry_id, self.names, self.async_known)

    async def async_start(self) -> None:
        """Repair what was left undone, now and whenever the module answers again."""
        await self._pending.async_load()
        self._entry.async_on_unload(
            self._coordinator.async_subscribe_config(self._config_read)
        )
        self._config_read(self._coordinator.data.config)

    async def async_stop(self) -> None:
        """Begin no change any more, and wait for the end of the one that is under way."""
        self._stopped = True
        try:
            async with asyncio.timeout(_LONGEST_CHANGE), self._lock:
                # Perhaps for the last time.
                await self._pending.async_repair()
        except TimeoutError:
            # It is written down, and repaired at the next start.
            return

    # Reading

    @property
    def half_done(self) -> int:
        """How many people a change has removed and not yet added again."""
        return len(self._pending.people)

    def is_half_done(self, user_id: str, name: str | None = None) -> bool:
        """Say whether a change of somebody (of this name) is not finished."""
        known = self._pending.get(user_id)
        return known is not None and (name is None or self.known.is_one(known, name))

    async def async_known(self, user_id: str) -> User | None:
        """Return somebody as the module knows them, None if it does not.

        Nor is anybody known who is to be forgotten there. Raises FaceModuleError.
        GetUserInfo.
        """
        known = await self._writer.async_known(user_id)
        if known is not None and self._waiting.is_forgotten(
            self._entry.entry_id, user_id, known.name
        ):
            return None
        return known

    async def async_name_of(self, user_id: str) -> str | None:
        """Return the name of somebody, None if nobody has the id.

        Raises FaceModuleError. GetUserInfo.
        """
        user = await self.async_known(user_id)
        return user.name if user else None

    async def async_holder(self, user_id: str) -> str | None:
        """Return the whole name of whoever has an id, None if nobody has.

        Raises FaceModuleError. GetUserInfo.
        """
        user = await self.async_known(user_id)
        return self.known.name_of(user) if user else None

    async def async_there(self, user_id: str) -> User | None:
        """Return who has an id, also whoever is to be forgotten; raises FaceModuleError."""
        return await self._writer.async_surely(user_id)

    @callback
    def async_seen(self, user_id: str, user: User | None) -> None:
        """Note who has an id, or that nobody has it."""
        key = self.known.key_of(user)
        self._roster.async_gone(self._entry.entry_id, user_id, but=key)

    # Changing

    async def async_enroll(self, wanted: Enrollment, *, is_new: bool = False) -> Enrolled:
        """Enroll somebody.

        Looks before it writes: who has the id (unless nobody had it when the ids were
        read: `is_new`), whether there is a face, whether somebody else looks the same.
        Raises IdTakenError if the id is somebody else's, ServiceValidationError for what
        else it finds, and FaceModuleError. GetUserInfo, Identify, DeleteUser, AddUser.
        """
        async with self._changing():
            done = await self._async_enroll(wanted, is_new=is_new)
            if not (wanted.keep and done.outcome is Outcome.UNCHANGED):
                # They are to be there, and not to be forgotten any more.
                await self._catch_up.async_overtaken(wanted.user_id, wanted.name, "forget")
            return done

    async def _async_enroll(self, wanted: Enrollment, *, is_new: bool) -> Enrolled:
        """Enroll somebody; the lock is held."""
        if is_new and wanted.user_id not in self._writer.enrolled:
            known = None
        else:
            known = await self._writer.async_surely(wanted.user_id)
        if known is not None:
            if wanted.keep:
                return Enrolled(Outcome.UNCHANGED)
            self.known.check(known, wanted)
            if wanted.again and self.known.may_stay(known, wanted):
                return Enrolled(Outcome.UNCHANGED)
            if not wanted.replace:
                name = known.name or "-"
                raise invalid("user_exists", user_id=wanted.user_id, name=name)
        elif (before := self._pending.get(wanted.user_id)) is not None:
            self.known.check(before, wanted)
        if not wanted.proven:
            await self.faces.async_check(wanted)
        if known is None:
            return Enrolled(Outcome.ADDED, await self._writer.async_add(wanted))
        return Enrolled(Outcome.REPLACED, await self._writer.async_replace(known, wanted))

    async def async_update(
        self,
        user_id: str,
        name: str | None,
        jpeg: bytes | None,
        quality: QualityControl = QualityControl.NONE,
        *,
        allow_duplicate_face: bool = False,
        called: str | None = None,
    ) -> Enrolled:
        """Give somebody another name, another picture, or both.

        `called` is who they are: somebody else of that id is left alone. Raises
        ServiceValidationError and FaceModuleError.
        """
        async with self._changing():
            known = await self._async_meant(user_id, called)
            if known is None:
                raise invalid("user_unknown", user_id=user_id)
            done = await self._writer.async_change(
                known, name, jpeg, quality, allow_duplicate_face=allow_duplicate_face
            )
            await self._catch_up.async_updated(
                user_id, known.name, name, pictured=jpeg is not None
            )
            return done

    async def async_delete(self, user_id: str, called: str | None = None) -> str:
        """Remove somebody from the module; return their whole name.

        `called` is who they are: somebody else of that id is left alone. Raises
        ServiceValidationError if unknown, and FaceModuleError. GetUserInfo, DeleteUser.
        """
        async with self._changing():
            known = await self._async_meant(user_id, called)
            missing = known is None and called is not None
            if missing and not self.is_half_done(user_id, called):
                raise invalid("user_unknown", user_id=user_id)
            name = await self._writer.async_remove(user_id, known, called)
            await self._catch_up.async_overtaken(user_id, known.name if known else name)
            return name

    async def async_move(self, user_id: str, called: str, to: str) -> None:
        """Give somebody another user id, with name, picture, link and minimum score.

        They are there under both for a moment; what is left of the old one goes as soon as
        the module lets it. Raises IdTakenError if somebody else has it, other
        ServiceValidationErrors and FaceModuleError. GetUserInfo, AddUser, DeleteUser.
        """
        async with self._changing():
            if (known := await self._async_meant(user_id, called)) is None:
                raise invalid("user_unknown", user_id=user_id)
            name, key = self.known.whole_name(known), self.known.key_of(known)
            jpeg = await self._writer.async_picture_of(known)
            wanted = Enrollment(user_id=to, name=name, jpeg=jpeg, proven=True)
            there = await self._writer.async_surely(to)
            if there is not None and not self.known.is_same(there, wanted):
                # The same name is not enough: nobody may go for somebody else who has it.
                raise IdTakenError(to, there.name)
            if (before := self._roster.get(key or "")) is not None:
                await self._roster.async_expect(to, name, before)
            if there is None:
                await self._writer.async_add(wanted)
            change = WaitingChange(
                user_id=user_id,
                called=known.name,
                forget=True,
                ruled=self._roster.is_held(user_id),
            )
            await self._waiting.async_put(self._entry.entry_id, change)
            await self._catch_up.async_run()

    async def async_bring_back(self, before: User) -> bool:
        """Add somebody again who was deleted, as `Writer.async_bring_back` does."""
        async with self._changing():
            return await self._writer.async_bring_back(before)

    async def async_clear(self) -> None:
        """Remove everybody. Raises FaceModuleError. DeleteAllUser."""
        async with self._changing():
            await self._client.delete_all_users()
            await self._pending.async_done(*(user.user_id for user in self._pending.people))
            self.names.forget()
            self._roster.async_gone(self._entry.entry_id)
            self._hass.data[DATA_CONFLICTS].async_removed(self._entry.entry_id)

    async def async_plan(self, wanted: Enrollment, *, is_new: bool = False) -> Outcome:
        """Return what enrolling somebody would come to, the face not looked at.

        Raises IdTakenError and FaceModuleError. GetUserInfo.
        """
        known = None if is_new else await self._writer.async_known(wanted.user_id)
        if known is None:
            return Outcome.ADDED
        self.known.check(known, wanted)
        stays = wanted.keep or self.known.may_stay(known, wanted)
        return Outcome.UNCHANGED if stays else Outcome.REPLACED

    @asynccontextmanager
    async def _changing(self) -> AsyncGenerator[None]:
        """Do one thing at a time; count people anew afterwards.

        First of all, whoever is missing after a change is put back, and what waits for the
        module is done.
        """
        async with self._lock:
            if self._stopped:
                raise invalid("module_unloaded", module=self._entry.title)
            in_doubt = False
            try:
                await self._pending.async_repair()
                await self._catch_up.async_run()
                yield
            except FaceModuleRefusedError:
                raise
            except FaceModuleError:
                # What was asked for may be done, or yet be done.
                in_doubt = True
                self.names.forget()
                raise
            finally:
                self.portraits.forget()
                self._coordinator.async_users_changed(in_doubt=in_doubt)

    # Who is meant

    async def _async_meant(self, user_id: str, called: str | None) -> User | None:
        """Return whom the module knows, None for somebody else; raises FaceModuleError."""
        known = await self._writer.async_surely(user_id)
        if known is None or called is None or self.known.is_one(known, called):
            return known
        raise invalid("user_unknown", user_id=user_id)

    # Catching up

    @callback
    def _config_read(self, _config: SystemConfig) -> None:
        due = self._pending.people or self._waiting.due(self._entry.entry_id)
        if due and not self._lock.locked():
            self._entry.async_create_background_task(
                self._hass, self._async_repair(), f"{DOMAIN} repair people"
            )

    async def async_catch_up(self) -> None:
        """Do now what waits for this module."""
        if self._waiting.due(self._entry.entry_id):
            await self._async_repair()

    async def _async_repair(self) -> None:
        async with self._lock:
            if self._stopped:
                return
            is_back = await self._pending.async_repair()
            if await self._catch_up.async_run() or is_back:
                self._coordinator.async_users_changed()
