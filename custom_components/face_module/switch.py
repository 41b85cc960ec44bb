"""Switches: fill lights and what the video stream shows."""

from abc import abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final, override

from homeassistant.components.switch import SwitchEntity, SwitchEntityDescription
from homeassistant.const import STATE_ON, EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.restore_state import RestoreEntity

from .client import FaceModuleClient, SystemConfig
from .device.coordinator import FaceModuleCoordinator
from .entity import FaceModuleEntity
from .runtime import FaceModuleConfigEntry

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class FaceModuleSwitchDescription(SwitchEntityDescription):
    """A setting that is on or off; without `is_on_fn` it cannot be read back."""

    set_fn: Callable[[FaceModuleClient, bool], Awaitable[object]]
    is_on_fn: Callable[[SystemConfig], bool | None] | None = None
    entity_category: EntityCategory | None = EntityCategory.CONFIG


LEDS: Final = (
    FaceModuleSwitchDescription(
        key="rgb_led", set_fn=lambda client, on: client.set_rgb_led(on=on)
    ),
    FaceModuleSwitchDescription(
        key="ir_led", set_fn=lambda client, on: client.set_ir_led(on=on)
    ),
)
SWITCHES: Final = (
    FaceModuleSwitchDescription(
        key="show_bbox",
        set_fn=lambda client, on: client.set_show_bbox(on=on),
        is_on_fn=lambda config: config.show_bbox,
    ),
    FaceModuleSwitchDescription(
        key="multiface_detection",
        set_fn=lambda client, on: client.set_multiface_detection(on=on),
        is_on_fn=lambda config: config.multiface_detection,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FaceModuleConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switches of a module."""
    coordinator = entry.runtime_data.coordinator
    async_add_entities(
        [
            *(LedSwitch(coordinator, description) for description in LEDS),
            *(ConfigSwitch(coordinator, description) for description in SWITCHES),
        ]
    )


class FaceModuleSwitch(FaceModuleEntity, SwitchEntity):
    """A setting that is on or off."""

    entity_description: FaceModuleSwitchDescription

    @abstractmethod
    async def _async_set(self, *, on: bool) -> None:
        """Tell the module; raises HomeAssistantError."""

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        await self._async_set(on=True)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        await self._async_set(on=False)


class ConfigSwitch(FaceModuleSwitch):
    """A setting that GetSysConfig knows."""

    @override
    def _shown(self) -> bool | None:
        read = self.entity_description.is_on_fn
        return read(self.coordinator.data.config) if read else None

    @property
    @override
    def is_on(self) -> bool | None:
        return self._shown()

    @override
    async def _async_set(self, *, on: bool) -> None:
        description = self.entity_description
        await self.coordinator.async_write(
            lambda: description.set_fn(self.coordinator.client, on),
            lambda config: (
                description.is_on_fn is None or description.is_on_fn(config) is on
            ),
        )


class LedSwitch(FaceModuleSwitch, RestoreEntity):
    """A fill light: it cannot be read back, so we remember what we told it."""

    _attr_assumed_state = True

    def __init__(
        self, coordinator: FaceModuleCoordinator, description: FaceModuleSwitchDescription
    ) -> None:
        """Start without an opinion."""
        super().__init__(coordinator, description)
        self._attr_is_on = None

    @override
    async def async_added_to_hass(self) -> None:
        await super().async_added_to_hass()
        state = await self.async_get_last_state()
        if state is not None and state.state in ("on", "off"):
            self._attr_is_on = state.state == STATE_ON

    @override
    async def _async_set(self, *, on: bool) -> None:
        description = self.entity_description
        await self.coordinator.async_send(
            lambda: description.set_fn(self.coordinator.client, on)
        )
        self._attr_is_on = on
        self.async_write_ha_state()
