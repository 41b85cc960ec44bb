"""A world for the campaign, in which nothing has to be waited for long."""

from collections.abc import AsyncGenerator
import logging
from pathlib import Path

from homeassistant.core import HomeAssistant
import pytest

from custom_components.face_module import button
from custom_components.face_module.callbacks import writing
from custom_components.face_module.device import moving, outage
from custom_components.face_module.fleet import members as fleet
from simulator import SimulatedModule
from tests.conftest import PASSWORD, SERIAL

from .world import FACTORY, World


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait shortly, and for what the simulator takes."""
    for module, name, seconds in (
        (fleet, "RECONNECT", 0.6),
        (fleet, "RECONNECT_EVERY", 0.05),
        (writing, "WITHDRAW_TIMEOUT", 0.5),
        (moving, "MOVE_BEGINS", 0.1),
        (moving, "MOVE_RETRY", 0.05),
        (moving, "MOVE_ENDS", 0.45),
        (moving, "LOOK_TIMEOUT", 0.2),
        (outage, "OUTAGE_BEGINS", 0.1),
        (outage, "OUTAGE_RETRY", 0.05),
        (outage, "OUTAGE_ENDS", 0.5),
    ):
        monkeypatch.setattr(module, name, seconds)
    # Thousands of lines that nobody reads.
    for name in ("asyncio", "simulator", "homeassistant.core"):
        logging.getLogger(name).setLevel(logging.WARNING)
    monkeypatch.setattr(button, "FACTORY_HOST", FACTORY)


@pytest.fixture
async def world(
    hass: HomeAssistant,
    base_url: str,
    pictures: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    quick: None,
    entity_registry_enabled_by_default: None,
) -> AsyncGenerator[World]:
    """A Home Assistant with two modules, of which one fails."""
    module = SimulatedModule(
        SERIAL, PASSWORD, restart_delay=0.05, boot_time=0.05, factory_ip=FACTORY
    )
    module.quirks.restart_blanks_callbacks = True
    other = SimulatedModule("0123A38884CE690002", PASSWORD)
    made = World(hass, base_url, pictures, monkeypatch, caplog)
    async with module, other:
        await made.start(module, other)
        handler = hass.loop.get_exception_handler()
        yield made
        assert hass.loop.get_exception_handler() is handler
        await made.reset()
        for entry in (made.entry, made.other_entry):
            await hass.config_entries.async_unload(entry.entry_id)
