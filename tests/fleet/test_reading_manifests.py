"""The manifest of our own export says everything, or is refused."""

from pathlib import Path

import orjson
import pytest

from custom_components.face_module.fleet import archive, export
from custom_components.face_module.fleet.archive import (
    ArchiveProblem,
    SourcePerson,
    open_source,
)
from custom_components.face_module.people.rule import NEVER
from tests.fleet.kit import SHA, fill, given_ids, manifest, problems, refusal, row, unread


def test_a_manifest_says_everything(tmp_path: Path) -> None:
    full = row(
        "a/1.jpg",
        person="person.n",
        minimum_score=80,
        sha256=SHA,
        access=NEVER.as_dict(),
    )
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
                access=NEVER,
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
        manifest(row("1.jpg", access="always")),
        manifest(row("1.jpg", access={"mode": "always"})),
        manifest(row("1.jpg", access={**NEVER.as_dict(), "end": "2026-12-01T12:00"})),
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
    monkeypatch.setattr(export, "MAX_PEOPLE", 2)
    assert refusal(tmp_path) is ArchiveProblem.TOO_MANY
    monkeypatch.setattr(archive, "MAX_MANIFEST", 20)
    assert refusal(tmp_path) is ArchiveProblem.TOO_LARGE


def test_a_picture_that_is_not_the_one_of_the_manifest_is_not_read(tmp_path: Path) -> None:
    fill(tmp_path, "1.jpg", manifest=manifest(row("1.jpg", sha256="0" * 64)))
    assert unread(tmp_path) is ArchiveProblem.CHECKSUM
