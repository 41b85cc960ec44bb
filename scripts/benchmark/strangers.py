"""Whether strangers who come again are told as the same, and what it asks of the module."""

import asyncio
import random
import time

from hass_api import DemoError, Hass

from simulator import SimulatedModule, portrait

from .load import home_assistant, show
from .recognition import EACH_A_VISIT

_STRANGERS, _VISITS = 30, 10
_GOAL_WRONG, _GOAL_MATCHES = 0, 20
_PATIENCE, _PAGE = 10.0, 200


async def strangers(_rounds: int) -> None:
    """Let 30 drawn strangers come ten times each, in random order."""
    order = [number for number in range(_STRANGERS) for _ in range(_VISITS)]
    random.Random(1).shuffle(order)  # noqa: S311 - the same each time
    who: dict[str, int] = {}
    compared, took = list[int](), list[float]()
    async with home_assistant() as bench, bench.module(0, EACH_A_VISIT) as added:
        event, module = added.entities["recognition"], added.module
        visit_id = ""
        for number, stranger in enumerate(order):
            matches, begun = _matches(module), time.perf_counter()
            picture = portrait(f"Stranger {stranger}", variation=number % 24)
            await module.post_recognition("", "", number / 1000, picture)
            visit_id = await _told(bench.hass, event, visit_id)
            took.append((time.perf_counter() - begun) * 1000)
            who[visit_id] = stranger
            compared.append(_matches(module) - matches)
        # Whoever was told before it was known is in the history later.
        await asyncio.sleep(5)
        found = await _kept(bench.hass)
    right: dict[int, set[str]] = {}
    for visit_id, stranger in who.items():
        right.setdefault(stranger, set()).add(found[visit_id])
    alone = [ids for ids in right.values() if len(ids) == 1]
    wrong = _STRANGERS - len({one for ids in alone for one in ids} - {""})
    note = f"{len(order)} visits of {_STRANGERS}"
    show("strangers mistaken for others", [wrong], _GOAL_WRONG, unit="people", note=note)
    most = [max(compared)]
    show("strangers, most Match calls of a visit", most, _GOAL_MATCHES, unit="calls")
    show("strangers, Match calls of a visit", compared, unit="calls")
    show("strangers, callback to event", took, unit="ms")


async def _kept(hass: Hass) -> dict[str, str]:
    """Return which stranger every visit was."""
    found: dict[str, str] = {}
    await hass.connect()
    for offset in range(0, _STRANGERS * _VISITS, _PAGE):
        page = await hass.command("face_module/visits/search", offset=offset, limit=_PAGE)
        found |= {one["visit_id"]: one["stranger_id"] or "" for one in page["visits"]}
    await hass.close()
    return found


def _matches(module: SimulatedModule) -> int:
    return sum(request.name == "Match" for request in module.requests)


async def _told(hass: Hass, event: str, before: str) -> str:
    """Wait for the next event; return the id of its visit."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        attributes = (await hass.get(f"/api/states/{event}"))["attributes"]
        if (visit_id := attributes.get("visit_id") or before) != before:
            return str(visit_id)
        await asyncio.sleep(0.01)
    raise DemoError("a stranger was not told")
