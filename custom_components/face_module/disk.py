"""The files of the visits: a journal with a line for each, and pictures of some.

In `<config>/face_module/<entry id>/`. Of the lines about a visit the last one counts, and
one that says `gone` ends it. A picture appears whole (written beside, then renamed), and
a visit has one if it is there: whenever the process ends, what is found next time is
true. Blocking: everything here runs in the executor.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
import os
from pathlib import Path
import shutil
from typing import Any, Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers.json import json_bytes
import orjson

from .const import DOMAIN, LOGGER
from .visit import Visit

_JOURNAL: Final = "visits.jsonl"
_SUFFIXES: Final = {"image/jpeg": ".jpg", "image/png": ".png"}
_HALF_WRITTEN: Final = ".tmp"
# The last one is of before there was a journal.
_OURS: Final = (*_SUFFIXES.values(), ".jsonl", _HALF_WRITTEN, ".json")
# So many lines may be outdated, and as many again as there are visits.
_OUTDATED: Final = 100


@dataclass(slots=True)
class Changes:
    """What happened to the visits since the folder was written."""

    # What a visit is now; None: it is gone.
    visits: dict[str, Visit | None] = field(default_factory=dict)
    # Visits as they were when their picture was still wanted.
    unwanted: list[Visit] = field(default_factory=list)
    # What the user deleted is searched for in every corner; perhaps everything is.
    deleted: set[str] = field(default_factory=set)
    cleared: bool = False
    # Whether outdated lines shall go, too.
    tidy: bool = False

    def __bool__(self) -> bool:
        """Say whether there is something to write."""
        return bool(self.visits or self.cleared or self.tidy)


class VisitFolder:
    """The folder of one entry."""

    def __init__(self, path: Path) -> None:
        """Work in `path`; it is made when something is written."""
        self._path = path
        self._lines = 0
        # Lines that a later release may understand.
        self._foreign: list[bytes] = []
        # Whether the journal must not simply go on.
        self._damaged = False

    def picture(self, visit: Visit) -> Path:
        """Return where the crop of a visit is."""
        return Path(self._name(visit))

    def read_picture(self, visit: Visit) -> bytes | None:
        """Return the crop of a visit, None when it is not there (any more)."""
        try:
            return self.picture(visit).read_bytes() or None
        except OSError:
            return None

    def write(
        self, changes: Changes, visits: Mapping[str, Visit], crops: Mapping[str, bytes]
    ) -> tuple[list[str], OSError | None]:
        """Write what changed, and crops; return whose crops are written, and an error.

        `visits` are all there are now, those of the crops among them. When the journal
        could not be written, no crop is either, and all visits are written next time.
        """
        errors: list[OSError] = []
        if changes.cleared:
            self._foreign.clear()
            for path in self._files():
                _unlink(str(path), errors)
        for visit_id in changes.deleted:
            for name in _names_of(visit_id):
                _unlink(f"{self._path}/{name}", errors)
                _unlink(f"{self._path}/{name}{_HALF_WRITTEN}", errors)
        try:
            self._note(changes, visits)
        except OSError as err:
            # A line may be half written.
            self._damaged = True
            errors.append(err)
            crops = {}
        # To make a file costs more than all else, and for a full history one goes whenever
        # one comes. It is of no visit any more, so it may be written over where it is. The
        # oldest one is taken first: the latest may have gone before it was written.
        spares = [
            self._name(old)
            for old in reversed(changes.unwanted)
            if old.content_type and _type_of(visits, old) != old.content_type
        ]
        written: list[str] = []
        for visit_id, crop in crops.items():
            try:
                self._replace(self._name(visits[visit_id]), crop, spares)
            except OSError as err:
                errors.append(err)
            else:
                written.append(visit_id)
        for spare in spares:
            _unlink(spare, errors)
        return written, next(iter(errors), None)

    def load(self) -> list[Visit]:
        """Return the visits; damaged lines and pictures of no visit are removed.

        What cannot be read now, or was written by a later release, is left alone.
        """
        left = {path.name for path in self._files()} - {_JOURNAL}
        try:
            raw = (self._path / _JOURNAL).read_bytes()
        except FileNotFoundError:
            raw = b""
        except OSError:
            return []
        visits: list[Visit] = []
        for visit_id, (line, data) in self._latest(raw).items():
            try:
                visit = Visit.from_dict(data)
            except ValueError, KeyError, TypeError, AttributeError:
                self._foreign.append(line + b"\n")
                left -= _names_of(visit_id)
                continue
            picture = f"{visit_id}{_SUFFIXES.get(visit.content_type or '', '')}"
            if picture not in left:
                visit = replace(visit, content_type=None)
            left.discard(picture)
            visits.append(visit)
        for name in left:
            with suppress(OSError):
                (self._path / name).unlink()
        return visits

    def _latest(self, raw: bytes) -> dict[str, tuple[bytes, dict[str, Any]]]:
        """Return the last line about each visit that is not gone, and what it says."""
        found: dict[str, tuple[bytes, dict[str, Any]]] = {}
        for line in raw.splitlines():
            self._lines += 1
            try:
                data = orjson.loads(line)
            except ValueError:
                data = None
            if (visit_id := _id_of(data)) is None:
                LOGGER.debug("A line of the history is damaged")
                self._damaged = True
            elif data.get("gone"):
                found.pop(visit_id, None)
            else:
                found[visit_id] = line, data
        if raw and not raw.endswith(b"\n"):
            self._damaged = True
        return found

    def _note(self, changes: Changes, visits: Mapping[str, Visit]) -> None:
        lines = [
            _line(visit or {"visit_id": visit_id, "gone": True})
            for visit_id, visit in changes.visits.items()
        ]
        count, needed = self._lines + len(lines), len(visits) + len(self._foreign)
        outdated = count > (needed if changes.tidy else 2 * needed + _OUTDATED)
        if outdated or self._damaged or changes.deleted or changes.cleared:
            self._rewrite(visits.values())
        elif lines:
            _append(f"{self._path}/{_JOURNAL}", b"".join(lines))
            self._lines = count

    def _rewrite(self, visits: Iterable[Visit]) -> None:
        lines = [*(_line(visit) for visit in visits), *self._foreign]
        name = f"{self._path}/{_JOURNAL}"
        if lines:
            self._replace(name, b"".join(lines), [])
        else:
            Path(name).unlink(missing_ok=True)
        self._lines = len(lines)
        self._damaged = False

    def _name(self, visit: Visit) -> str:
        return f"{self._path}/{visit.visit_id}{_SUFFIXES[visit.content_type or '']}"

    def _replace(self, name: str, data: bytes, spares: list[str]) -> None:
        """Let a file appear whole, made of a spare one if there is one."""
        half = spares.pop() if spares else f"{name}{_HALF_WRITTEN}"
        try:
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


def _line(data: object) -> bytes:
    return json_bytes(data) + b"\n"


def _id_of(data: object) -> str | None:
    """Return the id in a line, None when it is none: files are named by it."""
    visit_id = data.get("visit_id") if isinstance(data, dict) else None
    return visit_id if isinstance(visit_id, str) and visit_id.isalnum() else None


def _type_of(visits: Mapping[str, Visit], old: Visit) -> str | None:
    visit = visits.get(old.visit_id)
    return None if visit is None else visit.content_type


def _names_of(visit_id: str) -> set[str]:
    return {f"{visit_id}{suffix}" for suffix in _SUFFIXES.values()}


def _unlink(name: str, errors: list[OSError]) -> None:
    try:
        os.unlink(name)
    except FileNotFoundError:
        pass
    except OSError as err:
        errors.append(err)


def _open(name: str, flags: int = 0) -> int:
    """Open a file to write to it; its folder is made if need be."""
    flags |= os.O_WRONLY | os.O_CREAT
    try:
        return os.open(name, flags, 0o600)
    except FileNotFoundError:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        return os.open(name, flags, 0o600)


def _fill(name: str, data: bytes) -> None:
    """Write a file in place: it keeps the room it has."""
    file = _open(name)
    try:
        _write(file, data)
        os.ftruncate(file, len(data))
    finally:
        os.close(file)


def _append(name: str, data: bytes) -> None:
    file = _open(name, os.O_APPEND)
    try:
        _write(file, data)
    finally:
        os.close(file)


def _write(file: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(file, left) :]
