"""The files of the visits: one JSON file each, and perhaps one picture.

In `<config>/face_module/<entry id>/`. Files appear whole (written beside, then renamed)
and the picture before the visit that names it: whenever the process ends, what is found
next time is true. Blocking: everything here runs in the executor.
"""

from contextlib import suppress
from dataclasses import replace
import os
from pathlib import Path
import shutil
from typing import Final

from homeassistant.core import HomeAssistant
import orjson

from .const import DOMAIN, LOGGER
from .visit import Visit

_SUFFIXES: Final = {"image/jpeg": ".jpg", "image/png": ".png"}
_VISIT: Final = ".json"
_HALF_WRITTEN: Final = ".tmp"
_OURS: Final = (_VISIT, *_SUFFIXES.values(), _HALF_WRITTEN)


class VisitFolder:
    """The folder of one entry."""

    def __init__(self, path: Path) -> None:
        """Work in `path`; it is made when something is written."""
        self._path = path
        self._spares: list[str] = []

    def picture(self, visit: Visit) -> Path:
        """Return where the crop of a visit is."""
        return self._path / f"{visit.visit_id}{_SUFFIXES[visit.content_type or '']}"

    def read_picture(self, visit: Visit) -> bytes | None:
        """Return the crop of a visit, None when it is not there (any more)."""
        try:
            return self.picture(visit).read_bytes() or None
        except OSError:
            return None

    def write(self, visit: Visit, crop: bytes | None) -> None:
        """Write a visit, and its crop if there is a new one; raises OSError."""
        name = f"{self._path}/{visit.visit_id}"
        if crop is not None and visit.content_type is not None:
            self._replace(f"{name}{_SUFFIXES[visit.content_type]}", crop)
        self._replace(f"{name}{_VISIT}", orjson.dumps(visit.as_dict()))

    def write_again(self, visit: Visit, crop: bytes | None) -> None:
        """Write a visit whose crop may be of another kind now; raises OSError."""
        self.write(visit, crop)
        for content_type, suffix in _SUFFIXES.items():
            if content_type != visit.content_type:
                _unlink(f"{self._path}/{visit.visit_id}{suffix}")

    def drop(self, visit: Visit) -> None:
        """Remove a visit that is too old or too much; raises OSError.

        Its files wait for the next visit that is written: to make a file costs more than
        all else, and for a full history one goes whenever one comes. `finish` removes
        what is not used.
        """
        name = f"{self._path}/{visit.visit_id}"
        spare = f"{name}{_VISIT}{_HALF_WRITTEN}"
        with suppress(FileNotFoundError):
            os.replace(f"{name}{_VISIT}", spare)
            self._spares.append(spare)
        # Of no visit any more, so it may be written over where it is.
        if visit.content_type is not None:
            self._spares.append(f"{name}{_SUFFIXES[visit.content_type]}")

    def finish(self) -> None:
        """Remove the files that wait for nothing; raises OSError."""
        while self._spares:
            _unlink(self._spares.pop())

    def remove(self, visit_id: str) -> None:
        """Remove everything of a visit, half-written files too; raises OSError."""
        for suffix in _OURS[:-1]:
            _unlink(f"{self._path}/{visit_id}{suffix}")
            _unlink(f"{self._path}/{visit_id}{suffix}{_HALF_WRITTEN}")

    def clear(self) -> None:
        """Remove all files of visits, those that cannot be read too; raises OSError."""
        for path in self._files():
            path.unlink(missing_ok=True)

    def load(self) -> list[Visit]:
        """Return the visits; damaged files and pictures of no visit are removed.

        What cannot be read now, or was written by a later release, is left alone.
        """
        left = {path.name for path in self._files()}
        visits: list[Visit] = []
        for name in sorted(item for item in left if item.endswith(_VISIT)):
            visit_id = name.removesuffix(_VISIT)
            try:
                data = orjson.loads((self._path / name).read_bytes())
            except OSError:
                left -= _names_of(visit_id)
                continue
            except ValueError:
                LOGGER.debug("A visit of the history is damaged")
                continue
            if not isinstance(data, dict) or data.get("visit_id") != visit_id:
                continue
            try:
                visit = Visit.from_dict(data)
            except ValueError, KeyError, TypeError, AttributeError:
                left -= _names_of(visit_id)
                continue
            picture = f"{visit_id}{_SUFFIXES.get(visit.content_type or '', '')}"
            if picture not in left:
                visit = replace(visit, content_type=None)
            left -= {name, picture}
            visits.append(visit)
        for name in left:
            with suppress(OSError):
                (self._path / name).unlink()
        return visits

    def _replace(self, name: str, data: bytes) -> None:
        """Let a file appear whole, made of a spare one if there is one."""
        half = self._spares.pop() if self._spares else f"{name}{_HALF_WRITTEN}"
        try:
            try:
                _fill(half, data)
            except FileNotFoundError:
                self._path.mkdir(parents=True, exist_ok=True)
                _fill(half, data)
            os.replace(half, name)
        except OSError:
            with suppress(OSError):
                os.unlink(half)
            raise

    def _files(self) -> list[Path]:
        try:
            return [path for path in self._path.iterdir() if path.suffix in _OURS]
        except OSError:
            return []


def folder_of(hass: HomeAssistant, entry_id: str) -> Path:
    """Return the folder of an entry."""
    return Path(hass.config.path(DOMAIN, entry_id))


def remove_folder(path: Path) -> None:
    """Remove the folder of an entry, and ours when no other entry has one."""
    shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        path.parent.rmdir()


def _names_of(visit_id: str) -> set[str]:
    return {f"{visit_id}{suffix}" for suffix in _OURS}


def _unlink(name: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name)


def _fill(name: str, data: bytes) -> None:
    """Write a file in place: it keeps the room it has."""
    file = os.open(name, os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        left = memoryview(data)
        while left:
            left = left[os.write(file, left) :]
        os.ftruncate(file, len(data))
    finally:
        os.close(file)
