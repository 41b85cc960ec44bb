"""The people of folders and zips, from friends and from foes, and our own export."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
import hashlib
from io import BytesIO, FileIO
import os
from pathlib import Path
import resource
import socket
import stat
import struct
import tempfile
import tracemalloc
from typing import Any
import unicodedata
import warnings
from zipfile import (
    ZIP_BZIP2,
    ZIP_DEFLATED,
    ZIP_LZMA,
    ZIP_STORED,
    ZIP_ZSTANDARD,
    ZipFile,
    ZipInfo,
)
from zlib import crc32

from hypothesis import given, settings, strategies as st
import orjson
import pytest

from custom_components.face_module import archive, archive_zip
from custom_components.face_module.archive import (
    ArchiveError,
    ArchiveProblem,
    ArchiveWriter,
    SourcePerson,
    SourceProblem,
    open_source,
)

MIB = 1024 * 1024
SHA = hashlib.sha256(b"picture").hexdigest()
# Where a file's entry in the table of contents says what.
FLAGS, METHOD, CRC, SHRUNK, SIZE, ATTRIBUTES, OFFSET = 8, 10, 16, 20, 24, 38, 42

examples = settings(max_examples=150, deadline=None, derandomize=True)


class RawName(ZipInfo):
    """An entry whose name is written as bytes of whatever encoding."""

    def __init__(self, raw: bytes) -> None:
        super().__init__("raw")
        self.raw = raw

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:  # noqa: N802
        return self.raw, 0


def fill(folder: Path, *names: str, **contents: bytes | str) -> Path:
    """Write files of a folder; keywords are CSV or JSON files without the suffix."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"picture")
    for stem, content in contents.items():
        data = content.encode() if isinstance(content, str) else content
        (folder / f"{stem}.{'json' if stem == 'manifest' else 'csv'}").write_bytes(data)
    return folder


def pack(path: Path, files: dict[str, bytes], method: int = ZIP_DEFLATED) -> Path:
    with ZipFile(path, "w", method) as packed:
        for name, data in files.items():
            packed.writestr(name, data)
    return path


def patch(path: Path, place: int, kind: str, value: int, entry: int = 0) -> Path:
    """Let the table of contents say something else of an entry."""
    data, at = bytearray(path.read_bytes()), -1
    for _ in range(entry + 1):
        at = data.index(b"PK\x01\x02", at + 1)
    struct.pack_into(f"<{kind}", data, at + place, value)
    path.write_bytes(data)
    return path


def manifest(*people: Any, **changes: Any) -> bytes:
    return orjson.dumps({"version": 1, "people": people, **changes})


def row(file: str, **changes: Any) -> dict[str, Any]:
    return {"user_id": "u", "name": "N", "file": file, **changes}


def names(path: Path) -> list[str]:
    with open_source(path) as source:
        return [person.name for person in source.people]


def given_ids(path: Path) -> dict[str, str | None]:
    with open_source(path) as source:
        return {person.source: person.user_id for person in source.people}


def problems(path: Path) -> list[tuple[str, ArchiveProblem]]:
    with open_source(path) as source:
        return [(line.source, line.problem) for line in source.problems]


def refusal(path: Path) -> ArchiveProblem:
    with pytest.raises(ArchiveError) as caught:
        open_source(path)
    return caught.value.problem


def unread(path: Path, between: Callable[[], object] = lambda: None) -> ArchiveProblem:
    """Return why the first picture cannot be read."""
    with open_source(path) as source:
        between()
        with pytest.raises(ArchiveError) as caught:
            source.read(source.people[0])
        assert caught.value.source == source.people[0].source
        return caught.value.problem


# --- Names of files --------------------------------------------------------------------


