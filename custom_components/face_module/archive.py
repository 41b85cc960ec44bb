"""The people of a folder or zip of pictures, as `import_users` takes them.

Who is who says the manifest of our own export, else a CSV file, else the names of the
pictures. Links are not followed. Blocking: everything here runs in the executor.
"""

from collections import defaultdict, deque
from collections.abc import Iterable
from contextlib import ExitStack
import csv
import errno
from functools import partial
import hashlib
import io
from itertools import islice
import os
from pathlib import Path, PurePosixPath
import re
import stat
from typing import IO, Final, Self
import unicodedata

from .archive_zip import (
    MANIFEST,
    MAX_ENTRIES,
    MAX_PEOPLE,
    ArchiveError,
    ArchiveProblem,
    ArchiveWriter,
    Listing,
    SourcePerson,
    SourceProblem,
    decoded_name,
    is_hidden,
    list_zip,
    manifest_people,
    refuse_link,
    shown_name,
    to_percent,
)

__all__ = [
    "MAX_PEOPLE",
    "MAX_PICTURE",
    "ArchiveError",
    "ArchiveProblem",
    "ArchiveWriter",
    "PeopleSource",
    "SourcePerson",
    "SourceProblem",
    "open_source",
]

MAX_PICTURE: Final = 60 * 1024 * 1024
MAX_CSV: Final = 1024 * 1024
# Of 50,000 people with the longest names that the module takes.
MAX_MANIFEST: Final = 64 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
_TABLES: Final = ("people.csv", "users.csv")
_PICTURE: Final = re.compile(
    r".*\.(jpe?g|jpe|png|webp|gif|bmp|tiff?|avif|hei[cf])", re.ASCII | re.IGNORECASE
)
# The column of what a row has more than the header.
_REST: Final = ""

type _Row = dict[str, str]


