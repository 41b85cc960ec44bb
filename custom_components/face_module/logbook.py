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
from .gate import Verdict
from .texts import text


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
        """Return a line such as "Anna / was recognized (97 %)"."""
        data = event.data
        result, reason = data.get("type"), data.get("reason")
        who = data.get("name") or text(hass, "somebody_unknown")
        key = f"log_{reason or result}"
        if result == Verdict.UNKNOWN:
            key = "log_unknown"
        return {
            LOGBOOK_ENTRY_NAME: who,
            LOGBOOK_ENTRY_MESSAGE: text(hass, key, score=f"{data.get('score', 0):.0f}"),
            LOGBOOK_ENTRY_ENTITY_ID: data.get(ATTR_ENTITY_ID),
        }

    async_describe_event(DOMAIN, EVENT_VISIT, describe)
