"""Which picture a module was given, told by what it shows.

A module may encode pictures anew, and smaller: what it shows is a copy, and a copy of a
copy is poor. So the picture that it was given is kept and given on, for as long as the
module has it: the person's newest in `<stem>.jpg`, older ones beside it, by digest.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from ..files import write_whole


def given(told: str) -> str:
    """Return the digest of the picture given, of a `<given>:<shown>`."""
    return told.partition(":")[0]


def doubtful(told: str) -> str:
    """Return a `<given>:<shown>` that says what was given, and matches nothing shown."""
    return f"{given(told)}:?"


def original_of(modules: Mapping[str, str], entry_id: str, shown: str) -> str | None:
    """Return the digest of the picture whose copy a module shows, as far as was noted.

    `shown` is a digest, empty for no picture; `modules` as in RosterPerson. None when the
    picture is not one that was given: somebody else has changed it there.
    """
    if (told := modules.get(entry_id)) and told.partition(":")[2] == shown:
        return given(told)
    # What one module makes of a picture, another one of its kind does as well.
    for other in modules.values():
        if shown and shown in other.split(":"):
            return given(other)
    return None


def older_of(
    older: Iterable[str], modules: Mapping[str, str], picture: str | None
) -> tuple[str, ...]:
    """Return those of some digests that a module was given, besides the newest."""
    wanted = {given(told) for told in modules.values()} - {picture}
    return tuple(sorted(wanted.intersection(older)))


def aside(path: Path, older: str) -> Path:
    """Return where an older picture is, beside the newest."""
    return path.with_name(f"{path.stem}.{older}.jpg")


def copy_aside(path: Path, older: str) -> bool:
    """Keep the newest picture as an older one; returns whether it could be."""
    try:
        write_whole(aside(path, older), path.read_bytes())
    except OSError:
        return False
    return True


def drop_aside(path: Path, older: Iterable[str]) -> None:
    """Remove older pictures."""
    for one in older:
        aside(path, one).unlink(missing_ok=True)
