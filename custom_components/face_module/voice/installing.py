"""Sentences for Assist in the configuration folder: written, updated and removed there.

A custom integration cannot bring its own. They are written only when an administrator
says so, by the action or in the options; that a file of ours is there is the consent to
keep it up to date. A file that somebody edited is theirs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
import re
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.util import language as language_util
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN, LOGGER
from ..files import write_whole

_OURS: Final = Path(__file__).parent / "sentences"
_FOLDER: Final = "custom_sentences"
_HEADER: Final = re.compile(r"# Face Module, ([0-9a-f]{64})\. .*")
_NOTE: Final = (
    "Written by the Face Module integration, which updates and removes it;"
    " once you edit it, it is yours."
)
# How Home Assistant's sentences are called, where they cannot be asked.
_SIMPLIFIED: Final = "zh-CN"


type _Work = Callable[[Path, str], str]


class State(StrEnum):
    """What a file in the configuration folder is."""

    MISSING = "missing"
    CURRENT = "current"
    OLD = "old"
    EDITED = "edited"


@dataclass(slots=True, eq=False)
class Report:
    """Files by what was done with them, relative to the configuration folder."""

    written: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


class Sentences:
    """The files. One change at a time."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Read and write nothing yet."""
        self._hass = hass
        self._lock = asyncio.Lock()

    async def async_install(self, *, overwrite: bool = False) -> Report:
        """Write what is missing or old; edited files only with `overwrite`.

        Raises HomeAssistantError when the folder cannot be written.
        """
        wanted = {State.MISSING, State.OLD} | ({State.EDITED} if overwrite else set())
        return await self._async_do(lambda path, ours: _install(path, ours, wanted))

    async def async_update(self) -> Report:
        """Write what an earlier release wrote anew; never what is not there."""
        return await self._async_do(lambda path, ours: _install(path, ours, {State.OLD}))

    async def async_remove(self) -> Report:
        """Remove our files; edited ones stay. Raises HomeAssistantError."""
        return await self._async_do(_remove)

    async def async_files(self) -> dict[str, State]:
        """Return what each file is."""
        return await self._hass.async_add_executor_job(
            lambda: {self._shown(p): _state(p, ours) for p, ours in self._targets().items()}
        )

    async def _async_do(self, work: _Work) -> Report:
        async with self._lock:
            try:
                report = await self._hass.async_add_executor_job(self._do, work)
            except OSError as err:
                raise HomeAssistantError(
                    translation_domain=DOMAIN,
                    translation_key="sentences_unwritable",
                    translation_placeholders={"reason": err.strerror or str(err)},
                ) from err
            changed = report.written or report.removed
            if changed:
                await self._async_reload()
        for name in changed:
            LOGGER.info("Sentences for Assist: %s was written or removed", name)
        return report

    async def _async_reload(self) -> None:
        """Let Assist read the folder anew."""
        services = self._hass.services
        if not services.has_service("conversation", "reload"):
            return
        try:
            await services.async_call("conversation", "reload", blocking=True)
        except HomeAssistantError:
            LOGGER.warning(
                "Assist could not read its sentences anew, perhaps because of the"
                " configuration; it does when Home Assistant starts again"
            )

    def _do(self, work: _Work) -> Report:
        report = Report()
        for path, ours in self._targets().items():
            getattr(report, work(path, ours)).append(self._shown(path))
        return report

    def _targets(self) -> dict[Path, str]:
        """Return where our files belong, and what they say."""
        return {
            Path(self._hass.config.path(_FOLDER, folder, f"{DOMAIN}.yaml")): _text(
                source, folder
            )
            for folder, source in (("en", "en.yaml"), (_chinese(), "zh-Hans.yaml"))
        }

    def _shown(self, path: Path) -> str:
        return path.relative_to(self._hass.config.config_dir).as_posix()


DATA_SENTENCES: HassKey[Sentences] = HassKey(f"{DOMAIN}.sentences")


async def async_update_sentences(hass: HomeAssistant) -> None:
    """Update after an upgrade what was installed before; the rest does not wait for it."""
    await _async_or_warn(hass.data[DATA_SENTENCES].async_update(), "updated")


async def async_remove_sentences(hass: HomeAssistant) -> None:
    """Remove them with the last module."""
    await _async_or_warn(hass.data[DATA_SENTENCES].async_remove(), "removed")


async def _async_or_warn(change: Awaitable[Report], what: str) -> None:
    try:
        await change
    except HomeAssistantError as err:
        LOGGER.warning("Sentences for Assist cannot be %s: %s", what, err.__cause__)


def _chinese() -> str:
    """Return the folder that Home Assistant reads for Simplified Chinese."""
    try:
        from home_assistant_intents import (  # noqa: PLC0415  # only there with Assist
            get_languages,
        )
    except ImportError:
        return _SIMPLIFIED
    found = language_util.matches("zh-Hans", get_languages())
    return found[0] if found else _SIMPLIFIED


def _text(source: str, folder: str) -> str:
    body = (_OURS / source).read_text(encoding="utf-8")
    body = body.replace(f'"{_SIMPLIFIED}"', f'"{folder}"', 1)
    return f"# Face Module, {_digest(body)}. {_NOTE}\n{body}"


def _digest(body: str) -> str:
    return sha256(body.encode()).hexdigest()


def _state(path: Path, ours: str) -> State:
    try:
        there = path.read_text(encoding="utf-8")
    except FileNotFoundError, NotADirectoryError:
        return State.MISSING
    except UnicodeDecodeError, IsADirectoryError:
        return State.EDITED
    if there == ours:
        return State.CURRENT
    header, _, body = there.partition("\n")
    found = _HEADER.fullmatch(header)
    return State.OLD if found and found[1] == _digest(body) else State.EDITED


def _install(path: Path, ours: str, wanted: set[State]) -> str:
    """Write a file if it is to be; return under what the report has it."""
    state = _state(path, ours)
    if state not in wanted:
        return "kept" if state is State.EDITED else "unchanged"
    # Not read by Home Assistant until it is whole; anybody may read it.
    write_whole(path, ours.encode(), mode=0o666)
    return "written"


def _remove(path: Path, ours: str) -> str:
    state = _state(path, ours)
    if state not in {State.CURRENT, State.OLD}:
        return "kept" if state is State.EDITED else "unchanged"
    path.unlink()
    for folder in (path.parent, path.parent.parent):
        if not any(folder.iterdir()):
            folder.rmdir()
    return "removed"
