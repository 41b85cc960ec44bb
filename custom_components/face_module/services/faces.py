"""Actions about faces in pictures: who is it, are they the same, what is its feature."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse, SupportsResponse

from ..client import QualityControl
from ..pictures.sources import async_picture, picture_fields
from .description import ATTR_QUALITY, QUALITY, ActionDescription, Target


async def _identify_face(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Say who a face is most like, and whether that is enough. Identify."""
    picture = await async_picture(hass, data)
    quality: QualityControl = data[ATTR_QUALITY]
    faces = targets[0].runtime.people.faces
    best, alike = await faces.async_identify(picture.jpeg, quality)
    return {
        "recognized": alike,
        "user_id": best.user_id if best else None,
        "name": (best.name or best.user_id) if best else None,
        "score": round(best.score * 100, 1) if best else None,
    }


async def _compare_faces(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Say how alike two faces are. Match."""
    one, two = await async_picture(hass, data, "_1"), await async_picture(hass, data, "_2")
    quality: QualityControl = data[ATTR_QUALITY]
    runtime = targets[0].runtime
    async with runtime.people.faces.explained(quality, one.jpeg, two.jpeg):
        score = await runtime.client.match(one.jpeg, two.jpeg, quality)
    return {"score": round(score * 100, 1)}


async def _extract_feature(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Return the feature of a face, base64 as the module gives it. GetFeature."""
    picture = await async_picture(hass, data)
    quality: QualityControl = data[ATTR_QUALITY]
    runtime = targets[0].runtime
    async with runtime.people.faces.explained(quality, picture.jpeg):
        feature = await runtime.client.get_feature(picture.jpeg, quality)
    return {"feature": feature}


FACE_ACTIONS: Final = (
    ActionDescription(
        name="identify_face",
        fields={**picture_fields(), **QUALITY},
        run=_identify_face,
        response=SupportsResponse.ONLY,
    ),
    ActionDescription(
        name="compare_faces",
        fields={**picture_fields("_1"), **picture_fields("_2"), **QUALITY},
        run=_compare_faces,
        response=SupportsResponse.ONLY,
    ),
    ActionDescription(
        name="extract_feature",
        fields={**picture_fields(), **QUALITY},
        run=_extract_feature,
        admin=True,
        response=SupportsResponse.ONLY,
    ),
)
