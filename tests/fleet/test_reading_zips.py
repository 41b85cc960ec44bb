"""What a foe may put into a zip: ways out, bombs, overlaps, half of it."""

from io import BytesIO, FileIO
import os
from pathlib import Path
import stat
import struct
import tracemalloc
import warnings
from zipfile import ZIP_BZIP2, ZIP_LZMA, ZIP_STORED, ZIP_ZSTANDARD, ZipFile

import pytest

from custom_components.face_module.fleet import archive, archive_zip
from custom_components.face_module.fleet.archive import (
    ArchiveError,
    ArchiveProblem,
    SourceProblem,
    open_source,
)
from tests.fleet.kit import MIB, RawName, given_ids, names, pack, problems, refusal, unread

# Where a file's entry in the table of contents says what.
FLAGS, METHOD, CRC, SHRUNK, SIZE, ATTRIBUTES, OFFSET = 8, 10, 16, 20, 24, 38, 42


def patch(path: Path, place: int, kind: str, value: int, entry: int = 0) -> Path:
    """Let the table of contents say something else of an entry."""
    data, at = bytearray(path.read_bytes()), -1
    for _ in range(entry + 1):
        at = data.index(b"PK\x01\x02", at + 1)
    struct.pack_into(f"<{kind}", data, at + place, value)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    "name",
    [
        "../a.jpg",
        "a/../../b.jpg",
        "..\\a.jpg",
        "a\\..\\..\\b.jpg",
        "/etc/a.jpg",
        "\\\\server\\a.jpg",
        "C:\\a.jpg",
        "c:a.jpg",
        "../notes.txt",
        "../",
        "..",
    ],
)
def test_names_that_lead_out_of_the_zip_refuse_it(tmp_path: Path, name: str) -> None:
    path = pack(tmp_path / "a.zip", {"Anna.jpg": b"x", name: b"x"})
    assert refusal(path) is ArchiveProblem.UNSAFE


def test_a_name_that_ends_before_its_end_refuses_the_zip(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr(RawName(b"a.jpg\0.exe"), b"x")
    assert refusal(tmp_path / "a.zip") is ArchiveProblem.UNSAFE


def test_backslashes_and_dots_that_stay_inside_are_folders(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"x\\a.jpg": b"x", "./y//..b.jpg": b"x", "z.jpg": b""})
    assert list(given_ids(path)) == ["x/a.jpg", "z.jpg"]


