"""Sensors: what the models see, who came last, and how the module is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorStateClass,
)
from homeassistant.const import EntityCategory, UnitOfRatio, UnitOfTemperature, UnitOfTime
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import DmsType
from .coordinator import FaceModuleCoordinator
from .entity import FaceModuleEntity
from .models import FaceModuleConfigEntry, ModuleState
from .recognition import Sighting, Verdict

PARALLEL_UPDATES = 0

type SensorValue = str | float | datetime | None


@dataclass(frozen=True, kw_only=True)
class FaceModuleSensorDescription(SensorEntityDescription):
    """A sensor that shows a part of the module's state."""

    value_fn: Callable[[ModuleState], SensorValue]


def _score(
    key: str, value_fn: Callable[[ModuleState], SensorValue]
) -> FaceModuleSensorDescription:
    return FaceModuleSensorDescription(
        key=key,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        value_fn=value_fn,
    )


SENSORS: Final = (
    FaceModuleSensorDescription(
        key="dms_type",
        device_class=SensorDeviceClass.ENUM,
        options=list(DmsType),
        value_fn=lambda state: state.pipeline.dms_type,
    ),
    _score("mask_score", lambda state: state.pipeline.mask_score),
    _score("rgb_liveness_score", lambda state: state.pipeline.rgb_liveness_score),
    _score("nir_liveness_score", lambda state: state.pipeline.nir_liveness_score),
    FaceModuleSensorDescription(
        key="enrolled_users",
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda state: state.user_count,
    ),
    FaceModuleSensorDescription(
        key="cpu_temperature",
        device_class=SensorDeviceClass.TEMPERATURE,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfTemperature.CELSIUS,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        value_fn=lambda state: state.temperature,
    ),
    FaceModuleSensorDescription(
        key="clock_drift",
        device_class=SensorDeviceClass.DURATION,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfTime.SECONDS,
        state_class=SensorStateClass.MEASUREMENT,
        value_fn=lambda state: state.clock_drift,
    ),
    FaceModuleSensorDescription(
        key="last_heartbeat",
        device_class=SensorDeviceClass.TIMESTAMP,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda state: state.last_heartbeat,
    ),
)
LAST_PERSON: Final = SensorEntityDescription(key="last_person")


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FaceModuleConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of a module."""
    coordinator = entry.runtime_data.coordinator
    async_add_entities(
        [
            *(FaceModuleSensor(coordinator, description) for description in SENSORS),
            LastPersonSensor(coordinator, LAST_PERSON),
        ]
    )


class FaceModuleSensor(FaceModuleEntity, SensorEntity):
    """A part of the module's state."""

    entity_description: FaceModuleSensorDescription

    @override
    def _shown(self) -> SensorValue:
        return self.entity_description.value_fn(self.coordinator.data)

    @property
    @override
    def native_value(self) -> SensorValue:
        return self._shown()


class LastPersonSensor(FaceModuleEntity, RestoreSensor):
    """The name of whoever was recognized last; survives a restart."""

    def __init__(
        self, coordinator: FaceModuleCoordinator, description: SensorEntityDescription
    ) -> None:
        """Start with nobody."""
        super().__init__(coordinator, description)
        self._attr_extra_state_attributes: dict[str, Any] = {"user_id": None}

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        if (last := await self.async_get_last_sensor_data()) is not None:
            self._attr_native_value = last.native_value
        if (state := await self.async_get_last_state()) is not None:
            self._attr_extra_state_attributes = {"user_id": state.attributes.get("user_id")}
        self.async_on_remove(self.coordinator.async_subscribe_sightings(self._seen))

    @callback
    def _seen(self, seen: Sighting) -> None:
        if seen.verdict is Verdict.RECOGNIZED:
            # Home Assistant refuses states of more than 255 characters.
            self._attr_native_value = seen.name[:255]
            self._attr_extra_state_attributes = {"user_id": seen.user_id}
            self.async_write_ha_state()
