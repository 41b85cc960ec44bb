"""Actions about recognizing people."""

from collections.abc import Mapping
from typing import Any, Final

from homeassistant.core import HomeAssistant, ServiceResponse
from homeassistant.exceptions import HomeAssistantError
import voluptuous as vol

from ..client import CallbackKind
from ..const import ATTR_RESULT, DOMAIN
from ..gate import Verdict
from .description import ActionDescription, Target

ATTR_TIMEOUT: Final = "timeout"
_TIMEOUT: Final = 10.0
_TIMEOUT_MAX: Final = 60.0


async def _request_recognition(
    hass: HomeAssistant, targets: list[Target], data: Mapping[str, Any]
) -> ServiceResponse:
    """Ask who is there and wait for the answer. SetCallbackRequest."""
    entry = targets[0].entry
    runtime = targets[0].runtime
    if not runtime.callbacks.is_registered(CallbackKind.RECOGNITION):
        # The module would be asked, and nobody would hear the answer.
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="no_callback",
            translation_placeholders={"module": entry.title},
        )
    visit = await runtime.visits.async_request(data[ATTR_TIMEOUT])
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
    ),
)
