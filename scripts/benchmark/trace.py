"""Scores as modules send them, and the rows that they leave in the database.

A score stays for 5 s on average at a level, anywhere from 0 to 1, with some noise around
it. The levels are the same however often a module reports them. They are posted from a
process of their own, so that posting does not slow down what is measured.
"""

import asyncio
from bisect import bisect
from collections.abc import AsyncIterator, Sequence
from concurrent.futures import ProcessPoolExecutor
import contextlib
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
import multiprocessing
from random import Random
import time

from hass_api import DemoError

from .load import (
    NAIVE,
    RECORDED,
    SCORES,
    Added,
    compare,
    home_assistant,
    naive_sensor,
    post,
    show,
    status_body,
)

_LEVEL_LASTS, _NOISE = 5.0, 0.01
_SECONDS = 300.0
_DAY = 86400
_SLOW, _FAST = 10, 30
# One course has some 200 rows, a few more or less by chance.
_COURSES, _NAIVE_COURSES = 12, 3
_GOAL_NAIVE, _GOAL_RATES = 0.03, 1.0


@dataclass(frozen=True, slots=True)
class Source:
    """A module that posts its scores to `paths`, `rate` times a second."""

    serial: str
    paths: tuple[str, ...]
    rate: int
    seed: int = 0


@dataclass(slots=True)
class Posted:
    """How long each request took, and how many were not answered with 200."""

    milliseconds: list[float] = field(default_factory=list)
    failed: int = 0


def _levels(seed: int, seconds: float) -> list[tuple[list[float], list[float]]]:
    """Return for each score when its levels begin, and the levels."""
    random = Random(seed)  # noqa: S311
    found = []
    for _ in SCORES:
        steps = int(4 * seconds / _LEVEL_LASTS) + 10
        begins = accumulate(random.expovariate(1 / _LEVEL_LASTS) for _ in range(steps))
        found.append(([0.0, *begins], [random.random() for _ in range(steps + 1)]))
    return found


async def _post_scores(
    port: int, source: Source, seconds: float, *, strict: bool
) -> Posted:
    """Post to all paths; a request that fails is counted, or raised when `strict`."""
    posted = Posted()
    levels = _levels(source.seed, seconds)
    random = Random(f"{source.serial} {source.rate}")  # noqa: S311
    begun = time.monotonic() + random.random() / source.rate
    for number in range(int(seconds * source.rate)):
        await asyncio.sleep(max(0.0, begun + number / source.rate - time.monotonic()))
        scores = {}
        for key, (begins, level) in zip(SCORES, levels, strict=True):
            at = bisect(begins, number / source.rate) - 1
            scores[key] = min(1.0, max(0.0, random.gauss(level[at], _NOISE)))
        data = status_body(source.serial, int(time.time()), scores)
        for path in source.paths:
            sent = time.perf_counter()
            try:
                await post(port, path, data)
            except DemoError, OSError:
                if strict:
                    raise
                posted.failed += 1
            posted.milliseconds.append((time.perf_counter() - sent) * 1000)
    return posted


def _process(
    port: int, sources: Sequence[Source], seconds: float, *, strict: bool
) -> Posted:
    async def run() -> list[Posted]:
        return await asyncio.gather(
            *(_post_scores(port, source, seconds, strict=strict) for source in sources)
        )

    every = asyncio.run(run())
    return Posted(
        [took for posted in every for took in posted.milliseconds],
        sum(posted.failed for posted in every),
    )


async def posted(port: int, sources: Sequence[Source], seconds: float) -> Posted:
    """Post for so long; return how it went."""
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:
        loop = asyncio.get_running_loop()
        run = partial(_process, port, sources, seconds, strict=False)
        return await loop.run_in_executor(pool, run)


@contextlib.asynccontextmanager
async def posting(
    port: int, sources: Sequence[Source], seconds: float
) -> AsyncIterator[None]:
    """Post for so long, or until the context ends."""
    process = multiprocessing.get_context("spawn").Process(
        target=_process, args=(port, sources, seconds), kwargs={"strict": True}, daemon=True
    )
    process.start()
    try:
        yield
        if process.exitcode:
            raise DemoError("scores could not be posted")
    finally:
        process.kill()
        await asyncio.to_thread(process.join)


def _paths(seed: int, added: Added) -> tuple[str, ...]:
    """Return where the scores of a course go: some to the naive writer, too."""
    path = added.paths["status"]
    return (path, NAIVE) if seed < _NAIVE_COURSES else (path,)


async def rows(rounds: int) -> None:
    """Compare with a writer of every score, and a fast module with a slow one."""
    async with contextlib.AsyncExitStack() as stack:
        bench = await stack.enter_async_context(home_assistant())
        # All at once: the rounds are several courses of chance.
        modules = {
            (seed, rate): await stack.enter_async_context(bench.module(2 * seed + i))
            for seed in range(min(4 * rounds, _COURSES))
            for i, rate in enumerate((_SLOW, _FAST))
        }
        sources = [
            Source(added.module.serial, _paths(seed, added), rate, seed)
            for (seed, rate), added in modules.items()
        ]
        # The first report is news in any case.
        async with posting(bench.port, sources, 1):
            await asyncio.sleep(2 * RECORDED)
        ids = {key: set(added.entities.values()) for key, added in modules.items()}
        naive = {
            key: {naive_sensor(added.module.serial, score) for score in SCORES}
            for key, added in modules.items()
        }
        size, known = bench.database_bytes(), bench.rows()
        before = {key: (bench.rows(ids[key]), bench.rows(naive[key])) for key in modules}
        async with posting(bench.port, sources, _SECONDS):
            await asyncio.sleep(_SECONDS + 2 * RECORDED)
        row = (bench.database_bytes() - size) / (bench.rows() - known)
        ours, others = (
            {key: bench.rows(which[key]) - before[key][i] for key in modules}
            for i, which in enumerate((ids, naive))
        )
    for rate in (_SLOW, _FAST):
        keys = [key for key in modules if key[1] == rate and others[key]]
        compare(
            f"recorder rows at {rate}/s, to naive",
            [ours[key] for key in keys],
            [others[key] for key in keys],
            _GOAL_NAIVE if rate == _SLOW else None,
            f"rows in {_SECONDS:.0f} s",
        )
    fast, slow = (
        sum(count for key, count in ours.items() if key[1] == rate)
        for rate in (_FAST, _SLOW)
    )
    compare(
        f"recorder rows at {_FAST}/s, to {_SLOW}/s",
        [fast],
        [slow],
        _GOAL_RATES,
        f"rows in {_SECONDS:.0f} s of {len(modules) // 2} modules",
    )
    show("recorder, a row with its indexes", [row], unit="bytes")
    days = [count * row * _DAY / _SECONDS / 2**20 for count in ours.values()]
    show("recorder, a day of this trace", days, unit="MiB a module")
