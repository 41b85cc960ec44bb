"""The actions, a row each; registered once, whether or not a module is set up."""

from typing import Final

from homeassistant.core import HomeAssistant, callback

from .access import ACCESS_ACTIONS
from .description import ActionDescription
from .device import DEVICE_ACTIONS
from .eyes import EYE_ACTIONS
from .faces import FACE_ACTIONS
from .fleet import FLEET_ACTIONS
from .people import PEOPLE_ACTIONS
from .recognition import RECOGNITION_ACTIONS
from .records import RECORD_ACTIONS
from .visits import VISIT_ACTIONS
from .voice import VOICE_ACTIONS

ACTIONS: Final[tuple[ActionDescription, ...]] = (
    *PEOPLE_ACTIONS,
    *ACCESS_ACTIONS,
    *FLEET_ACTIONS,
    *FACE_ACTIONS,
    *RECOGNITION_ACTIONS,
    *RECORD_ACTIONS,
    *VISIT_ACTIONS,
    *EYE_ACTIONS,
    *DEVICE_ACTIONS,
    *VOICE_ACTIONS,
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register all actions."""
    for action in ACTIONS:
        action.async_register(hass)
