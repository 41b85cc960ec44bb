"""One rule says who is on a picture: a person's folder, else a file's own name."""

from pathlib import Path

import pytest

from custom_components.face_module.fleet.archive import ArchiveProblem, open_source
from custom_components.face_module.fleet.charsets import Home
from custom_components.face_module.fleet.file_names import name_of, stem_of
from tests.fleet.kit import fill, given_ids, names, pack, problems


def words(text: str) -> list[str]:
    return text.split()


CAMERAS = words("""
IMG_1234 IMG_E1234 IMG_20240101_123456 IMG-20240101-WA0001 DSC00012 _DSC1234 DSC_0001
DSCF0001 DSCN0001 PXL_20240101_123456789.MP MVIMG_20240101_123456 P1000123 CIMG0001
SAM_0001 GOPR0001 DJI_0001 20240101_123456 2024-01-01 0001 1 ___ FB_IMG_1612345678
mmexport1612345678 received_123456789 Screenshot_20240101-123456_Chrome
signal-2024-01-01-123456 photo_2024-01-01_12-34-56 image0 Photo 图片1
微信图片_20240101123456 微信截图_20240101 照片 头像 QQ图片20240101 屏幕截图_2024 截屏2024
wx_camera_1612345678 KakaoTalk_20240101_123456789 スクリーンショット
3F2504E0-4F89-11D3-9A0C-0305E82C3301 d41d8cd98f00b204e9800998ecf8427e unnamed Scan0001 (1)
""")
CAMERAS += [
    "WhatsApp Image 2024-01-01 at 12.34.56",
    "WhatsApp Image 2024-01-01 at 1.23.45 PM (1)",
    "WhatsApp Bild 2024-01-01 um 12.34.56",
    "Screenshot 2024-01-01 at 10.00.00 AM",
    "Screenshot (12)",
    "Bildschirmfoto 2024-01-01 um 12.34.56",
    "Capture d’écran 2024-01-01 à 12.34.56",
    "Photo on 01-01-24 at 12.34 PM",
    "Foto 01.01.24, 12 34 56",
    "スクリーンショット 2024-01-01 12.34.56",
]
PEOPLE = words("""
Anna Sam Line Ed Al Dan An Anna2 Mark_1 Imogen Descartes Img-Berg Wang_Wei 陈伟 张图 写楽
May Le_2 Scanlon Photini Pic-Bois
""")


@pytest.mark.parametrize("stem", CAMERAS)
def test_what_a_camera_or_counter_called_it_is_no_name(tmp_path: Path, stem: str) -> None:
    assert name_of(stem) is None
    fill(tmp_path, f"{stem}.jpg", "Anna.jpg")
    assert names(tmp_path) == ["Anna"]
    assert problems(tmp_path) == [(f"{stem}.jpg", ArchiveProblem.NO_NAME)]


@pytest.mark.parametrize("stem", CAMERAS)
@pytest.mark.parametrize("packed", [False, True])
def test_in_a_persons_folder_it_is_that_person(
    tmp_path: Path, stem: str, *, packed: bool
) -> None:
    path = fill(tmp_path / "all", f"Anna Klein/{stem}.jpg", f"Ben/2024/{stem}.jpg")
    if packed:
        files = {f"Anna Klein/{stem}.jpg": b"x", f"Ben/2024/{stem}.jpg": b"x"}
        path = pack(tmp_path / "a.zip", files)
    assert names(path) == ["Anna Klein", "Ben"]
    assert problems(path) == []


@pytest.mark.parametrize("stem", PEOPLE)
def test_what_may_be_a_name_is_one(stem: str) -> None:
    assert name_of(stem) == stem.replace("_", " ")


def test_one_picture_stands_for_a_folder_and_the_report_says_so(tmp_path: Path) -> None:
    fill(tmp_path, "Anna/10.jpg", "Anna/2.jpg", "Anna/Anna 3.jpg", "Ben.jpg")
    assert given_ids(tmp_path) == {"Anna/2.jpg": None, "Ben.jpg": None}
    with open_source(tmp_path) as source:
        assert source.problems == []
        assert [(line.source, line.problem, line.more) for line in source.notes] == [
            ("Anna/2.jpg", ArchiveProblem.ONE_OF, {"folder": "Anna", "count": "3"})
        ]