class PeopleSource:
    """The people of a folder or zip, and what cannot be imported of it."""

    def __init__(self, listing: Listing, stack: ExitStack) -> None:
        """Find the people; raises ArchiveError. From then on `stack` is ours to close."""
        self._files = listing.files
        self.people: list[SourcePerson] = []
        self.problems = listing.problems
        pictures = self._pictures()
        roots = {_key(name): name for name in self._files if "/" not in name}
        if MANIFEST in roots:
            found = self._of_manifest(roots[MANIFEST], pictures)
        elif table := _table(roots):
            found = self._of_csv(table, pictures)
        else:
            found = [_person_of(picture, {}) for picture in pictures]
        self._take(found)
        self._stack = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the zip."""
        self._stack.close()

    def read(self, person: SourcePerson) -> bytes:
        """Return a picture, at most MAX_PICTURE bytes; raises ArchiveError."""
        data = self._read(person.source, MAX_PICTURE)
        if person.sha256 not in (None, hashlib.sha256(data).hexdigest()):
            raise ArchiveError(ArchiveProblem.CHECKSUM, person.source)
        return data

    def _read(self, source: str, limit: int) -> bytes:
        buffer = io.BytesIO()
        try:
            with self._files[source]() as file:
                while buffer.tell() <= limit and (chunk := file.read(_CHUNK)):
                    buffer.write(chunk)
        except ArchiveError as err:
            raise ArchiveError(err.problem, source) from err
        except (FileNotFoundError, NotADirectoryError) as err:
            raise ArchiveError(ArchiveProblem.GONE, source) from err
        except OSError as err:
            link = err.errno == errno.ELOOP
            problem = ArchiveProblem.SYMLINK if link else ArchiveProblem.FILE_UNREADABLE
            raise ArchiveError(problem, source) from err
        except Exception as err:
            # zipfile and zlib raise nearly everything for files made to break them.
            raise ArchiveError(ArchiveProblem.FILE_BROKEN, source) from err
        if buffer.tell() > limit:
            raise ArchiveError(ArchiveProblem.TOO_LARGE, source)
        return buffer.getvalue()

    def _pictures(self) -> list[str]:
        """Return the pictures, in the same order every time."""
        found = [
            name
            for name, opener in self._files.items()
            if opener is not refuse_link and _PICTURE.fullmatch(name)
        ]
        if len(found) > MAX_PEOPLE:
            raise ArchiveError(ArchiveProblem.TOO_MANY)
        if not found and not self.problems:
            raise ArchiveError(ArchiveProblem.EMPTY)
        return sorted(found, key=_order)

    def _take(self, found: Iterable[SourcePerson]) -> None:
        """Take people in, but none under the user ID of another."""
        given: set[str] = set()
        for person in found:
            user_id = unicodedata.normalize("NFC", person.user_id or "").strip()
            if user_id in given:
                self._report(person.source, ArchiveProblem.TWICE)
                continue
            if user_id:
                given.add(user_id)
            self.people.append(person)

    def _report(self, source: str, problem: ArchiveProblem) -> None:
        self.problems.append(SourceProblem(source, problem))

    def _of_manifest(self, manifest: str, pictures: list[str]) -> list[SourcePerson]:
        left = dict.fromkeys(pictures)
        found: dict[str, SourcePerson] = {}
        for person in manifest_people(self._read(manifest, MAX_MANIFEST)):
            if person.source in left:
                del left[person.source]
                found[person.source] = person
            elif person.source in found:
                self._report(person.source, ArchiveProblem.TWICE)
            else:
                self._report(person.source, ArchiveProblem.NO_PICTURE)
        # Of another export perhaps: its number would be nobody's name.
        for picture in left:
            self._report(picture, ArchiveProblem.NOT_LISTED)
        return list(found.values())

    def _of_csv(self, table: str, pictures: list[str]) -> list[SourcePerson]:
        rows = _csv_rows(self._read(table, MAX_CSV), table)
        owners = _owners(rows, pictures)
        found = []
        for picture in pictures:
            try:
                found.append(_person_of(picture, owners.get(picture, {})))
            except ValueError:
                self._report(picture, ArchiveProblem.ROW)
        matched = {id(row) for row in owners.values()}
        for row in rows:
            if id(row) not in matched:
                said = (row.get(column) for column in ("file", "name", "user_id"))
                self._report(
                    shown_name(next(filter(None, said), table)), ArchiveProblem.NO_PICTURE
                )
        return found


def open_source(path: Path) -> PeopleSource:
    """Open a folder or zip of pictures, to be used with `with`; raises ArchiveError."""
    try:
        path = path.resolve(strict=True)
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError) as err:
        raise ArchiveError(ArchiveProblem.MISSING) from err
    except OSError as err:
        raise ArchiveError(ArchiveProblem.UNREADABLE) from err
    if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
        raise ArchiveError(ArchiveProblem.UNREADABLE)
    with ExitStack() as stack:
        listing = _list_folder(path) if stat.S_ISDIR(mode) else list_zip(path, stack)
        return PeopleSource(listing, stack)


def _list_folder(root: Path) -> Listing:
    """Return the files of a folder and its sub-folders; raises ArchiveError."""
    listing, folders, seen = Listing(), deque([root]), 0
    while folders:
        folder = folders.popleft()
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    seen += 1
                    if seen > MAX_ENTRIES:
                        raise ArchiveError(ArchiveProblem.TOO_MANY)
                    if _list_entry(listing, root, entry):
                        folders.append(Path(entry))
        except OSError as err:
            if folder == root:
                raise ArchiveError(ArchiveProblem.UNREADABLE) from err
            shown = shown_name(_relative(folder, root))
            listing.problems.append(SourceProblem(shown, ArchiveProblem.FILE_UNREADABLE))
    return listing


def _list_entry(listing: Listing, root: Path, entry: os.DirEntry[str]) -> bool:
    """Take a file or link in, and return if it is a folder instead; raises OSError."""
    if is_hidden(entry.name):
        return False
    if entry.is_symlink():
        listing.add(_relative(entry, root), refuse_link)
    elif entry.is_file(follow_symlinks=False):
        listing.add(_relative(entry, root), partial(_open_file, Path(entry)))
    return entry.is_dir(follow_symlinks=False)


def _relative(path: os.PathLike[str], root: Path) -> str:
    return decoded_name(os.fsencode(Path(path).relative_to(root)))


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


def _table(roots: dict[str, str]) -> str | None:
    """Return the CSV file of the names; raises ArchiveError if it could be several."""
    for name in _TABLES:
        if name in roots:
            return roots[name]
    others = [shown for name, shown in roots.items() if name.endswith(".csv")]
    if len(others) > 1:
        raise ArchiveError(ArchiveProblem.CSV_SEVERAL)
    return others[0] if others else None


def _csv_rows(data: bytes, table: str) -> list[_Row]:
    """Return the rows by their columns; raises ArchiveError, whatever `data` is."""
    try:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            # What Excel writes in China.
            text = data.decode("gb18030")
        for delimiter in ",;\t":
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            header = [_column(cell) for cell in next(reader, [])]
            if "name" in header:
                filled = (cells for cells in reader if any(map(str.strip, cells)))
                rows = [_row(header, cells) for cells in islice(filled, MAX_PEOPLE + 1)]
                break
        else:
            raise ArchiveError(ArchiveProblem.CSV_NO_NAME, table)
    except (UnicodeDecodeError, csv.Error) as err:
        raise ArchiveError(ArchiveProblem.CSV, table) from err
    if len(rows) > MAX_PEOPLE:
        raise ArchiveError(ArchiveProblem.TOO_MANY)
    return rows


def _column(cell: str) -> str:
    return cell.strip().casefold().replace(" ", "_").replace("-", "_")


def _row(header: list[str], cells: list[str]) -> _Row:
    row = dict(zip(header, map(str.strip, cells), strict=False))
    row[_REST] = "".join(cells[len(header) :]).strip()
    row["file"] = row.get("file", "").replace("\\", "/").removeprefix("./")
    return row


def _owners(rows: list[_Row], pictures: list[str]) -> dict[str, _Row]:
    """Return the rows of the pictures that have one.

    What fits best is looked for in all rows first, and what is said is not guessed: a row
    with a `file` has that picture or none.
    """
    paths, files, stems, names = (defaultdict[str, deque[str]](deque) for _ in range(4))
    for picture in pictures:
        path = PurePosixPath(picture)
        paths[_key(picture)].append(picture)
        files[_key(path.name)].append(picture)
        stems[_key(path.stem)].append(picture)
        names[_key(_name_of(picture))].append(picture)
    owners: dict[str, _Row] = {}
    left = rows
    for column, index in (
        ("file", paths),
        ("file", files),
        ("user_id", stems),
        ("name", stems),
        ("name", names),
    ):
        waiting, left = left, []
        for row in waiting:
            said = row.get(column) if column == "file" or not row["file"] else None
            fitting = index[_key(said)] if said else deque[str]()
            while fitting and fitting[0] in owners:
                fitting.popleft()
            if fitting:
                owners[fitting[0]] = row
            else:
                left.append(row)
    return owners


def _person_of(picture: str, row: _Row) -> SourcePerson:
    """Return the person of a picture and its row; raises ValueError for the row."""
    if row.get(_REST):
        raise ValueError("More cells than columns")
    score = row.get("minimum_score", "").removesuffix("%").replace(",", ".")
    return SourcePerson(
        source=picture,
        user_id=row.get("user_id") or None,
        name=shown_name(" ".join(row.get("name", "").split())) or _name_of(picture),
        person=row.get("person") or None,
        minimum_score=to_percent(float(score)) if score else None,
    )


def _name_of(picture: str) -> str:
    """Return the name that a file name says; some write underscores for spaces."""
    stem = PurePosixPath(picture).stem
    return (stem if " " in stem else stem.replace("_", " ")).strip() or stem


def _key(text: str) -> str:
    """Return a name as it is compared: typed anywhere, on any file system."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())


def _order(source: str) -> tuple[list[tuple[int, str]], str]:
    """Return what sorts as people count: picture 2 before picture 10."""
    parts = re.split("([0-9]+)", _key(source))
    # Digits by how many there are: int() refuses thousands of them.
    numbers = [part.lstrip("0") for part in parts]
    key = [
        (len(number), number) if place % 2 else (0, part)
        for place, (part, number) in enumerate(zip(parts, numbers, strict=True))
    ]
    return key, source
