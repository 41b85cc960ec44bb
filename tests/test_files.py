"""Files appear whole or not at all."""

from pathlib import Path
import stat

import pytest

from custom_components.face_module.files import write_whole
from tests.common import nothing_can_be_written


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_a_file_is_whole_and_for_whom_it_is_meant(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "some" / "folder" / "file"
    for data in (b"a long text", b"short"):
        write_whole(path, data, mode=mode)
        assert path.read_bytes() == data
        assert stat.S_IMODE(path.stat().st_mode) == mode
    assert [*path.parent.iterdir()] == [path]


def test_what_cannot_be_written_leaves_what_was_there_and_no_half(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_whole(path, b"before")
    with nothing_can_be_written(), pytest.raises(OSError, match="File too large"):
        write_whole(path, b"after")
    assert path.read_bytes() == b"before"
    assert [*tmp_path.iterdir()] == [path]


def test_what_nothing_can_take_the_place_of_leaves_no_half(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        write_whole(path, b"data")
    assert [*tmp_path.iterdir()] == [path]
