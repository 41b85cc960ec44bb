"""Files that a browser sends for an import, one after another.

They come by Home Assistant's own `file_upload`, stay where it put them until the job is
over, and are then deleted. Their names are the browser's: they are shown and say who
somebody is, and no file is ever opened by them.
"""

import asyncio
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from homeassistant.components.file_upload import process_uploaded_file
from homeassistant.core import HomeAssistant, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN
from ..errors import invalid
from .file_names import is_hidden
from .job import Job
from .source import shown_name

MAX_FILES: Final = 10_000
# As much as `file_upload` means to take; a larger zip goes by the action.
MAX_FILE: Final = 100 * 1024 * 1024
# They lie in the folder for temporary files, which may be in memory.
MAX_ALL: Final = 1024 * 1024 * 1024
# When nothing came for so long (s), the import goes on with what is there: the phone is
# locked, or the page was closed.
STALLED: Final = 120.0


class SendProblem(StrEnum):
    """Why a browser could not send a file; the translation key of its text."""

    PROXY = "proxy_too_large"
    TOO_LARGE = "file_too_large"
    FAILED = "file_not_sent"
    OTHER = "picture_unknown"


class _File(NamedTuple):
    path: Path
    # Deletes it at its end.
    upload: AbstractContextManager[Path]


class Receiving:
    """What was sent for a job so far."""

    def __init__(self, hass: HomeAssistant, job: Job, count: int) -> None:
        """Expect `count` files."""
        self._hass = hass
        self._job = job
        self._files: dict[str, _File] = {}
        self._left_over: list[_File] = []
        self._ids: set[str] = set()
        self._size = 0
        self._over = False
        self.refused: list[tuple[str, ServiceValidationError]] = []
        job.files = count

    async def async_take(self, file_id: str, path: str) -> None:
        """Take a file that was sent; raises ServiceValidationError.

        What is too large becomes a line of the report.
        """
        self._check()
        if file_id in self._ids:
            raise invalid("no_such_upload")
        self._ids.add(file_id)
        try:
            file, size = await self._hass.async_add_executor_job(
                _claim, self._hass, file_id
            )
        except ValueError as err:
            self._ids.discard(file_id)
            raise invalid("no_such_upload") from err
        self._size += size
        if self._over:
            await self._hass.async_add_executor_job(_delete, [file])
            self._check()
        name = _clean(path)
        if name is None or name in self._files:
            # Hidden, or sent twice.
            self._left_over.append(file)
        elif size > MAX_FILE or self._size > MAX_ALL:
            self._left_over.append(file)
            self._refuse(name, SendProblem.TOO_LARGE)
        else:
            self._files[name] = file
        self._arrived()

    @callback
    def async_refuse(self, path: str, problem: SendProblem) -> None:
        """Note what the browser cannot send; raises ServiceValidationError."""
        self._check()
        if (name := _clean(path)) is not None:
            self._refuse(name, problem)
        self._arrived()

    async def async_all(self) -> None:
        """Wait for the files; for those that do not come in vain, but not for ever."""
        job = self._job
        while job.received < job.files and not job.cancelled:
            job.woken.clear()
            try:
                async with asyncio.timeout(STALLED):
                    await job.woken.wait()
            except TimeoutError:
                break
        self._over = True
        if missing := job.files - job.received:
            error = invalid("files_missing", missing=str(missing), files=str(job.files))
            self.refused.append((f"{missing}/{job.files}", error))

    @property
    def files(self) -> dict[str, Path]:
        """Where that lies which was sent, by the names it had in the browser."""
        return {name: file.path for name, file in self._files.items()}

    def close(self) -> None:
        """Delete everything that was sent. Blocking."""
        _delete([*self._files.values(), *self._left_over])

    def _check(self) -> None:
        """Raise ServiceValidationError when the job does not wait for files any more."""
        if self._over or self._job.cancelled or self._job.received >= self._job.files:
            raise invalid("job_not_receiving")

    def _refuse(self, name: str, problem: SendProblem) -> None:
        self.refused.append((shown_name(name), invalid(problem, source=shown_name(name))))

    def _arrived(self) -> None:
        self._job.received += 1
        self._job.woken.set()
        self._job.changed()


def _claim(hass: HomeAssistant, file_id: str) -> tuple[_File, int]:
    """Take an upload over, and return its size; raises ValueError for none."""
    upload = process_uploaded_file(hass, file_id)
    path = upload.__enter__()
    try:
        return _File(path, upload), path.stat().st_size
    except OSError as err:
        _delete([_File(path, upload)])
        raise ValueError from err


def _delete(files: Iterable[_File]) -> None:
    for file in files:
        # Home Assistant, or whoever sent it, may have deleted it.
        with suppress(KeyError, OSError):
            file.upload.__exit__(None, None, None)


def _clean(path: str) -> str | None:
    """Return a name for the report, None for what is hidden."""
    parts = [part for part in path.replace("\\", "/").split("/") if part.strip(". ")]
    if not parts or any(map(is_hidden, parts)):
        return None
    return "/".join(parts)


DATA_RECEIVING: HassKey[dict[str, Receiving]] = HassKey(f"{DOMAIN}.receiving")