def test_a_folder_of_pictures_is_people_named_as_their_files(tmp_path: Path) -> None:
    fill(tmp_path, "Anna.jpg", "陈伟.PNG", "notes.txt", "movie.mp4", ".DS_Store")
    with open_source(tmp_path) as source:
        assert source.people == [
            SourcePerson(source="Anna.jpg", name="Anna"),
            SourcePerson(source="陈伟.PNG", name="陈伟"),
        ]
        assert source.problems == []
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
        ("___.jpg", "___"),
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
    files = ["b/10.jpg", "b/9.jpg", "B/1/x.jpg", "a2.jpg", "a10.jpg", "A1.jpg", "a01.png"]
    path = fill(tmp_path / "folder", *files)
    if packed:
        path = pack(tmp_path / "a.zip", dict.fromkeys(files, b"x"))
    expected = [
        "A1.jpg",
        "a01.png",
        "a2.jpg",
        "a10.jpg",
        "B/1/x.jpg",
        "b/9.jpg",
        "b/10.jpg",
    ]
    assert list(given_ids(path)) == expected


def test_names_of_thousands_of_digits_are_sorted_too(tmp_path: Path) -> None:
    files = dict.fromkeys((f"{'9' * 6000}.jpg", f"1{'0' * 6000}.jpg", "0.jpg"), b"x")
    assert [len(name) for name in names(pack(tmp_path / "a.zip", files))] == [1, 6000, 6001]


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
        (b"\xe9\xff\xfe", "Θ\xa0■"),
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


# --- CSV -------------------------------------------------------------------------------


def test_a_csv_gives_pictures_their_names_and_more(tmp_path: Path) -> None:
    table = (
        "Minimum Score, USER_ID ,file,Person,name,remark\n"
        "85.5%,42,IMG_1.jpg,person.anna,  Anna   Schmidt ,x\n"
        ",,,,\n\n"
        ",43,,,Bert\n"
    )
    fill(tmp_path, "IMG_1.jpg", "43.png", "Claire.jpg", people=table)
    with open_source(tmp_path) as source:
        assert {person.source: person for person in source.people} == {
            "IMG_1.jpg": SourcePerson(
                source="IMG_1.jpg",
                user_id="42",
                name="Anna Schmidt",
                person="person.anna",
                minimum_score=85.5,
            ),
            "43.png": SourcePerson(source="43.png", user_id="43", name="Bert"),
            "Claire.jpg": SourcePerson(source="Claire.jpg", name="Claire"),
        }
        assert source.problems == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_a_csv_is_read_as_excel_writes_it_anywhere(
    tmp_path: Path, delimiter: str, encoding: str, quote: str
) -> None:
    cells = [["user_id", "name"], ["7", "陈伟"]]
    lines = [delimiter.join(f"{quote}{cell}{quote}" for cell in line) for line in cells]
    fill(tmp_path, "7.jpg", users="\r\n".join(lines).encode(encoding))
    assert names(tmp_path) == ["陈伟"]
    assert given_ids(tmp_path) == {"7.jpg": "7"}


@pytest.mark.parametrize(
    ("said", "owner"),
    [
        ({"file": "sub\\Anna.jpg"}, "sub/Anna.jpg"),
        ({"file": "./ANNA.jpg"}, "Anna.jpg"),
        ({"file": "only.jpg"}, "sub/only.jpg"),
        ({"user_id": "zoë"}, "ZOE\u0308.jpg"),
        ({"name": "only"}, "sub/only.jpg"),
        ({"name": "Bert Blum"}, "Bert_Blum.jpg"),
        ({"user_id": "only", "name": "Anna"}, "sub/only.jpg"),
        ({"user_id": "nobody", "name": "Anna"}, "Anna.jpg"),
        ({"file": "nothing.jpg", "name": "Anna"}, None),
        ({"file": "Anna", "name": "Anna"}, None),
    ],
)
def test_a_row_belongs_to_the_picture_that_it_says(
    tmp_path: Path, said: dict[str, str], owner: str | None
) -> None:
    fill(tmp_path, "Anna.jpg", "sub/Anna.jpg", "sub/only.jpg", "Bert_Blum.jpg")
    fill(tmp_path, "ZOE\u0308.jpg")
    cells = [said.get(column, "") for column in ("file", "user_id", "name")]
    fill(tmp_path, people=f"file,user_id,name,person\n{','.join(cells)},person.x\n")
    with open_source(tmp_path) as source:
        owners = [person.source for person in source.people if person.person]
        assert owners == ([] if owner is None else [unicodedata.normalize("NFC", owner)])
        missing = [line.problem for line in source.problems]
        assert missing == ([ArchiveProblem.NO_PICTURE] if owner is None else [])


