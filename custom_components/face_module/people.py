"""People on one module: enrolled, changed and removed, and none of them lost.

The only way in: whoever enrolls, an action, a job or a card, comes by here.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from .client import (
    Candidate,
    FaceBox,
    FaceModuleAuthError,
    FaceModuleConnectionError,
    FaceModuleError,
    FaceModuleRefusedError,
    QualityControl,
    SystemConfig,
    User,
    WorkField,
)
from .const import DOMAIN
from .coordinator import FaceModuleCoordinator
from .enrollment import Enrolled, Enrollment, Outcome
from .errors import invalid
from .models import FaceModuleConfigEntry, loaded_entry
from .names import NameCache, possible_ids
from .pending import PendingChanges
from .roster import DATA_ROSTER, digest

# Two people look alike from here on (%), where the module does not say what it takes.
_ALIKE: Final = 80.0
_LEVELS: Final = list(QualityControl)


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
        self.names = NameCache(hass, self._client)

    async def async_start(self) -> None:
        """Repair what was left undone, now and whenever the module answers again."""
        await self._pending.async_load()
        self._entry.async_on_unload(
            self._coordinator.async_subscribe_config(self._config_read)
        )
        self._config_read(self._coordinator.data.config)

    # Reading

    @property
    def half_done(self) -> int:
        """How many people a change has removed and not yet added again."""
        return len(self._pending.people)

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

    async def async_picture(self, user_id: str) -> bytes | None:
        """Return the picture somebody has on the module, else the roster's, or None.

        Raises FaceModuleError. GetUserInfo.
        """
        known = await self.async_known(user_id)
        own = known.picture if known else None
        return own or await self._roster.async_picture(user_id)

    async def async_identify(
        self, jpeg: bytes, quality: QualityControl = QualityControl.NONE
    ) -> tuple[Candidate | None, bool]:
        """Return who a face is most like, and whether that is enough to be them.

        Raises FaceModuleError, and ServiceValidationError for a picture without a face
        that can be used. Identify.
        """
        try:
            candidates = await self._client.identify(jpeg, quality)
        except FaceModuleAuthError:
            raise
        except FaceModuleRefusedError as err:
            raise await self._async_why(jpeg, quality, err) from err
        best = candidates[0] if candidates else None
        return best, best is not None and best.score * 100 >= self._alike()

    # Changing

    async def async_enroll(self, wanted: Enrollment, *, is_new: bool = False) -> Enrolled:
        """Enroll somebody.

        Looks before it writes: who has the id (unless it is known that nobody has:
        `is_new`), whether there is a face, whether somebody else looks the same. Raises
        ServiceValidationError for what it finds, and FaceModuleError. GetUserInfo,
        Identify, DeleteUser, AddUser.
        """
        async with self._changing():
            known = None if is_new else await self.async_known(wanted.user_id)
            if known is not None:
                if wanted.keep or (wanted.again and self._may_stay(known, wanted)):
                    return Enrolled(Outcome.UNCHANGED)
                if not wanted.replace:
                    raise invalid(
                        "user_exists", user_id=wanted.user_id, name=known.name or "-"
                    )
            if not wanted.proven:
                await self._async_check_face(wanted)
            if known is None:
                done = Enrolled(Outcome.ADDED, await self._async_add(wanted))
            else:
                old = await self._async_picture_of(known)
                box = await self._async_replace(known, wanted, old)
                done = Enrolled(Outcome.REPLACED, box)
            await self._async_remember(wanted)
            return done

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
            old = await self._async_picture_of(known)
            wanted = Enrollment(
                user_id=user_id,
                name=name or known.name,
                jpeg=jpeg or old,
                quality=quality if jpeg else QualityControl.NONE,
                allow_duplicate_face=allow_duplicate_face,
            )
            if self._is_same(known, wanted):
                return Enrolled(Outcome.UNCHANGED)
            if jpeg is not None:
                await self._async_check_face(wanted)
            box = await self._async_replace(known, wanted, old)
            await self._async_remember(wanted)
            return Enrolled(Outcome.REPLACED, box)

    async def async_delete(self, user_id: str) -> None:
        """Remove somebody from the module; raises ServiceValidationError if unknown.

        Raises FaceModuleError. DeleteUser.
        """
        async with self._changing():
            await self._pending.async_done(user_id)
            try:
                await self._client.delete_user(user_id)
            except FaceModuleConnectionError:
                # The answer was lost: only the module knows whether it was done.
                if await self.async_known(user_id) is not None:
                    raise
            except FaceModuleRefusedError as err:
                if await self.async_known(user_id) is None:
                    raise invalid("user_unknown", user_id=user_id) from err
                raise
            self.names.forget(user_id)
            self._roster.async_gone(self._entry.entry_id, user_id)

    async def async_clear(self) -> None:
        """Remove everybody. Raises FaceModuleError. DeleteAllUser."""
        async with self._changing():
            await self._pending.async_done(*(user.user_id for user in self._pending.people))
            await self._client.delete_all_users()
            self.names.forget()
            self._roster.async_gone(self._entry.entry_id)

    @asynccontextmanager
    async def _changing(self) -> AsyncGenerator[None]:
        """Do one thing at a time; count people anew afterwards."""
        async with self._lock:
            try:
                yield
            finally:
                self._coordinator.async_users_changed()

    # Looking

    def _is_same(self, known: User, wanted: Enrollment) -> bool:
        """Say whether the module has them with this name and this picture.

        The module may give a picture back that it encoded anew: what it was given counts.
        """
        if known.name != wanted.name:
            return False
        given = self._roster.get(wanted.user_id)
        last = given.modules.get(self._entry.entry_id) if given else None
        return known.picture == wanted.jpeg or last == digest(wanted.jpeg)

    def _may_stay(self, known: User, wanted: Enrollment) -> bool:
        """Say whether they are enrolled as wanted, as far as that can be told."""
        given = self._roster.get(wanted.user_id)
        untold = known.picture is None and (
            given is None or self._entry.entry_id not in given.modules
        )
        if untold and not wanted.replace:
            return known.name == wanted.name
        return self._is_same(known, wanted)

    async def async_plan(self, wanted: Enrollment, *, is_new: bool = False) -> Outcome:
        """Return what enrolling somebody would come to, the face not looked at.

        Raises FaceModuleError. GetUserInfo.
        """
        known = None if is_new else await self.async_known(wanted.user_id)
        if known is None:
            return Outcome.ADDED
        stays = wanted.keep or self._may_stay(known, wanted)
        return Outcome.UNCHANGED if stays else Outcome.REPLACED

    def _alike(self) -> float:
        threshold = self._coordinator.data.config.recognition_threshold
        return _ALIKE if threshold is None else float(threshold)

    async def _async_check_face(self, wanted: Enrollment) -> None:
        """Refuse what has no usable face, and who looks like somebody else."""
        quality = self._quality_of(wanted)
        found, alike = await self.async_identify(wanted.jpeg, quality)
        if (
            found is not None
            and alike
            and found.user_id != wanted.user_id
            and not wanted.allow_duplicate_face
        ):
            raise invalid(
                "looks_like",
                name=found.name or found.user_id,
                score=f"{found.score * 100:.0f}",
            )

    def _quality_of(self, wanted: Enrollment) -> QualityControl:
        """Return how good the module will want the picture to be."""
        config = self._coordinator.data.config
        asked = config.quality_control
        if asked is None or config.work_field is WorkField.RECOGNITION:
            return wanted.quality
        return max(asked, wanted.quality, key=_LEVELS.index)

    async def _async_why(
        self, jpeg: bytes, quality: QualityControl, err: FaceModuleRefusedError
    ) -> HomeAssistantError:
        """Return the error that says why a picture was refused: no face, or a poor one."""
        key = "no_face"
        if quality is not QualityControl.NONE:
            try:
                await self._client.identify(jpeg)
            except FaceModuleRefusedError:
                pass
            else:
                key = "poor_picture"
        return invalid(key, log=err.log or "-")

    async def _async_picture_of(self, known: User) -> bytes:
        """Return a picture with which somebody can be put back.

        Raises ServiceValidationError when there is none: then nothing may be removed.
        """
        picture = known.picture or await self._roster.async_picture(known.user_id)
        if picture is None:
            raise invalid("no_old_picture", name=known.name or known.user_id)
        return picture

    # Writing

    async def _async_remember(self, wanted: Enrollment) -> None:
        self.names.put(wanted.user_id, wanted.name)
        await self._roster.async_enrolled(
            self._entry.entry_id, wanted.user_id, wanted.name, wanted.jpeg
        )

    async def _async_add(self, wanted: Enrollment) -> FaceBox | None:
        """Add somebody, and make sure that they are there."""
        box = None
        try:
            box = await self._client.add_user(
                wanted.user_id, wanted.name, wanted.jpeg, wanted.quality
            )
        except FaceModuleConnectionError:
            # The answer was lost: only the module knows whether it was done.
            added = await self.async_known(wanted.user_id)
            if added is None or added.name != wanted.name:
                raise
        else:
            if await self.async_known(wanted.user_id) is None:
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="not_enrolled",
                    translation_placeholders={"module": self._entry.title},
                )
        return box

    async def _async_replace(
        self, known: User, wanted: Enrollment, old: bytes
    ) -> FaceBox | None:
        """Remove and add; whatever happens in between, the old one can come back."""
        before = User(user_id=known.user_id, name=known.name, picture=old)
        await self._pending.async_put(before)
        try:
            await self._client.delete_user(known.user_id)
            box = await self._async_add(wanted)
        except FaceModuleError, HomeAssistantError:
            await self._pending.async_repair()
            raise
        await self._pending.async_done(known.user_id)
        return box

    @callback
    def _config_read(self, _config: SystemConfig) -> None:
        if self._pending.people and not self._lock.locked():
            self._entry.async_create_background_task(
                self._hass, self._async_repair(), f"{DOMAIN} repair people"
            )

    async def _async_repair(self) -> None:
        async with self._changing():
            await self._pending.async_repair()


async def async_is_anywhere(hass: HomeAssistant, user_id: str) -> bool:
    """Say whether any module has somebody; one that does not answer may have them."""
    for entry in hass.config_entries.async_entries(DOMAIN, include_disabled=True):
        if (loaded := loaded_entry(hass, entry.entry_id)) is None:
            known = hass.data[DATA_ROSTER].get(user_id)
            if known is not None and entry.entry_id in known.modules:
                return True
            continue
        try:
            if await loaded.runtime_data.people.async_known(user_id) is not None:
                return True
        except FaceModuleError:
            return True
    return False


async def async_id_for(
    hass: HomeAssistant, name: str, modules: list[People], *, same_name: bool
) -> str:
    """Return a user id for a name that nobody has: on the modules, in the roster.

    With `same_name` somebody of this very name may have it. A module that fails is not
    asked again. Raises ServiceValidationError when there is none. GetUserInfo.
    """
    asked = list(modules)
    for candidate in possible_ids(name):
        known = hass.data[DATA_ROSTER].get(candidate)
        names = set() if known is None else {known.name}
        for people in list(asked):
            if names and not (same_name and names == {name}):
                break
            try:
                user = await people.async_known(candidate)
            except FaceModuleError:
                asked.remove(people)
            else:
                names |= set() if user is None else {user.name}
        if not names or (same_name and names == {name}):
            return candidate
    raise invalid("no_free_id", name=name)
