"""The zips of people: those from anywhere that are read, and those that we write.

A zip is trusted in nothing: nothing of it is unpacked to disk, and every size is bounded
by what was read, not by what a header says. Blocking, as all of `archive`.
"""

from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
import hashlib
import io
import os
from pathlib import Path
import re
import stat
import tempfile
from types import NoneType
from typing import IO, Any, Final, Self
import unicodedata
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

import orjson

MANIFEST: Final = "manifest.json"
VERSION: Final = 1
MAX_PEOPLE: Final = 50_000
# macOS writes two files for each, and a folder holds other things too.
MAX_ENTRIES: Final = 4 * MAX_PEOPLE
# Sub-folders in each other.
MAX_DEPTH: Final = 16
MAX_UNPACKED: Final = 20 * 1024 * 1024 * 1024
# Photos hardly shrink; what is large and shrinks this much was made to fill a memory.
MAX_RATIO: Final = 200
_RATIO_FROM: Final = 10 * 1024 * 1024
# The table of contents, which is read as a whole.
_MAX_DIRECTORY: Final = 24 * 1024 * 1024
# Folders of macOS, Synology, QNAP and Windows for thumbnails and what was deleted.
_SYSTEM: Final = frozenset(("__macosx", "@eadir", "#recycle", "@recycle", "$recycle.bin"))
# Flags: encrypted, strongly encrypted, encrypted names.
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_UTF8: Final = 0x800
_PERCENT: Final = 100
_SHA256: Final = re.compile("[0-9a-f]{64}")
_DRIVE: Final = re.compile("[A-Za-z]:")
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
# In western names two bytes over 127 hardly ever meet.
_CHINESE: Final = re.compile(rb"[\x81-\xfe][\x80-\xfe]")

type Opener = Callable[[], IO[bytes]]


class ArchiveProblem(StrEnum):
    """Why something cannot be imported or exported; the translation key of its text."""

    # The whole folder or zip is refused.
    MISSING = "archive_missing"
    UNREADABLE = "archive_unreadable"
    BROKEN = "archive_broken"
    EMPTY = "archive_empty"
    TOO_MANY = "archive_too_many"
    ENCRYPTED = "archive_encrypted"
    COMPRESSION = "archive_compression"
    UNSAFE = "archive_unsafe"
    BOMB = "archive_bomb"
    MANIFEST = "archive_manifest"
    NEWER = "archive_newer"
    CSV = "archive_csv"
    CSV_NO_NAME = "archive_csv_no_name"
    CSV_SEVERAL = "archive_csv_several"
    # One person or file.
    NO_PICTURE = "archive_no_picture"
    NOT_LISTED = "archive_not_listed"
    TWICE = "archive_twice"
    ROW = "archive_row"
    SYMLINK = "archive_symlink"
    TOO_LARGE = "archive_too_large"
    CHECKSUM = "archive_checksum"
    GONE = "archive_gone"
    FILE_UNREADABLE = "archive_file_unreadable"
    FILE_BROKEN = "archive_file_broken"
    # The export.
    EXISTS = "archive_exists"
    FOLDER_MISSING = "archive_folder_missing"
    UNWRITABLE = "archive_unwritable"


class ArchiveError(Exception):
    """Why there is no import or export, and the file that it is about if it is one."""

    def __init__(self, problem: ArchiveProblem, source: str | None = None) -> None:
        """Say why."""
        super().__init__(problem)
        self.problem = problem
        self.source = source


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcePerson:
    """A person with a picture.

    `source` is the picture's file as the report shows it, `minimum_score` in %.
    """

    source: str
    user_id: str | None = None
    name: str
    person: str | None = None
    minimum_score: float | None = None
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class SourceProblem:
    """A line of the report: what is not imported, and why."""

    source: str
    problem: ArchiveProblem


@dataclass(slots=True)
class Listing:
    """The files of a folder or zip by their names for the report, and how to open them."""

    files: dict[str, Opener] = field(default_factory=dict)
    problems: list[SourceProblem] = field(default_factory=list)

    def add(self, path: str, opener: Opener) -> None:
        """Take a file in; raises ArchiveError when it is too deep."""
        if path.count("/") > MAX_DEPTH:
            raise ArchiveError(ArchiveProblem.TOO_MANY)
        shown = shown_name(path)
        if shown in self.files:
            self.problems.append(SourceProblem(shown, ArchiveProblem.TWICE))
            return
        self.files[shown] = opener
        if opener is refuse_link:
            self.problems.append(SourceProblem(shown, ArchiveProblem.SYMLINK))