def test_a_folder_of_several_people_is_nobody(tmp_path: Path) -> None:
    fill(tmp_path, "Class 1a/Ben.jpg", "Class 1a/IMG_0001.jpg", "School/Team/2.jpg")
    fill(tmp_path, "School/3.jpg")
    assert names(tmp_path) == ["Ben", "Team"]
    assert problems(tmp_path) == [
        ("Class 1a/IMG_0001.jpg", ArchiveProblem.NO_NAME),
        ("School/3.jpg", ArchiveProblem.NO_NAME),
    ]


def test_a_folder_with_too_many_pictures_is_nobody(tmp_path: Path) -> None:
    fill(tmp_path, *(f"Class 1a/{n}.jpg" for n in range(21)))
    assert names(tmp_path) == []
    assert {problem for _, problem in problems(tmp_path)} == {ArchiveProblem.NO_NAME}


def test_folders_of_cameras_are_nobody(tmp_path: Path) -> None:
    fill(tmp_path, "DCIM/100/IMG_1.jpg", "Photos/1.jpg", "照片/1.jpg")
    assert names(tmp_path) == []
    assert len(problems(tmp_path)) == 3


def test_a_zip_of_one_persons_folder_is_that_person(tmp_path: Path) -> None:
    assert names(pack(tmp_path / "a.zip", {"Anna/1.jpg": b"x"})) == ["Anna"]
    files = {"Team/Anna/1.jpg": b"x", "Team/Ben/1.jpg": b"x", "Team/2.jpg": b"x"}
    path = pack(tmp_path / "b.zip", files)
    assert names(path) == ["Anna", "Ben"]
    assert problems(path) == [("2.jpg", ArchiveProblem.NO_NAME)]


JPEG = b"\xff\xd8\xff\xe0"
HEADS = {
    "jpeg": JPEG,
    "png": b"\x89PNG\r\n\x1a\n",
    "gif": b"GIF89a",
    "webp": b"RIFF\0\0\0\0WEBP",
    "bmp": b"BM\x10\0\0\0\0\0\0\0",
    "tiff": b"II*\0",
    "heic": b"\0\0\0\x18ftypheic",
}


@pytest.mark.parametrize("kind", HEADS)
@pytest.mark.parametrize("packed", [False, True])
def test_whatever_begins_as_a_picture_is_one(
    tmp_path: Path, kind: str, *, packed: bool
) -> None:
    files = {"Anna": HEADS[kind] + bytes(20), "A.B. Smith": JPEG, "Ben": b"BMW is a car"}
    files |= {"Video": b"\0\0\0\x18ftypisom", "list.xlsx": b"PK\3\4", "Nobody": b""}
    path = tmp_path / "all"
    if packed:
        path = pack(tmp_path / "a.zip", files)
    else:
        path.mkdir()
        for name, data in files.items():
            (path / name).write_bytes(data)
    assert names(path) == ["A.B. Smith", "Anna"]
    assert problems(path) == [
        ("Ben", ArchiveProblem.NOT_PICTURE),
        ("list.xlsx", ArchiveProblem.WORKBOOK),
        ("Nobody", ArchiveProblem.NOT_PICTURE),
        ("Video", ArchiveProblem.NOT_PICTURE),
    ]


def test_a_table_matches_by_stem_and_number_where_that_is_sure(tmp_path: Path) -> None:
    fill(tmp_path, "0001.jpg", "0002.jpg", "0010.png", "x/0010.jpg", "Zoe.jfif", "0003.jpg")
    table = "Name;Datei\nAnna;1\nBen;0002\nEva;10\nZoé;zoe\nMax;99\n"
    fill(tmp_path, people=table.encode("cp1252"))
    with open_source(tmp_path, Home("de", "DE")) as source:
        assert {person.source: person.name for person in source.people} == {
            "0001.jpg": "Anna",
            "0002.jpg": "Ben",
            "Zoe.jfif": "Zoé",
        }
        assert [(line.source, line.problem) for line in source.problems] == [
            ("99", ArchiveProblem.NO_PICTURE),
            ("10", ArchiveProblem.AMBIGUOUS),
            ("0003.jpg", ArchiveProblem.NOT_LISTED),
            ("0010.png", ArchiveProblem.NOT_LISTED),
            ("x/0010.jpg", ArchiveProblem.NOT_LISTED),
        ]
        assert [line.problem for line in source.notes] == [
            ArchiveProblem.CHARSET,
            ArchiveProblem.BY_NUMBER,
        ]


