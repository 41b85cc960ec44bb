"""Binary sensors: whether the module is there, and what its models conclude."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.binary_sensor import (
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.components.binary_sensor.const import BinarySensorDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import DmsType
from .const import ATTR_PERSON, ATTR_SINCE, ATTR_USER_ID
from .device.coordinator import FaceModuleCoordinator
from .entity import FaceModuleEntity
from .runtime import FaceModuleConfigEntry

PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class FaceModuleBinarySensorDescription(BinarySensorEntityDescription):
    """A conclusion from the module's state; None is unknown."""

    is_on_fn: Callable[[FaceModuleCoordinator], bool | None]
    # Whether it has something to say while the module does not answer.
    always_available: bool = False
    attributes_fn: Callable[[FaceModuleCoordinator], dict[str, Any] | None] = lambda _: None


def _distracted(coordinator: FaceModuleCoordinator) -> bool | None:
    dms_type = coordinator.data.pipeline.dms_type
    return None if dms_type is None else dms_type != DmsType.NORMAL


def _present(coordinator: FaceModuleCoordinator) -> dict[str, Any]:
    present = coordinator.data.present
    return {
        ATTR_USER_ID: [person.user_id for person in present],
        "name": [person.name for person in present],
        ATTR_PERSON: [person.person for person in present],
        ATTR_SINCE: [person.since.isoformat() for person in present],
    }


BINARY_SENSORS: Final = (
    FaceModuleBinarySensorDescription(
        key="connected",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        entity_category=EntityCategory.DIAGNOSTIC,
        always_available=True,
        is_on_fn=lambda coordinator: coordinator.last_update_success,
    ),
    FaceModuleBinarySensorDescription(
        key="person_present",
        device_class=BinarySensorDeviceClass.OCCUPANCY,
        is_on_fn=lambda coordinator: bool(coordinator.data.present),
        attributes_fn=_present,
    ),
    FaceModuleBinarySensorDescription(
        key="spoof_suspected",
        device_class=BinarySensorDeviceClass.TAMPER,
        is_on_fn=lambda coordinator: coordinator.data.pipeline.spoof_suspected,
    ),
    FaceModuleBinarySensorDescription(
        key="mask_worn",
        is_on_fn=lambda coordinator: coordinator.data.pipeline.mask_worn,
    ),
    FaceModuleBinarySensorDescription(key="distracted", is_on_fn=_distracted),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FaceModuleConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of a module."""
    coordinator = entry.runtime_data.coordinator
    async_add_entities(
        FaceModuleBinarySensor(coordinator, description) for description in BINARY_SENSORS
    )


class FaceModuleBinarySensor(FaceModuleEntity, BinarySensorEntity):
    """A conclusion from the module's state."""

    # The database knows when somebody came: it keeps the states.
    _unrecorded_attributes = frozenset({ATTR_PERSON, ATTR_SINCE})

    entity_description: FaceModuleBinarySensorDescription

    @override
    def _shown(self) -> tuple[bool | None, dict[str, Any] | None]:
        return self.is_on, self.extra_state_attributes

    @property
    @override
    def is_on(self) -> bool | None:
        return self.entity_description.is_on_fn(self.coordinator)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        return self.entity_description.attributes_fn(self.coordinator)

    @property
    @override
    def available(self) -> bool:
        return self.entity_description.always_available or super().available
