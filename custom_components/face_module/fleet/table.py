"""A table that says who is who on pictures, as Excel writes it anywhere."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
import csv
from dataclasses import dataclass, field
import io
from itertools import islice
import re
from typing import Final, NamedTuple

from .charsets import Home, decode_table
from .columns import columns_of
from .file_names import Names, key_of, stem_of
from .source import MAX_PEOPLE, ArchiveError, ArchiveProblem

# Excel's own line before the header, which says what is between the cells.
_SEP: Final = re.compile(r'"?sep=(.)"?\r?\n?', re.IGNORECASE)
_DELIMITERS: Final = ",;\t|"
_EAST_ASIAN: Final = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+")


class Row(NamedTuple):
    """What a table says of somebody; empty where it says nothing."""

    file: str = ""
    name: str = ""
    user_id: str = ""
    person: str = ""
    minimum_score: str = ""
    rest: str = ""
    """What stands in cells beyond the header."""

    @property
    def said(self) -> str:
        """What the report calls it."""
        return self.file or self.name or self.user_id


@dataclass(slots=True, eq=False)
class Matches:
    """The rows of pictures, and what could not be matched."""

    owners: dict[str, Row] = field(default_factory=dict)
    missing: list[Row] = field(default_factory=list)
    ambiguous: list[Row] = field(default_factory=list)
    by_number: list[tuple[Row, str]] = field(default_factory=list)


def read_rows(data: bytes, home: Home) -> tuple[list[Row], str | None]:
    """Return the rows, each once, and the charset if it was guessed.

    Raises ArchiveError, whatever `data` is.
    """
    try:
        decoded = decode_table(data, home, lambda head: _begin(head) is not None)
        if (begin := _begin(decoded.text)) is None:
            raise ArchiveError(ArchiveProblem.CSV_NO_NAME)
        text, delimiter, columns = begin
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        width = len(next(reader))
        filled = (cells for cells in reader if any(map(str.strip, cells)))
        rows = [_row(columns, width, cells) for cells in islice(filled, MAX_PEOPLE + 1)]
    except (UnicodeError, csv.Error) as err:
        raise ArchiveError(ArchiveProblem.CSV) from err
    if len(rows) > MAX_PEOPLE:
        raise ArchiveError(ArchiveProblem.TOO_MANY)
    return list(dict.fromkeys(rows)), decoded.guess


def _begin(text: str) -> tuple[str, str, dict[str, int]] | None:
    """Return a text from its header on, what is between cells, and the columns.

    None for what is no table of people; raises csv.Error.
    """
    delimiters = _DELIMITERS
    if sep := _SEP.match(text):
        text, delimiters = text[sep.end() :], sep[1]
    best = None
    for delimiter in delimiters:
        lines = io.StringIO(text, newline="")
        columns = columns_of(next(csv.reader(lines, delimiter=delimiter), []))
        names = "name" in columns or {"first_name", "last_name"} <= columns.keys()
        if names and (best is None or len(columns) > len(best[2])):
            best = (text, delimiter, columns)
    return best


def _row(columns: dict[str, int], width: int, cells: list[str]) -> Row:
    said = {
        column: " ".join(cells[place].split())
        for column, place in columns.items()
        if place < len(cells)
    }
    first, last = said.pop("first_name", ""), said.pop("last_name", "")
    if first and (last or said.get("name")) and not (last and said.get("name")):
        last = last or said["name"]
        east_asian = _EAST_ASIAN.fullmatch(first + last)
        said["name"] = last + first if east_asian else f"{first} {last}"
    said["file"] = said.get("file", "").replace("\\", "/").removeprefix("./")
    said["name"] = said.get("name", "") or first or last
    return Row(**said, rest="".join(cells[width:]).strip())


def match(rows: Sequence[Row], pictures: Iterable[str], names: Names) -> Matches:
    """Return whose rows pictures have.

    What fits best is looked for in all rows first, and what is said is not guessed: a row
    with a `file` has that picture or none. Nothing is matched that could be another.
    """
    indexes = _Indexes(pictures, names)
    found = Matches(missing=list(rows))
    doubtful: set[Row] = set()
    for said_in, index, by_number in (
        (_file, indexes.paths, False),
        (_file, indexes.files, False),
        (_file, indexes.stem_paths, False),
        (_file, indexes.stems, False),
        (_file_name, indexes.files, False),
        (_file_name, indexes.stems, False),
        (_file_number, indexes.numbers, True),
        (_user_id, indexes.stems, False),
        (_user_id_number, indexes.numbers, True),
        (_name, indexes.stems, False),
        (_name, indexes.names, False),
    ):
        said = [(row, said_in(row)) for row in found.missing]
        claims = Counter(key for _, key in said if key)
        # Once for each key: a thousand rows may say the same of a thousand pictures.
        left = {
            key: [picture for picture in index[key] if picture not in found.owners]
            for key in claims.keys() & index.keys()
        }
        found.missing = []
        for row, key in said:
            free = left.get(key, [])
            if len(free) == 1 and claims[key] == 1:
                found.owners[free[0]] = row
                if by_number:
                    found.by_number.append((row, free[0]))
                continue
            found.missing.append(row)
            if free:
                doubtful.add(row)
    found.ambiguous = [row for row in found.missing if row in doubtful]
    found.missing = [row for row in found.missing if row not in doubtful]
    return found


class _Indexes:
    """Pictures by what a row may call them."""

    def __init__(self, pictures: Iterable[str], names: Names) -> None:
        self.paths, self.files, self.stem_paths, self.stems, self.numbers, self.names = (
            defaultdict[str, list[str]](list) for _ in range(6)
        )
        folders = set()
        for picture in pictures:
            folder, _, file = picture.rpartition("/")
            stem = stem_of(file)
            self.paths[key_of(picture)].append(picture)
            self.files[key_of(file)].append(picture)
            self.stem_paths[key_of(f"{folder}/{stem}".removeprefix("/"))].append(picture)
            self.stems[key_of(stem)].append(picture)
            if number := _number(stem):
                self.numbers[number].append(picture)
            person = names.folder_of(picture)
            # The first of a folder stands for its person.
            if (name := names.name_of(picture)) and person not in folders:
                self.names[key_of(name)].append(picture)
                folders.update({person} - {None})


def _number(text: str) -> str:
    """Return digits without the zeros before them, nothing for what is no number."""
    return text.lstrip("0") or "0" if text.isascii() and text.isdigit() else ""


def _file(row: Row) -> str:
    return key_of(row.file)


def _file_name(row: Row) -> str:
    return key_of(row.file.rpartition("/")[2])


def _file_number(row: Row) -> str:
    return _number(stem_of(row.file))


def _user_id(row: Row) -> str:
    return "" if row.file else key_of(row.user_id)


def _user_id_number(row: Row) -> str:
    return "" if row.file else _number(row.user_id)


def _name(row: Row) -> str:
    return "" if row.file else key_of(row.name)
