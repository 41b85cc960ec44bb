"""Sensors: what the models see, who came last, and how the module is."""

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, override

from homeassistant.components.sensor import (
    RestoreSensor,
    SensorDeviceClass,
    SensorEntity,
    SensorEntityDescription,
    SensorExtraStoredData,
    SensorStateClass,
)
from homeassistant.const import (
    EntityCategory,
    UnitOfRatio,
    UnitOfTemperature,
    UnitOfTime,
)
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity import Entity
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import DmsType
from .const import ATTR_PERSON, ATTR_USER_ID
from .device.state import ModuleState
from .entity import FaceModuleEntity, FaceModuleVisitEntity
from .fleet.person_devices import DATA_PERSON_DEVICES, PersonDevice
from .runtime import FaceModuleConfigEntry, FaceModuleRuntime
from .visits.gate import Verdict
from .visits.history import Deletion
from .visits.visit import Visit

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
        entity_category=EntityCategory.DIAGNOSTIC,
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
VISITS_TODAY: Final = SensorEntityDescription(
    key="visits_today", state_class=SensorStateClass.TOTAL
)
LAST_SEEN: Final = SensorEntityDescription(
    key="last_seen", device_class=SensorDeviceClass.TIMESTAMP
)
LAST_PLACE: Final = SensorEntityDescription(key="last_place")
LAST_PERSON: Final = SensorEntityDescription(key="last_person")
LAST_RECOGNITION: Final = SensorEntityDescription(
    key="last_recognition",
    device_class=SensorDeviceClass.TIMESTAMP,
    # The event and the picture carry the time already.
    entity_registry_enabled_default=False,
)


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
            VisitsTodaySensor(entry.runtime_data, VISITS_TODAY),
            LastPersonSensor(entry.runtime_data, LAST_PERSON),
            LastRecognitionSensor(entry.runtime_data, LAST_RECOGNITION),
        ]
    )

    def show(device: PersonDevice) -> list[Entity]:
        sensors: list[Entity] = [
            PersonLastSeenSensor(device, LAST_SEEN),
            PersonLastPlaceSensor(device, LAST_PLACE),
            PersonVisitsTodaySensor(device, VISITS_TODAY),
        ]
        async_add_entities(sensors)
        return sensors

    await hass.data[DATA_PERSON_DEVICES].async_at_home(entry, show)


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


class VisitsTodaySensor(FaceModuleVisitEntity, SensorEntity):
    """How many visits of today the book has."""

    def __init__(
        self, runtime: FaceModuleRuntime, description: SensorEntityDescription
    ) -> None:
        """Show what is counted for the module."""
        super().__init__(runtime, description)
        self._today = runtime.today

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(
            self._today.async_subscribe(
                came=self._write_seldom, counted=self.async_write_ha_state
            )
        )

    @property
    @override
    def native_value(self) -> int:
        return self._today.count

    @property
    @override
    def last_reset(self) -> datetime:
        return self._today.since


class LastVisitSensor(FaceModuleVisitEntity, RestoreSensor):
    """Something about whoever was recognized last; survives a restart, and a power failure.

    Home Assistant keeps states every quarter of an hour and when it stops; the history
    may know of somebody who came later.
    """

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        state = await self.async_get_last_state()
        last = self._visits.history.last_recognized
        if last is not None and (state is None or last.last_seen > state.last_updated):
            self._show(last)
        elif state is not None and (data := await self.async_get_last_sensor_data()):
            kept = await self.async_get_last_extra_data()
            # The attributes are not there if it was unavailable.
            more = kept.as_dict() if kept else {}
            self._restore(data.native_value, {**state.attributes, **more})

    @override
    @callback
    def _visited(self, visit: Visit) -> None:
        if visit.verdict is Verdict.RECOGNIZED:
            before = (self.native_value, self.extra_state_attributes)
            self._show(visit)
            if before != (self.native_value, self.extra_state_attributes):
                self.async_write_ha_state()

    @abstractmethod
    def _show(self, visit: Visit) -> None:
        """Take over what a visit says."""

    @abstractmethod
    def _restore(self, value: object, more: Mapping[str, Any]) -> None:
        """Take over what was shown before the restart, and what was kept besides."""


