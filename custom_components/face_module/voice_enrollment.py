"""Enrolling whoever stands before a module's enrollment camera, for voice."""

import asyncio
from dataclasses import dataclass
from typing import Final

from homeassistant.const import ATTR_ENTITY_ID, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError

from .client import QualityControl
from .const import CONF_ENROLLMENT_CAMERA
from .enrollment import Enrollment
from .errors import translated_errors
from .ids import async_is_anywhere, async_new_id
from .images import is_dark
from .models import FaceModuleConfigEntry, loaded_entries, options_of
from .people_spoken import (
    async_check_may_change,
    async_people_called,
    is_everybody,
    spoken_name,
)
from .pictures import async_picture
from .speaking import RefusalError, Speaker, name_of

_ATTEMPTS: Final = 4
_PAUSE: Final = 1.0


@dataclass(frozen=True, slots=True)
class Told:
    """Who was enrolled, and on which modules it failed."""

    name: str
    failed: list[str]


async def async_enroll_speaker(
    speaker: Speaker, entry: FaceModuleConfigEntry, said: str
) -> Told:
    """Enroll whoever the enrollment camera of a module shows, on all modules.

    Raises RefusalError and HomeAssistantError. Identify, GetFeature, AddUser.
    """
    hass = speaker.hass
    await async_check_may_change(speaker, entry)
    name = spoken_name(said)
    if is_everybody(name):
        raise RefusalError("no_name")
    for known in await async_people_called(hass, name):
        if known.name.casefold() == name.casefold() and await async_is_anywhere(
            hass, known.user_id
        ):
            raise RefusalError("name_taken", name=known.name)
    jpeg = await _async_best_picture(hass, entry, _camera(hass, entry))
    others = [one for one in loaded_entries(hass) if one.entry_id != entry.entry_id]
    modules = [one.runtime_data.people for one in (entry, *others)]
    async with async_new_id(
        hass, None, name, modules, same_name=True, jpeg=jpeg
    ) as user_id:
        wanted = Enrollment(user_id=user_id, name=name, jpeg=jpeg)
        await _async_enroll(hass, entry, wanted)
        failed = []
        for other in others:
            try:
                await _async_enroll(hass, other, wanted)
            except HomeAssistantError, RefusalError:
                failed.append(name_of(hass, other))
    return Told(name, failed)


async def _async_enroll(
    hass: HomeAssistant, entry: FaceModuleConfigEntry, wanted: Enrollment
) -> None:
    try:
        async with translated_errors(hass, entry):
            await entry.runtime_data.people.async_enroll(wanted)
    except HomeAssistantError as err:
        if err.translation_key == "looks_like":
            name = (err.translation_placeholders or {})["name"]
            raise RefusalError("looks_like", name=name) from err
        raise


def _camera(hass: HomeAssistant, entry: FaceModuleConfigEntry) -> str:
    camera: str | None = options_of(entry)[CONF_ENROLLMENT_CAMERA]
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
