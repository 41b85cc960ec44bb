"""What a folder may hold and become meanwhile: links, pipes, too much, nothing."""

from collections.abc import Callable, Iterator
import os
from pathlib import Path
import socket
from typing import Any
from zipfile import ZIP_STORED

import pytest

from custom_components.face_module.fleet import (
    archive,
    archive_zip,
    folder as folders,
    source,
)
from custom_components.face_module.fleet.archive import ArchiveProblem, open_source
from tests.fleet.kit import MIB, fill, names, pack, problems, refusal, unread


def test_no_link_of_a_folder_is_followed(tmp_path: Path) -> None:
    outside = fill(tmp_path / "outside", "secret.jpg")
    folder = fill(tmp_path / "folder", "Anna.jpg")
    (folder / "file.jpg").symlink_to(outside / "secret.jpg")
    (folder / "sub").symlink_to(outside)
    (folder / "loop").symlink_to(folder)
    (folder / "inside.jpg").symlink_to("Anna.jpg")
    (folder / "dangling.jpg").symlink_to("nothing")
    (folder / ".hidden.jpg").symlink_to("nothing")
    assert names(folder) == ["Anna"]
    links = ["dangling.jpg", "file.jpg", "inside.jpg", "loop", "sub"]
    assert sorted(problems(folder)) == [(link, ArchiveProblem.SYMLINK) for link in links]


def test_a_folder_of_nothing_but_links_says_so(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").symlink_to("/etc/passwd")
    assert names(tmp_path) == []
    assert problems(tmp_path) == [("a.jpg", ArchiveProblem.SYMLINK)]


@pytest.mark.parametrize("table", ["manifest.json", "people.csv"])
def test_names_are_not_read_through_a_link(tmp_path: Path, table: str) -> None:
    fill(tmp_path, "1.jpg")
    (tmp_path / table).symlink_to("/etc/passwd")
    assert refusal(tmp_path) is ArchiveProblem.SYMLINK


def test_a_folder_that_is_a_link_itself_is_read(tmp_path: Path) -> None:
    fill(tmp_path / "folder", "sub/Anna.jpg")
    (tmp_path / "link").symlink_to("folder")
    with open_source(tmp_path / "link") as source:
        assert source.read(source.people[0]) == b"picture"


def test_pipes_and_sockets_are_no_pictures(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "socket.jpg"))
        assert refusal(tmp_path) is ArchiveProblem.EMPTY


def exchange(path: Path, put: Callable[[Path], object]) -> Callable[[], None]:
    def later() -> None:
        path.rename(path.with_name("before"))
        put(path)

    return later


@pytest.mark.parametrize(
    ("put", "problem"),
    [
        (lambda path: None, ArchiveProblem.GONE),
        (os.mkfifo, ArchiveProblem.GONE),
        (os.mkdir, ArchiveProblem.GONE),
        (lambda path: path.symlink_to("/etc/passwd"), ArchiveProblem.SYMLINK),
    ],
)
def test_a_picture_that_became_something_else_is_not_read(
    tmp_path: Path, put: Callable[[Path], object], problem: ArchiveProblem
) -> None:
    fill(tmp_path, "sub/Anna.jpg")
    assert unread(tmp_path, exchange(tmp_path / "sub" / "Anna.jpg", put)) is problem


@pytest.mark.parametrize(
    ("put", "problem"),
    [
        (lambda path: None, ArchiveProblem.GONE),
        (Path.touch, ArchiveProblem.GONE),
        (lambda path: path.symlink_to("before"), ArchiveProblem.SYMLINK),
    ],
)
def test_a_folder_that_became_something_else_is_not_read(
    tmp_path: Path, put: Callable[[Path], object], problem: ArchiveProblem
) -> None:
    fill(tmp_path, "sub/Anna.jpg")
    assert unread(tmp_path, exchange(tmp_path / "sub", put)) is problem


def test_a_picture_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    fill(tmp_path, "Anna.jpg")
    with socket.socket(socket.AF_UNIX) as listening:
        put = exchange(tmp_path / "Anna.jpg", lambda path: listening.bind(str(path)))
        assert unread(tmp_path, put) is ArchiveProblem.FILE_UNREADABLE


def refuse(name: str) -> Callable[[Any], Iterator[os.DirEntry[str]]]:
    scandir = os.scandir

    def wrapped(path: Path) -> Any:
        if path.name == name:
            raise PermissionError
        return scandir(path)

    return wrapped


def test_a_folder_that_cannot_be_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "Anna.jpg")
    monkeypatch.setattr(os, "scandir", refuse(tmp_path.name))
    assert refusal(tmp_path) is ArchiveProblem.UNREADABLE


def test_a_sub_folder_that_cannot_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "Anna.jpg", "a/sub/Bert.jpg")
    monkeypatch.setattr(os, "scandir", refuse("sub"))
    assert names(tmp_path) == ["Anna"]
    assert problems(tmp_path) == [("a/sub", ArchiveProblem.FILE_UNREADABLE)]


@pytest.mark.parametrize("packed", [False, True])
def test_a_picture_that_is_too_large_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, packed: bool
) -> None:
    monkeypatch.setattr(archive, "MAX_BYTES", 2 * MIB)
    for size, fits in ((2 * MIB, True), (2 * MIB + 1, False)):
        data = os.urandom(size)
        path = tmp_path / f"{size}"
        path.mkdir()
        (path / "a.jpg").write_bytes(data)
        if packed:
            path = pack(tmp_path / f"{size}.zip", {"a.jpg": data}, ZIP_STORED)
        if fits:
            with open_source(path) as source:
                assert source.read(source.people[0]) == data
        else:
            assert unread(path) is ArchiveProblem.TOO_LARGE


@pytest.mark.parametrize("packed", [False, True])
def test_too_many_pictures_files_or_folders_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, packed: bool
) -> None:
    files = ["a.jpg", "b.jpg", "c.jpg", "d.txt", "/".join("x" * 5) + ".jpg"]
    path = fill(tmp_path / "folder", *files)
    if packed:
        path = pack(tmp_path / "a.zip", dict.fromkeys(files, b"x"))
    for where, name, limit in (
        (archive, "MAX_PEOPLE", 3),
        (archive_zip if packed else folders, "MAX_ENTRIES", 4),
        (source, "MAX_DEPTH", 3),
    ):
        with monkeypatch.context() as context:
            context.setattr(where, name, limit)
            assert refusal(path) is ArchiveProblem.TOO_MANY


@pytest.mark.parametrize("packed", [False, True])
def test_nothing_is_said_to_be_empty(tmp_path: Path, *, packed: bool) -> None:
    path = fill(tmp_path / "folder", "notes.txt", people="name\nAnna\n")
    if packed:
        path = pack(tmp_path / "a.zip", {"people.csv": b"name\nAnna\n"})
    assert refusal(path) is ArchiveProblem.EMPTY


@pytest.mark.parametrize("name", ["nothing", "nothing.zip", "file/below", "a\0b"])
def test_what_is_not_there_is_missing(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    assert refusal(tmp_path / name) is ArchiveProblem.MISSING


def test_what_is_neither_folder_nor_file_is_not_touched(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.zip")
    assert refusal(tmp_path / "pipe.zip") is ArchiveProblem.UNREADABLE
    assert refusal(tmp_path / ("x" * 300)) is ArchiveProblem.UNREADABLE
