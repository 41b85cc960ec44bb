"""Whatever is to be imported is people, or refused for a reason that has a text."""

from collections.abc import Callable
from contextlib import ExitStack
import csv
import io
import json
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile, ZipInfo

from hypothesis import example, given, settings, strategies as st
import pytest

from custom_components.face_module.fleet.archive import (
    ArchiveError,
    ArchiveProblem,
    PeopleSource,
    SourcePerson,
    open_source,
)
from custom_components.face_module.fleet.export import manifest_people
from custom_components.face_module.fleet.source import Listing

from .mutation import NASTY, Mutator, cases, kept

# Whose charset has to be guessed, mostly.
TABLES = 5_000
MANIFESTS = 30_000
ZIPS = 12_000
STRUCTURED = 1000
FILES = ("Anna.jpg", "b/Ben.png", "陈伟.jpg", "chenwei.jpg", "Ben_Smith.webp")


def check_person(person: SourcePerson) -> None:
    """Hold what a person of an archive promises."""
    assert isinstance(person.name, str)
    assert isinstance(person.source, str)
    assert person.user_id is None or isinstance(person.user_id, str)
    assert person.person is None or isinstance(person.person, str)
    score = person.minimum_score
    assert score is None or (isinstance(score, float) and 0 <= score <= 100)


def check_source(source: PeopleSource, *, read: bool = False) -> int:
    """Look at everybody; return how many there are."""
    for person in source.people:
        check_person(person)
        if read:
            try:
                assert isinstance(source.read(person), bytes)
            except ArchiveError as err:
                assert err.problem in ArchiveProblem
    for problem in source.problems:
        assert problem.problem in ArchiveProblem
        # It goes into a report, which is JSON.
        problem.source.encode()
    given_ids = [p.user_id for p in source.people if p.user_id]
    assert len(set(given_ids)) == len(given_ids)
    return len(source.people)


def read_table(data: bytes) -> int:
    """Return how many people a folder with this table has, None of them lost."""
    files = dict.fromkeys((*FILES, "people.csv"))
    listing = Listing({file: lambda: io.BytesIO(data) for file in files})
    try:
        with PeopleSource(listing, ExitStack()) as source:
            return check_source(source)
    except ArchiveError as err:
        assert err.problem in ArchiveProblem
        return 0


def read_manifest(data: bytes) -> int:
    try:
        people = manifest_people(data)
    except ArchiveError as err:
        assert err.problem in (
            ArchiveProblem.MANIFEST,
            ArchiveProblem.NEWER,
            ArchiveProblem.TOO_MANY,
        )
        return 0
    for person in people:
        check_person(person)
    return len(people)


def read_zip(path: Path, data: bytes) -> int:
    # What is written over a file, some file systems have on the disk first.
    path.unlink(missing_ok=True)
    path.write_bytes(data)
    try:
        with open_source(path) as source:
            return check_source(source, read=True)
    except ArchiveError as err:
        assert err.problem in ArchiveProblem
        return 0


@pytest.mark.parametrize("name", kept("tables"))
def test_the_tables_of_the_corpus_are_understood(name: str) -> None:
    # Each table says it of its own number of people.
    assert read_table(kept("tables")[name]) > 0


@pytest.mark.parametrize("name", kept("manifests"))
def test_the_manifests_of_the_corpus_are_understood(name: str) -> None:
    assert read_manifest(kept("manifests")[name]) == 2


@pytest.mark.parametrize("name", kept("zips"))
def test_the_zips_of_the_corpus_are_understood(name: str, tmp_path: Path) -> None:
    assert read_zip(tmp_path / name, kept("zips")[name]) > 0


def test_changed_tables(figure: Callable[[str, int], None]) -> None:
    mutator = Mutator("tables")
    known = [*kept("tables").values()]
    done = good = 0
    for raw in cases(TABLES, lambda: mutator.raw(mutator.random.choice(known))):
        done += 1
        good += read_table(raw) > 0
    figure("tables read", done)
    assert done / 10 < good < done


