"""The people of a folder or zip of pictures, as `import_users` takes them.

Who is who says the manifest of our own export, else a CSV file, else the names of the
pictures. Links are not followed. Blocking: everything here runs in the executor.
"""

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
import errno
import hashlib
import io
from pathlib import Path
import re
import stat
from typing import Final, Self
import unicodedata

from ..pictures.kinds import begins_as_picture
from ..pictures.prepare import MAX_BYTES
from .archive_zip import list_zip
from .charsets import Home
from .export import MANIFEST, ArchiveWriter, manifest_people
from .file_names import PICTURE, Names, key_of, order_of
from .folder import list_folder
from .source import (
    MAX_PEOPLE,
    ArchiveError,
    ArchiveProblem,
    Listing,
    SourcePerson,
    SourceProblem,
    refuse_link,
    shown_name,
    to_percent,
)
from .table import Row, match, read_rows

__all__ = [
    "MAX_PEOPLE",
    "ArchiveError",
    "ArchiveProblem",
    "ArchiveWriter",
    "PeopleSource",
    "SourcePerson",
    "SourceProblem",
    "open_source",
]

# Of 50,000 people with the longest names that the module takes.
MAX_CSV: Final = 32 * 1024 * 1024
MAX_MANIFEST: Final = 64 * 1024 * 1024
_CHUNK: Final = 1024 * 1024
# So many bytes say what kind of file it is.
_HEAD: Final = 32
# The first that is there counts. Excel writes "Unicode text" as .txt.
_TABLES: Final = tuple(
    f"{name}.{ending}" for ending in ("csv", "tsv", "txt") for name in ("people", "users")
)
_WORKBOOKS: Final = (".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".numbers")
_WRITING: Final = re.compile(r"\.(txt|md|rtf|pdf|html?|docx?)$", re.IGNORECASE)
_NO_ROW: Final = Row()
_NOWHERE: Final = Home()


class PeopleSource:
    """The people of a folder or zip, what cannot be imported of it, what was guessed."""

    def __init__(self, listing: Listing, stack: ExitStack, home: Home = _NOWHERE) -> None:
        """Find the people; raises ArchiveError. From then on `stack` is ours to close."""
        self._files = listing.files
        self._home = home
        self.people: list[SourcePerson] = []
        self.problems = listing.problems
        self.notes = listing.notes
        roots = {key_of(name): name for name in self._files if "/" not in name}
        manifest = roots.get(MANIFEST)
        table = None if manifest else _table(roots)
        pictures = self._pictures(manifest or table)
        if manifest:
            found = self._of_manifest(manifest, pictures)
        else:
            names = Names(pictures, listing.top)
            rows = self._rows(table, pictures, names) if table else {}
            found = self._named(pictures, names, rows, table)
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
        """Return a picture, at most MAX_BYTES bytes; raises ArchiveError."""
        data = self._read(person.source, MAX_BYTES)
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

    def _pictures(self, table: str | None) -> list[str]:
        """Return the pictures, in the same order every time; what is none is reported."""
        found, others = [], []
        for name, opener in self._files.items():
            if opener is refuse_link or name == table:
                continue
            if PICTURE.search(name) or self._begins_as_picture(name):
                found.append(name)
            else:
                others.append(name)
        if len(found) > MAX_PEOPLE:
            raise ArchiveError(ArchiveProblem.TOO_MANY)
        kinds = {name: _kind(name) for name in others}
        if not found and not self.problems and ArchiveProblem.ZIP not in kinds.values():
            raise ArchiveError(ArchiveProblem.EMPTY)
        for name in sorted(others, key=order_of):
            # What is written beside people is nobody who failed.
            tell = self._note if _WRITING.search(name) else self._report
            tell(name, kinds[name])
        return sorted(found, key=order_of)

    def _begins_as_picture(self, name: str) -> bool:
        try:
            with self._files[name]() as file:
                return begins_as_picture(file.read(_HEAD))
        except Exception:  # noqa: BLE001
            # As in _read, which is not reached: it is no picture that can be read.
            return False

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

    def _report(self, source: str, problem: ArchiveProblem, **more: str) -> None:
        self.problems.append(SourceProblem(source, problem, more))

    def _note(self, source: str, problem: ArchiveProblem, **more: str) -> None:
        self.notes.append(SourceProblem(source, problem, more))

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
            self._report(picture, ArchiveProblem.NOT_LISTED, list=manifest)
        return list(found.values())

    def _rows(self, table: str, pictures: list[str], names: Names) -> dict[str, Row]:
        """Return the rows of pictures."""
        try:
            rows, charset = read_rows(self._read(table, MAX_CSV), self._home)
        except ArchiveError as err:
            raise ArchiveError(err.problem, table) from err
        if charset:
            self._note(table, ArchiveProblem.CHARSET, charset=charset)
        found = match(rows, pictures, names)
        for row in found.missing:
            self._report(shown_name(row.said or table), ArchiveProblem.NO_PICTURE)
        for row in found.ambiguous:
            self._report(shown_name(row.said), ArchiveProblem.AMBIGUOUS, list=table)
        if found.by_number:
            row, picture = found.by_number[0]
            count = str(len(found.by_number))
            said = shown_name(row.said)
            self._note(
                table, ArchiveProblem.BY_NUMBER, row=said, picture=picture, count=count
            )
        return found.owners

    def _named(
        self, pictures: list[str], names: Names, rows: dict[str, Row], table: str | None
    ) -> list[SourcePerson]:
        """Return the people of pictures: of those with a row if there is a table."""
        found: list[SourcePerson] = []
        # One picture stands for a folder: a module keeps one of each person.
        stands = {folder: one for one in rows if (folder := names.folder_of(one))}
        sizes = Counter[str]()
        for picture in pictures:
            folder = names.folder_of(picture) or ""
            sizes[folder] += 1
            if picture not in rows and folder in stands:
                continue
            if table and picture not in rows:
                self._report(picture, ArchiveProblem.NOT_LISTED, list=table)
                continue
            try:
                person = _person_of(picture, rows.get(picture, _NO_ROW), names)
            except ValueError:
                self._report(picture, ArchiveProblem.ROW)
                continue
            if person is None:
                self._report(picture, ArchiveProblem.NO_NAME)
                continue
            found.append(person)
            if folder:
                stands.setdefault(folder, picture)
        for folder, one in stands.items():
            if (count := sizes[folder]) > 1:
                self._note(one, ArchiveProblem.ONE_OF, folder=folder, count=str(count))
        return found


def open_source(path: Path, home: Home = _NOWHERE) -> PeopleSource:
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
        is_folder = stat.S_ISDIR(mode)
        listing = list_folder(path, home) if is_folder else list_zip(path, home, stack)
        return PeopleSource(listing, stack, home)


def _kind(name: str) -> ArchiveProblem:
    """Return what is wrong with a file that is no picture."""
    lower = name.casefold()
    if lower.endswith(".zip"):
        return ArchiveProblem.ZIP
    workbook = lower.endswith(_WORKBOOKS)
    return ArchiveProblem.WORKBOOK if workbook else ArchiveProblem.NOT_PICTURE


def _table(roots: dict[str, str]) -> str | None:
    """Return the CSV file of the names; raises ArchiveError if it could be several."""
    for name in _TABLES:
        if name in roots:
            return roots[name]
    others = [shown for name, shown in roots.items() if name.endswith((".csv", ".tsv"))]
    if len(others) > 1:
        raise ArchiveError(ArchiveProblem.CSV_SEVERAL)
    return others[0] if others else None


def _person_of(picture: str, row: Row, names: Names) -> SourcePerson | None:
    """Return the person of a picture and its row, None if nobody says who it is.

    Raises ValueError for the row.
    """
    if row.rest:
        raise ValueError("More cells than columns")
    if not (name := shown_name(row.name) or names.name_of(picture)):
        return None
    score = row.minimum_score.removesuffix("%").replace(",", ".")
    minimum_score = to_percent(float(score)) if score else None
    return SourcePerson(
        source=picture,
        user_id=row.user_id or None,
        name=name,
        person=row.person or None,
        minimum_score=minimum_score,
    )
