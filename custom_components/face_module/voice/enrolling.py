"""Enrolling whoever stands before a module's enrollment camera, for voice."""

import asyncio
from typing import Final, NamedTuple

from homeassistant.const import ATTR_ENTITY_ID, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from ..client import QualityControl
from ..errors import translated_errors
from ..fleet.enrolling import Wish, async_enroll
from ..fleet.holding import async_is_anywhere
from ..pictures.prepare import is_dark
from ..pictures.sources import async_picture
from ..runtime import FaceModuleConfigEntry
from .modules import name_of, usable_entries
from .names import is_everybody, is_nobody
from .people import async_people_called
from .permission import async_may_change
from .speaking import RefusalError, Speaker

_ATTEMPTS: Final = 4
_PAUSE: Final = 1.0


class ToEnroll(NamedTuple):
    """Who shall be enrolled, on which modules; the camera is of the first one."""

    name: str
    entries: list[FaceModuleConfigEntry]


async def async_to_enroll(
    speaker: Speaker, entry: FaceModuleConfigEntry, name: str
) -> ToEnroll:
    """Return what the speaker may have done: on all modules where they may, `entry` first.

    Raises RefusalError when nothing would come of it. GetUserInfo.
    """
    hass = speaker.hass
    await async_may_change(speaker, [entry])
    usable = usable_entries(hass, speaker.assistant)
    allowed = await async_may_change(speaker, usable)
    if is_everybody(name) or is_nobody(name):
        raise RefusalError("no_name")
    for known in (await async_people_called(hass, usable, name)).same:
        if await async_is_anywhere(hass, known.user_id, known.name):
            raise RefusalError("name_taken", name=known.name)
    _camera(hass, entry)
    others = [one for one in allowed if one.entry_id != entry.entry_id]
    return ToEnroll(name, [entry, *others])


async def async_enroll_speaker(
    speaker: Speaker, wanted: ToEnroll
) -> list[FaceModuleConfigEntry]:
    """Enroll whoever the enrollment camera shows; return the modules where it failed.

    Raises RefusalError and HomeAssistantError when nobody was enrolled. Identify,
    GetFeature, AddUser.
    """
    hass = speaker.hass
    entry, *others = wanted.entries
    jpeg = await _async_best_picture(hass, entry, _camera(hass, entry))
    wish = Wish(name=wanted.name, jpeg=jpeg)
    answer = await async_enroll(hass, wanted.entries, wish, first_decides=True)
    try:
        answer.of(entry)
    except HomeAssistantError as err:
        if err.translation_key == "looks_like":
            name = (err.translation_placeholders or {})["name"]
            raise RefusalError("looks_like", name=name) from err
        raise
    return [other for other in others if answer.failed(other)]


def _camera(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> str:
    camera = entry.runtime_data.options.enrollment_camera
    if not camera:
        raise RefusalError("no_camera", module=name_of(hass, entry))
    state = hass.states.get(camera)
    if state is None or state.state == STATE_UNAVAILABLE:
        raise RefusalError("camera_gone")
    return camera


async def _async_best_picture(
    hass: HomeAssistant, entry: FaceModuleConfigEntry, camera: str
) -> bytes:
    """Look several times; return the first good picture, else one that will do.

    Raises RefusalError in words when no picture can be used.
    """
    faces = entry.runtime_data.people.faces
    usable: bytes | None = None
    problem = RefusalError("camera_gone")
    for attempt in range(_ATTEMPTS):
        if attempt:
            await asyncio.sleep(_PAUSE)
        try:
            jpeg = (await async_picture(hass, {ATTR_ENTITY_ID: camera})).jpeg
        except HomeAssistantError:
            continue
        try:
            async with translated_errors(hass, entry):
                await faces.async_identify(jpeg, faces.demanded(QualityControl.NORMAL))
        except HomeAssistantError as err:
            if err.translation_key not in {"no_face", "poor_picture"}:
                raise
            dark = await hass.async_add_executor_job(is_dark, jpeg)
            problem = RefusalError("too_dark" if dark else err.translation_key)
        else:
            return jpeg
        if problem.key == "poor_picture":
            async with translated_errors(hass, entry):
                usable = jpeg if await faces.async_takes(jpeg) else usable
    if usable is None:
        raise problem
    return usable