def test_what_is_said_goes_before_what_is_guessed_whatever_the_order(
    tmp_path: Path,
) -> None:
    table = "name,user_id,file\nAnna,1,\nAnna,2,Anna.jpg\nBert,Anna,\n"
    fill(tmp_path, "Anna.jpg", "sub/Anna.jpg", people=table)
    assert given_ids(tmp_path) == {"Anna.jpg": "2", "sub/Anna.jpg": "Anna"}
    assert problems(tmp_path) == [("Anna", ArchiveProblem.NO_PICTURE)]


def test_a_row_without_a_name_takes_the_one_of_its_file(tmp_path: Path) -> None:
    fill(tmp_path, "Anna_S.jpg", people="name,user_id,file\n,5,anna_s.jpg\n")
    with open_source(tmp_path) as source:
        assert source.people == [
            SourcePerson(source="Anna_S.jpg", user_id="5", name="Anna S")
        ]


def test_a_row_without_a_picture_is_told_by_what_it_says(tmp_path: Path) -> None:
    table = "name,user_id,file,person\n,,x.jpg,\nBert,2,,\n,3,,\n,,,person.x\n"
    fill(tmp_path, "Anna.jpg", people=table)
    assert problems(tmp_path) == [
        (source, ArchiveProblem.NO_PICTURE)
        for source in ("x.jpg", "Bert", "3", "people.csv")
    ]


@pytest.mark.parametrize("score", ["high", "-1", "100.1", "nan", "inf", "85,5,5"])
def test_a_row_that_cannot_be_meant_imports_nobody(tmp_path: Path, score: str) -> None:
    fill(tmp_path, "Anna.jpg", "Bert.jpg", people=f"name,minimum_score\nAnna,{score}\n")
    assert names(tmp_path) == ["Bert"]
    assert problems(tmp_path) == [("Anna.jpg", ArchiveProblem.ROW)]


def test_a_score_may_have_a_comma(tmp_path: Path) -> None:
    fill(tmp_path, "Anna.jpg", people="name;minimum_score\nAnna;85,5\n")
    with open_source(tmp_path) as source:
        assert source.people[0].minimum_score == 85.5


def test_nobody_gets_the_user_id_of_another(tmp_path: Path) -> None:
    table = "name,user_id\nA,Renée\nB,Rene\u0301e\nC,\nD,\n"
    fill(tmp_path, "A.jpg", "B.jpg", "C.jpg", "D.jpg", people=table)
    assert names(tmp_path) == ["A", "C", "D"]
    assert problems(tmp_path) == [("B.jpg", ArchiveProblem.TWICE)]


def test_the_best_named_csv_counts(tmp_path: Path) -> None:
    fill(tmp_path, "1.jpg", list="user_id,name\n1,List\n")
    assert names(tmp_path) == ["List"]
    fill(tmp_path, users="user_id,name\n1,Users\n", other="x")
    assert names(tmp_path) == ["Users"]
    (tmp_path / "PEOPLE.CSV").write_text("user_id,name\n1,People\n")
    assert names(tmp_path) == ["People"]
    fill(tmp_path, manifest=manifest(row("1.jpg", name="Manifest")))
    assert names(tmp_path) == ["Manifest"]


