"""An image entity that keeps the latest picture in memory."""

from typing import override

from homeassistant.components.image import ImageEntity
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddEntitiesCallback
from homeassistant.helpers.typing import ConfigType, DiscoveryInfoType
from homeassistant.util import dt as dt_util

from .const import DOMAIN, RECOGNIZED, Seen


async def async_setup_platform(
    hass: HomeAssistant,
    config: ConfigType,
    async_add_entities: AddEntitiesCallback,
    discovery_info: DiscoveryInfoType | None = None,
) -> None:
    """Add the one entity."""
    async_add_entities([ReferenceImage(hass)])


class ReferenceImage(ImageEntity):
    """Shows the latest picture."""

    _attr_content_type = "image/jpeg"
    _attr_name = "Reference last face"
    _attr_should_poll = False
    _attr_unique_id = DOMAIN
    _picture: bytes | None = None

    @override
    async def async_added_to_hass(self) -> None:
        self.async_on_remove(async_dispatcher_connect(self.hass, RECOGNIZED, self._seen))

    @override
    async def async_image(self) -> bytes | None:
        return self._picture

    @callback
    def _seen(self, seen: Seen) -> None:
        self._picture = seen.picture
        self._attr_image_last_updated = dt_util.utcnow()
        self.async_write_ha_state()
