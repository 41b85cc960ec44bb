"""What it costs that people have a rule of when they may enter."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
import json
from typing import Any

from .load import SETTLED, Body, compare, home_assistant
from .recognition import EACH_A_VISIT, IMAGE

_PEOPLE, _TIMES, _GOAL = 1000, 1000, 1.05
_ENTITY = "switch.gate"


def _people(serial: str, group: str, now: Callable[[], int]) -> Body:
    """Return recognitions of the people of a group in turn."""
    counter = count()

    def body(number: int) -> bytes:
        person = next(counter) % _PEOPLE
        recognition = {
            "device_id": serial,
            "score": 0.9 + number % 1000 / 10000,
            "timestamp": now(),
            "user_id": f"{group}{person}",
            "username": f"{group.title()} {person}",
            "image": IMAGE,
        }
        return json.dumps(recognition).encode()

    return body


async def access(rounds: int) -> None:
    """Compare recognitions of 1,000 people who have rules with those of 1,000 without.

    Each rule asks for the time, two entities and the door. Nothing is recorded, so that
    nothing covers it.
    """
    async with (
        home_assistant(recorder=False) as bench,
        bench.module(0, EACH_A_VISIT) as added,
    ):
        hass, serial = bench.hass, added.module.serial
        await hass.post(f"/api/states/{_ENTITY}", {"state": "on"})
        await hass.connect()
        now = datetime.now(UTC)
        rule: dict[str, Any] = {
            "mode": "rule",
            "start": (now - timedelta(days=1)).isoformat(),
            "end": (now + timedelta(days=1)).isoformat(),
            "entities": [_ENTITY, added.entities["connected"]],
            "device_id": [await hass.device(serial)],
        }
        for number in range(_PEOPLE):
            for group, wanted in (("free", {"mode": "always"}), ("ruled", rule)):
                await hass.command(
                    "face_module/access/set",
                    user_id=f"{group}{number}",
                    name=f"{group.title()} {number}",
                    **wanted,
                )
        await hass.close()
        path = added.paths["recognition"]
        handlers = {
            group: (path, _people(serial, group, added.module.now))
            for group in ("free", "ruled")
        }
        found = await bench.in_turns(handlers, rounds, _TIMES, SETTLED)
    compare("with access rules, to without", found["ruled"], found["free"], _GOAL)
