"""What waited when a backup was made is not done once that is restored.

Since then it was done or given up, or somebody asked for something else. A backup is known
by a mark that is in Home Assistant's storage only while one is made, and that was copied:
where the power failed meanwhile it is there as well, and nothing was done since. What looks
copied and is not, because its owner was set anew, is taken for a backup: it only waits.
"""

from contextlib import suppress
from functools import partial
from pathlib import Path
import time
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.helpers.storage import STORAGE_DIR

from ..const import DOMAIN, ISSUE_FROM_BACKUP
from .pending import async_drop_pending
from .waiting import WaitingChanges

# What a file system's times may differ from the clock (s): some count in pairs.
_TICK: Final = 3.0


async def async_mark(hass: HomeAssistant) -> None:
    """Let what is copied from now on be known as a backup; may raise OSError."""

    def mark(path: Path) -> None:
        path.parent.mkdir(exist_ok=True)
        path.write_text(str(time.time()))

    await hass.async_add_executor_job(mark, _mark(hass))


async def async_unmark(hass: HomeAssistant) -> None:
    """Let it be Home Assistant's own again; may raise OSError."""
    unmark = partial(_mark(hass).unlink, missing_ok=True)
    await hass.async_add_executor_job(unmark)


async def async_hold_restored(hass: HomeAssistant, waiting: WaitingChanges) -> None:
    """If this is a restored backup, do nothing of what was under way, and show a repair.

    What waits goes on to wait until it is asked for again, or given up. Nobody is put back
    who was in the middle of a change. Before any entry is set up.
    """
    is_copied = await hass.async_add_executor_job(_is_copied, _mark(hass))
    if is_copied is None:
        return
    if is_copied:
        await _async_hold(hass, waiting)
    # Where it cannot be removed, what waits is held at the next start, too.
    with suppress(OSError):
        await async_unmark(hass)


async def _async_hold(hass: HomeAssistant, waiting: WaitingChanges) -> None:
    names = await waiting.async_hold()
    for entry in hass.config_entries.async_entries(DOMAIN):
        names += await async_drop_pending(hass, entry.entry_id)
    if names:
        ir.async_create_issue(
            hass,
            DOMAIN,
            ISSUE_FROM_BACKUP,
            is_fixable=False,
            is_persistent=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_FROM_BACKUP,
            # No names: what outlives a restart is in the diagnostics that users post.
            translation_placeholders={"count": str(len(set(names)))},
        )


def _is_copied(path: Path) -> bool | None:
    """Say whether a mark is a copy, None if there is none.

    A copy may keep the time when what it is of was written, and has its own beside it.
    """
    try:
        times = path.stat()
        told = float(path.read_text())
    except FileNotFoundError:
        return None
    except OSError, ValueError:
        return True
    return any(abs(at - told) > _TICK for at in (times.st_mtime, times.st_ctime))


def _mark(hass: HomeAssistant) -> Path:
    return Path(hass.config.path(STORAGE_DIR, f"{DOMAIN}.backup"))
