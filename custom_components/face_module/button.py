"""Buttons: what the module does once when told."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, override

from homeassistant.components.button import (
    ButtonEntity,
    ButtonEntityDescription,
)
from homeassistant.components.button.const import ButtonDeviceClass
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client import FACTORY_HOST
from .device.coordinator import FaceModuleCoordinator
from .entity import FaceModuleEntity
from .runtime import FaceModuleConfigEntry

PARALLEL_UPDATES = 1


@dataclass(frozen=True, kw_only=True)
class FaceModuleButtonDescription(ButtonEntityDescription):
    """Something to do once; raises FaceModuleError."""

    press_fn: Callable[[FaceModuleCoordinator], Awaitable[object]]
    entity_category: EntityCategory | None = EntityCategory.CONFIG


async def _restart(coordinator: FaceModuleCoordinator) -> None:
    async with coordinator.outage.follows():
        await coordinator.client.restart()


async def _restore(coordinator: FaceModuleCoordinator) -> None:
    async with coordinator.outage.follows(FACTORY_HOST):
        await coordinator.client.restore()


BUTTONS: Final = (
    FaceModuleButtonDescription(
        key="request_recognition",
        entity_category=None,
        press_fn=lambda coordinator: coordinator.client.request_recognition(),
    ),
    FaceModuleButtonDescription(
        key="restart", device_class=ButtonDeviceClass.RESTART, press_fn=_restart
    ),
    FaceModuleButtonDescription(
        key="sync_clock", press_fn=lambda coordinator: coordinator.async_set_clock()
    ),
    FaceModuleButtonDescription(
        key="restore_factory_settings",
        entity_registry_enabled_default=False,
        press_fn=_restore,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: FaceModuleConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of a module."""
    coordinator = entry.runtime_data.coordinator
    async_add_entities(
        FaceModuleButton(coordinator, description) for description in BUTTONS
    )


class FaceModuleButton(FaceModuleEntity, ButtonEntity):
    """Something the module does once."""

    entity_description: FaceModuleButtonDescription

    @override
    async def async_press(self) -> None:
        await self.coordinator.async_send(
            lambda: self.entity_description.press_fn(self.coordinator)
        )
