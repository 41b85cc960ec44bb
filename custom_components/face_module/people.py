"""People on one module: enrolled, changed and removed, and none of them lost.

The only way in: whoever enrolls, an action, a job or a card, comes by here.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .client import (
    FaceBox,
    FaceModuleConnectionError,
    FaceModuleError,
    FaceModuleRefusedError,
    QualityControl,
    SystemConfig,
    User,
)
from .const import DOMAIN
from .coordinator import FaceModuleCoordinator
from .enrollment import Enrolled, Enrollment, Outcome
from .errors import invalid
from .faces import Faces
from .models import FaceModuleConfigEntry
from .names import NameCache
from .pending import PendingChanges
from .roster import DATA_ROSTER, digest
from .visit import picture_type

# A change takes some requests; nothing waits longer for its end (s).
_LONGEST_CHANGE = 60.0


class People:
    """The people of one module. One change at a time."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: FaceModuleConfigEntry,
        coordinator: FaceModuleCoordinator,
    ) -> None:
        """Prepare; `async_start` does the rest."""
        self._hass = hass
        self._entry = entry
        self._coordinator = coordinator
        self._client = coordinator.client
        self._roster = hass.data[DATA_ROSTER]
        self._pending = PendingChanges(hass, entry, self._client)
        self._lock = asyncio.Lock()
        self._stopped = False
        # Who was enrolled since the entry was loaded: whoever read ids before asks again.
        self.enrolled: set[str] = set()
        self.faces = Faces(coordinator)
        self.names = NameCache(hass, self._client)

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

    def is_half_done(self, user_id: str) -> bool:
        """Say whether a change of somebody is not finished: nobody else is they."""
        return any(user.user_id == user_id for user in self._pending.people)

    async def async_known(self, user_id: str) -> User | None:
        """Return somebody as the module knows them, None if it does not.

        Raises FaceModuleError. GetUserInfo.
        """
        user = await self._client.find_user(user_id)
        if user is None:
            self.names.forget(user_id)
        else:
            self.names.put(user_id, user.name)
        return user

    async def async_name_of(self, user_id: str) -> str | None:
        """Return the name of somebody, None if nobody has the id.

        Raises FaceModuleError. GetUserInfo.
        """
        user = await self.async_known(user_id)
        return user.name if user else None

    async def async_picture(self, user_id: str) -> bytes | None:
        """Return the JPEG somebody has on the module, else the roster's, or None.

        Raises FaceModuleError. GetUserInfo.
        """
        known = await self.async_known(user_id)
        if known is not None and picture_type(known.picture) is not None:
            return known.picture
        return await self._roster.async_picture(user_id)

    # Changing

    async def async_enroll(self, wanted: Enrollment, *, is_new: bool = False) -> Enrolled:
        """Enroll somebody.

        Looks before it writes: who has the id (unless nobody had it when the ids were
        read: `is_new`), whether there is a face, whether somebody else looks the same.
        Raises ServiceValidationError for what it finds, and FaceModuleError. GetUserInfo,
        Identify, DeleteUser, AddUser.
        """
        async with self._changing():
            if is_new and wanted.user_id not in self.enrolled:
                known = None
            else:
                known = await self.async_known(wanted.user_id)
            if known is not None:
                if wanted.keep or (wanted.again and self._may_stay(known, wanted)):
                    return Enrolled(Outcome.UNCHANGED)
                if not wanted.replace:
                    raise invalid(
                        "user_exists", user_id=wanted.user_id, name=known.name or "-"
                    )
            if not wanted.proven:
                await self.faces.async_check(wanted)
            if known is None:
                return Enrolled(Outcome.ADDED, await self._async_add(wanted))
            return Enrolled(Outcome.REPLACED, await self._async_replace(known, wanted))

    async def async_update(
        self,
        user_id: str,
        name: str | None,
        jpeg: bytes | None,
        quality: QualityControl = QualityControl.NONE,
        *,
        allow_duplicate_face: bool = False,
    ) -> Enrolled:
        """Give somebody another name, another picture, or both.

        Raises ServiceValidationError and FaceModuleError.
        """
        async with self._changing():
            known = await self.async_known(user_id)
            if known is None:
                raise invalid("user_unknown", user_id=user_id)
            old = None if jpeg else await self._async_picture_of(known)
            wanted = Enrollment(
                user_id=user_id,
                name=name or known.name,
                jpeg=jpeg or old or b"",
                quality=quality if jpeg else QualityControl.NONE,
                allow_duplicate_face=allow_duplicate_face,
            )
            if self._is_same(known, wanted):
                return Enrolled(Outcome.UNCHANGED)
            if jpeg is not None:
                await self.faces.async_check(wanted)
            box = await self._async_replace(known, wanted, old)
            return Enrolled(Outcome.REPLACED, box)

    async def async_delete(self, user_id: str) -> None:
        """Remove somebody from the module; raises ServiceValidationError if unknown.

        Raises FaceModuleError. DeleteUser.
        """
        async with self._changing():
            try:
                await self._client.delete_user(user_id)
            except FaceModuleError as err:
                # The answer may be lost: only the module knows whether it was done.
                if await self.async_known(user_id) is not None:
                    if isinstance(err, FaceModuleConnectionError):
                        self._pending.async_unanswered(user_id)
                    raise
                refused = isinstance(err, FaceModuleRefusedError)
                if refused and not self.is_half_done(user_id):
                    raise invalid("user_unknown", user_id=user_id) from err
            await self._pending.async_done(user_id)
            self.names.forget(user_id)
            self._roster.async_gone(self._entry.entry_id, user_id)

    async def async_clear(self) -> None:
        """Remove everybody. Raises FaceModuleError. DeleteAllUser."""
        async with self._changing():
            await self._client.delete_all_users()
            await self._pending.async_done(*(user.user_id for user in self._pending.people))
            self.names.forget()
            self._roster.async_gone(self._entry.entry_id)

    async def async_plan(self, wanted: Enrollment, *, is_new: bool = False) -> Outcome:
        """Return what enrolling somebody would come to, the face not looked at.

        Raises FaceModuleError. GetUserInfo.
        """
        known = None if is_new else await self.async_known(wanted.user_id)
        if known is None:
            return Outcome.ADDED
        stays = wanted.keep or self._may_stay(known, wanted)
        return Outcome.UNCHANGED if stays else Outcome.REPLACED

    @asynccontextmanager
    async def _changing(self) -> AsyncGenerator[None]:
        """Do one thing at a time; count people anew afterwards.

        First of all, whoever is missing after a change is put back.
        """
        async with self._lock:
            if self._stopped:
                raise invalid("module_unloaded", module=self._entry.title)
            in_doubt = False
            try:
                await self._pending.async_repair()
                yield
            except FaceModuleRefusedError:
                raise
            except FaceModuleError:
                # What was asked for may be done, or yet be done.
                in_doubt = True
                self.names.forget()
                raise
            finally:
                self._coordinator.async_users_changed(in_doubt=in_doubt)

    # Comparing

    def _given(self, user_id: str) -> tuple[str, str] | None:
        """Return digests: of the picture the module was given, and of what it shows."""
        known = self._roster.get(user_id)
        told = known.modules.get(self._entry.entry_id) if known else None
        return None if told is None else (told.partition(":")[0], told.partition(":")[2])

    def _is_same(self, known: User, wanted: Enrollment) -> bool:
        """Say whether the module has them with this name and this picture.

        A module may encode the pictures it is given anew, or show none: then it counts
        what it was given, if it shows the same as it did then.
        """
        if known.name != wanted.name:
            return False
        shown = digest(known.picture) if known.picture else ""
        return known.picture == wanted.jpeg or self._given(wanted.user_id) == (
            digest(wanted.jpeg),
            shown,
        )

    def _may_stay(self, known: User, wanted: Enrollment) -> bool:
        """Say whether they are enrolled as wanted, as far as that can be told."""
        untold = known.picture is None and self._given(wanted.user_id) is None
        if untold and not wanted.replace:
            return known.name == wanted.name
        return self._is_same(known, wanted)

    async def _async_picture_of(self, known: User) -> bytes:
        """Return a picture with which somebody can be put back.

        Raises FaceModuleError, and ServiceValidationError when there is none that the
        module takes: then nothing may be removed. GetFeature.
        """
        for jpeg in (known.picture, await self._roster.async_picture(known.user_id)):
            if (
                jpeg is not None
                and picture_type(jpeg) == "image/jpeg"
                and await self.faces.async_takes(jpeg)
            ):
                return jpeg
        raise invalid("no_old_picture", name=known.name or known.user_id)

    # Writing

    async def _async_add(self, wanted: Enrollment) -> FaceBox | None:
        """Add somebody, and make sure that they are there; then the roster knows them."""
        user_id = wanted.user_id
        # Whatever happens now, what the module was given before counts no more.
        self._roster.async_gone(self._entry.entry_id, user_id)
        self.enrolled.add(user_id)
        box = None
        try:
            box = await self._client.add_user(
                user_id, wanted.name, wanted.jpeg, wanted.quality
            )
        except FaceModuleRefusedError:
            raise
        except FaceModuleError:
            # The answer was lost: only the module knows whether it was done.
            added = await self.async_known(user_id)
            if added is None or added.name != wanted.name:
                raise
        else:
            if (added := await self.async_known(user_id)) is None:
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="not_enrolled",
                    translation_placeholders={"module": self._entry.title},
                )
        await self._roster.async_enrolled(
            self._entry.entry_id, user_id, wanted.name, wanted.jpeg, shown=added.picture
        )
        return box

    async def _async_replace(
        self, known: User, wanted: Enrollment, old: bytes | None = None
    ) -> FaceBox | None:
        """Remove and add; whatever happens in between, the old one can come back.

        `old` is the picture for that, if it is proven already.
        """
        old = old or await self._async_picture_of(known)
        before = User(user_id=known.user_id, name=known.name, picture=old)
        await self._pending.async_put(before, wanted.name)
        try:
            await self._client.delete_user(known.user_id)
            box = await self._async_add(wanted)
        except (FaceModuleError, HomeAssistantError) as err:
            if isinstance(err, FaceModuleConnectionError):
                self._pending.async_unanswered(known.user_id)
            await self._pending.async_repair()
            raise
        if self._pending.may_yet_go(known.user_id):
            # By an earlier removal; then they come back as they are now.
            after = replace(before, name=wanted.name, picture=wanted.jpeg)
            await self._pending.async_put(after, wanted.name)
        else:
            await self._pending.async_done(known.user_id)
        return box

    @callback
    def _config_read(self, _config: SystemConfig) -> None:
        if self._pending.people and not self._lock.locked():
            self._entry.async_create_background_task(
                self._hass, self._async_repair(), f"{DOMAIN} repair people"
            )

    async def _async_repair(self) -> None:
        async with self._lock:
            if not self._stopped and await self._pending.async_repair():
                self._coordinator.async_users_changed()
