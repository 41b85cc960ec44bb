"""Our own zips of people: how they are written, and their manifest when it is read."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
import hashlib
import os
from pathlib import Path
import re
import tempfile
from types import NoneType
from typing import IO, Any, Final, Self
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import orjson

from ..people.rule import ALWAYS, AccessRule
from .source import (
    MAX_PEOPLE,
    ArchiveError,
    ArchiveProblem,
    SourcePerson,
    shown_name,
    to_percent,
)

MANIFEST: Final = "manifest.json"
VERSION: Final = 1
_SHA256: Final = re.compile("[0-9a-f]{64}")


class ArchiveWriter:
    """A zip of people that appears whole under its name, or not at all."""

    def __init__(self, path: Path, *, device: str) -> None:
        """Begin beside `path`; raises ArchiveError. `device` is noted for the reader."""
        self._path = path
        self._file, self._half = _begin(path)
        self._zip = ZipFile(self._file, "w", ZIP_STORED)
        self._device = device
        self._people: list[orjson.Fragment] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.abort()

    def add(
        self,
        user_id: str,
        name: str,
        person: str | None,
        minimum_score: float | None,
        jpeg: bytes,
        *,
        access: AccessRule = ALWAYS,
    ) -> None:
        """Write a person; on ArchiveError nothing of the archive is left."""
        file = f"pictures/{len(self._people) + 1:05}.jpg"
        row = {
            "user_id": user_id,
            "name": name,
            "person": person,
            "minimum_score": minimum_score,
            "access": access.as_dict() if access.is_limited else None,
            "file": file,
            "sha256": hashlib.sha256(jpeg).hexdigest(),
        }
        try:
            self._zip.writestr(file, jpeg)
        except (OSError, ValueError) as err:
            self.abort()
            raise ArchiveError(ArchiveProblem.UNWRITABLE) from err
        self._people.append(orjson.Fragment(orjson.dumps(row)))

    def finish(self, without_picture: Iterable[tuple[str, str]] = ()) -> None:
        """Let the archive appear; on ArchiveError nothing of it is left.

        `without_picture`: user IDs and names of those whose picture is not to be had.
        """
        manifest = {
            "version": VERSION,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "device": self._device,
            "people": self._people,
            "without_picture": [
                {"user_id": user_id, "name": name} for user_id, name in without_picture
            ],
        }
        try:
            self._zip.writestr(MANIFEST, orjson.dumps(manifest), ZIP_DEFLATED)
            self._zip.close()
            _appear(self._file, self._half, self._path)
        except (OSError, ValueError) as err:
            raise ArchiveError(ArchiveProblem.UNWRITABLE) from err
        finally:
            self.abort()

    def abort(self) -> None:
        """Leave nothing behind but what is finished; may be called at any time."""
        with suppress(OSError, ValueError):
            self._zip.close()
        with suppress(OSError):
            self._file.close()
        with suppress(OSError):
            self._half.unlink(missing_ok=True)


def write_new(path: Path, data: bytes) -> None:
    """Let a new file appear whole, readable by us alone; raises ArchiveError."""
    file, half = _begin(path)
    try:
        with file:
            file.write(data)
            _appear(file, half, path)
    except OSError as err:
        raise ArchiveError(ArchiveProblem.UNWRITABLE) from err
    finally:
        half.unlink(missing_ok=True)


def _begin(path: Path) -> tuple[IO[bytes], Path]:
    """Begin a new file beside its place; raises ArchiveError."""
    _check_free(path)
    if not path.parent.is_dir():
        raise ArchiveError(ArchiveProblem.FOLDER_MISSING)
    try:
        # Of mode 0600, which it keeps: these are faces, and who came when.
        descriptor, half = tempfile.mkstemp(".tmp", ".face_module_", path.parent)
    except OSError as err:
        raise ArchiveError(ArchiveProblem.UNWRITABLE) from err
    return os.fdopen(descriptor, "w+b"), Path(half)


def _appear(file: IO[bytes], half: Path, path: Path) -> None:
    """Let a file appear in its place; raises ArchiveError and OSError."""
    file.flush()
    os.fsync(file.fileno())
    _check_free(path)
    half.replace(path)


def manifest_people(data: bytes) -> list[SourcePerson]:
    """Return the people of a manifest; raises ArchiveError, whatever `data` is."""
    try:
        return _manifest_people(orjson.loads(data))
    except (ValueError, LookupError, TypeError) as err:
        raise ArchiveError(ArchiveProblem.MANIFEST) from err


def _manifest_people(manifest: Any) -> list[SourcePerson]:
    version = _typed(manifest["version"], int)
    if version > VERSION:
        raise ArchiveError(ArchiveProblem.NEWER)
    rows = _typed(manifest["people"], list)
    if version != VERSION:
        raise ValueError("No version of ours")
    if len(rows) > MAX_PEOPLE:
        raise ArchiveError(ArchiveProblem.TOO_MANY)
    return [_manifest_person(row) for row in rows]


def _manifest_person(row: Any) -> SourcePerson:
    file, user_id, name = (_typed(row[key], str) for key in ("file", "user_id", "name"))
    score, sha256 = row.get("minimum_score"), row.get("sha256")
    access = _typed(row.get("access"), dict, NoneType)
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise ValueError("No SHA-256")
    return SourcePerson(
        source=shown_name(file),
        user_id=user_id,
        name=name,
        person=_typed(row.get("person"), str, NoneType),
        minimum_score=None if score is None else to_percent(_typed(score, int, float)),
        sha256=sha256,
        access=None if access is None else AccessRule.from_dict(access),
    )


def _typed(value: Any, *kinds: type) -> Any:
    """Return a value of exactly these types (True is no number); raises TypeError."""
    if type(value) not in kinds:
        raise TypeError
    return value


def _check_free(path: Path) -> None:
    if path.exists(follow_symlinks=False):
        raise ArchiveError(ArchiveProblem.EXISTS)
