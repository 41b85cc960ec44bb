"""The files of the visits: one JSON file each, and perhaps one picture.

In `<config>/face_module/<entry id>/`. Files appear whole (written beside, then renamed)
and the picture before the visit that names it: whenever the process ends, what is found
next time is true. Blocking: everything here runs in the executor.
"""

from contextlib import suppress
from dataclasses import replace
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
        self._path.mkdir(parents=True, exist_ok=True)
        if crop is not None and visit.content_type is not None:
            picture = self.picture(visit)
            _replace(picture, crop)
            for suffix in _SUFFIXES.values():
                if (other := picture.with_suffix(suffix)) != picture:
                    other.unlink(missing_ok=True)
        _replace(self._path / f"{visit.visit_id}{_VISIT}", orjson.dumps(visit.as_dict()))

    def remove(self, visit_id: str) -> None:
        """Remove everything of a visit, half-written files too; raises OSError."""
        for suffix in _OURS[:-1]:
            path = self._path / f"{visit_id}{suffix}"
            path.unlink(missing_ok=True)
            _half(path).unlink(missing_ok=True)

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


def _half(path: Path) -> Path:
    return path.with_name(f"{path.name}{_HALF_WRITTEN}")


def _replace(path: Path, data: bytes) -> None:
    half = _half(path)
    try:
        half.write_bytes(data)
        half.replace(path)
    except OSError:
        with suppress(OSError):
            half.unlink(missing_ok=True)
        raise
