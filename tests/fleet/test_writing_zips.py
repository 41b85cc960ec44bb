"""An export can be imported unchanged, and leaves nothing when it fails."""

from collections.abc import Iterator
from datetime import UTC, datetime
import hashlib
from pathlib import Path
import resource
import stat
import tracemalloc
import unicodedata
from zipfile import ZIP_STORED, ZipFile

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.face_module.fleet.archive import (
    ArchiveError,
    ArchiveProblem,
    ArchiveWriter,
    open_source,
)
from tests.fleet.kit import MIB, SHA, examples, names, refusal


@examples
@given(
    st.lists(
        st.tuples(
            st.text(max_size=20),
            st.text(max_size=20),
            st.none() | st.text(max_size=20),
            st.none() | st.floats(0, 100),
            st.binary(max_size=50),
        ),
        min_size=1,
        max_size=12,
        unique_by=lambda item: unicodedata.normalize("NFC", item[0]).strip(),
    )
)
def test_who_is_exported_can_be_imported_unchanged(
    room: Path, people: list[tuple[str, str, str | None, float | None, bytes]]
) -> None:
    path = room / "export.zip"
    path.unlink(missing_ok=True)
    with ArchiveWriter(path, device="Door") as writer:
        for person in people:
            writer.add(*person)
        writer.finish([])
    with open_source(path) as source:
        assert source.problems == []
        read = [
            (
                person.user_id,
                person.name,
                person.person,
                person.minimum_score,
                source.read(person),
            )
            for person in source.people
        ]
    assert read == people


def test_the_export_is_as_it_is_described(tmp_path: Path) -> None:
    path = tmp_path / "export.zip"
    writer = ArchiveWriter(path, device="Tür")
    writer.add("../anna", "Anna / 安娜", "person.anna", 85.5, b"picture")
    writer.add("b", "", None, None, b"other")
    half = [*tmp_path.iterdir()]
    assert [item.name.startswith(".") for item in half] == [True]
    assert stat.S_IMODE(half[0].stat().st_mode) == 0o600
    writer.finish([("c", "Claire")])
    assert [*tmp_path.iterdir()] == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with ZipFile(path) as packed:
        assert packed.testzip() is None
        pictures = ["pictures/00001.jpg", "pictures/00002.jpg"]
        assert packed.namelist() == [*pictures, "manifest.json"]
        assert {packed.getinfo(name).compress_type for name in pictures} == {ZIP_STORED}
        said = orjson.loads(packed.read("manifest.json"))
    created = datetime.fromisoformat(said.pop("created"))
    assert created.utcoffset() == UTC.utcoffset(None)
    assert abs((datetime.now(UTC) - created).total_seconds()) < 60
    assert said == {
        "version": 1,
        "device": "Tür",
        "people": [
            {
                "user_id": "../anna",
                "name": "Anna / 安娜",
                "person": "person.anna",
                "minimum_score": 85.5,
                "access": None,
                "file": "pictures/00001.jpg",
                "sha256": SHA,
            },
            {
                "user_id": "b",
                "name": "",
                "person": None,
                "minimum_score": None,
                "access": None,
                "file": "pictures/00002.jpg",
                "sha256": hashlib.sha256(b"other").hexdigest(),
            },
        ],
        "without_picture": [{"user_id": "c", "name": "Claire"}],
    }


def test_an_export_that_was_unpacked_can_be_imported_too(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "a.zip", device="Door") as writer:
        writer.add("anna", "Anna", None, None, b"picture")
        writer.finish([])
    with ZipFile(tmp_path / "a.zip") as packed:
        packed.extractall(tmp_path / "folder")
    with open_source(tmp_path / "folder") as source:
        assert [(person.user_id, person.name) for person in source.people] == [
            ("anna", "Anna")
        ]
        assert source.read(source.people[0]) == b"picture"


