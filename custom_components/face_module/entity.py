"""What every entity of a module shares."""

from typing import Any, override

from homeassistant.core import callback
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import FaceModuleCoordinator


class FaceModuleEntity(CoordinatorEntity[FaceModuleCoordinator]):
    """An entity of one module.

    Every callback reaches every entity; one is written only when what it shows changed.
    """

    _attr_has_entity_name = True

    def __init__(
        self, coordinator: FaceModuleCoordinator, description: EntityDescription
    ) -> None:
        """Name the entity by the module's serial and the description's key."""
        super().__init__(coordinator)
        self.entity_description = description
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{coordinator.serial}_{description.key}"
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, coordinator.serial)},
            name=coordinator.config_entry.title,
            model="Face recognition module",
            serial_number=coordinator.serial,
            sw_version=coordinator.firmware or None,
        )
        self._written: tuple[bool, Any] | None = None

    def _shown(self) -> Any:
        """Return what the state is made of."""
        return None

    @override
    @callback
    def _handle_coordinator_update(self) -> None:
        shown = (self.available, self._shown())
        if shown != self._written:
            self._written = shown
            self.async_write_ha_state()

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Allow a rename in place: nothing here depends on the entity id."""