def test_a_csv_of_a_sub_folder_is_none(tmp_path: Path) -> None:
    fill(fill(tmp_path, "1.jpg", "sub/2.jpg") / "sub", people="x")
    assert names(tmp_path) == ["1", "2"]


def test_several_csv_files_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, "1.jpg", a="name\n", b="name\n")
    assert refusal(tmp_path) is ArchiveProblem.CSV_SEVERAL


@pytest.mark.parametrize("table", ["", "user_id;file\n1;1.jpg\n", "\n\nname\n", "\ufeff"])
def test_a_csv_without_a_column_of_names_is_refused(tmp_path: Path, table: str) -> None:
    fill(tmp_path, "1.jpg", people=table)
    assert refusal(tmp_path) is ArchiveProblem.CSV_NO_NAME


@pytest.mark.parametrize("table", [b"name\n\xff\xff", b'name\n"' + b"x" * 200_000])
def test_a_csv_that_is_none_is_refused(tmp_path: Path, table: bytes) -> None:
    fill(tmp_path, "1.jpg", people=table)
    assert refusal(tmp_path) is ArchiveProblem.CSV


def test_a_csv_that_is_too_large_is_refused_with_its_name(tmp_path: Path) -> None:
    fill(tmp_path, "1.jpg", people=b"name\n".ljust(archive.MAX_CSV + 1, b"x"))
    with pytest.raises(ArchiveError) as caught:
        open_source(tmp_path)
    assert caught.value.problem is ArchiveProblem.TOO_LARGE
    assert caught.value.source == "people.csv"


def test_a_csv_of_too_many_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "1.jpg", people="name\n" + "x\n" * 6)
    assert len(problems(tmp_path)) == 6
    monkeypatch.setattr(archive, "MAX_PEOPLE", 5)
    assert refusal(tmp_path) is ArchiveProblem.TOO_MANY


