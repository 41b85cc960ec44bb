"""Changes that are half done, written down until nobody can be lost by them.

The module has no call that changes a person: a change removes and adds. In between the
person exists only here. They are on disk before the removal, and whoever is missing is
put back before the next change, at the next poll, and after a restart (people/changing.py).
"""

from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypedDict, cast

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError

from ..client import (
    FaceModuleAuthError,
    FaceModuleClient,
    FaceModuleError,
    FaceModuleRefusedError,
    User,
)
from ..const import ISSUE_PERSON_NOT_RESTORED, LATEST, LOGGER
from ..errors import invalid
from ..issues import async_clear, async_raise
from ..texts import listed, plain
from .known import is_what_became_of
from .ledger import Ledger

_KIND: Final = "pending"


class _Stored(TypedDict):
    name: str
    picture: str
    wanted: str


async def async_remove_pending(hass: HomeAssistant, entry_id: str) -> None:
    """Forget everything about an entry."""
    await Ledger(hass, _KIND, entry_id).async_remove()


async def async_drop_pending(hass: HomeAssistant, entry_id: str) -> list[str]:
    """Put nobody back on a module that is not set up; return who was written down."""
    ledger = Ledger(hass, _KIND, entry_id)
    try:
        stored = cast("dict[str, _Stored]", await ledger.async_read())
    except HomeAssistantError:
        # It is said when the module is set up.
        return []
    await ledger.async_remove()
    return [data["name"] or user_id for user_id, data in stored.items()]


class PendingChanges:
    """The people of one module as they were before a change that is not done yet."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry: ConfigEntry,
        client: FaceModuleClient,
        put_back: Callable[[User, bytes | None], Awaitable[None]],
        changed: Callable[[User, str, str], Awaitable[None]],
    ) -> None:
        """Prepare; `async_load` reads what is there.

        `put_back` is told of whoever was put back, and which picture the module shows;
        `changed` of whoever has the name that they were to have after all, as they were
        before, the name, and what the module tells of it.
        """
        self._hass = hass
        self._entry = entry
        self._client = client
        self._put_back = put_back
        self._changed = changed
        self._ledger = Ledger(hass, _KIND, entry.entry_id)
        self._people: dict[str, User] = {}
        # The names that the changes were to give.
        self._wanted: dict[str, str] = {}
        # Until when (of the event loop) a removal without an answer may be carried out.
        self._late: dict[str, float] = {}

    async def async_load(self) -> None:
        """Read what was left undone."""
        try:
            stored = await self._ledger.async_read()
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

    def get(self, user_id: str) -> User | None:
        """Return somebody whose change is not done."""
        return self._people.get(user_id)

    async def async_put(self, user: User, wanted: str) -> None:
        """Write down somebody before they are removed, and the name they are to have.

        They are on disk when it returns; raises HomeAssistantError if that is not so.
        """
        before = dict(self._people), dict(self._wanted)
        self._people[user.user_id], self._wanted[user.user_id] = user, wanted
        try:
            await self._ledger.async_write(self._stored())
        except (HomeAssistantError, OSError) as err:
            self._people, self._wanted = before
            raise invalid("not_secured") from err

    async def async_done(self, *user_ids: str) -> None:
        """Cross people out: they are on the module, or shall not be."""
        gone = [user_id for user_id in user_ids if self._people.pop(user_id, None)]
        if not gone:
            return
        if not await self._ledger.async_cross_out(self._stored()):
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
        await self._ledger.async_settle()
        return any([await self._async_put_back(user) for user in self.people])

    async def _async_put_back(self, user: User) -> bool:
        try:
            found = await self._client.find_user(user.user_id)
            if found is not None:
                # Somebody else of the same id is no reason to forget this one.
                wanted = self._wanted[user.user_id]
                is_before = is_what_became_of(found, user.name)
                is_changed = not is_before and is_what_became_of(found, wanted)
                if is_changed:
                    await self._changed(user, wanted, found.name)
                if (is_before or is_changed) and not self.may_yet_go(user.user_id):
                    await self.async_done(user.user_id)
                return False
            await self._client.add_user(user.user_id, user.name, user.picture or b"")
            if (found := await self._client.find_user(user.user_id)) is None:
                return False
        except FaceModuleError as err:
            LOGGER.debug("%s: somebody could not be put back", self._entry.title)
            if isinstance(err, FaceModuleRefusedError) and not isinstance(
                err, FaceModuleAuthError
            ):
                self._show(err.log or "-")
            return False
        await self.async_done(user.user_id)
        await self._put_back(user, found.picture)
        return True

    def _show(self, log: str | None = None) -> None:
        """Show who is missing once the module refuses them, until nobody is."""
        if not self._people:
            async_clear(self._hass, self._entry, ISSUE_PERSON_NOT_RESTORED)
        elif log is not None:
            names = listed(self._hass, (user.name or user.user_id for user in self.people))
            async_raise(
                self._hass,
                self._entry,
                ISSUE_PERSON_NOT_RESTORED,
                error=True,
                name=plain(names),
                log=plain(log),
            )

    def _stored(self) -> dict[str, Any]:
        stored: dict[str, _Stored] = {
            user.user_id: {
                "name": user.name,
                "picture": b64encode(user.picture or b"").decode(),
                "wanted": self._wanted[user.user_id],
            }
            for user in self._people.values()
        }
        return {**stored}
