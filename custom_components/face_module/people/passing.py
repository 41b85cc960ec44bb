"""The picture with which somebody is passed on: renamed, put back, copied, exported."""

from homeassistant.core import HomeAssistant

from ..client import User
from ..pictures.copies import as_jpeg, is_copy
from .originals import given, original_of
from .roster import DATA_ROSTER, digest


async def async_original(hass: HomeAssistant, entry_id: str, user: User) -> bytes | None:
    """Return the JPEG with which somebody of a module is passed on, None without any.

    What the module was given, as long as it shows a copy of that; else what it shows. Of
    one that shows nothing only what it was given: a namesake on another module has
    another face.
    """
    original = await _async_given(hass, entry_id, user)
    if original is not None:
        return original
    jpeg = await hass.async_add_executor_job(as_jpeg, user.picture)
    roster = hass.data[DATA_ROSTER]
    known = roster.who(entry_id, user.user_id, user.name)
    told = known.modules.get(entry_id) if known else None
    if jpeg is not None or known is None or told is None:
        return jpeg
    return await roster.async_older_picture(known.key, given(told))


async def _async_given(hass: HomeAssistant, entry_id: str, user: User) -> bytes | None:
    """Return the picture that a module was given, if it is kept.

    None when it shows another one: somebody else has changed it there.
    """
    roster = hass.data[DATA_ROSTER]
    shown = user.picture
    looks = digest(shown) if shown else ""
    known = roster.known_as(entry_id, user.user_id, user.name, looks or "-")
    if known is None:
        return None
    original = original_of(known.modules, entry_id, looks)
    if original is not None:
        return await roster.async_older_picture(known.key, original)
    newest = await roster.async_picture(known.key) if shown else None
    if shown is None or newest is None:
        return None
    # Nothing was noted; then the pictures tell.
    is_same = await hass.async_add_executor_job(is_copy, shown, newest)
    return newest if is_same else None
