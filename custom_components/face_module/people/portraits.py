"""The picture of somebody in tiles and dialogs: Home Assistant's, else the module's.

A module is asked only for whom Home Assistant has no picture, once in a while: what it
showed is remembered, some megabytes of it.
"""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Final

from homeassistant.core import HomeAssistant

from ..client import User
from ..pictures.copies import as_jpeg
from .names import NameCache
from .roster import DATA_ROSTER, Roster, RosterPerson, digest

# What a page of the card shows, and more; for as long as names are remembered.
_REMEMBERED: Final = 2000
_REMEMBERED_BYTES: Final = 16 * 1024 * 1024
_REMEMBERED_FOR: Final = 600.0

# A JPEG and its digest.
type Portrait = tuple[str, bytes]


async def async_kept(roster: Roster, known: RosterPerson | None) -> Portrait | None:
    """Return what the roster has of somebody."""
    picture = await roster.async_picture(known.key) if known else None
    return (known.picture, picture) if known and known.picture and picture else None


class Portraits:
    """The pictures of the people of one module."""

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        names: NameCache,
        ask: Callable[[str], Awaitable[User | None]],
    ) -> None:
        """`ask` is `People.async_known`."""
        self._hass = hass
        self._entry_id = entry_id
        self._roster = hass.data[DATA_ROSTER]
        self._names = names
        self._ask = ask
        # When it was shown, and the picture: empty for none.
        self._shown: OrderedDict[str, tuple[float, bytes]] = OrderedDict()
        self._size = 0

    async def async_look(self, user_id: str) -> tuple[str, bool] | None:
        """Return the name of somebody and whether there is a picture, None for nobody.

        Asks the module once, if at all. Raises FaceModuleError. GetUserInfo.
        """
        name = self._names.peek(user_id)
        if name is None or not (
            self.is_kept(user_id, name) or self._remembered(user_id) is not None
        ):
            if (user := await self._async_ask(user_id)) is None:
                return None
            name = user.name
        if self.is_kept(user_id, name):
            self.forget(user_id)
            return name, True
        return name, bool(self._remembered(user_id))

    async def async_get(self, user_id: str) -> Portrait | None:
        """Return the picture of somebody, None when there is none.

        Raises FaceModuleError. GetUserInfo.
        """
        name = self._names.peek(user_id)
        if kept := await async_kept(self._roster, self._kept(user_id, name)):
            return kept
        shown = self._remembered(user_id)
        if shown is None:
            if (user := await self._async_ask(user_id)) is None:
                return None
            if kept := await async_kept(self._roster, self._kept(user_id, user.name)):
                return kept
            shown = self._remembered(user_id)
        return (digest(shown), shown) if shown else None

    def is_kept(self, user_id: str, name: str | None) -> bool:
        """Say whether the roster has a picture of whom the module calls so.

        Without a name: of whom the module was given by Home Assistant.
        """
        known = self._kept(user_id, name)
        return known is not None and known.picture is not None

    def _kept(self, user_id: str, name: str | None) -> RosterPerson | None:
        if name is not None:
            return self._roster.who(self._entry_id, user_id, name)
        people = self._roster.of_id(user_id)
        return next((one for one in people if self._entry_id in one.modules), None)

    def forget(self, user_id: str | None = None) -> None:
        """Forget what was shown of somebody, or of everybody."""
        for one in list(self._shown) if user_id is None else [user_id]:
            if (found := self._shown.pop(one, None)) is not None:
                self._size -= len(found[1])

    async def _async_ask(self, user_id: str) -> User | None:
        user = await self._ask(user_id)
        self.forget(user_id)
        if user is not None:
            shown = await self._hass.async_add_executor_job(as_jpeg, user.picture)
            self._remember(user_id, shown or b"")
        return user

    def _remembered(self, user_id: str) -> bytes | None:
        at, shown = self._shown.get(user_id, (float("-inf"), b""))
        return shown if self._hass.loop.time() - at < _REMEMBERED_FOR else None

    def _remember(self, user_id: str, shown: bytes) -> None:
        self.forget(user_id)
        self._shown[user_id] = (self._hass.loop.time(), shown)
        self._size += len(shown)
        while len(self._shown) > _REMEMBERED or self._size > _REMEMBERED_BYTES:
            self.forget(next(iter(self._shown)))
