"""The files of a folder, of which no link is followed. Blocking, as all of `archive`."""

from collections import deque
from functools import partial
import os
from pathlib import Path
import stat
from typing import IO

from .charsets import Home, decode_names
from .file_names import is_hidden
from .source import (
    MAX_ENTRIES,
    ArchiveError,
    ArchiveProblem,
    Listing,
    Opener,
    SourceProblem,
    refuse_link,
    shown_name,
)


def list_folder(root: Path, home: Home) -> Listing:
    """Return the files of a folder and its sub-folders; raises ArchiveError."""
    folders, seen = deque([root]), 0
    found: dict[bytes, Opener] = {}
    unreadable: list[bytes] = []
    while folders:
        folder = folders.popleft()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MAX_ENTRIES:
                        raise ArchiveError(ArchiveProblem.TOO_MANY)
                    if opener := _opener(entry):
                        found[_relative(entry, root)] = opener
                    elif _is_folder(entry):
                        folders.append(Path(entry))
        except OSError as err:
            if folder == root:
                raise ArchiveError(ArchiveProblem.UNREADABLE) from err
            unreadable.append(_relative(folder, root))
    return _listing(root, found, unreadable, home)


def _listing(
    root: Path, found: dict[bytes, Opener], unreadable: list[bytes], home: Home
) -> Listing:
    listing = Listing()
    names, charset = decode_names([*found, *unreadable], home)
    if charset:
        note = SourceProblem(root.name, ArchiveProblem.CHARSET_NAMES, {"charset": charset})
        listing.notes.append(note)
    for raw, opener in found.items():
        listing.add(names[raw], opener)
    for raw in unreadable:
        shown = shown_name(names[raw])
        listing.problems.append(SourceProblem(shown, ArchiveProblem.FILE_UNREADABLE))
    return listing


def _opener(entry: os.DirEntry[str]) -> Opener | None:
    """Return how to open a file or link, None for what is neither; raises OSError."""
    if is_hidden(entry.name):
        return None
    if entry.is_symlink():
        return refuse_link
    return (
        partial(_open_file, Path(entry)) if entry.is_file(follow_symlinks=False) else None
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return not is_hidden(entry.name) and entry.is_dir(follow_symlinks=False)


def _relative(path: os.PathLike[str], root: Path) -> bytes:
    return os.fsencode(Path(path).relative_to(root))


def _open_file(path: Path) -> IO[bytes]:
    """Open a file of the folder; raises ArchiveError and OSError.

    Hours may have passed since it was found: it may be a link or a pipe by now.
    """
    if path.parent.resolve() != path.parent:
        raise ArchiveError(ArchiveProblem.SYMLINK)
    descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise ArchiveError(ArchiveProblem.GONE)
    return os.fdopen(descriptor, "rb")
