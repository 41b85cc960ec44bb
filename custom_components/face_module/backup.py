"""Home Assistant's backups: what is copied of the visits is whole.

A restored backup is known as one (people/restored.py).
"""

from homeassistant.core import HomeAssistant

from .people.restored import async_mark, async_unmark
from .visits.book import DATA_BOOK


async def async_pre_backup(hass: HomeAssistant) -> None:
    """Have everything on disk, and let it stay as it is."""
    await async_mark(hass)
    if (book := hass.data.get(DATA_BOOK)) is not None:
        await book.async_hold()


async def async_post_backup(hass: HomeAssistant) -> None:
    """Go on; may raise OSError, and then the visits go on all the same."""
    try:
        await async_unmark(hass)
    finally:
        if (book := hass.data.get(DATA_BOOK)) is not None:
            await book.async_release()
