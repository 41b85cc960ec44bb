"""What every entity of a module shares."""

from typing import Any, override

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .coordinator import FaceModuleCoordinator
from .history import Deletion
from .models import FaceModuleRuntime
from .visit import Visit


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


class FaceModuleVisitEntity(FaceModuleEntity):
    """An entity about who came.

    It is available, too, when a recognition arrives before a poll noticed that the
    module is back: what it has to say is news.
    """

    def __init__(self, runtime: FaceModuleRuntime, description: EntityDescription) -> None:
        """Listen to the visits of a module once it is added."""
        super().__init__(runtime.coordinator, description)
        self._visits = runtime.visits

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self._visits.async_subscribe(self._visited))
        self.async_on_remove(self._visits.history.async_subscribe_deletions(self._deleted))

    @property
    @override
    def available(self) -> bool:
        return super().available or self.coordinator.heard_in_outage

    @callback
    def _visited(self, visit: Visit) -> None:
        """Show a visit that is told now."""

    @callback
    def _deleted(self, deletion: Deletion) -> None:
        """Forget what is gone from the history."""


def of_this_integration(hass: HomeAssistant, entity_ids: set[str]) -> set[str]:
    """Return those of the entities that are ours."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if (entry := registry.async_get(entity_id)) and entry.platform == DOMAIN
    }