def test_two_rows_for_one_picture_are_nobodys(tmp_path: Path) -> None:
    fill(tmp_path, "0001.jpg", "2.jpg", people="name,file\nA,1\nB,01\nC,2\nC,2\n")
    assert given_ids(tmp_path) == {"2.jpg": None}
    assert problems(tmp_path) == [
        ("1", ArchiveProblem.AMBIGUOUS),
        ("01", ArchiveProblem.AMBIGUOUS),
        ("0001.jpg", ArchiveProblem.NOT_LISTED),
    ]


def test_a_table_finds_the_folder_of_a_person(tmp_path: Path) -> None:
    fill(tmp_path, "Anna/1.jpg", "Anna/2.jpg", "Ben/1.jpg", "Eva/1.jpg")
    fill(tmp_path, people="name,user_id,file\nAnna,7,\nBenjamin,8,Ben/1.jpg\n")
    with open_source(tmp_path) as source:
        assert [(p.source, p.name, p.user_id) for p in source.people] == [
            ("Anna/1.jpg", "Anna", "7"),
            ("Ben/1.jpg", "Benjamin", "8"),
        ]
    assert problems(tmp_path) == [("Eva/1.jpg", ArchiveProblem.NOT_LISTED)]


def test_a_row_may_name_what_a_camera_called(tmp_path: Path) -> None:
    fill(tmp_path, "IMG_1.jpg", "IMG_2.jpg", people="name,file\nAnna,IMG_1\n,IMG_2\n")
    assert names(tmp_path) == ["Anna"]
    assert problems(tmp_path) == [("IMG_2.jpg", ArchiveProblem.NO_NAME)]


@pytest.mark.parametrize(
    ("header", "cells", "name"),
    [
        ("姓名,工号,照片", "陈伟,7,1.jpg", "陈伟"),
        ("姓名\t編號\t檔案名稱", "陳偉\t7\t1.jpg", "陳偉"),
        ("氏名,社員番号,ファイル名", "山田太郎,7,1.jpg", "山田太郎"),
        ("이름;사번;사진", "김철수;7;1.jpg", "김철수"),
        ("Vorname;Nachname;Personalnummer;Bild", "Jürgen;Müller;7;1.jpg", "Jürgen Müller"),
        ("Name;Vorname;Benutzer-ID;Datei", "Müller;Jürgen;7;1.jpg", "Jürgen Müller"),
        ("Nom;Prénom;Matricule;Photo", "Noël;Zoé;7;1.jpg", "Zoé Noël"),
        ("Nombre;Matrícula;Archivo", "José;7;1.jpg", "José"),
        ("Nome e cognome|Matricola|Nome file", "Niccolò|7|1.jpg", "Niccolò"),
        ("Имя;Табельный номер;Файл", "Иван;7;1.jpg", "Иван"),
        ("Imię;Nazwisko;Identyfikator;Zdjęcie", "Łukasz;Żak;7;1.jpg", "Łukasz Żak"),
        ("姓,名,ID,写真", "山田,太郎,7,1.jpg", "山田太郎"),
        ("FULL NAME,Employee-ID,File Name", "Anna,7,1.jpg", "Anna"),
    ],
)
def test_headings_of_the_world(tmp_path: Path, header: str, cells: str, name: str) -> None:
    fill(tmp_path, "1.jpg", people=f"{header}\r\n{cells}\r\n")
    assert names(tmp_path) == [name]
    assert given_ids(tmp_path) == {"1.jpg": "7"}


def test_a_table_of_fifty_thousand_people_is_not_too_large(tmp_path: Path) -> None:
    rows = "".join(
        f"Hélène Lefèvre-Dupont {n};pictures/{n:05}.jpg\r\n" for n in range(50_000)
    )
    table = f"sep=;\r\nname;file\r\n{rows}".encode("cp1252")
    assert len(table) > 2 * 1024 * 1024
    fill(tmp_path, "pictures/00007.jpg", people=table)
    with open_source(tmp_path, Home("fr", "FR")) as source:
        assert [person.name for person in source.people] == ["Hélène Lefèvre-Dupont 7"]
        assert len(source.problems) == 49_999


def test_endings_of_pictures_are_no_part_of_names() -> None:
    assert stem_of("a/b/Anna.jpg.JPG") == "Anna"
    assert stem_of("Dr. No") == "Dr. No"
    assert stem_of(".jpg") == ".jpg"
