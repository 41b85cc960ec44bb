"""Websocket commands about pictures that somebody may be enrolled with."""

from typing import Any, Final

from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from ..client import QualityControl
from ..const import ATTR_USER_ID, ATTR_VISIT_ID
from ..errors import invalid
from ..fleet.jobs import DATA_JOBS
from ..pictures.sources import async_picture, async_prepared
from ..pictures.uploads import DATA_UPLOADS, answer
from ..pictures.views import person_picture_path
from ..runtime import FaceModuleConfigEntry
from ..texts import error_text
from ..visits.gate import Reason
from .common import (
    ENTRIES,
    ENTRY_ID,
    ENTRY_IDS,
    admin_command,
    async_lines,
    entry_of,
)
from .importing import JOB_ID, PERSON
from .lines import signed
from .strangers import STRANGER_ID

PICTURE_ID: Final = "picture_id"
# Errors of the check that are a verdict; every other one is "error".
_VERDICTS: Final = ("no_face", "poor_picture")


@admin_command(
    "pictures/take",
    {
        vol.Exclusive(ATTR_ENTITY_ID, "source"): cv.entity_domain(["camera", "image"]),
        vol.Exclusive(ATTR_VISIT_ID, "source"): cv.string,
        vol.Exclusive(JOB_ID, "source"): cv.string,
        vol.Exclusive(STRANGER_ID, "source"): cv.string,
        vol.Optional(ENTRY_ID): cv.string,
        vol.Optional(PERSON): int,
    },
)
async def pictures_take(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Take the picture of a camera or image entity, a visit or a stranger, and keep it.

    Or that of somebody who could not be imported: `person` of the report of a job.
    """
    if ATTR_VISIT_ID in msg:
        history = entry_of(hass, msg.get(ENTRY_ID, "")).runtime_data.visits.history
        visit = history.get(msg[ATTR_VISIT_ID])
        if visit is not None and visit.reason is Reason.SPOOF:
            raise invalid("visit_is_spoof")
        if (found := await history.async_picture(msg[ATTR_VISIT_ID])) is None:
            raise invalid("no_such_picture")
        return dict(answer(hass, await async_prepared(hass, found[1])))
    if (stranger_id := msg.get(STRANGER_ID)) is not None:
        known = entry_of(hass, msg.get(ENTRY_ID, "")).runtime_data.strangers.known
        if (jpeg := await known.async_picture(stranger_id)) is None:
            raise invalid("no_such_picture")
        return dict(answer(hass, await async_prepared(hass, jpeg)))
    if JOB_ID in msg:
        pictures = hass.data[DATA_JOBS].get_ended(msg[JOB_ID]).pictures
        if (jpeg := pictures.get(msg.get(PERSON, -1))) is None:
            raise invalid("no_such_picture")
        return dict(answer(hass, await async_prepared(hass, jpeg)))
    picture = await async_picture(hass, {ATTR_ENTITY_ID: msg.get(ATTR_ENTITY_ID)})
    return dict(answer(hass, picture))


@admin_command(
    "pictures/check",
    {vol.Required(PICTURE_ID): cv.string, **ENTRIES, vol.Optional(ATTR_USER_ID): cv.string},
)
async def pictures_check(hass: HomeAssistant, msg: dict[str, Any]) -> JsonObjectType:
    """Say what modules think of a picture for somebody; nothing is written. Identify.

    Looks for what makes recognition hard (quality NORMAL at least), so that a picture
    called poor may still be taken by a module that asks for less.
    """
    jpeg = hass.data[DATA_UPLOADS].get(msg[PICTURE_ID])

    async def check(entry: FaceModuleConfigEntry) -> JsonObjectType:
        faces = entry.runtime_data.people.faces
        quality = faces.demanded(QualityControl.NORMAL)
        best, alike = await faces.async_identify(jpeg, quality)
        if best is None or not alike or best.user_id == msg.get(ATTR_USER_ID):
            return {"verdict": "good", "message": ""}
        name, score = best.name or best.user_id, round(best.score * 100, 1)
        err = invalid("looks_like", name=name, score=f"{score:.0f}")
        return {
            "verdict": "looks_like",
            "user_id": best.user_id,
            "name": name,
            "score": score,
            "picture": signed(hass, person_picture_path(entry.entry_id, best.user_id)),
            "message": error_text(hass, err),
        }

    def failed(err: HomeAssistantError) -> JsonObjectType:
        key = err.translation_key
        verdict = key if key in _VERDICTS else "error"
        return {"verdict": verdict, "message": error_text(hass, err)}

    lines, _ = await async_lines(hass, msg[ENTRY_IDS], check, failed)
    return {"results": [*lines]}
