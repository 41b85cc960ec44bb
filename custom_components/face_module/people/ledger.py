"""A small file that must be true: what is crossed out there may never be done again.

Where the disk did not take a change, it is written again before anything is read, also
when the entry was set up anew meanwhile.
"""

from functools import partial
import json
from pathlib import Path
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.json import save_json
from homeassistant.helpers.storage import STORAGE_DIR
from homeassistant.util.hass_dict import HassKey
from homeassistant.util.json import load_json_object

from ..const import DOMAIN

type Data = dict[str, Any]

# What is not on disk as it should be, by path.
_UNWRITTEN: Final[HassKey[dict[Path, Data]]] = HassKey(f"{DOMAIN}.unwritten")


class Ledger:
    """The file of our `kind` about an entry, or about all, in Home Assistant's storage."""

    def __init__(self, hass: HomeAssistant, kind: str, entry_id: str | None = None) -> None:
        """Prepare; nothing is read yet."""
        self._hass = hass
        name = ".".join(filter(None, (DOMAIN, kind, entry_id)))
        self._path = Path(hass.config.path(STORAGE_DIR, name))
        self._unwritten = hass.data.setdefault(_UNWRITTEN, {})

    async def async_read(self) -> Data:
        """Return what is to be there; raises HomeAssistantError if it cannot be read."""
        if (data := self._unwritten.get(self._path)) is not None:
            await self.async_cross_out(data)
            return data
        load = partial(load_json_object, self._path, {})
        return dict(await self._hass.async_add_executor_job(load))

    async def async_write(self, data: Data) -> None:
        """Have it on disk; raises HomeAssistantError or OSError if that is not so."""
        await self._hass.async_add_executor_job(_write, self._path, data)
        self._unwritten.pop(self._path, None)

    async def async_cross_out(self, data: Data) -> bool:
        """Write what has become less; return whether it is on disk as usual.

        A full disk may still take it in place of what is there, or let the file go.
        """
        try:
            await self.async_write(data)
        except HomeAssistantError, OSError:
            self._unwritten[self._path] = data
            await self._hass.async_add_executor_job(_make_less, self._path, data)
            return False
        return True

    async def async_settle(self) -> None:
        """Write again what could not be written."""
        if (data := self._unwritten.get(self._path)) is not None:
            await self.async_cross_out(data)

    async def async_remove(self) -> None:
        """Leave nothing of it."""
        self._unwritten.pop(self._path, None)
        remove = partial(self._path.unlink, missing_ok=True)
        await self._hass.async_add_executor_job(remove)


def _write(path: Path, data: Data) -> None:
    """Write a file as a whole, or raise and change nothing."""
    path.parent.mkdir(exist_ok=True)
    save_json(str(path), data, private=True, atomic_writes=True)


def _make_less(path: Path, data: Data) -> None:
    try:
        if not data:
            path.unlink(missing_ok=True)
            return
        with path.open("r+b") as file:
            file.write(json.dumps(data).encode())
            file.truncate()
    except OSError:
        # It is tried again as long as Home Assistant runs.
        return