def test_very_many_rows_and_pictures_of_one_name_are_quick(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = b"name,user_id\n" + b"".join(b"a,%d\n" % n for n in range(20_000))
    files = {f"{n}/a.jpg": b"" for n in range(5000)} | {"people.csv": table}
    path = pack(tmp_path / "a.zip", files, ZIP_STORED)
    with open_source(path) as source:
        assert [int(person.user_id or -1) for person in source.people] == [*range(5000)]
        assert len(source.problems) == 15_000


# --- Manifest --------------------------------------------------------------------------


def test_a_manifest_says_everything(tmp_path: Path) -> None:
    full = row("a/1.jpg", person="person.n", minimum_score=80, sha256=SHA)
    bare = row("2.jpg", user_id=" 2\n", name="")
    fill(tmp_path, "a/1.jpg", "2.jpg", people="broken", manifest=manifest(full, bare))
    with open_source(tmp_path) as source:
        assert source.people == [
            SourcePerson(
                source="a/1.jpg",
                user_id="u",
                name="N",
                person="person.n",
                minimum_score=80.0,
                sha256=SHA,
            ),
            SourcePerson(source="2.jpg", user_id=" 2\n", name=""),
        ]
        assert [source.read(person) for person in source.people] == [b"picture"] * 2


def test_what_does_not_fit_the_manifest_is_told(tmp_path: Path) -> None:
    rows = [
        row("1.jpg"),
        row("1.jpg", user_id="v"),
        row("2.jpg"),
        row("../3.jpg", user_id="w"),
        row("manifest.json", user_id="x"),
    ]
    fill(tmp_path, "1.jpg", "2.jpg", "4.jpg", manifest=manifest(*rows))
    assert given_ids(tmp_path) == {"1.jpg": "u"}
    assert sorted(problems(tmp_path)) == [
        ("../3.jpg", ArchiveProblem.NO_PICTURE),
        ("1.jpg", ArchiveProblem.TWICE),
        ("2.jpg", ArchiveProblem.TWICE),
        ("4.jpg", ArchiveProblem.NOT_LISTED),
        ("manifest.json", ArchiveProblem.NO_PICTURE),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[" * 5000,
        b"\xff",
        b'{"version": 1}',
        b'{"version": 1, "people": {}}',
        b'{"people": []}',
        b'"version"',
        b"[]",
        b"1",
        manifest(version=0),
        manifest(version=True),
        manifest(version="1"),
        manifest(version=1.5),
        manifest(None),
        manifest([]),
        manifest({}),
        manifest("file"),
        manifest(row("1.jpg", user_id=1)),
        manifest(row("1.jpg", user_id=None)),
        manifest(row("1.jpg", name=["N"])),
        manifest({"user_id": "u", "name": "N", "file": {}}),
        manifest(row("1.jpg", person=1)),
        manifest(row("1.jpg", minimum_score="80")),
        manifest(row("1.jpg", minimum_score=True)),
        manifest(row("1.jpg", minimum_score=100.5)),
        manifest(row("1.jpg", minimum_score=-1)),
        manifest(row("1.jpg", sha256=1)),
        manifest(row("1.jpg", sha256="x")),
        manifest(row("1.jpg", sha256=SHA + "\n")),
    ],
)
def test_a_malformed_manifest_is_refused(tmp_path: Path, data: bytes) -> None:
    assert refusal(fill(tmp_path, "1.jpg", manifest=data)) is ArchiveProblem.MANIFEST


def test_a_manifest_of_a_later_release_is_refused_as_such(tmp_path: Path) -> None:
    fill(tmp_path, "1.jpg", manifest=orjson.dumps({"version": 2, "somebody": []}))
    assert refusal(tmp_path) is ArchiveProblem.NEWER


def test_a_manifest_of_too_many_or_too_large_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path, "1.jpg", manifest=manifest(*[row("1.jpg")] * 3))
    monkeypatch.setattr(archive_zip, "MAX_PEOPLE", 2)
    assert refusal(tmp_path) is ArchiveProblem.TOO_MANY
    monkeypatch.setattr(archive, "MAX_MANIFEST", 20)
    assert refusal(tmp_path) is ArchiveProblem.TOO_LARGE


def test_a_picture_that_is_not_the_one_of_the_manifest_is_not_read(tmp_path: Path) -> None:
    fill(tmp_path, "1.jpg", manifest=manifest(row("1.jpg", sha256="0" * 64)))
    assert unread(tmp_path) is ArchiveProblem.CHECKSUM


# --- Dangers of folders ----------------------------------------------------------------


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
    monkeypatch.setattr(archive, "MAX_PICTURE", 2 * MIB)
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
        (archive_zip if packed else archive, "MAX_ENTRIES", 4),
        (archive_zip, "MAX_DEPTH", 3),
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


# --- Dangers of zips -------------------------------------------------------------------


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
    monkeypatch.setattr(archive, "MAX_PICTURE", 2 * MIB)
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


# --- Garbage ---------------------------------------------------------------------------


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


@pytest.fixture(scope="module")
def room() -> Iterator[Path]:
    """A folder with a picture, for all examples."""
    with tempfile.TemporaryDirectory() as name:
        yield fill(Path(name), "1.jpg", "a/Anna.jpg")


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
                optional={"person": json, "minimum_score": json, "sha256": json},
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


# --- Export ----------------------------------------------------------------------------


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
                "file": "pictures/00001.jpg",
                "sha256": SHA,
            },
            {
                "user_id": "b",
                "name": "",
                "person": None,
                "minimum_score": None,
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


def test_an_error_says_nothing_but_the_problem() -> None:
    error = ArchiveError(ArchiveProblem.GONE, "Anna.jpg")
    assert (str(error), error.source) == ("archive_gone", "Anna.jpg")
    assert all(str(problem).startswith("archive_") for problem in ArchiveProblem)
