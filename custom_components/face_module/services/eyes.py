"""The action about eyes: the module looks at a picture, and what it sees is a visit."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.exceptions import Unauthorized

from ..const import ATTR_RESULT
from ..eyes.looking import taken_at
from ..permissions import asking_user
from ..pictures.sources import async_picture, entity_of, picture_fields
from ..visits.visit import PICTURE
from .description import ActionDescription, Target

NO_FACE: Final = "no_face"


async def _look(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Have the module look at a picture. Identify."""
    (target,), entity_id, user = targets, entity_of(data), asking_user()
    if entity_id is None and user is not None and not user.is_admin:
        # Whoever has a photo of somebody would be told as them.
        raise Unauthorized(user_id=user.id)
    at = hass.loop.time() if entity_id is None else taken_at(hass, entity_id)
    picture = await async_picture(hass, data)
    visit = await target.runtime.eyes.looker.async_look(
        picture.jpeg, entity_id or PICTURE, at=at, context=target.context
    )
    if visit is None:
        return {ATTR_RESULT: NO_FACE}
    visit = await target.runtime.visits.async_introduced(visit)
    return {ATTR_RESULT: visit.verdict, **visit.as_attributes()}


EYE_ACTIONS: Final = (
    ActionDescription(name="look", fields=picture_fields(), run=_look, control=True),
)
