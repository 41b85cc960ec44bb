"""Whatever the bytes are: nothing but the archive's own error comes out."""

from pathlib import Path
import warnings
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from hypothesis import given, settings, strategies as st
import orjson

from custom_components.face_module.fleet.archive import (
    ArchiveError,
    ArchiveProblem,
    open_source,
)
from tests.fleet.kit import RawName, examples, fill, manifest, pack


def try_everything(path: Path) -> None:
    """Open and read; nothing but ArchiveError comes out of it."""
    try:
        with warnings.catch_warnings(action="error"), open_source(path) as source:
            for person in source.people:
                assert orjson.dumps([person.source, person.name])
                try:
                    source.read(person)
                except ArchiveError as err:
                    assert err.source == person.source
            assert all(line.problem in ArchiveProblem for line in source.problems)
    except ArchiveError as err:
        assert err.problem in ArchiveProblem


@examples
@given(st.binary(max_size=400))
def test_random_bytes_as_zip(room: Path, data: bytes) -> None:
    path = room / "garbage.zip"
    path.write_bytes(data)
    try_everything(path)


@settings(examples, max_examples=500)
@given(
    st.lists(
        st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([ZIP_STORED, ZIP_DEFLATED]),
)
def test_a_zip_with_wrong_bytes(
    room: Path, changes: list[tuple[float, int]], method: int
) -> None:
    files = {
        "Anna.jpg": b"abc" * 50,
        "b/陈伟.png": b"\0" * 30,
        "people.csv": b"name\nAnna\n",
    }
    path = pack(room / "changed.zip", files, method)
    data = bytearray(path.read_bytes())
    for place, byte in changes:
        data[int(place * len(data))] = byte
    path.write_bytes(data)
    try_everything(path)


@examples
@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_random_bytes_as_csv(room: Path, data: bytes) -> None:
    fill(room, people=b"name,user_id,file,minimum_score\n" + data)
    try_everything(room)
    fill(room, people=data)
    try_everything(room)
    (room / "people.csv").unlink()


json = st.recursive(
    st.none() | st.booleans() | st.integers(0, 10) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@examples
@given(
    st.one_of(
        st.binary(max_size=200),
        json.map(orjson.dumps),
        st.lists(
            json
            | st.fixed_dictionaries(
                {
                    "file": st.sampled_from(["1.jpg", "x.jpg"]) | json,
                    "user_id": st.text(max_size=5) | json,
                    "name": st.text(max_size=5) | json,
                },
                optional={
                    "person": json,
                    "minimum_score": json,
                    "sha256": json,
                    "access": json,
                },
            ),
            max_size=3,
        ).map(lambda rows: manifest(*rows)),
    )
)
def test_random_bytes_as_manifest(room: Path, data: bytes) -> None:
    fill(room, manifest=data)
    try_everything(room)
    (room / "manifest.json").unlink()


@examples
@given(st.binary(min_size=1, max_size=60))
def test_random_names_in_a_zip(room: Path, raw: bytes) -> None:
    path = room / "names.zip"
    with ZipFile(path, "w") as packed:
        packed.writestr(RawName(raw + b".jpg"), b"x")
    try_everything(path)


def test_an_error_says_nothing_but_the_problem() -> None:
    error = ArchiveError(ArchiveProblem.GONE, "Anna.jpg")
    assert (str(error), error.source) == ("archive_gone", "Anna.jpg")
    assert all(str(problem).startswith("archive_") for problem in ArchiveProblem)
