"""How long from a callback's POST to the event, or the state, at a browser."""

import asyncio
from collections.abc import Mapping
import contextlib
import statistics
import time

from .load import (
    NAIVE,
    SCORES,
    Added,
    Bench,
    Body,
    Handler,
    compare,
    encode,
    finish,
    home_assistant,
    naive_sensor,
    status_body,
)
from .recognition import EACH_A_VISIT, REFERENCE, people
from .trace import Source, posting

_SAMPLES = 200
_PAUSE = 0.02
# So many changes of the DMS type are shown at once, and later ones one an interval (s).
_IN_A_ROW, _INTERVAL = 10, 1
_MODULES, _RATE = 10, 30
_GOAL_MEDIAN, _GOAL_LOADED = 1.5, 3.0
_REFERENCE_EVENT = "event.reference_recognition"


async def _sample(bench: Bench, handler: Handler, entity_id: str, number: int) -> float:
    """Post once; return ms until the event entity's state arrived."""
    path, body = handler
    request = encode(path, body(number))
    reader, writer = await asyncio.open_connection("127.0.0.1", bench.port)
    begun = time.perf_counter()
    writer.write(request)
    async with asyncio.timeout(60):
        while entity_id not in (await bench.hass.receive())["event"].get("c", {}):
            pass
    took = time.perf_counter() - begun
    await finish(reader, writer)
    return took * 1000


async def _samples(
    bench: Bench, handler: Handler, entity_id: str, times: int = _SAMPLES
) -> list[float]:
    found = []
    for number in range(times):
        found.append(await _sample(bench, handler, entity_id, number))
        await asyncio.sleep(_PAUSE)
    return found


def _p99(samples: list[float]) -> float:
    return statistics.quantiles(samples, n=100)[-1]


async def latency(rounds: int) -> None:
    """Compare with the reference, and with ours while other modules are busy."""
    options = {**EACH_A_VISIT, "score_interval": _INTERVAL}
    async with contextlib.AsyncExitStack() as stack:
        bench = await stack.enter_async_context(home_assistant())
        added = await stack.enter_async_context(bench.module(0, options))
        busy = [
            await stack.enter_async_context(bench.module(number))
            for number in range(1, _MODULES + 1)
        ]
        event = added.entities["recognition"]
        await bench.hass.connect()
        stack.push_async_callback(bench.hass.close)
        sensor = added.entities["dms_type"]
        naive = naive_sensor(added.module.serial, "mask_score")
        entity_ids = [event, _REFERENCE_EVENT, sensor, naive]
        paths = {sensor: added.paths["status"], naive: NAIVE}
        for path in paths.values():
            # What is there already only changes.
            await bench.load((path, _changing(added)), 2, 0, every=0)
        await bench.hass.command("subscribe_entities", entity_ids=entity_ids)
        ours = (added.paths["recognition"], people(added.module, 1))
        reference = (REFERENCE, people(added.module, 1))
        await _samples(bench, ours, event)
        await _samples(bench, reference, _REFERENCE_EVENT)
        await _states(bench, paths, _changing(added), rounds)
        of_reference, idle, loaded = [], [], []
        for _ in range(rounds):
            of_reference.append(await _samples(bench, reference, _REFERENCE_EVENT))
            idle.append(await _samples(bench, ours, event))
            loaded.append(await _under_load(bench, ours, event, busy))
    medians, others = ([statistics.median(s) for s in x] for x in (idle, of_reference))
    compare("POST to event, median, to reference", medians, others, _GOAL_MEDIAN, "ms")
    p99, others = ([_p99(s) for s in x] for x in (idle, of_reference))
    compare("POST to event, p99, to reference", p99, others, unit="ms")
    title = f"POST to event, p99, {_MODULES} x {_RATE}/s to idle"
    compare(title, [_p99(s) for s in loaded], p99, _GOAL_LOADED, "ms")


def _changing(added: Added) -> Body:
    """Return statuses of which each is another one than that before."""

    def body(number: int) -> bytes:
        return status_body(
            added.module.serial,
            added.module.now(),
            dict.fromkeys(SCORES, number % 2 / 1000),
            dms_type=("normal", "smoking")[number % 2],
        )

    return body


async def _states(bench: Bench, paths: Mapping[str, str], body: Body, rounds: int) -> None:
    """Compare status callbacks that change a state with a webhook that sets states."""
    found: list[list[float]] = [[] for _ in paths]
    for _ in range(rounds):
        for samples, (entity_id, path) in zip(found, paths.items(), strict=True):
            every = await _samples(bench, (path, body), entity_id, _IN_A_ROW)
            samples.append(statistics.median(every))
        await asyncio.sleep(_IN_A_ROW * _INTERVAL)
    ours, others = found
    compare("POST to state, median, to naive", ours, others, unit="ms")


async def _under_load(
    bench: Bench, handler: Handler, entity_id: str, busy: list[Added]
) -> list[float]:
    """Return samples while other modules send their scores."""
    sources = [Source(one.module.serial, (one.paths["status"],), _RATE) for one in busy]
    async with posting(bench.port, sources, seconds=600):
        await asyncio.sleep(3)
        return await _samples(bench, handler, entity_id)
