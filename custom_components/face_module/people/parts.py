"""Records in Home Assistant's storage, in parts of bounded size.

A change writes its part, some seconds later, and one part is written at a time: neither
the event loop nor the disk has more to do because there are many.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.storage import Store

from ..const import DOMAIN

_KEY: Final = f"{DOMAIN}.roster"
_VERSION: Final = 1
_MINOR_VERSION: Final = 4
# So many are written together: some hundredths of a megabyte, about a millisecond.
SIZE: Final = 250
# A part is written so long (s) after its first change, and so long after another one.
_DELAY: Final = 5.0
_APART: Final = 1.0

type Record = dict[str, Any]


class _Store(Store[dict[str, Any]]):
    """Version 1.1 did not know which module was given which picture.

    Version 1.2 did not tell people of the same id apart, and had one part.
    Version 1.3 let everybody enter always.
    """

    @override
    async def _async_migrate_func(
        self, old_major_version: int, old_minor_version: int, old_data: dict[str, Any]
    ) -> dict[str, Any]:
        for key, person in old_data["people"].items():
            modules = person.setdefault("modules", {})
            person.setdefault("user_id", key)
            person.setdefault("names", dict.fromkeys(modules, person["name"]))
            person.setdefault("access", None)
        return old_data


class Parts:
    """Where the people of the roster are written, by key.

    `dump` returns what is to be written of somebody.
    """

    def __init__(self, hass: HomeAssistant, dump: Callable[[str], Record]) -> None:
        """Prepare; `async_load` reads what is there."""
        self._hass = hass
        self._dump = dump
        self._stores: list[_Store] = []
        # Dictionaries, because they keep the order.
        self._keys: list[dict[str, None]] = []
        self._part_of: dict[str, int] = {}
        # Which parts are to be written, and by when (of the event loop) the last of them.
        self._dirty: set[int] = set()
        self._due = float("-inf")
        # Which part whoever is new is put into.
        self._open = 0
        # Whether every part could be read.
        self.is_whole = True
        self._add_part()

    async def async_load(self) -> dict[str, Record] | None:
        """Return what was written, None if nothing ever was.

        Home Assistant puts a damaged file aside: whoever is in another part is there
        nevertheless, and `is_whole` is false.
        """
        found: dict[str, Record] = {}
        first = await self._stores[0].async_load()
        self._take(0, first, found)
        # Where the first part is lost nothing says how many there are.
        number, parts = 1, first.get("parts", 1) if first else None
        while parts is None or number < parts:
            self._add_part()
            data = await self._stores[number].async_load()
            if data is None and parts is None:
                del self._stores[number], self._keys[number]
                break
            self._take(number, data, found)
            number += 1
        if first is None and found:
            self._soon(0)
        return None if first is None and not found else found

    def _take(self, part: int, data: Record | None, found: dict[str, Record]) -> None:
        """Add the people of a part to those who were found."""
        if data is None:
            self.is_whole = False
            return
        found |= data["people"]
        for key in data["people"]:
            self._put(key, part)

    @callback
    def async_changed(self, key: str, *, gone: bool = False) -> None:
        """Write somebody soon, or that they are gone."""
        if key not in self._part_of:
            self._put(key, self._open)
        part = self._part_of[key]
        if gone:
            del self._keys[part][key], self._part_of[key]
        self._soon(part)

    async def async_save(self) -> None:
        """Have every change on disk."""
        for part in sorted(self._dirty):
            await self._stores[part].async_save(self._data(part))

    async def async_remove(self) -> None:
        """Remove everything."""
        for store in self._stores:
            await store.async_remove()
        self._stores, self._keys, self._part_of, self._dirty = [], [], {}, set()
        self._open = 0
        self._add_part()

    def _add_part(self) -> None:
        number = len(self._stores)
        self._stores.append(
            _Store(
                self._hass,
                _VERSION,
                f"{_KEY}.{number}" if number else _KEY,
                private=True,
                atomic_writes=True,
                minor_version=_MINOR_VERSION,
            )
        )
        self._keys.append({})

    def _put(self, key: str, part: int) -> None:
        """Put somebody new into a part, or into another where that is full."""
        if len(self._keys[part]) >= SIZE:
            # Whoever comes together stays together: one at a time is filled.
            part = min(range(len(self._keys)), key=lambda one: len(self._keys[one]))
            if len(self._keys[part]) > SIZE // 2:
                self._add_part()
                part = len(self._keys) - 1
                # It says how many there are, and is written first.
                self._soon(0)
            self._soon(part)
            self._open = part
        self._keys[part][key] = None
        self._part_of[key] = part

    def _soon(self, part: int) -> None:
        if part in self._dirty:
            return
        self._dirty.add(part)
        now = self._hass.loop.time()
        self._due = max(now + _DELAY, self._due + _APART)
        self._stores[part].async_delay_save(partial(self._data, part), self._due - now)

    def _data(self, part: int) -> dict[str, Any]:
        self._dirty.discard(part)
        data: dict[str, Any] = {
            "people": {key: self._dump(key) for key in self._keys[part]}
        }
        if part == 0:
            data["parts"] = len(self._keys)
        return data
