"""Pictures of a folder or zip are people who are named as the files."""

import os
from pathlib import Path
import struct
import unicodedata
from zipfile import ZipFile
from zlib import crc32

import pytest

from custom_components.face_module.fleet.archive import (
    ArchiveProblem,
    SourcePerson,
    open_source,
)
from tests.fleet.kit import RawName, fill, given_ids, names, pack, problems


def test_a_folder_of_pictures_is_people_named_as_their_files(tmp_path: Path) -> None:
    fill(tmp_path, "Anna.jpg", "陈伟.PNG", "notes.txt", "movie.mp4", ".DS_Store")
    with open_source(tmp_path) as source:
        assert source.people == [
            SourcePerson(source="Anna.jpg", name="Anna"),
            SourcePerson(source="陈伟.PNG", name="陈伟"),
        ]
        assert [(line.source, line.problem) for line in source.problems] == [
            ("movie.mp4", ArchiveProblem.NOT_PICTURE)
        ]
        # What somebody wrote beside the pictures is nobody who failed.
        assert [(line.source, line.problem) for line in source.notes] == [
            ("notes.txt", ArchiveProblem.NOT_PICTURE)
        ]
        assert source.read(source.people[1]) == b"picture"


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Anna_Maria.jpg", "Anna Maria"),
        ("Anna Maria_S.jpg", "Anna Maria_S"),
        ("Anna (2).jpg", "Anna (2)"),
        ("Anna-2.jpg", "Anna-2"),
        ("A.B. Smith.jpeg", "A.B. Smith"),
        (unicodedata.normalize("NFD", "Renée.jpg"), "Renée"),
        ("Anna.jpg.JPG", "Anna"),
        ("J.Lee.jfif", "J.Lee"),
        ("A\nB\x1b.jpg", "A\ufffdB\ufffd"),
    ],
)
def test_the_name_is_the_stem(tmp_path: Path, file: str, name: str) -> None:
    assert names(fill(tmp_path, file)) == [name]


@pytest.mark.parametrize("packed", [False, True])
def test_every_suffix_of_a_picture_counts_and_no_other(
    tmp_path: Path, *, packed: bool
) -> None:
    files = ["a.jpg", "a.jpeg", "a.jpe", "a.png", "a.webp", "a.gif", "a.bmp"]
    files += ["a.tif", "a.tiff", "a.avif", "a.heic", "a.heif", "b.JpG"]
    files += ["a.jfif", "a.pjpeg", "a.pjp", "a.jpg_large"]
    others = ["c.jpgx", "d.svg", "e.pdf", "jpg", "f.jpg.txt"]
    path = fill(tmp_path / "folder", *files, *others)
    if packed:
        path = pack(tmp_path / "a.zip", dict.fromkeys(files + others, b"x"))
    assert sorted(given_ids(path)) == sorted(files)


@pytest.mark.parametrize("packed", [False, True])
def test_what_systems_put_beside_pictures_is_ignored(
    tmp_path: Path, *, packed: bool
) -> None:
    files = [
        "Anna.jpg",
        "._Anna.jpg",
        ".hidden/Bert.jpg",
        "__MACOSX/._Anna.jpg",
        "@eaDir/Anna.jpg/thumb.jpg",
        "Thumbs.db",
        "desktop.ini",
    ]
    path = fill(tmp_path / "folder", *files)
    if packed:
        path = pack(tmp_path / "a.zip", dict.fromkeys(files, b"x"))
    assert names(path) == ["Anna"]
    assert problems(path) == []


@pytest.mark.parametrize("packed", [False, True])
def test_sub_folders_count_and_the_order_is_natural_and_always_the_same(
    tmp_path: Path, *, packed: bool
) -> None:
    files = ["b/c10.jpg", "b/c9.jpg", "B/1/x.jpg", "a2.jpg", "a10.jpg"]
    files += ["A1.jpg", "a01.png"]
    path = fill(tmp_path / "folder", *files)
    if packed:
        path = pack(tmp_path / "a.zip", dict.fromkeys(files, b"x"))
    expected = [
        "A1.jpg",
        "a01.png",
        "a2.jpg",
        "a10.jpg",
        "B/1/x.jpg",
        "b/c9.jpg",
        "b/c10.jpg",
    ]
    assert list(given_ids(path)) == expected


def test_names_of_thousands_of_digits_are_sorted_too(tmp_path: Path) -> None:
    files = dict.fromkeys(
        (f"Zoe{'9' * 6000}.jpg", f"Zoe1{'0' * 6000}.jpg", "Zoe0.jpg"), b"x"
    )
    assert [len(name) for name in names(pack(tmp_path / "a.zip", files))] == [4, 6003, 6004]


def test_the_same_name_composed_and_decomposed_is_there_once(tmp_path: Path) -> None:
    name = "Zoë.jpg"
    fill(tmp_path, name, unicodedata.normalize("NFD", name))
    assert names(tmp_path) == ["Zoë"]
    assert problems(tmp_path) == [(name, ArchiveProblem.TWICE)]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("陈喆".encode("gbk"), "陈喆"),
        ("陈喆".encode(), "陈喆"),
        ("René".encode("cp437"), "René"),
        ("Andrés".encode("cp437"), "Andrés"),
        (b"Anna", "Anna"),
        (b"\xe9\xff\xfe", "éÿþ"),
    ],
)
def test_names_of_a_zip_that_does_not_say_how_they_are_written(
    tmp_path: Path, raw: bytes, name: str
) -> None:
    with ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr(RawName(raw + b".jpg"), b"picture")
    with open_source(tmp_path / "a.zip") as source:
        assert [person.name for person in source.people] == [name]
        assert source.read(source.people[0]) == b"picture"


def test_a_name_in_unicode_beside_the_other_is_taken_as_it_is(tmp_path: Path) -> None:
    info = RawName(b"??.jpg")
    raw = "陈伟.jpg".encode()
    info.extra = struct.pack("<HHBL", 0x7075, len(raw) + 5, 1, crc32(b"??.jpg")) + raw
    with ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr(info, b"picture")
    assert names(tmp_path / "a.zip") == ["陈伟"]


def test_names_of_a_folder_that_are_no_utf8_are_read_as_in_a_zip(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + "陈伟.jpg".encode("gbk"))).touch()
    assert names(tmp_path) == ["陈伟"]


def test_a_folder_that_was_packed_as_such_is_the_root(tmp_path: Path) -> None:
    files = {
        "Team/": b"",
        "Team/a.jpg": b"x",
        "Team/people.csv": b"name,file\nAnna,a.jpg",
        "__MACOSX/Team/._a.jpg": b"x",
    }
    with open_source(pack(tmp_path / "a.zip", files)) as source:
        assert source.people == [SourcePerson(source="a.jpg", name="Anna")]
