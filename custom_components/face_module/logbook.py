"""What the logbook says of our events: a guest was removed."""

from collections.abc import Callable

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ICON,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.components.logbook.models import LazyEventPartialState
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN, EVENT_GUEST_REMOVED
from .texts import text

type Describe = Callable[[LazyEventPartialState | Event], dict[str, str]]


@callback
def async_describe_events(
    hass: HomeAssistant, async_describe_event: Callable[[str, str, Describe], None]
) -> None:
    """Describe our events."""

    @callback
    def removed(event: LazyEventPartialState | Event) -> dict[str, str]:
        message = text(hass, "guest_over")
        if event.data.get("why") == "used_up":
            message = text(hass, "guest_used_up")
        return {
            LOGBOOK_ENTRY_NAME: str(event.data.get("name", "")),
            LOGBOOK_ENTRY_MESSAGE: message,
            LOGBOOK_ENTRY_ICON: "mdi:account-remove",
        }

    async_describe_event(DOMAIN, EVENT_GUEST_REMOVED, removed)
