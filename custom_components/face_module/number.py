"""Numbers: the module's own thresholds."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.number import (
    NumberEntity,
    NumberEntityDescription,
    NumberMode,
)
from homeassistant.const import EntityCategory, UnitOfRatio
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import MAX_FACE_SIZE, MIN_FACE_SIZE, FaceModuleClient, SystemConfig
from .entity import FaceModuleEntity
from .runtime import FaceModuleConfigEntry

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class FaceModuleNumberDescription(NumberEntityDescription):
    """A whole number that the module keeps."""

    value_fn: Callable[[SystemConfig], int | None]
    set_fn: Callable[[FaceModuleClient, int], Awaitable[object]]
    entity_category: EntityCategory | None = EntityCategory.CONFIG
    native_step: float | None = 1
    mode: NumberMode | None = NumberMode.BOX


NUMBERS: Final = (
    FaceModuleNumberDescription(
        key="liveness_threshold",
        native_min_value=0,
        native_max_value=100,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        value_fn=lambda config: config.liveness_threshold,
        set_fn=lambda client, value: client.set_liveness_threshold(value),
    ),
    FaceModuleNumberDescription(
        key="recognition_threshold",
        native_min_value=0,
        native_max_value=100,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        value_fn=lambda config: config.recognition_threshold,
        set_fn=lambda client, value: client.set_recognition_threshold(value),
    ),
    FaceModuleNumberDescription(
        key="min_face_size",
        native_min_value=MIN_FACE_SIZE,
        native_max_value=MAX_FACE_SIZE,
        native_unit_of_measurement="px",
        value_fn=lambda config: config.min_face_size,
        set_fn=lambda client, value: client.set_min_face_size(value),
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FaceModuleConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the numbers of a module."""
    coordinator = entry.runtime_data.coordinator
    async_add_entities(
        FaceModuleNumber(coordinator, description) for description in NUMBERS
    )


class FaceModuleNumber(FaceModuleEntity, NumberEntity):
    """A whole number that the module keeps."""

    entity_description: FaceModuleNumberDescription

    @override
    def _shown(self) -> int | None:
        return self.entity_description.value_fn(self.coordinator.data.config)

    @property
    @override
    def native_value(self) -> int | None:
        return self._shown()

    @override
    async def async_set_native_value(self, value: float) -> None:
        description, number = self.entity_description, round(value)
        await self.coordinator.async_write(
            lambda: description.set_fn(self.coordinator.client, number),
            lambda config: description.value_fn(config) == number,
        )
