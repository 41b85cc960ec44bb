"""A table beside the pictures says who is who, as Excel writes it anywhere."""

from pathlib import Path
import random
import unicodedata
from zipfile import ZIP_STORED

import pytest

from custom_components.face_module.fleet import archive, table as tables
from custom_components.face_module.fleet.archive import (
    ArchiveError,
    ArchiveProblem,
    SourcePerson,
    open_source,
)
from tests.fleet.kit import fill, given_ids, manifest, names, pack, problems, refusal, row

PICTURES = ("Anna.jpg", "sub/Anna.jpg", "sub/only.jpg", "Bert_Blum.jpg", "ZOË.jpg")

NOISE = random.Random(1).randbytes(2000).replace(b"\0", b"\1")


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
        }
    assert problems(tmp_path) == [("Claire.jpg", ArchiveProblem.NOT_LISTED)]


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
        ({"user_id": "zoë"}, "ZOË.jpg"),
        ({"name": "only"}, "sub/only.jpg"),
        ({"name": "Bert Blum"}, "Bert_Blum.jpg"),
        ({"user_id": "only", "name": "Anna"}, "sub/only.jpg"),
        ({"user_id": "nobody", "name": "zoë"}, "ZOË.jpg"),
        ({"file": "nothing.jpg", "name": "Anna"}, None),
        ({"file": "Anna", "name": "Anna"}, "Anna.jpg"),
        ({"file": "ONLY"}, "sub/only.jpg"),
        ({"file": "C:\\Users\\me\\Pictures\\only.jpg"}, "sub/only.jpg"),
    ],
)
def test_a_row_belongs_to_the_picture_that_it_says(
    tmp_path: Path, said: dict[str, str], owner: str | None
) -> None:
    fill(tmp_path, *PICTURES)
    cells = [said.get(column, "") for column in ("file", "user_id", "name")]
    fill(tmp_path, people=f"file,user_id,name,person\n{','.join(cells)},person.x\n")
    with open_source(tmp_path) as source:
        owners = [person.source for person in source.people if person.person]
        assert owners == ([] if owner is None else [unicodedata.normalize("NFC", owner)])
        missing = [line for line in source.problems if line.source not in PICTURES]
        assert [line.problem for line in missing] == (
            [ArchiveProblem.NO_PICTURE] if owner is None else []
        )


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
        *(
            (said, ArchiveProblem.NO_PICTURE)
            for said in ("x.jpg", "Bert", "3", "people.csv")
        ),
        ("Anna.jpg", ArchiveProblem.NOT_LISTED),
    ]


@pytest.mark.parametrize("score", ["high", "-1", "100.1", "nan", "inf", "85,5,5"])
def test_a_row_that_cannot_be_meant_imports_nobody(tmp_path: Path, score: str) -> None:
    fill(tmp_path, "Anna.jpg", "Bert.jpg", people=f"name,minimum_score\nAnna,{score}\n")
    assert names(tmp_path) == []
    assert problems(tmp_path) == [
        ("Anna.jpg", ArchiveProblem.ROW),
        ("Bert.jpg", ArchiveProblem.NOT_LISTED),
    ]


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
    fill(fill(tmp_path, "A.jpg", "sub/B.jpg") / "sub", people="x")
    assert names(tmp_path) == ["A", "B"]
    assert problems(tmp_path) == [("sub/people.csv", ArchiveProblem.NOT_PICTURE)]


def test_several_csv_files_are_refused(tmp_path: Path) -> None:
    fill(tmp_path, "1.jpg", a="name\n", b="name\n")
    assert refusal(tmp_path) is ArchiveProblem.CSV_SEVERAL


@pytest.mark.parametrize("table", ["", "user_id;file\n1;1.jpg\n", "\n\nname\n", "\ufeff"])
def test_a_csv_without_a_column_of_names_is_refused(tmp_path: Path, table: str) -> None:
    fill(tmp_path, "1.jpg", people=table)
    assert refusal(tmp_path) is ArchiveProblem.CSV_NO_NAME


@pytest.mark.parametrize(
    "table",
    [b"name\n" + NOISE, b'name\n"' + b"x" * 200_000],
    ids=["noise", "a cell without an end"],
)
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
    fill(tmp_path, "1.jpg", people="name\n" + "".join(f"x{n}\n" for n in range(6)))
    assert len(problems(tmp_path)) == 7
    monkeypatch.setattr(tables, "MAX_PEOPLE", 5)
    assert refusal(tmp_path) is ArchiveProblem.TOO_MANY


def test_very_many_rows_and_pictures_of_one_name_are_quick_and_nobodys(
    tmp_path: Path,
) -> None:
    table = b"name,user_id\n" + b"".join(b"a,%d\n" % n for n in range(20_000))
    files = {f"{n}/a.jpg": b"" for n in range(5000)} | {"people.csv": table}
    path = pack(tmp_path / "a.zip", files, ZIP_STORED)
    with open_source(path) as source:
        assert source.people == []
        assert len(source.problems) == 25_000
