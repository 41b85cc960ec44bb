"""What is found in a folder or zip of people, and why something is not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import re
from types import MappingProxyType
from typing import IO, Final, NamedTuple
import unicodedata

from ..people.rule import AccessRule

MAX_PEOPLE: Final = 50_000
# macOS writes two files for each, and a folder holds other things too.
MAX_ENTRIES: Final = 4 * MAX_PEOPLE
# Sub-folders in each other.
MAX_DEPTH: Final = 16
_PERCENT: Final = 100
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")

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
    NO_NAME = "archive_no_name"
    NOT_PICTURE = "archive_not_picture"
    WORKBOOK = "archive_workbook"
    ZIP = "archive_zip"
    AMBIGUOUS = "archive_ambiguous"
    GONE = "archive_gone"
    FILE_UNREADABLE = "archive_file_unreadable"
    FILE_BROKEN = "archive_file_broken"
    # What was guessed or chosen: nothing failed.
    CHARSET = "archive_charset"
    CHARSET_NAMES = "archive_charset_names"
    BY_NUMBER = "archive_by_number"
    ONE_OF = "archive_one_of"
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


class SourcePerson(NamedTuple):
    """A person with a picture.

    `source` is the picture's file as the report shows it, `minimum_score` in %, `access`
    when they may enter, None where that is not said.
    """

    source: str
    name: str
    user_id: str | None = None
    person: str | None = None
    minimum_score: float | None = None
    sha256: str | None = None
    access: AccessRule | None = None


class SourceProblem(NamedTuple):
    """A line of the report: what is not imported, or was guessed, and why.

    `more`: what its text says besides the source.
    """

    source: str
    problem: ArchiveProblem
    more: Mapping[str, str] = MappingProxyType({})


@dataclass(slots=True, eq=False)
class Listing:
    """The files of a folder or zip by their names for the report, and how to open them.

    `top` is a folder that held everything, and is no part of the names.
    """

    files: dict[str, Opener] = field(default_factory=dict)
    problems: list[SourceProblem] = field(default_factory=list)
    notes: list[SourceProblem] = field(default_factory=list)
    top: str = ""

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


def refuse_link() -> IO[bytes]:
    """Open a link, which is not done; raises ArchiveError."""
    raise ArchiveError(ArchiveProblem.SYMLINK)


def shown_name(path: str) -> str:
    """Return a path as a report can show it."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", unicodedata.normalize("NFC", path))


def to_percent(value: float) -> float:
    """Return a score in %; raises ValueError for what is none."""
    if not 0 <= value <= _PERCENT:
        raise ValueError("No percentage")
    return float(value)
