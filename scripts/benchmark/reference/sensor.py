"""Sensors of an entry, on one device, that never change."""

from homeassistant.components.sensor import SensorEntity
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN, SENSORS


async def async_setup_entry(
    hass: HomeAssistant,
    entry: ConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add as many as the entry wants."""
    async_add_entities(
        ReferenceSensor(entry.entry_id, number) for number in range(entry.data[SENSORS])
    )


class ReferenceSensor(SensorEntity):
    """Has a number."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, entry_id: str, number: int) -> None:
        """Belong to the device of an entry."""
        self._attr_unique_id = f"{entry_id}_{number}"
        self._attr_name = f"Sensor {number}"
        self._attr_native_value = number
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, entry_id)}, name=f"Reference {entry_id}"
        )
