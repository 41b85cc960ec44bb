"""Who may change people by voice."""

from datetime import timedelta
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util

from ..options import Options, VoiceChanges
from ..runtime import FaceModuleConfigEntry
from ..visits.gate import Verdict
from ..visits.presence import FUTURE
from .modules import modules_in, usable_entries
from .speaking import RefusalError, Speaker

# So long ago an administrator was recognized at most, and is believed to speak.
_RECOGNIZED_WITHIN: Final = timedelta(seconds=30)


async def async_may_change(
    speaker: Speaker, entries: list[FaceModuleConfigEntry]
) -> list[FaceModuleConfigEntry]:
    """Return on which of the modules the speaker may enroll and forget people.

    Administrators who are logged in may. A satellite cannot know who speaks: an option of
    each module decides, whether it is set up or not. Raises RefusalError when there is
    none.
    """
    if speaker.user_id is not None:
        if not await async_is_admin(speaker.hass, speaker.user_id):
            raise RefusalError("not_allowed")
        return entries
    by_option = {
        wanted: [e for e in entries if Options.from_entry(e).voice_changes == wanted]
        for wanted in VoiceChanges
    }
    allowed = by_option[VoiceChanges.ON]
    if by_option[VoiceChanges.RECOGNIZED] and await _async_is_admin_here(speaker):
        allowed = [*allowed, *by_option[VoiceChanges.RECOGNIZED]]
    if not allowed and by_option[VoiceChanges.RECOGNIZED]:
        raise RefusalError("not_recognized")
    if not allowed:
        raise RefusalError("not_switched_on")
    return [entry for entry in entries if entry in allowed]


async def async_is_admin(hass: HomeAssistant, user_id: str | None) -> bool:
    """Say whether a user is an administrator; nobody is none."""
    user = await hass.auth.async_get_user(user_id) if user_id else None
    return user is not None and user.is_active and user.is_admin


async def _async_is_admin_here(speaker: Speaker) -> bool:
    """Say whether an administrator stands before a module in the speaker's area.

    Somebody who was recognized there a moment ago, and whose person entity is linked to
    such a user.
    """
    hass, now = speaker.hass, dt_util.utcnow()
    usable = usable_entries(hass, speaker.assistant)
    people = {
        visit.person
        for entry in modules_in(hass, usable, speaker.area_id)
        for visit in entry.runtime_data.visits.history.visits
        if visit.verdict is Verdict.RECOGNIZED
        and visit.person is not None
        and not visit.late
        # A picture that is held up to a camera is nobody.
        and visit.source is None
        and -FUTURE <= now - visit.last_seen <= _RECOGNIZED_WITHIN
    }
    states = [hass.states.get(person) for person in people if person]
    users = {state.attributes.get("user_id") for state in states if state}
    return any([await async_is_admin(hass, user_id) for user_id in users])
