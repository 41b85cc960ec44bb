"""Visits in words, for the logbook."""

from collections.abc import Callable
from typing import Any

from homeassistant.components.logbook.const import (
    LOGBOOK_ENTRY_ENTITY_ID,
    LOGBOOK_ENTRY_MESSAGE,
    LOGBOOK_ENTRY_NAME,
)
from homeassistant.const import ATTR_ENTITY_ID
from homeassistant.core import Event, HomeAssistant, callback

from .const import DOMAIN, EVENT_VISIT
from .texts import name_or_unknown, text


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[
        [str, str, Callable[[Event[dict[str, Any]]], dict[str, Any]]], None
    ],
) -> None:
    """Describe our event."""

    @callback
    def describe(event: Event[dict[str, Any]]) -> dict[str, Any]:
        """Return a line such as "Front door Recognition / recognized Anna"."""
        data = event.data
        entity_id = data.get(ATTR_ENTITY_ID)
        state = hass.states.get(entity_id) if entity_id else None
        return {
            LOGBOOK_ENTRY_NAME: DOMAIN if state is None else state.name,
            LOGBOOK_ENTRY_MESSAGE: text(
                hass,
                f"log_{data.get('reason') or data.get('type')}",
                name=name_or_unknown(hass, data.get("name")),
            ),
            LOGBOOK_ENTRY_ENTITY_ID: entity_id,
        }

    async_describe_event(DOMAIN, EVENT_VISIT, describe)
