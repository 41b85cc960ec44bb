"""Who is in the demo: a guest, somebody with a schedule, and somebody who may not enter."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
import sys
from typing import Any

from hass_api import REPOSITORY, Hass

sys.path.insert(0, str(REPOSITORY))

from simulator.portraits import portrait

# Drawn people who can be enrolled.
NEW_PEOPLE = ("Clara", "David Lee", "Emil", "王小明", "Zoë", "Olga", "Jamal", "刘洋")
_WORKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday")


def take_photos(folder: Path) -> None:
    """Write photos of people whom the modules do not know yet."""
    folder.mkdir()
    for name in NEW_PEOPLE:
        (folder / f"{name}.jpg").write_bytes(portrait(name, size=(900, 1200)))


async def furnish_access(hass: Hass, devices: list[str], folder: str) -> None:
    """Enroll two people with photos of a folder on modules, and give rules to three."""
    # With other options a module is set up once more.
    async with asyncio.timeout(60):
        while not await _are_there(hass):
            await asyncio.sleep(0.2)
    hours: dict[str, Any] = {
        day: [{"from": "09:00:00", "to": "17:00:00"}] for day in _WORKDAYS
    }
    await hass.command("schedule/create", name="Office hours", **hours)
    await hass.perform(
        "set_access", user_id="ben", mode="rule", entities=["schedule.office_hours"]
    )
    tomorrow = (datetime.now(UTC) + timedelta(hours=20)).isoformat()
    for name, rule in (
        ("Olga", {"mode": "rule", "end": tomorrow, "remove_afterwards": True}),
        ("Emil", {"mode": "never"}),
    ):
        path = f"{folder}/{name}.jpg"
        answer = await hass.perform("enroll_user", device_id=devices, name=name, path=path)
        await hass.perform("set_access", user_id=answer["user_id"], **rule)


async def _are_there(hass: Hass) -> bool:
    entries = await hass.command("config_entries/get", domain="face_module")
    return all(entry["state"] == "loaded" for entry in entries)
