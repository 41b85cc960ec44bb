"""Files that are whole or not there."""

from contextlib import suppress
import os
from pathlib import Path
from typing import Final

# How a file is called while it is written, after the name that it is to have.
HALF_WRITTEN: Final = ".tmp"


def write_whole(path: str | Path, data: bytes, *, mode: int = 0o600) -> None:
    """Let a file appear whole, for the owner of the process alone unless `mode` says so.

    Its folder is made if need be. Raises OSError, and leaves no half of it behind then.
    Blocking.
    """
    half, flags = f"{path}{HALF_WRITTEN}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    try:
        try:
            file = os.open(half, flags, mode)
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            file = os.open(half, flags, mode)
        with open(file, "wb", buffering=0) as opened:
            left = memoryview(data)
            while left:
                left = left[opened.write(left) :]
        os.replace(half, path)
    except OSError:
        with suppress(OSError):
            os.unlink(half)
        raise
