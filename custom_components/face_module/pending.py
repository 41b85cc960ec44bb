"""Changes that are half done, written down until nobody can be lost by them.

The module has no call that changes a person: a change removes and adds. In between the
person exists only here. They are on disk before the removal, and whoever is missing is
put back before the next change, at the next poll, and after a restart (people.py).
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TypedDict, cast

from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.json import save_json
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.json import load_json_object

from .client import (
    FaceModuleAuthError,
    FaceModuleClient,
    FaceModuleError,
    FaceModuleRefusedError,
    User,
)
from .const import DOMAIN, ISSUE_PERSON_NOT_RESTORED, LATEST, LOGGER
from .errors import invalid
from .issues import async_clear, async_raise
from .models import FaceModuleConfigEntry
from .texts import plain


class _Stored(TypedDict):
    name: str
    picture: str
    wanted: str


def _path(hass: HomeAssistant, entry_id: str) -> Path:
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.pending.{entry_id}"))


async def async_remove_pending(hass: HomeAssistant, entry_id: str) -> None:
    """Forget everything about an entry."""
    path = _path(hass, entry_id)
    await hass.async_add_executor_job(partial(path.unlink, missing_ok=True))


class PendingChanges:
    """The people of one module as they were before a change that is not done yet."""

    def __init__(
        self, hass: HomeAssistant, entry: FaceModuleConfigEntry, client: FaceModuleClient
    ) -> None:
        """Prepare; `async_load` reads what is there."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._path = _path(hass, entry.entry_id)
        self._people: dict[str, User] = {}
        # The names that the changes were to give.
        self._wanted: dict[str, str] = {}
        # Until when (of the event loop) a removal without an answer may be carried out.
        self._late: dict[str, float] = {}

    async def async_load(self) -> None:
        """Read what was left undone."""
        try:
            stored = await self._hass.async_add_executor_job(
                partial(load_json_object, self._path, {})
            )
        except HomeAssistantError:
            LOGGER.error("%s: unfinished changes cannot be read", self._entry.title)
            return
        for user_id, data in cast("dict[str, _Stored]", stored).items():
            self._people[user_id] = User(
                user_id=user_id, name=data["name"], picture=b64decode(data["picture"])
            )
            self._wanted[user_id] = data["wanted"]

    @property
    def people(self) -> list[User]:
        """Those whose change is not done; each has a picture."""
        return list(self._people.values())

    async def async_put(self, user: User, wanted: str) -> None:
        """Write down somebody before they are removed, and the name they are to have.

        They are on disk when it returns; raises HomeAssistantError if that is not so.
        """
        before = dict(self._people), dict(self._wanted)
        self._people[user.user_id], self._wanted[user.user_id] = user, wanted
        try:
            await self._async_save()
        except (HomeAssistantError, OSError) as err:
            self._people, self._wanted = before
            raise invalid("not_secured") from err

    async def async_done(self, *user_ids: str) -> None:
        """Cross people out: they are on the module, or shall not be."""
        gone = [user_id for user_id in user_ids if self._people.pop(user_id, None)]
        if not gone:
            return
        try:
            await self._async_save()
        except HomeAssistantError, OSError:
            # At the next start they are found on the module.
            LOGGER.warning("%s: a finished change stays written down", self._entry.title)
        self._show()

    @callback
    def async_unanswered(self, user_id: str) -> None:
        """Keep somebody written down for a while although they are there."""
        self._late[user_id] = self._hass.loop.time() + LATEST

    def may_yet_go(self, user_id: str) -> bool:
        """Say whether a removal without an answer may be carried out yet."""
        return self._hass.loop.time() <= self._late.get(user_id, float("-inf"))

    async def async_repair(self) -> bool:
        """Put back whoever is missing; what fails stays, and is tried again later.

        Returns whether anybody was put back. GetUserInfo, AddUser.
        """
        return any([await self._async_put_back(user) for user in self.people])

    async def _async_put_back(self, user: User) -> bool:
        try:
            found = await self._client.find_user(user.user_id)
            if found is not None:
                # Somebody else of the same id is no reason to forget this one.
                theirs = found.name in (user.name, self._wanted[user.user_id])
                if theirs and not self.may_yet_go(user.user_id):
                    await self.async_done(user.user_id)
                return False
            await self._client.add_user(user.user_id, user.name, user.picture or b"")
            if await self._client.find_user(user.user_id) is None:
                return False
        except FaceModuleError as err:
            LOGGER.debug("%s: somebody could not be put back", self._entry.title)
            if isinstance(err, FaceModuleRefusedError) and not isinstance(
                err, FaceModuleAuthError
            ):
                self._show(err.log or "-")
            return False
        await self.async_done(user.user_id)
        return True

    def _show(self, log: str | None = None) -> None:
        """Show who is missing once the module refuses them, until nobody is."""
        if not self._people:
            async_clear(self._hass, self._entry, ISSUE_PERSON_NOT_RESTORED)
        elif log is not None:
            names = ", ".join(user.name or user.user_id for user in self.people)
            async_raise(
                self._hass,
                self._entry,
                ISSUE_PERSON_NOT_RESTORED,
                error=True,
                name=plain(names),
                log=plain(log),
            )

    async def _async_save(self) -> None:
        stored: dict[str, _Stored] = {
            user.user_id: {
                "name": user.name,
                "picture": b64encode(user.picture or b"").decode(),
                "wanted": self._wanted[user.user_id],
            }
            for user in self._people.values()
        }
        await self._hass.async_add_executor_job(_write, self._path, stored)


def _write(path: Path, data: Mapping[str, _Stored]) -> None:
    path.parent.mkdir(exist_ok=True)
    save_json(str(path), {**data}, private=True, atomic_writes=True)