@dataclass
class _PersonStoredData(SensorExtraStoredData):
    """A name, and whose it is."""

    user_id: str | None
    person: str | None

    @override
    def as_dict(self) -> dict[str, Any]:
        whose = {ATTR_USER_ID: self.user_id, ATTR_PERSON: self.person}
        return super().as_dict() | whose


class LastPersonSensor(LastVisitSensor):
    """The name of whoever was recognized last."""

    def __init__(
        self, runtime: FaceModuleRuntime, description: SensorEntityDescription
    ) -> None:
        """Start with nobody."""
        super().__init__(runtime, description)
        self._say(None, None, None)

    def _say(self, name: str | None, user_id: str | None, person: str | None) -> None:
        # Home Assistant refuses states of more than 255 characters.
        self._attr_native_value = name and name[:255]
        self._attr_extra_state_attributes = {ATTR_USER_ID: user_id, ATTR_PERSON: person}

    @override
    def _show(self, visit: Visit) -> None:
        self._say(visit.name, visit.user_id, visit.person)

    @override
    def _restore(self, value: object, more: Mapping[str, Any]) -> None:
        if value is not None:
            self._say(str(value), more.get(ATTR_USER_ID), more.get(ATTR_PERSON))

    @property
    @override
    def extra_restore_state_data(self) -> _PersonStoredData:
        return _PersonStoredData(
            super().extra_restore_state_data.native_value,
            None,
            self._attr_extra_state_attributes[ATTR_USER_ID],
            self._attr_extra_state_attributes[ATTR_PERSON],
        )

    @override
    @callback
    def _deleted(self, deletion: Deletion) -> None:
        """Forget the name of somebody of whom the user left nothing.

        Also a name of which nobody knows any more whose it is.
        """
        user_id = self._attr_extra_state_attributes[ATTR_USER_ID]
        is_forgotten = user_id is None or user_id in deletion.user_ids
        if self._attr_native_value and deletion.user_ids and is_forgotten:
            self._say(None, None, None)
            self.async_write_ha_state()


class LastRecognitionSensor(LastVisitSensor):
    """When somebody was recognized last."""

    @override
    def _show(self, visit: Visit) -> None:
        self._attr_native_value = visit.last_seen

    @override
    def _restore(self, value: object, more: Mapping[str, Any]) -> None:
        if isinstance(value, datetime):
            self._attr_native_value = value


class PersonSensor(SensorEntity):
    """Something about somebody's visits to all modules, by the book."""

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, device: PersonDevice, description: SensorEntityDescription) -> None:
        """Name the entity by what the device is known by."""
        self.entity_description = description
        self._someone = device.someone
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{device.identifier}_{description.key}"
        self._attr_device_info = device.info

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        self.async_on_remove(self._someone.async_subscribe(self.async_write_ha_state))

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Allow a rename in place: nothing here depends on the entity id."""


class PersonLastSeenSensor(PersonSensor):
    """When somebody was recognized last."""

    @property
    @override
    def native_value(self) -> datetime | None:
        return self._someone.seen.last_seen


class PersonLastPlaceSensor(PersonSensor):
    """At which door that was."""

    @property
    @override
    def native_value(self) -> str | None:
        entry_id = self._someone.seen.entry_id
        entry = self.hass.config_entries.async_get_entry(entry_id or "")
        return None if entry is None else entry.title[:255]


class PersonVisitsTodaySensor(PersonSensor):
    """How many visits of somebody the book has of today."""

    @property
    @override
    def native_value(self) -> int:
        return len(self._someone.seen.today)

    @property
    @override
    def last_reset(self) -> datetime | None:
        return self._someone.since
