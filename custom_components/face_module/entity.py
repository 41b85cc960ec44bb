"""What every entity of a module shares."""

from datetime import datetime
from typing import Any, Final, override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .const import DOMAIN
from .device.coordinator import FaceModuleCoordinator
from .runtime import FaceModuleRuntime
from .visits.history import Deletion
from .visits.visit import Visit

# What counts visits, or shows them among others, is written this often (s) at most.
_SELDOM: Final = 5.0


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
    """An entity about who came: about the past, so it can always say it.

    How the module is now changes nothing of it. It is written when somebody came, and
    when what it shows was deleted.
    """

    def __init__(self, runtime: FaceModuleRuntime, description: EntityDescription) -> None:
        """Listen to the visits of a module once it is added."""
        super().__init__(runtime.coordinator, description)
        self._visits = runtime.visits
        self._seldom_at = float("-inf")
        self._later: CALLBACK_TYPE | None = None

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self._visits.async_subscribe(self._told))
        history = self._visits.history
        self.async_on_remove(history.async_subscribe_deletions(self._deleted))
        self.async_on_remove(history.async_subscribe_changes(self._changed))
        self.async_on_remove(self._cancel_later)

    @property
    @override
    def available(self) -> bool:
        return True

    @override
    @callback
    def _handle_coordinator_update(self) -> None:
        """Write nothing: nobody came."""

    @callback
    def _write_seldom(self) -> None:
        """Write now, or soon if that was a moment ago: where many come, all cost as one."""
        if self._later is not None:
            return
        wait = self._seldom_at + _SELDOM - self.hass.loop.time()
        if wait > 0:
            self._later = async_call_later(self.hass, wait, self._write_later)
        else:
            self._write_later()

    @callback
    def _write_later(self, _now: datetime | None = None) -> None:
        self._later = None
        self._seldom_at = self.hass.loop.time()
        self.async_write_ha_state()

    @callback
    def _cancel_later(self) -> None:
        if self._later is not None:
            self._later()
            self._later = None

    @callback
    def _told(self, visit: Visit) -> None:
        if self._visits.context is not None:
            self.async_set_context(self._visits.context)
        else:
            # It came by itself: nobody's action of a moment ago made it happen.
            self._context = None
        self._visited(visit)

    @callback
    def _visited(self, visit: Visit) -> None:
        """Show a visit that is told now."""

    @callback
    def _deleted(self, deletion: Deletion) -> None:
        """Forget what is gone from the history."""

    @callback
    def _changed(self) -> None:
        """Show visits of before that were added, or marked."""


def of_this_integration(hass: HomeAssistant, entity_ids: set[str]) -> set[str]:
    """Return those of the entities that are ours."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if (entry := registry.async_get(entity_id)) and entry.platform == DOMAIN
    }
