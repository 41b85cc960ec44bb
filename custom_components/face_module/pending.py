"""Changes that are half done, written down until nobody can be lost by them.

The module has no call that changes a person: a change removes and adds. In between the
person exists only here. Home Assistant's storage holds them before the removal, and
whoever is missing is put back after an outage or a restart (people.py).
"""

from base64 import b64decode, b64encode
from typing import Final, TypedDict

from homeassistant.core import HomeAssistant
from homeassistant.helpers.storage import Store

from .client import (
    FaceModuleClient,
    FaceModuleError,
    FaceModuleRefusedError,
    User,
)
from .const import DOMAIN, ISSUE_PERSON_NOT_RESTORED, LOGGER
from .issues import async_clear, async_raise
from .models import FaceModuleConfigEntry

_VERSION: Final = 1


class _Stored(TypedDict):
    name: str
    picture: str


def _store(hass: HomeAssistant, entry_id: str) -> Store[dict[str, _Stored]]:
    return Store(
        hass, _VERSION, f"{DOMAIN}.pending.{entry_id}", private=True, atomic_writes=True
    )


async def async_remove_pending(hass: HomeAssistant, entry_id: str) -> None:
    """Forget everything about an entry."""
    await _store(hass, entry_id).async_remove()


class PendingChanges:
    """The people of one module as they were before a change that is not done yet."""

    def __init__(
        self, hass: HomeAssistant, entry: FaceModuleConfigEntry, client: FaceModuleClient
    ) -> None:
        """Prepare; `async_load` reads what is there."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._store = _store(hass, entry.entry_id)
        self._people: dict[str, User] = {}

    async def async_load(self) -> None:
        """Read what was left undone."""
        stored = await self._store.async_load() or {}
        self._people = {
            user_id: User(
                user_id=user_id, name=data["name"], picture=b64decode(data["picture"])
            )
            for user_id, data in stored.items()
        }

    @property
    def people(self) -> list[User]:
        """Those whose change is not done; each has a picture."""
        return list(self._people.values())

    async def async_put(self, user: User) -> None:
        """Write down somebody before they are removed; on disk when it returns."""
        self._people[user.user_id] = user
        await self._async_save()

    async def async_done(self, *user_ids: str) -> None:
        """Cross people out: they are on the module, or shall not be."""
        gone = [user_id for user_id in user_ids if self._people.pop(user_id, None)]
        if gone:
            await self._async_save()

    async def async_repair(self) -> None:
        """Put back whoever is missing; what fails stays, and is tried again later.

        GetUserInfo, AddUser.
        """
        for user in self.people:
            await self._async_put_back(user)
        if not self._people:
            async_clear(self._hass, self._entry, ISSUE_PERSON_NOT_RESTORED)

    async def _async_put_back(self, user: User) -> None:
        try:
            if await self._client.find_user(user.user_id) is None:
                await self._client.add_user(user.user_id, user.name, user.picture or b"")
                if await self._client.find_user(user.user_id) is None:
                    return
        except FaceModuleError as err:
            LOGGER.debug("%s: somebody could not be put back", self._entry.title)
            if isinstance(err, FaceModuleRefusedError):
                async_raise(
                    self._hass,
                    self._entry,
                    ISSUE_PERSON_NOT_RESTORED,
                    error=True,
                    name=user.name or user.user_id,
                    log=err.log or "-",
                )
            return
        await self.async_done(user.user_id)

    async def _async_save(self) -> None:
        await self._store.async_save(
            {
                user.user_id: {
                    "name": user.name,
                    "picture": b64encode(user.picture or b"").decode(),
                }
                for user in self._people.values()
            }
        )
