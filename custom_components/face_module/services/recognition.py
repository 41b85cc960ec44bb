"""Actions about recognizing people."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse
import voluptuous as vol

from ..const import ATTR_RESULT
from ..visits.gate import Verdict
from .description import ActionDescription, Target

ATTR_TIMEOUT: Final = "timeout"
_TIMEOUT: Final = 10.0
_TIMEOUT_MAX: Final = 60.0


async def _request_recognition(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Ask who is there and wait for the answer. SetCallbackRequest."""
    visit = await targets[0].runtime.visits.requests.async_ask(data[ATTR_TIMEOUT])
    if visit is None:
        return {"recognized": False, ATTR_RESULT: None}
    return {
        "recognized": visit.verdict is Verdict.RECOGNIZED,
        ATTR_RESULT: visit.verdict,
        **visit.as_attributes(),
    }


RECOGNITION_ACTIONS: Final = (
    ActionDescription(
        name="request_recognition",
        fields={
            vol.Optional(ATTR_TIMEOUT, default=_TIMEOUT): vol.All(
                vol.Coerce(float), vol.Range(min=1, max=_TIMEOUT_MAX)
            )
        },
        run=_request_recognition,
        # As the button, which does the same.
        control=True,
    ),
)
