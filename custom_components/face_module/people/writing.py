"""Adding, changing and removing on one module, so that whoever is there can come back."""

from contextlib import suppress
from dataclasses import replace

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..client import (
    FaceBox,
    FaceModuleClient,
    FaceModuleConnectionError,
    FaceModuleError,
    FaceModuleRefusedError,
    QualityControl,
    User,
)
from ..const import DOMAIN
from ..errors import invalid
from ..pictures.copies import as_jpeg
from .enrollment import Enrolled, Enrollment, Outcome
from .faces import Faces
from .identity import IdTakenError
from .known import KnownPeople, is_what_became_of
from .names import NameCache
from .passing import async_original
from .pending import PendingChanges
from .roster import DATA_ROSTER


class Writer:
    """Writes people to the module of an entry; whoever calls holds its lock."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        client: FaceModuleClient,
        *,
        known: KnownPeople,
        names: NameCache,
        faces: Faces,
    ) -> None:
        """Write by way of `client`."""
        self._entry = entry
        self._client = client
        self._hass = hass
        self._roster = hass.data[DATA_ROSTER]
        self.pending = PendingChanges(
            hass, entry, client, self.async_was_put_back, self.async_was_changed
        )
        self._known = known
        self._names = names
        self._faces = faces
        # Who was enrolled since the entry was loaded: whoever read ids before asks again.
        self.enrolled: set[str] = set()

    async def async_known(self, user_id: str) -> User | None:
        """Return somebody as the module knows them, None if it does not.

        Raises FaceModuleError. GetUserInfo.
        """
        user = await self._client.find_user(user_id)
        if user is None:
            self._names.forget(user_id)
        else:
            self._names.put(user_id, user.name)
        return user

    async def async_surely(self, user_id: str) -> User | None:
        """Return somebody; None only if the module says twice that it does not know them.

        One refusal may have another reason, and would cost whoever has the id. Raises
        FaceModuleError. GetUserInfo.
        """
        known = await self.async_known(user_id)
        return known or await self.async_known(user_id)

    async def async_picture_of(self, known: User) -> bytes:
        """Return a picture with which somebody can be put back, the best first.

        Raises FaceModuleError, and ServiceValidationError when there is none that the
        module takes: then nothing may be removed. GetFeature.
        """
        pictures = (
            await async_original(self._hass, self._entry.entry_id, known),
            await self._hass.async_add_executor_job(as_jpeg, known.picture),
        )
        for jpeg in dict.fromkeys(filter(None, pictures)):
            if await self._faces.async_takes(jpeg):
                return jpeg
        raise invalid("no_old_picture", name=known.name or known.user_id)

    async def async_was_put_back(self, before: User, shown: bytes | None) -> None:
        """Remember with which picture the module has somebody again."""
        await self._roster.async_put_back(
            self._entry.entry_id, before.user_id, before.name, before.picture or b"", shown
        )

    async def async_was_changed(self, before: User, name: str, told: str) -> None:
        """Remember a change whose end nobody waited for."""
        await self._roster.async_renamed(
            self._entry.entry_id, before.user_id, before.name, name, told
        )

    async def async_bring_back(self, before: User) -> bool:
        """Add somebody again as they were; return whether they are there.

        Else they are written down, and put back as soon as the module answers and lets
        them in. Raises IdTakenError if somebody else has the id now, and other
        ServiceValidationErrors. GetUserInfo, AddUser.
        """
        user_id = before.user_id
        with suppress(FaceModuleError):
            # A deletion that is given up was perhaps never done.
            there = await self.async_surely(user_id)
            if there is not None and not self._known.is_one(there, before.name):
                raise IdTakenError(user_id, there.name)
        await self.pending.async_put(before, before.name)
        self.enrolled.add(user_id)
        await self.pending.async_repair()
        return self.pending.get(user_id) is None

    async def async_remove(
        self,
        user_id: str,
        known: User | None,
        called: str | None = None,
        *,
        waited: bool = False,
    ) -> str:
        """Remove somebody; return their whole name. It `waited` for the module, or not.

        Raises ServiceValidationError if unknown, and FaceModuleError. GetUserInfo,
        DeleteUser.
        """
        try:
            await self._client.delete_user(user_id)
        except FaceModuleError as err:
            # The answer may be lost: only the module knows whether it was done.
            if await self.async_known(user_id) is not None:
                if isinstance(err, FaceModuleConnectionError):
                    self.pending.async_unanswered(user_id)
                raise
            refused = isinstance(err, FaceModuleRefusedError)
            if refused and not self.pending.get(user_id):
                raise invalid("user_unknown", user_id=user_id) from err
        before = known or self.pending.get(user_id)
        name = self._known.name_of(before) if before else called or ""
        await self.pending.async_done(user_id)
        self._names.forget(user_id)
        people = self._roster.of_id(user_id)
        self._roster.async_gone(self._entry.entry_id, user_id)
        self._roster.deleted.async_put(self._entry.entry_id, user_id, people, waited=waited)
        return name

    async def async_add(
        self, wanted: Enrollment, *, key: str | None = None
    ) -> FaceBox | None:
        """Add somebody, and make sure that they are there; then the roster knows them."""
        user_id = wanted.user_id
        # Whatever happens now, what the module was given before counts no more.
        self._roster.async_in_doubt(self._entry.entry_id, user_id)
        self.enrolled.add(user_id)
        box = None

        async def remember(shown: bytes | None, told: str | None) -> None:
            await self._roster.async_enrolled(
                self._entry.entry_id,
                user_id,
                wanted.name,
                wanted.jpeg,
                shown=shown,
                is_new=not wanted.proven,
                told=told,
                key=key,
            )

        try:
            box = await self._client.add_user(
                user_id, wanted.name, wanted.jpeg, wanted.quality
            )
        except FaceModuleRefusedError:
            raise
        except FaceModuleError:
            # The answer was lost: only the module knows whether it was done.
            added = await self.async_known(user_id)
            if added is None or not is_what_became_of(added, wanted.name):
                raise
        else:
            try:
                added = await self.async_known(user_id)
            except FaceModuleError:
                # It has them; what it shows of them is not known.
                await remember(None, None)
                self._roster.async_in_doubt(self._entry.entry_id, user_id)
                raise
            if added is None:
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="not_enrolled",
                    translation_placeholders={"module": self._entry.title},
                )
        await remember(added.picture, added.name)
        return box

    async def async_change(
        self,
        known: User,
        name: str | None,
        jpeg: bytes | None,
        quality: QualityControl = QualityControl.NONE,
        *,
        allow_duplicate_face: bool = False,
    ) -> Enrolled:
        """Give somebody who is there another name, another picture, or both.

        Raises ServiceValidationError and FaceModuleError.
        """
        old = None if jpeg else await self.async_picture_of(known)
        wanted = Enrollment(
            user_id=known.user_id,
            name=name or self._known.whole_name(known),
            jpeg=jpeg or old or b"",
            quality=quality if jpeg else QualityControl.NONE,
            allow_duplicate_face=allow_duplicate_face,
            proven=jpeg is None,
        )
        if self._known.is_same(known, wanted):
            return Enrolled(Outcome.UNCHANGED)
        if jpeg is not None:
            await self._faces.async_check(wanted)
        key = self._known.key_of(known)
        box = await self.async_replace(known, wanted, old, key=key)
        return Enrolled(Outcome.REPLACED, box)

    async def async_replace(
        self,
        known: User,
        wanted: Enrollment,
        old: bytes | None = None,
        *,
        key: str | None = None,
    ) -> FaceBox | None:
        """Remove and add; whatever happens in between, the old one can come back.

        `old` is the picture for that, if it is proven already. `key` says who it is in the
        roster if it is the same person under another name.
        """
        old = old or await self.async_picture_of(known)
        held_by = self._known.key_of(known)
        name = self._known.whole_name(known)
        before = User(user_id=known.user_id, name=name, picture=old)
        await self.pending.async_put(before, wanted.name)
        try:
            await self._client.delete_user(known.user_id)
            box = await self.async_add(wanted, key=key)
        except (FaceModuleError, HomeAssistantError) as err:
            if isinstance(err, FaceModuleConnectionError):
                self.pending.async_unanswered(known.user_id)
            await self.pending.async_repair()
            raise
        if self.pending.may_yet_go(known.user_id):
            # By an earlier removal; then they come back as they are now.
            after = replace(before, name=wanted.name, picture=wanted.jpeg)
            await self.pending.async_put(after, wanted.name)
        else:
            await self.pending.async_done(known.user_id)
        if held_by is not None:
            await self._roster.async_remove(held_by, if_nowhere=True)
        return box