def test_an_aborted_export_leaves_nothing(tmp_path: Path) -> None:
    writer = ArchiveWriter(tmp_path / "a.zip", device="Door")
    writer.add("anna", "Anna", None, None, b"picture")
    writer.abort()
    writer.abort()
    assert not [*tmp_path.iterdir()]
    with pytest.raises(ArchiveError) as caught:
        writer.add("anna", "Anna", None, None, b"picture")
    assert caught.value.problem is ArchiveProblem.UNWRITABLE
    with pytest.raises(ArchiveError):
        writer.finish([])
    assert not [*tmp_path.iterdir()]


def test_an_exception_and_a_forgotten_end_leave_nothing(tmp_path: Path) -> None:
    def interrupted() -> None:
        with ArchiveWriter(tmp_path / "a.zip", device="Door") as writer:
            writer.add("anna", "Anna", None, None, b"picture")
            raise KeyError

    with pytest.raises(KeyError):
        interrupted()
    assert not [*tmp_path.iterdir()]
    with ArchiveWriter(tmp_path / "a.zip", device="Door") as writer:
        writer.add("anna", "Anna", None, None, b"picture")
    assert not [*tmp_path.iterdir()]


def test_an_abort_after_the_end_leaves_the_export(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "a.zip", device="Door") as writer:
        writer.finish([])
        writer.abort()
    assert (tmp_path / "a.zip").exists()
    assert refusal(tmp_path / "a.zip") is ArchiveProblem.EMPTY


@pytest.mark.parametrize("link", [False, True])
def test_nothing_is_written_over(tmp_path: Path, *, link: bool) -> None:
    path = tmp_path / "a.zip"
    if link:
        path.symlink_to("nothing")
    else:
        path.touch()
    with pytest.raises(ArchiveError) as caught:
        ArchiveWriter(path, device="Door")
    assert caught.value.problem is ArchiveProblem.EXISTS
    assert [*tmp_path.iterdir()] == [path]


def test_what_appeared_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    writer = ArchiveWriter(path, device="Door")
    path.write_bytes(b"other")
    with pytest.raises(ArchiveError) as caught:
        writer.finish([])
    assert caught.value.problem is ArchiveProblem.EXISTS
    assert path.read_bytes() == b"other"
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("parent", ["nothing", "file"])
def test_an_export_needs_its_folder(tmp_path: Path, parent: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveError) as caught:
        ArchiveWriter(tmp_path / parent / "a.zip", device="Door")
    assert caught.value.problem is ArchiveProblem.FOLDER_MISSING


def test_a_folder_where_nothing_can_be_written_is_told() -> None:
    with pytest.raises(ArchiveError) as caught:
        ArchiveWriter(Path("/proc/a.zip"), device="Door")
    assert caught.value.problem is ArchiveProblem.UNWRITABLE


@pytest.fixture
def little_room() -> Iterator[None]:
    """No file can be larger than 64 KiB: the nearest to a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_ends_the_export_and_leaves_nothing(
    tmp_path: Path, little_room: None
) -> None:
    writer = ArchiveWriter(tmp_path / "a.zip", device="Door")
    writer.add("anna", "Anna", None, None, bytes(60_000))
    with pytest.raises(ArchiveError) as caught:
        writer.add("bert", "Bert", None, None, bytes(60_000))
    assert caught.value.problem is ArchiveProblem.UNWRITABLE
    assert not [*tmp_path.iterdir()]


def test_a_disk_that_is_full_at_the_end_leaves_nothing(
    tmp_path: Path, little_room: None
) -> None:
    writer = ArchiveWriter(tmp_path / "a.zip", device="Door")
    writer.add("anna", "Anna", None, None, bytes(65_300))
    with pytest.raises(ArchiveError) as caught:
        writer.finish([])
    assert caught.value.problem is ArchiveProblem.UNWRITABLE
    assert not [*tmp_path.iterdir()]


def test_thousands_are_exported_with_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    tracemalloc.start()
    try:
        with ArchiveWriter(path, device="Door") as writer:
            for number in range(2000):
                writer.add(f"user{number}", f"Name {number}", None, None, bytes(20_000))
            writer.finish([])
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()
    assert path.stat().st_size > 2000 * 20_000
    assert len(names(path)) == 2000
