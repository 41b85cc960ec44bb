"""Selects: liveness and picture quality."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, override

from homeassistant.components.select import SelectEntity, SelectEntityDescription
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import (
    FaceModuleClient,
    LivenessType,
    QualityControl,
    SystemConfig,
    WorkField,
)
from .device.coordinator import FaceModuleCoordinator
from .entity import FaceModuleEntity
from .runtime import FaceModuleConfigEntry

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class FaceModuleSelectDescription[ValueT: Enum](SelectEntityDescription):
    """A setting with named values; the options are the names in lower case."""

    values: type[ValueT]
    value_fn: Callable[[SystemConfig], ValueT | None]
    # The present settings come along: quality and scope are only set together.
    set_fn: Callable[[FaceModuleClient, SystemConfig, ValueT], Awaitable[object]]
    entity_category: EntityCategory | None = EntityCategory.CONFIG


def _set_quality(
    client: FaceModuleClient, config: SystemConfig, quality: QualityControl
) -> Awaitable[object]:
    return client.set_quality_control(quality, config.work_field or WorkField.EVERYWHERE)


def _set_scope(
    client: FaceModuleClient, config: SystemConfig, scope: WorkField
) -> Awaitable[object]:
    return client.set_quality_control(config.quality_control or QualityControl.NONE, scope)


LIVENESS_TYPE: Final = FaceModuleSelectDescription(
    key="liveness_type",
    values=LivenessType,
    value_fn=lambda config: config.liveness_type,
    set_fn=lambda client, config, value: client.set_liveness_type(value),
)
QUALITY_CONTROL: Final = FaceModuleSelectDescription(
    key="quality_control",
    values=QualityControl,
    value_fn=lambda config: config.quality_control,
    set_fn=_set_quality,
)
QUALITY_CONTROL_SCOPE: Final = FaceModuleSelectDescription(
    key="quality_control_scope",
    values=WorkField,
    value_fn=lambda config: config.work_field,
    set_fn=_set_scope,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FaceModuleConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the selects of a module."""
    coordinator = entry.runtime_data.coordinator
    async_add_entities(
        [
            FaceModuleSelect(coordinator, LIVENESS_TYPE),
            FaceModuleSelect(coordinator, QUALITY_CONTROL),
            FaceModuleSelect(coordinator, QUALITY_CONTROL_SCOPE),
        ]
    )


class FaceModuleSelect[ValueT: Enum](FaceModuleEntity, SelectEntity):
    """A setting with named values."""

    entity_description: FaceModuleSelectDescription[ValueT]

    def __init__(
        self,
        coordinator: FaceModuleCoordinator,
        description: FaceModuleSelectDescription[ValueT],
    ) -> None:
        """Offer the names of the values."""
        super().__init__(coordinator, description)
        self._values = {value.name.lower(): value for value in description.values}
        self._attr_options = list(self._values)

    @override
    def _shown(self) -> str | None:
        value = self.entity_description.value_fn(self.coordinator.data.config)
        return None if value is None else value.name.lower()

    @property
    @override
    def current_option(self) -> str | None:
        return self._shown()

    @override
    async def async_select_option(self, option: str) -> None:
        description, value = self.entity_description, self._values[option]
        coordinator = self.coordinator
        await coordinator.async_write(
            lambda: description.set_fn(coordinator.client, coordinator.data.config, value),
            lambda config: description.value_fn(config) is value,
        )