def test_links_of_a_zip_are_not_read(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.jpg": b"/etc/passwd", "b.jpg": b"x"})
    patch(path, ATTRIBUTES, "L", (stat.S_IFLNK | 0o777) << 16)
    assert names(path) == ["b"]
    assert problems(path) == [("a.jpg", ArchiveProblem.SYMLINK)]


def test_pipes_of_a_zip_are_no_pictures(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.jpg": b"x", "b.jpg": b"x"})
    assert names(patch(path, ATTRIBUTES, "L", stat.S_IFIFO << 16)) == ["b"]


def test_a_name_that_is_there_twice_counts_once(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a.jpg", b"first")
        with warnings.catch_warnings(action="ignore"):
            packed.writestr("a.jpg", b"second")
    with open_source(tmp_path / "a.zip") as source:
        assert [source.read(person) for person in source.people] == [b"first"]
        assert source.problems == [SourceProblem("a.jpg", ArchiveProblem.TWICE)]


@pytest.mark.parametrize("flag", [0x1, 0x41, 0x2001])
def test_an_encrypted_zip_is_refused(tmp_path: Path, flag: int) -> None:
    path = pack(tmp_path / "a.zip", {"a.jpg": b"x"})
    assert refusal(patch(path, FLAGS, "H", flag)) is ArchiveProblem.ENCRYPTED


@pytest.mark.parametrize("method", [ZIP_BZIP2, ZIP_LZMA, ZIP_ZSTANDARD, 9, 99])
def test_other_compressions_are_refused(tmp_path: Path, method: int) -> None:
    path = pack(tmp_path / "a.zip", {"a.jpg": b"x"})
    assert refusal(patch(path, METHOD, "H", method)) is ArchiveProblem.COMPRESSION


def test_a_picture_that_shrinks_like_a_bomb_refuses_the_zip(tmp_path: Path) -> None:
    small = pack(tmp_path / "small.zip", {"a.jpg": bytes(10 * MIB)})
    assert names(small) == ["a"]
    bomb = pack(tmp_path / "bomb.zip", {"a.jpg": bytes(10 * MIB + 1)})
    assert refusal(bomb) is ArchiveProblem.BOMB


def test_sizes_that_sum_up_to_too_much_refuse_the_zip(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {f"{n}.jpg": b"x" for n in range(6)})
    for entry in range(6):
        patch(path, SIZE, "L", 0xFFFFFFF0, entry)
        patch(path, SHRUNK, "L", 0xFFFFFFF0, entry)
    assert refusal(path) is ArchiveProblem.BOMB


def test_entries_that_share_their_bytes_refuse_the_zip(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.jpg": b"x", "b.jpg": b"x"})
    assert refusal(patch(path, OFFSET, "L", 0, entry=1)) is ArchiveProblem.BOMB


def test_entries_that_overlap_are_not_read(tmp_path: Path) -> None:
    inner = BytesIO()
    with ZipFile(inner, "w") as packed:
        packed.writestr("b.jpg", b"x")
    path = pack(tmp_path / "a.zip", {"a.jpg": inner.getvalue(), "b.jpg": b"x"}, ZIP_STORED)
    patch(path, OFFSET, "L", 30 + len("a.jpg"), entry=2)
    assert unread(path) is ArchiveProblem.FILE_BROKEN


@pytest.mark.parametrize("declared", [10, 9 * MIB, 60 * MIB])
def test_never_more_is_unpacked_than_the_limit_whatever_the_header_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, declared: int
) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 2 * MIB)
    monkeypatch.setattr(archive_zip, "MAX_RATIO", 1_000_000)
    path = pack(tmp_path / "a.zip", {"a.jpg": bytes(60 * MIB)})
    patch(path, SIZE, "L", declared)
    tracemalloc.start()
    try:
        problem = unread(path)
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()
    lying = declared < 2 * MIB
    assert problem is (ArchiveProblem.FILE_BROKEN if lying else ArchiveProblem.TOO_LARGE)


def test_a_picture_that_was_damaged_in_the_zip_is_not_read(tmp_path: Path) -> None:
    path = pack(tmp_path / "a.zip", {"a.jpg": b"picture"}, ZIP_STORED)
    assert unread(patch(path, CRC, "L", 1)) is ArchiveProblem.FILE_BROKEN
    path = pack(tmp_path / "a.zip", {"a.jpg": os.urandom(1000)})
    data = path.read_bytes()
    path.write_bytes(data.replace(b"PK\x03\x04", b"PK\x00\x00", 1))
    assert unread(path) is ArchiveProblem.FILE_BROKEN


def test_a_table_of_contents_of_gigabytes_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pack(tmp_path / "a.zip", {f"{n}.jpg": b"x" for n in range(100)})
    monkeypatch.setattr(archive_zip, "_MAX_DIRECTORY", 4000)
    assert refusal(path) is ArchiveProblem.BROKEN


def test_no_zip_and_half_a_zip_are_refused(tmp_path: Path) -> None:
    data = pack(tmp_path / "a.zip", {"a.jpg": os.urandom(1000)}).read_bytes()
    for broken in (b"", b"PK", b"no zip at all" * 99, data[:-1], data[:500], data[500:]):
        (tmp_path / "a.zip").write_bytes(broken)
        assert refusal(tmp_path / "a.zip") is ArchiveProblem.BROKEN


def test_a_zip_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no(file: FileIO) -> None:
        file.close()
        raise PermissionError

    path = pack(tmp_path / "a.zip", {"a.jpg": b"x"})
    monkeypatch.setattr(archive_zip, "_BoundedFile", no)
    assert refusal(path) is ArchiveProblem.UNREADABLE


def test_nothing_of_a_zip_is_left_open(tmp_path: Path) -> None:
    def handles() -> list[str]:
        links = [*Path("/proc/self/fd").iterdir()]
        return [str(link.readlink()) for link in links if link.is_symlink()]

    good = pack(tmp_path / "a.zip", {"a.jpg": b"x"})
    empty = pack(tmp_path / "b.zip", {})
    with open_source(good) as source:
        assert str(good) in handles()
        assert source.read(source.people[0]) == b"x"
    assert refusal(empty) is ArchiveProblem.EMPTY
    assert not {str(good), str(empty)} & set(handles())
    with pytest.raises(ArchiveError):
        source.read(source.people[0])
