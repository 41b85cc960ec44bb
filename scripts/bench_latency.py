"""How long from a recognition's POST to the event at a browser."""

import asyncio
import contextlib
import statistics
import time

from bench_load import Added, Bench, Handler, compare, encode, finish, home_assistant
from bench_recognition import EACH_A_VISIT, REFERENCE, people
from bench_trace import Source, posting

_SAMPLES = 200
_PAUSE = 0.02
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
    while entity_id not in (await bench.hass.receive())["event"].get("c", {}):
        pass
    took = time.perf_counter() - begun
    await finish(reader, writer)
    return took * 1000


async def _samples(bench: Bench, handler: Handler, entity_id: str) -> list[float]:
    found = []
    for number in range(_SAMPLES):
        found.append(await _sample(bench, handler, entity_id, number))
        await asyncio.sleep(_PAUSE)
    return found


def _p99(samples: list[float]) -> float:
    return statistics.quantiles(samples, n=100)[-1]


async def latency(rounds: int) -> None:
    """Compare with the reference, and with ours while other modules are busy."""
    async with contextlib.AsyncExitStack() as stack:
        bench = await stack.enter_async_context(home_assistant())
        added = await stack.enter_async_context(bench.module(0, EACH_A_VISIT))
        busy = [
            await stack.enter_async_context(bench.module(number))
            for number in range(1, _MODULES + 1)
        ]
        event = added.entities["recognition"]
        await bench.hass.connect()
        stack.push_async_callback(bench.hass.close)
        entity_ids = [event, _REFERENCE_EVENT]
        await bench.hass.command("subscribe_entities", entity_ids=entity_ids)
        ours = (added.paths["recognition"], people(added.module, 1))
        reference = (REFERENCE, people(added.module, 1))
        await _samples(bench, ours, event)
        await _samples(bench, reference, _REFERENCE_EVENT)
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


async def _under_load(
    bench: Bench, handler: Handler, entity_id: str, busy: list[Added]
) -> list[float]:
    """Return samples while other modules send their scores."""
    sources = [Source(one.module.serial, (one.paths["status"],), _RATE) for one in busy]
    async with posting(bench.port, sources, seconds=600):
        await asyncio.sleep(3)
        return await _samples(bench, handler, entity_id)
