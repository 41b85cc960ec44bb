"""The pictures of the roster: files of `<config>/face_module/roster/`, by key.

The newest of somebody, and beside it older ones that a module was given (originals.py).
"""

from collections.abc import Collection, Iterable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
import shutil
from typing import Final

from homeassistant.core import HomeAssistant

from ..const import DOMAIN, LOGGER
from ..files import write_whole
from .originals import aside, copy_aside, drop_aside
from .person import RosterPerson

_FOLDER: Final = "roster"


class KeptPictures:
    """JPEGs of people, by their key."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Prepare; nothing is read yet."""
        self._run = hass.async_add_executor_job
        self._folder = Path(hass.config.path(DOMAIN, _FOLDER))

    async def async_keep_only(self, people: Iterable[RosterPerson]) -> None:
        """Remove what an unlucky end left behind."""
        kept = {path.name for person in people for path in self._paths(person)}
        await self._run(_drop_others, self._folder, kept)

    async def async_write(self, key: str, jpeg: bytes) -> bool:
        """Keep a picture; return whether the disk took it."""
        try:
            await self._run(write_whole, self._path(key), jpeg)
        except OSError as err:
            LOGGER.warning("A picture of the roster cannot be kept: %s", err.strerror)
            return False
        return True

    async def async_read(self, key: str) -> bytes | None:
        """Return the newest picture, None when there is none."""
        return await self._run(_read, self._path(key))

    async def async_read_older(self, key: str, older: str) -> bytes | None:
        """Return an older picture by its digest, None when there is none."""
        return await self._run(_read, aside(self._path(key), older))

    async def async_keep_older(self, key: str, picture: str) -> bool:
        """Keep the newest picture as an older one; return whether the disk took it."""
        return await self._run(copy_aside, self._path(key), picture)

    async def async_drop_older(self, key: str, older: Collection[str]) -> None:
        """Remove older pictures."""
        if older:
            await self._run(drop_aside, self._path(key), older)

    async def async_remove(self, key: str) -> None:
        """Remove the newest picture, if there is one."""
        await self._run(_unlink, self._path(key))

    async def async_clear(self) -> None:
        """Remove all pictures."""
        await self._run(_remove_folder, self._folder)

    def _path(self, key: str) -> Path:
        # A key may contain anything, a file name may not.
        return self._folder / f"{sha256(key.encode()).hexdigest()[:32]}.jpg"

    def _paths(self, person: RosterPerson) -> list[Path]:
        """Return where the pictures of somebody are."""
        path = self._path(person.key)
        older = [aside(path, one) for one in person.older]
        return [path, *older] if person.picture else older


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() or None
    except OSError:
        return None


def _remove_folder(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    with suppress(OSError):
        folder.parent.rmdir()


def _unlink(path: Path) -> None:
    path.unlink(missing_ok=True)


def _drop_others(folder: Path, kept: set[str]) -> None:
    if folder.is_dir():
        for path in folder.iterdir():
            if path.name not in kept:
                path.unlink(missing_ok=True)