@settings(max_examples=STRUCTURED)
@given(
    st.sampled_from((",", ";", "\t")),
    st.lists(st.lists(st.text(max_size=12), max_size=6), max_size=6),
    st.sampled_from(("utf-8", "utf-8-sig", "gb18030")),
)
@example(",", [["Anna.jpg", "\0", "9" * 5000]], "utf-8")
@example(";", [["“Anna”", "nan%", "1e999"]], "gb18030")
def test_made_up_tables(delimiter: str, rows: list[list[str]], encoding: str) -> None:
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter, lineterminator="\n")
    writer.writerows([["Name", "file", "minimum_score", "person", "user id"], *rows])
    data = buffer.getvalue().encode(encoding, "replace")
    assert read_table(data) in range(len(FILES) + 1)


def test_changed_manifests(figure: Callable[[str, int], None]) -> None:
    mutator = Mutator("manifests")
    known = [json.loads(raw) for raw in kept("manifests").values()]
    done = good = 0
    for raw in cases(MANIFESTS, lambda: mutator.body(mutator.random.choice(known))):
        done += 1
        good += read_manifest(raw) > 0
    figure("manifests read", done)
    assert done / 10 < good < done


PERSON = st.fixed_dictionaries(
    {},
    optional={
        key: st.one_of(st.sampled_from(NASTY), st.text(max_size=8), st.floats())
        for key in ("file", "user_id", "name", "person", "minimum_score", "sha256")
    },
)


@settings(max_examples=STRUCTURED)
@given(st.sampled_from((1, 0, 2, True, "1", 1.0, None)), st.lists(PERSON, max_size=3))
@example(1, [{"file": "\ud800", "user_id": "", "name": ""}])
def test_made_up_manifests(version: Any, people: list[dict[str, Any]]) -> None:
    data = json.dumps({"version": version, "people": people}).encode()
    read_manifest(data)


def test_changed_zips(tmp_path: Path, figure: Callable[[str, int], None]) -> None:
    mutator = Mutator("zips")
    known = [*kept("zips").values()]
    done = good = 0
    for raw in cases(ZIPS, lambda: mutator.raw(mutator.random.choice(known))):
        done += 1
        good += read_zip(tmp_path / "people.zip", raw) > 0
    figure("zips read", done)
    assert done / 10 < good < done


NAMES = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        (
            *("Anna.jpg", "a/b.png", "../x.jpg", "/etc/x.jpg", "C:\\x.jpg", "a//b.jpg"),
            *("manifest.json", "people.csv", "a/" * 40 + "x.jpg", ".jpg", "./Anna.jpg"),
        )
    ),
)
ENTRY = st.tuples(
    NAMES,
    st.binary(max_size=40),
    st.sampled_from((ZIP_STORED, ZIP_DEFLATED, ZIP_LZMA)),
    st.sampled_from((0o100644, 0o120777, 0o040755, 0o010644, 0)),
    st.sampled_from((0, 0x1, 0x40, 0x800)),
)


@settings(max_examples=STRUCTURED // 2)
@given(entries=st.lists(ENTRY, max_size=5))
@example(entries=[("Anna.jpg", b"", ZIP_STORED, 0o120777, 0)])
@example(entries=[("Anna.jpg", b"x", ZIP_STORED, 0, 0), ("anna.JPG", b"y", 0, 0, 0)])
def test_made_up_zips(
    tmp_path: Path, entries: list[tuple[str, bytes, int, int, int]]
) -> None:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, data, method, mode, flags in entries:
            info = ZipInfo(name.encode("utf-8", "replace").decode())
            info.compress_type, info.external_attr = method, mode << 16
            archive.writestr(info, data)
            info.flag_bits |= flags
    read_zip(tmp_path / "people.zip", buffer.getvalue())
