"""Eyes: from the trigger to the event, and ten of them beside the module's callbacks."""

import asyncio
from collections.abc import AsyncIterator, Sequence
import contextlib
import io
import json
import os
from pathlib import Path
import statistics
import time
from typing import Any

from hass_api import Hass
from PIL import Image

from simulator.portraits import portrait

from .load import Added, Bench, Body, home_assistant, post, show
from .recognition import EACH_A_VISIT, people

_GOAL_MORE, _GOAL_P99 = 150.0, 300.0
_SAMPLES = 15
_EYES = 10
# Ten minutes are promised; so many seconds are measured unless it is said otherwise.
_SECONDS = float(os.environ.get("FACE_MODULE_EYES_SECONDS", "90"))
# How long the module takes for a picture, and how often somebody comes to it; s.
_MODULE, _COMES = 0.12, 0.5
_USUAL = (1280, 960)
_CAMERAS = (
    (_USUAL, "usual", "the camera has 1.2 MP"),
    ((3264, 2448), "large", "the camera has 8 MP"),
)


def _photo(path: Path, size: tuple[int, int], variation: int) -> None:
    with Image.open(io.BytesIO(portrait("Anna", variation=variation))) as drawn:
        side = min(size)
        picture = Image.new("RGB", size, (90, 110, 90))
        picture.paste(drawn.resize((side, side)), ((size[0] - side) // 2, 0))
    picture.save(path, "JPEG", quality=90)


@contextlib.asynccontextmanager
async def _eyes(
    bench: Bench, added: Added, name: str, sizes: Sequence[tuple[int, int]]
) -> AsyncIterator[str]:
    """Give the module an eye for each size; return its entry, with the websocket open."""
    hass = bench.hass
    (entry,) = await _entries(hass)
    rows: list[dict[str, Any]] = []
    for number, size in enumerate(sizes):
        path = bench.config / "media" / f"{name}{number}.jpg"
        await asyncio.to_thread(_photo, path, size, number % 20)
        await hass.add_camera(path)
        await _trigger(hass, number, "off")
        rows.append(
            {
                "entity_id": f"camera.{name}{number}",
                "trigger": f"binary_sensor.eye_{number}",
                "cool_down": 0,
            }
        )
    await hass.set_eyes(entry, rows)
    await asyncio.sleep(3)
    while not added.module.config.recognition_cb_url:
        await asyncio.sleep(0.1)
    await added.module.send_heartbeat()
    try:
        yield entry
    finally:
        await hass.set_eyes(entry, [])


async def _entries(hass: Hass) -> list[str]:
    await hass.connect()
    entries = await hass.command("config_entries/get", domain="face_module")
    await hass.close()
    return [str(entry["entry_id"]) for entry in entries]


async def _trigger(hass: Hass, number: int, state: str) -> None:
    await hass.post(f"/api/states/binary_sensor.eye_{number}", {"state": state})


async def eyes(rounds: int) -> None:
    """Measure both, in one Home Assistant."""
    async with (
        home_assistant() as bench,
        bench.module(0, EACH_A_VISIT | {"presence_timeout": 1}) as added,
    ):
        added.module.add_user("anna", "Anna")
        event = added.entities["recognition"]
        for size, name, note in _CAMERAS:
            async with _eyes(bench, added, name, [size]):
                await bench.hass.connect()
                await bench.hass.command("subscribe_entities", entity_ids=[event])
                found = [await _alone(bench, added) for _ in range(rounds)]
                await bench.hass.close()
            middle, late = zip(*found, strict=True)
            title = "trigger to event, above the module's"
            said = f"p95 {statistics.median(late):.0f}; {note}"
            show(title, middle, _GOAL_MORE, unit="ms", note=said)
        async with _eyes(bench, added, "many", [_USUAL] * _EYES) as entry:
            await _together(bench, added, event, entry)


async def _alone(bench: Bench, added: Added) -> tuple[float, float]:
    """Return ms from the trigger to the event, without the module's own: median, p95."""
    found = []
    for _ in range(_SAMPLES):
        await _trigger(bench.hass, 0, "off")
        busy, begun = added.module.busy, time.perf_counter()
        await bench.hass.post("/api/states/binary_sensor.eye_0", {"state": "on"})
        while "c" not in (await bench.hass.receive())["event"]:
            pass
        took = time.perf_counter() - begun
        found.append((took - (added.module.busy - busy)) * 1000)
        await asyncio.sleep(0.1)
    return statistics.median(found), statistics.quantiles(found, n=20)[-1]


async def _together(bench: Bench, added: Added, event: str, entry: str) -> None:
    """Trigger ten eyes once a second while people come to the module.

    And before, for a third of the time, none: what this machine takes anyhow.
    """
    module, hass = added.module, bench.hass
    module.faults.latency = _MODULE
    body = people(module, None)
    alone: dict[str, float] = {}
    sent: dict[str, float] = {}
    heard: dict[str, float] = {}
    waiting: list[int] = []
    await hass.connect()
    await hass.command("subscribe_entities", entity_ids=[event])
    tasks = [asyncio.create_task(_listen(hass, event, heard))]
    try:
        await _come(bench, added, body, alone, _SECONDS / 3)
        before = _looked(added)
        tasks.append(asyncio.create_task(_watch(hass, entry, waiting)))
        tasks += [asyncio.create_task(_move(hass, number)) for number in range(_EYES)]
        await _come(bench, added, body, sent, _SECONDS)
        await asyncio.sleep(2)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        module.faults.latency = 0.0
        await hass.close()
    title = "callback to event, no eye triggered, p99"
    show(title, [_p99(alone, heard)], unit="ms", note=f"{len(alone)} callbacks")
    looked = _looked(added) - before
    note = f"{len(sent)} callbacks in {_SECONDS:g} s, {looked} pictures looked at"
    title = f"callback to event beside {_EYES} eyes, p99"
    show(title, [_p99(sent, heard)], _GOAL_P99, unit="ms", note=note)
    missed = len(sent.keys() - heard.keys())
    show("callbacks that were missed", [missed], 0, unit="of them")
    show("pictures that wait, at most", [max(waiting)], _EYES, unit="of them")


def _looked(added: Added) -> int:
    """Return how often the module was asked whom it sees."""
    return sum(request.name == "Identify" for request in added.module.requests)


def _p99(sent: dict[str, float], heard: dict[str, float]) -> float:
    late = [(heard[user] - at) * 1000 for user, at in sent.items() if user in heard]
    return statistics.quantiles(late, n=100)[-1]


async def _come(
    bench: Bench, added: Added, body: Body, sent: dict[str, float], seconds: float
) -> None:
    """Let somebody else come to the module every half second."""
    path, begun = added.paths["recognition"], time.monotonic()
    number = 0
    while time.monotonic() - begun < seconds:
        recognition = body(number)
        sent[json.loads(recognition)["user_id"]] = time.perf_counter()
        await post(bench.port, path, recognition)
        number += 1
        await asyncio.sleep(_COMES)


async def _listen(hass: Hass, event: str, heard: dict[str, float]) -> None:
    while True:
        message = await hass.receive()
        change = message["event"].get("c", {}).get(event, {}).get("+", {})
        if user := change.get("a", {}).get("user_id"):
            heard.setdefault(user, time.perf_counter())


async def _watch(hass: Hass, entry: str, waiting: list[int]) -> None:
    """Note how many pictures wait, as the diagnostics say it."""
    while True:
        shown = await hass.get(f"/api/diagnostics/config_entry/{entry}")
        waiting.append(shown["data"]["eyes"]["waiting"])
        await asyncio.sleep(0.5)


async def _move(hass: Hass, number: int) -> None:
    """Trigger an eye once a second."""
    await asyncio.sleep(number / _EYES)
    while True:
        begun = time.monotonic()
        await _trigger(hass, number, "off")
        await _trigger(hass, number, "on")
        await asyncio.sleep(max(0.0, 1 - (time.monotonic() - begun)))
