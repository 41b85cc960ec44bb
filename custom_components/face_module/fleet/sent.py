"""What a browser sent, opened as the folder or zip that it was there. Blocking."""

from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, Final

from .archive import PeopleSource
from .archive_zip import list_zip
from .charsets import Home
from .source import Listing, shown_name

_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")


def open_sent(files: Mapping[str, Path], home: Home) -> PeopleSource:
    """Open what was sent, by the names it had in the browser; raises ArchiveError."""
    with ExitStack() as stack:
        paths = list(files.values())
        if len(paths) == 1 and _is_zip(paths[0]):
            listing = list_zip(paths[0], home, stack, shown_name(*files))
        else:
            listing = _list_files(files)
        return PeopleSource(listing, stack, home)


def _list_files(files: Mapping[str, Path]) -> Listing:
    # A folder that was chosen as such is the root.
    tops = {name.partition("/")[0] if "/" in name else None for name in files}
    first = 1 if len(tops) == 1 and None not in tops else 0
    top = next(iter(files), "").partition("/")[0] if first else ""
    listing = Listing(top=shown_name(top))
    for name, path in files.items():
        listing.add("/".join(name.split("/")[first:]), partial(_open, path))
    return listing


def _open(path: Path) -> IO[bytes]:
    return path.open("rb")


def _is_zip(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(4) in _ZIP
    except OSError:
        return False
