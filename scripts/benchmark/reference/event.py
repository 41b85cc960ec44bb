"""An event entity that fires for every recognition."""

from typing import override

from homeassistant.components.event import EventEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.typing import ConfigType, DiscoveryInfoType

from .const import DOMAIN, RECOGNIZED, Seen


async def async_setup_platform(
    hass: HomeAssistant,
    config: ConfigType,
    async_add_entities: AddEntitiesCallback,
    discovery_info: DiscoveryInfoType | None = None,
) -> None:
    """Add the one entity."""
    async_add_entities([ReferenceEvent()])


class ReferenceEvent(EventEntity):
    """Fires for every recognition."""

    _attr_event_types = ["recognized"]  # noqa: RUF012
    _attr_name = "Reference recognition"
    _attr_should_poll = False
    _attr_unique_id = DOMAIN

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(async_dispatcher_connect(self.hass, RECOGNIZED, self._seen))

    @callback
    def _seen(self, seen: Seen) -> None:
        self._trigger_event("recognized", seen.attributes)
        self.async_write_ha_state()
