"""The pictures of the visits: a file for each, whole or not there.

`<config>/face_module/<entry id>/<visit id>.jpg` or `.png`. Written beside, then renamed.
Blocking, but for what is not written yet: that is in memory, and any thread may look.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from functools import cache
import os
from pathlib import Path
import shutil
from threading import Lock
from typing import Final

from ..files import HALF_WRITTEN, write_whole
from .visit import Visit

_SUFFIXES: Final = {"image/jpeg": ".jpg", "image/png": ".png"}
# The last two are of versions before 1.0.0.
_OURS: Final = (*_SUFFIXES.values(), HALF_WRITTEN, ".jsonl", ".json")
# So many bytes that the disk does not take (yet) stay in memory: the latest.
UNWRITTEN_BYTES: Final = 32 * 2**20


class Crops:
    """The pictures of all modules."""

    def __init__(self, root: Path) -> None:
        """Keep them in a folder for each entry in `root`."""
        self._root = root
        self._lock = Lock()
        self._unwritten: dict[str, bytes] = {}
        self._size = 0

    @property
    def waiting(self) -> bool:
        """Whether there is something to write."""
        return bool(self._unwritten)

    def path(self, visit: Visit) -> str:
        """Return where the picture of a visit is, or will be."""
        suffix = _SUFFIXES[visit.content_type or ""]
        return f"{self._root}/{visit.entry_id}/{visit.visit_id}{suffix}"

    def keep(self, visit: Visit, crop: bytes) -> None:
        """Take in a picture; it is to be written soon."""
        path = self.path(visit)
        with self._lock:
            self._pop(path)
            self._unwritten[path] = crop
            self._size += len(crop)
            while self._size > UNWRITTEN_BYTES:
                self._pop(next(iter(self._unwritten)))

    def drop(self, visit: Visit) -> None:
        """Write no picture of a visit any more."""
        with self._lock:
            for suffix in _SUFFIXES.values():
                self._pop(f"{self._root}/{visit.entry_id}/{visit.visit_id}{suffix}")

    def unwritten(self, visit: Visit) -> bytes | None:
        """Return a picture that is not written yet."""
        return self._unwritten.get(self.path(visit))

    def read(self, visit: Visit) -> bytes | None:
        """Return the picture of a visit, None when it is not there (any more)."""
        try:
            return Path(self.path(visit)).read_bytes() or None
        except OSError:
            return None

    def write(self) -> None:
        """Write what is not written yet. Raises OSError, after all were tried."""
        with self._lock:
            waiting = list(self._unwritten.items())

        def write(item: tuple[str, bytes]) -> None:
            path, crop = item
            write_whole(path, crop)
            with self._lock:
                if self._unwritten.get(path) is crop:
                    self._pop(path)

        _try_all(write, waiting)

    def remove(self, outdated: dict[tuple[str, ...], str | None]) -> None:
        """Remove every trace of pictures. Raises OSError, after all were tried.

        Each key is an entry and a visit, or an entry for all of its visits; a picture of
        the type that is its value stays. What is done is taken out of `outdated`.
        """
        # Most were never written: what is not there is not asked for one by one.
        listed = cache(self._listed)

        def remove(key: tuple[str, ...]) -> None:
            entry_id, *visit_id = key
            kept, there = outdated[key], listed(entry_id)
            names = there & _names_of(*visit_id) if visit_id else there
            gone = [n for n in names if not (kept and n.endswith(_SUFFIXES[kept]))]
            _try_all(_unlink, [f"{self._root}/{entry_id}/{name}" for name in gone])
            del outdated[key]

        _try_all(remove, list(outdated))

    def remove_folder(self, entry_id: str) -> None:
        """Remove the folder of an entry."""
        shutil.rmtree(self._root / entry_id, ignore_errors=True)

    def remove_root(self) -> None:
        """Remove our folder when there is nothing else in it."""
        with suppress(OSError):
            self._root.rmdir()

    def names(self, entry_id: str) -> set[str]:
        """Return the names of our files in the folder of an entry that can be read."""
        try:
            return self._listed(entry_id)
        except OSError:
            return set()

    def take_from(self, names: set[str], visit: Visit) -> Visit:
        """Take the picture of a visit out of the `names` of all that are there.

        Returns the visit, without a picture if it is not among them and not in memory.
        """
        if visit.content_type is None:
            return visit
        path = self.path(visit)
        name = path.rpartition("/")[2]
        if name not in names and path not in self._unwritten:
            return replace(visit, content_type=None)
        names.discard(name)
        return visit

    def clear_away(self, entry_id: str, name: str) -> None:
        """Remove a file that nobody needs, if that can be."""
        with suppress(OSError):
            _unlink(f"{self._root}/{entry_id}/{name}")

    def _listed(self, entry_id: str) -> set[str]:
        """Return the names of our files in the folder of an entry. Raises OSError."""
        try:
            found = os.listdir(f"{self._root}/{entry_id}")
        except FileNotFoundError:
            return set()
        return {name for name in found if name.endswith(_OURS)}

    def _pop(self, path: str) -> None:
        self._size -= len(self._unwritten.pop(path, b""))


def _names_of(visit_id: str) -> set[str]:
    """Return the names that a picture may have, whole or half written."""
    ends = ("", HALF_WRITTEN)
    return {f"{visit_id}{suffix}{end}" for suffix in _SUFFIXES.values() for end in ends}


def _try_all[T](work: Callable[[T], None], items: Iterable[T]) -> None:
    """Do it with each. Raises OSError, the last one, after all were tried."""
    refused: OSError | None = None
    for item in items:
        try:
            work(item)
        except OSError as err:
            refused = err
    if refused is not None:
        raise refused


def _unlink(path: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)