class ArchiveWriter:
    """A zip of people that appears whole under its name, or not at all."""

    def __init__(self, path: Path, *, device: str) -> None:
        """Begin beside `path`; raises ArchiveError. `device` is noted for the reader."""
        _check_free(path)
        if not path.parent.is_dir():
            raise ArchiveError(ArchiveProblem.FOLDER_MISSING)
        try:
            # Of mode 0600, which it keeps: these are faces.
            descriptor, half = tempfile.mkstemp(".tmp", ".face_module_", path.parent)
        except OSError as err:
            raise ArchiveError(ArchiveProblem.UNWRITABLE) from err
        self._path = path
        self._half = Path(half)
        self._file = os.fdopen(descriptor, "w+b")
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
    ) -> None:
        """Write a person; on ArchiveError nothing of the archive is left."""
        file = f"pictures/{len(self._people) + 1:05}.jpg"
        row = {
            "user_id": user_id,
            "name": name,
            "person": person,
            "minimum_score": minimum_score,
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
            self._file.flush()
            os.fsync(self._file.fileno())
            _check_free(self._path)
            self._half.replace(self._path)
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
    if sha256 is not None and not _SHA256.fullmatch(sha256):
        raise ValueError("No SHA-256")
    return SourcePerson(
        source=shown_name(file),
        user_id=user_id,
        name=name,
        person=_typed(row.get("person"), str, NoneType),
        minimum_score=None if score is None else to_percent(_typed(score, int, float)),
        sha256=sha256,
    )


def _typed(value: Any, *kinds: type) -> Any:
    """Return a value of exactly these types (True is no number); raises TypeError."""
    if type(value) not in kinds:
        raise TypeError
    return value


def to_percent(value: float) -> float:
    """Return a score in %; raises ValueError for what is none."""
    if not 0 <= value <= _PERCENT:
        raise ValueError("No percentage")
    return float(value)


class _BoundedFile(io.BufferedReader):
    """A zip whose table of contents is not read when it is larger than any of ours."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as any file, but not too much at once; raises BadZipFile."""
        if size is not None and size > _MAX_DIRECTORY:
            raise BadZipFile
        return super().read(size)


def list_zip(path: Path, stack: ExitStack) -> Listing:
    """Return the files of a zip, which `stack` closes; raises ArchiveError."""
    try:
        file = stack.enter_context(_BoundedFile(io.FileIO(path)))
    except OSError as err:
        raise ArchiveError(ArchiveProblem.UNREADABLE) from err
    try:
        archive = stack.enter_context(ZipFile(file))
    except Exception as err:
        # zipfile raises nearly everything for files made to break it.
        raise ArchiveError(ArchiveProblem.BROKEN) from err
    infos = archive.infolist()
    _check_sizes(infos)
    entries = [(parts, info) for info in infos if (parts := _parts(info))]
    # A folder that was packed as such is the root.
    tops = {parts[0] if len(parts) > 1 else None for parts, _ in entries}
    first = 1 if len(tops) == 1 and None not in tops else 0
    listing = Listing()
    for parts, info in entries:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if stat.S_ISLNK(kind):
            listing.add("/".join(parts[first:]), refuse_link)
        elif kind in (0, stat.S_IFREG):
            _check_readable(info)
            listing.add("/".join(parts[first:]), partial(archive.open, info))
    return listing


def refuse_link() -> IO[bytes]:
    """Open a link, which is not done; raises ArchiveError."""
    raise ArchiveError(ArchiveProblem.SYMLINK)


def is_hidden(part: str) -> bool:
    """Return if a file or folder of this name is none of the user's."""
    return part.startswith(".") or part.casefold() in _SYSTEM


def shown_name(path: str) -> str:
    """Return a path as a report can show it."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", unicodedata.normalize("NFC", path))


def decoded_name(raw: bytes) -> str:
    """Return a file name of which nobody says how it is encoded; best effort."""
    # macOS does not say so when it writes UTF-8, and Chinese Windows never says anything.
    for encoding in ("utf-8", "gb18030") if _CHINESE.search(raw) else ("utf-8",):
        with suppress(UnicodeDecodeError):
            return raw.decode(encoding)
    return raw.decode("cp437")


def _check_free(path: Path) -> None:
    if path.exists(follow_symlinks=False):
        raise ArchiveError(ArchiveProblem.EXISTS)


def _check_sizes(infos: list[ZipInfo]) -> None:
    """Raise ArchiveError for what is cut off, or would unpack without end."""
    if len(infos) > MAX_ENTRIES:
        raise ArchiveError(ArchiveProblem.TOO_MANY)
    offsets = {info.header_offset for info in infos}
    if min(offsets, default=0) < 0:
        raise ArchiveError(ArchiveProblem.BROKEN)
    # The same bytes for several entries are the trick of the smallest bombs.
    if len(offsets) < len(infos) or sum(info.file_size for info in infos) > MAX_UNPACKED:
        raise ArchiveError(ArchiveProblem.BOMB)
    for info in infos:
        large = info.file_size > _RATIO_FROM
        if large and info.file_size > MAX_RATIO * info.compress_size:
            raise ArchiveError(ArchiveProblem.BOMB)


def _check_readable(info: ZipInfo) -> None:
    """Raise ArchiveError for what we would not unpack."""
    if info.flag_bits & _ENCRYPTED:
        raise ArchiveError(ArchiveProblem.ENCRYPTED)
    # The others may ask for gigabytes of memory before they yield a byte.
    if info.compress_type not in (ZIP_STORED, ZIP_DEFLATED):
        raise ArchiveError(ArchiveProblem.COMPRESSION)


def _parts(info: ZipInfo) -> list[str]:
    """Return where a file is, nothing for folders and what is hidden.

    Raises ArchiveError for a name that leads out of the archive: nothing is unpacked, but
    who writes such names means no good.
    """
    name = info.filename
    if not info.flag_bits & _UTF8 and name == info.orig_filename:
        name = decoded_name(name.encode("cp437"))
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    absolute = name.startswith("/") or _DRIVE.match(name)
    if absolute or ".." in parts or "\0" in info.orig_filename:
        raise ArchiveError(ArchiveProblem.UNSAFE)
    if name.endswith("/") or any(map(is_hidden, parts)):
        return []
    return parts
