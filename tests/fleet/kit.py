"""What the tests of the fleet share: folders and zips, and the numbers of a report."""

import asyncio
from collections.abc import Callable
import hashlib
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from homeassistant.core import HomeAssistant
from hypothesis import settings
import orjson
import pytest

from custom_components.face_module.fleet.archive import (
    ArchiveError,
    ArchiveProblem,
    open_source,
)
from custom_components.face_module.fleet.job import Job
from custom_components.face_module.fleet.jobs import DATA_JOBS
from custom_components.face_module.people.person import RosterPerson
from simulator import SimulatedModule
from simulator.portraits import portrait

MIB = 1024 * 1024
SHA = hashlib.sha256(b"picture").hexdigest()
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


type Fleet = list[tuple[SimulatedModule, str]]


def photos(folder: Path, *people: str, variation: int = 0) -> None:
    for name in people:
        (folder / f"{name}.jpg").write_bytes(portrait(name, variation=variation))


def counts(report: dict[str, Any]) -> dict[str, int]:
    """Return the numbers of a report that are not 0."""
    keys = ("added", "replaced", "removed", "unchanged")
    found = {key: report[key] for key in keys}
    found["failed"] = len(report["failed"])
    return {key: number for key, number in found.items() if number}


def errors(report: dict[str, Any]) -> dict[str, str]:
    return {line["name"]: line["error"] for line in report["failed"]}


async def running(hass: HomeAssistant) -> Job:
    """Return the job that is running, once there is one and it did something."""
    async with asyncio.timeout(10):
        while not (found := hass.data[DATA_JOBS].running) or not found[0].done:
            await asyncio.sleep(0.001)
    return found[0]


def a_person(user_id: str, name: str, person: str, score: float) -> Any:
    return RosterPerson(user_id=user_id, name=name, person=person, minimum_score=score)
