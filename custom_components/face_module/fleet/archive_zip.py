"""Zips from anywhere.

A zip is trusted in nothing: nothing of it is unpacked to disk, and every size is bounded
by what was read, not by what a header says. Blocking, as all of `archive`.
"""

from contextlib import ExitStack
from functools import partial
import io
from pathlib import Path
import re
import stat
from typing import Final
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from .charsets import Home, decode_names
from .file_names import is_hidden
from .source import (
    MAX_ENTRIES,
    ArchiveError,
    ArchiveProblem,
    Listing,
    SourceProblem,
    refuse_link,
    shown_name,
)

MAX_UNPACKED: Final = 20 * 1024 * 1024 * 1024
# Photos hardly shrink; what is large and shrinks this much was made to fill a memory.
MAX_RATIO: Final = 200
_RATIO_FROM: Final = 10 * 1024 * 1024
# The table of contents, which is read as a whole.
_MAX_DIRECTORY: Final = 24 * 1024 * 1024
# Flags: encrypted, strongly encrypted, encrypted names.
_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_UTF8: Final = 0x800
_DRIVE: Final = re.compile("[A-Za-z]:")


class _BoundedFile(io.BufferedReader):
    """A zip whose table of contents is not read when it is larger than any of ours."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read as any file, but not too much at once; raises BadZipFile."""
        if size is not None and size > _MAX_DIRECTORY:
            raise BadZipFile
        return super().read(size)


def list_zip(path: Path, home: Home, stack: ExitStack, shown: str | None = None) -> Listing:
    """Return the files of a zip, which `stack` closes; raises ArchiveError.

    A report calls it `shown`, else by its name.
    """
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
    names, charset = _names(infos, home)
    entries = [
        (parts, info)
        for name, info in zip(names, infos, strict=True)
        if (parts := _parts(name, info))
    ]
    # A folder that was packed as such is the root.
    tops = {parts[0] if len(parts) > 1 else None for parts, _ in entries}
    first = 1 if len(tops) == 1 and None not in tops else 0
    listing = Listing(top=shown_name(entries[0][0][0]) if first else "")
    if charset:
        note = {"charset": charset}
        listing.notes.append(
            SourceProblem(shown or path.name, ArchiveProblem.CHARSET_NAMES, note)
        )
    for parts, info in entries:
        kind = stat.S_IFMT(info.external_attr >> 16)
        if stat.S_ISLNK(kind):
            listing.add("/".join(parts[first:]), refuse_link)
        elif kind in (0, stat.S_IFREG):
            _check_readable(info)
            listing.add("/".join(parts[first:]), partial(archive.open, info))
    return listing


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


def _names(infos: list[ZipInfo], home: Home) -> tuple[list[str], str | None]:
    """Return the names of all entries, and the charset if it was guessed."""
    undeclared = {
        info.filename: info.filename.encode("cp437")
        for info in infos
        if not info.flag_bits & _UTF8 and info.filename == info.orig_filename
    }
    decoded, charset = decode_names([*undeclared.values()], home)
    texts = {name: decoded[raw] for name, raw in undeclared.items()}
    return [
        info.filename if info.flag_bits & _UTF8 else texts.get(info.filename, info.filename)
        for info in infos
    ], charset


def _parts(name: str, info: ZipInfo) -> list[str]:
    """Return where a file is, nothing for folders and what is hidden.

    Raises ArchiveError for a name that leads out of the archive: nothing is unpacked, but
    who writes such names means no good.
    """
    name = name.replace("\\", "/")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    absolute = name.startswith("/") or _DRIVE.match(name)
    if absolute or ".." in parts or "\0" in info.orig_filename:
        raise ArchiveError(ArchiveProblem.UNSAFE)
    if name.endswith("/") or any(map(is_hidden, parts)):
        return []
    return parts
