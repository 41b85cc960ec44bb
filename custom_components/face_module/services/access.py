"""The action that says who may enter."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse

from ..const import ATTR_USER_ID
from ..fleet.access import (
    RULE_FIELDS,
    async_person_of_id,
    async_set_access,
    rule_from,
)
from ..people.names import exact_user_id
from ..people.rule_words import async_rule_text
from .description import USER_ID, ActionDescription, Target


async def _set_access(
    hass: HomeAssistant, _targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Say when and where somebody may enter. GetUserInfo."""
    user_id = exact_user_id(data[ATTR_USER_ID])
    rule = rule_from(hass, data)
    await async_set_access(hass, await async_person_of_id(hass, user_id), rule)
    return {
        "user_id": user_id,
        "mode": rule.mode.value,
        "text": await async_rule_text(hass, rule),
    }


ACCESS_ACTIONS: Final = (
    ActionDescription(
        name="set_access",
        fields={**USER_ID, **RULE_FIELDS},
        run=_set_access,
        has_device=False,
        admin=True,
    ),
)
