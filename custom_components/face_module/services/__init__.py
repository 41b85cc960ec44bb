"""The actions, a row each; registered once, whether or not a module is set up."""

from typing import Final

from homeassistant.core import HomeAssistant, callback

from .description import ActionDescription
from .recognition import RECOGNITION_ACTIONS

ACTIONS: Final[tuple[ActionDescription, ...]] = (*RECOGNITION_ACTIONS,)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register all actions."""
    for action in ACTIONS:
        action.async_register(hass)
