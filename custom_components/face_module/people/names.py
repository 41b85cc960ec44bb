"""Names and user ids: how they are written, made, and looked up."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
import re
from typing import Final
import unicodedata

from homeassistant.core import HomeAssistant
from homeassistant.util import slugify

from ..client import FaceModuleClient
from ..errors import invalid
from .identity import tidy

MAX_NAME: Final = 100
MAX_USER_ID: Final = 64
_NUMBERS: Final = range(2, 1000)
# What Home Assistant makes of a name without a letter or digit, such as an emoji.
_NO_SLUG: Final = "unknown"
_PERSON: Final = "person"
# So many people are sorted as they are pronounced.
_ORDERED: Final = 1000
# Names of so many people are remembered for each module, and for how long.
_CACHED: Final = 2000
_CACHED_FOR: Final = 600.0


def clean_name(name: str) -> str:
    """Return a name as it is kept: composed (NFC), without white space around it.

    Raises ServiceValidationError when it is empty or too long.
    """
    name = tidy(name)
    if not name:
        raise invalid("name_empty")
    if len(name) > MAX_NAME:
        raise invalid("name_too_long", limit=str(MAX_NAME))
    return name


def clean_user_id(user_id: str) -> str:
    """Return a user id as it is kept; raises ServiceValidationError."""
    user_id = unicodedata.normalize("NFC", user_id).strip()
    if not user_id or len(user_id) > MAX_USER_ID or not user_id.isprintable():
        raise invalid("user_id_invalid", limit=str(MAX_USER_ID))
    return user_id


def exact_user_id(user_id: str) -> str:
    """Return a user id as it is, to look somebody up; raises ServiceValidationError."""
    if not user_id.strip() or not user_id.isprintable():
        raise invalid("user_id_invalid", limit=str(MAX_USER_ID))
    return user_id


def possible_ids(name: str) -> Iterator[str]:
    """Give the user ids that a name may have, the first choice first.

    Latin letters, digits and underscores: Chinese names in pinyin.
    """
    base = slugify(name)[: MAX_USER_ID - 4].strip("_")
    if not base or (base == _NO_SLUG and name.casefold() != _NO_SLUG):
        base = _PERSON
    yield base
    for number in _NUMBERS:
        yield f"{base}_{number}"


def by_name[T](items: Iterable[T], name_of: Callable[[T], str]) -> list[T]:
    """Return items by their names: Chinese ones by pinyin, numbers by their size.

    A thousand take some 30 ms; of more only the characters are compared.
    """
    found = list(items)
    if len(found) > _ORDERED:
        return sorted(found, key=name_of)
    return sorted(found, key=lambda item: _order(name_of(item)))


def _order(name: str) -> tuple[list[str | int], str]:
    parts = re.split(r"(\d+)", slugify(name))
    return [int(part) if part.isdecimal() else part for part in parts], name


class NameCache:
    """The names of a module's people, asked for one by one and kept for a while."""

    def __init__(
        self,
        hass: HomeAssistant,
        client: FaceModuleClient,
        *,
        noted: Callable[[str, str | None], None],
    ) -> None:
        """Ask `client`; `noted` is told every name that was read, None of who is gone."""
        self._noted = noted
        self._loop = hass.loop
        self._client = client
        self._names: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def async_get(self, user_id: str) -> str | None:
        """Return a name, None for somebody the module does not know (any more).

        Raises FaceModuleError. GetUserInfo.
        """
        if (name := self.peek(user_id)) is not None:
            return name
        if (user := await self._client.find_user(user_id)) is None:
            self.forget(user_id)
            return None
        self.put(user_id, user.name)
        return user.name

    def peek(self, user_id: str) -> str | None:
        """Return a name that is remembered, None for any other."""
        name, at = self._names.get(user_id, ("", float("-inf")))
        return name if self._loop.time() - at < _CACHED_FOR else None

    def put(self, user_id: str, name: str) -> None:
        """Remember a name that was just read or written."""
        self._names[user_id] = (name, self._loop.time())
        self._names.move_to_end(user_id)
        self._noted(user_id, name)
        while len(self._names) > _CACHED:
            self._names.popitem(last=False)

    def forget(self, user_id: str | None = None) -> None:
        """Forget somebody, or everybody."""
        if user_id is None:
            self._names.clear()
        else:
            self._names.pop(user_id, None)
            self._noted(user_id, None)
