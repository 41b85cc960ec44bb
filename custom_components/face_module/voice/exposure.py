"""Which modules an assistant may know of: those with an entity that is exposed to it."""

from typing import Final

from homeassistant.components.homeassistant.exposed_entities import (
    async_expose_entity,
    async_should_expose,
)
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

# How Assist is called where entities are exposed.
CONVERSATION: Final = "conversation"


@callback
def is_exposed(hass: HomeAssistant, entry: ConfigEntry, assistant: str) -> bool:
    """Say whether an assistant may know of a module: an entity of it is exposed."""
    return any(
        async_should_expose(hass, assistant, entity_id)
        for entity_id in _entity_ids(hass, entry)
    )


@callback
def async_expose(hass: HomeAssistant, entry: ConfigEntry, assistant: str) -> None:
    """Let an assistant know of a module, by the event of its recognitions."""
    events = [
        one for one in _entity_ids(hass, entry) if one.startswith(f"{Platform.EVENT}.")
    ]
    for entity_id in events[:1]:
        async_expose_entity(hass, assistant, entity_id, should_expose=True)


def _entity_ids(hass: HomeAssistant, entry: ConfigEntry) -> list[str]:
    registry = er.async_get(hass)
    entities = er.async_entries_for_config_entry(registry, entry.entry_id)
    return [
        entity.entity_id
        for entity in entities
        if entity.disabled_by is None and entity.unique_id.startswith(f"{entry.unique_id}_")
    ]
