"""The event that automations act on: somebody was seen."""

from typing import Final, override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .entity import FaceModuleEntity
from .models import FaceModuleConfigEntry
from .recognition import Sighting, Verdict

PARALLEL_UPDATES = 0

RECOGNITION: Final = EventEntityDescription(key="recognition", event_types=list(Verdict))


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FaceModuleConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the recognition event of a module."""
    async_add_entities([RecognitionEvent(entry.runtime_data.coordinator, RECOGNITION)])


class RecognitionEvent(FaceModuleEntity, EventEntity):
    """Fires once for each recognition callback."""

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self.coordinator.async_subscribe_sightings(self._seen))

    @callback
    def _seen(self, seen: Sighting) -> None:
        self._trigger_event(seen.verdict, seen.as_attributes())
        self.async_write_ha_state()
