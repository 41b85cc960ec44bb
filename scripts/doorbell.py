"""The demo's doorbell: a camera before which somebody else stands every few seconds."""

import asyncio
from itertools import count
from pathlib import Path
import sys
from typing import Any

from hass_api import REPOSITORY, Hass

sys.path.insert(0, str(REPOSITORY))

from simulator.portraits import portrait, scenery

CAMERA, BUTTON = "camera.doorbell", "input_button.doorbell"
# Somebody rings every half minute, also after Home Assistant was restarted.
CONFIGURATION = """
input_button:
  doorbell:
    name: Doorbell
    icon: mdi:doorbell
"""
AUTOMATIONS = """
- id: somebody_rings
  alias: Somebody rings (the demo's)
  triggers:
    - trigger: time_pattern
      seconds: /30
  actions:
    - action: input_button.press
      target:
        entity_id: input_button.doorbell
"""
# The module knows the first three; then a stranger, and nobody.
_WHO = ("Anna", "Ben", "Chen Wei 陈伟", "Walter Young", None)
_STAYS = 30.0
_SIZE = (1280, 960)


def prepare(config: Path) -> None:
    """Put the doorbell into a configuration folder; Anna stands there first."""
    with (config / "configuration.yaml").open("a", encoding="utf-8") as file:
        file.write(CONFIGURATION)
    (config / "automations.yaml").write_text(AUTOMATIONS, encoding="utf-8")
    _show(config, 0)


async def furnish(hass: Hass, config: Path, serial: str) -> None:
    """Add the camera, and make it an eye of a module."""
    await hass.add_camera(_file(config))
    for device in await hass.command("config/device_registry/list"):
        if ["face_module", serial] in device["identifiers"]:
            (entry_id,) = device["config_entries"]
    # Nobody on a picture is known to be alive.
    await hass.set_options(entry_id, {"require_liveness": False})
    eye: dict[str, Any] = {"entity_id": CAMERA, "trigger": BUTTON, "cool_down": 0}
    await hass.set_eyes(entry_id, [eye])


async def go_on(config: Path) -> None:
    """Let somebody else stand there from time to time, until it is cancelled."""
    for number in count(1):
        await asyncio.sleep(_STAYS)
        await asyncio.to_thread(_show, config, number)


def _file(config: Path) -> Path:
    return config / "media" / "doorbell.jpg"


def _show(config: Path, number: int) -> None:
    name = _WHO[number % len(_WHO)]
    if name is None:
        picture = scenery(_SIZE, seed=number)
    else:
        picture = portrait(name, variation=number % 20 + 1, size=_SIZE)
    # The camera may be read at any moment.
    new = _file(config).with_suffix(".new")
    new.write_bytes(picture)
    new.replace(_file(config))
