"""Asking a module who is there: for the action, and for voice."""

from homeassistant.exceptions import HomeAssistantError

from .client import CallbackKind
from .const import DOMAIN
from .models import FaceModuleConfigEntry
from .visit import Visit


async def async_ask(entry: FaceModuleConfigEntry, timeout: float) -> Visit | None:  # noqa: ASYNC109
    """Ask a module who is there; return the answer, None when none came in time (s).

    Raises FaceModuleError, and HomeAssistantError when the answer would not be heard.
    SetCallbackRequest.
    """
    runtime = entry.runtime_data
    if not runtime.callbacks.is_registered(CallbackKind.RECOGNITION):
        raise HomeAssistantError(
            translation_domain=DOMAIN,
            translation_key="no_callback",
            translation_placeholders={"module": entry.title},
        )
    return await runtime.visits.async_request(timeout)
