"""What many modules cost: set up, at rest, in a storm of callbacks, and in the recorder."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass
import itertools
import json
import statistics
import time
from typing import Any

from simulator import SimulatedModule
from simulator.state import Request

from .load import (
    BARE,
    PASSWORD,
    RECORDED,
    REFERENCE,
    SCORES,
    WEBHOOK,
    Added,
    Bench,
    compare,
    home_assistant,
    longest_callback,
    post,
    show,
    show_more,
    status_body,
)
from .trace import Source, posted

DOMAIN = "face_module"
_FLEET = (1, 10, 50)
_GROWTH = (*_FLEET, 200)
_GOAL_SET_UP, _GOAL_MEGABYTES, _GOAL_IDLE = 1.5, 0.9, 0.3
# To webhooks that get the same heartbeats, and to the same requests without us.
_GOAL_IDLE_MORE, _GOAL_REQUESTS = 0.2, 1.5
_REST_SECONDS, _IDLE_SECONDS = 30.0, 60.0
_HEARTBEAT_EVERY = 10.0
_RATES = (10, 30)
_STORM_SECONDS = 8.0
# Of 10 modules at 30/s; the processor's of all storms from 10 modules on. The longest
# callback is judged beside the bare one's where the machine held that up, too.
_GOAL_CPU, _GOAL_P99, _GOAL_STALL, _GOAL_STALL_MORE = 1.15, 2.0, 10.0, 5.0
_HOUR = 3600.0
_GOAL_STORM_ROWS, _GOAL_QUIET_ROWS = 3600, 200


@contextlib.asynccontextmanager
async def _modules(bench: Bench, number: int) -> AsyncIterator[list[Added]]:
    async with contextlib.AsyncExitStack() as stack:
        yield [await stack.enter_async_context(bench.module(i)) for i in range(number)]


# Set up, and at rest


async def fleet(rounds: int) -> None:
    """Compare set-up with plain sensors; show memory, and CPU where nobody comes."""
    async with home_assistant() as bench:
        plain = await _idle(bench)
        beats = asyncio.create_task(_bare_heartbeats(bench))
        bare = await _idle(bench) - plain
        beats.cancel()
        sensors, more = 0, []
        before = bench.megabytes()
        modules: list[SimulatedModule] = []
        async with contextlib.AsyncExitStack() as stack:
            for number in _FLEET:
                while (known := len(modules)) < number:
                    added = await stack.enter_async_context(bench.module(known))
                    sensors = len(added.entities)
                    modules.append(added.module)
                await asyncio.sleep(RECORDED)
                more.append((number, bench.megabytes() - before))
            of_one, of_all = more[0], more[-1]
            each = (of_all[1] - of_one[1]) / (of_all[0] - of_one[0])
            grown = ", ".join(f"{n}: {megabytes:.1f} MB" for n, megabytes in more)
            show("memory of each module", [each], _GOAL_MEGABYTES, unit="MB", note=grown)
            idle = await _idle(bench) - plain
            note = f"plain: {plain:.2f} %; their heartbeats on a bare webhook: {bare:.2f}"
            name = f"CPU at rest with {known} modules, to plain"
            show(name, [idle], _GOAL_IDLE, unit="points", note=note)
            name = f"CPU at rest with {known} modules, to bare"
            show(name, [idle - bare], _GOAL_IDLE_MORE, unit="points more")
            for _ in range(_FLEET[-1]):
                await _add_reference(bench, sensors)
            await _set_up(bench, modules, rounds)


async def _idle(bench: Bench) -> float:
    """Return % of a core, once what began is done."""
    await asyncio.sleep(_REST_SECONDS)
    begun = bench.cpu_seconds()
    await asyncio.sleep(_IDLE_SECONDS)
    return (bench.cpu_seconds() - begun) / _IDLE_SECONDS * 100


async def _add_reference(bench: Bench, sensors: int) -> None:
    base = "/api/config/config_entries/flow"
    flow = await bench.hass.post(base, {"handler": REFERENCE})
    await bench.hass.post(f"{base}/{flow['flow_id']}", {"sensors": sensors})


async def _bare_heartbeats(bench: Bench) -> None:
    """Post as many heartbeats as all modules do, to a webhook that reads them."""
    body = json.dumps({"device_id": "0", "temperature": 40.0, "timestamp": 0}).encode()
    while True:
        await post(bench.port, BARE, body)
        await asyncio.sleep(_HEARTBEAT_EVERY / _FLEET[-1])


async def _set_up(bench: Bench, modules: list[SimulatedModule], rounds: int) -> None:
    """Compare the set-up of all entries at once with less.

    With that of entries with plain sensors; and, where the modules do not know us yet,
    with the eight requests alone that each of them is sent then.
    """
    ours, plain, first, alone = [], [], [], []
    for _ in range(rounds + 1):
        ours.append(await _took(bench, "set_up", {"domain": DOMAIN}))
        plain.append(await _took(bench, "set_up", {"domain": REFERENCE}))
        for module in modules:
            for slot in ("heartbeat_cb_url", "recognition_cb_url", "status_cb_url"):
                setattr(module.config, slot, "")
            module.requests.clear()
        first.append(await _took(bench, "set_up", {"domain": DOMAIN}))
        sent = [
            [_request(module, one) for one in list(module.requests)] for module in modules
        ]
        alone.append(await _took(bench, "requests", {"modules": sent}))
    # The first time warms up.
    number = len(modules)
    name = f"set-up of {number} modules, to plain sensors"
    compare(name, ours[1:], plain[1:], _GOAL_SET_UP, "s")
    name = f"set-up of {number} modules, to its requests"
    compare(name, first[1:], alone[1:], _GOAL_REQUESTS, "s")


async def _took(bench: Bench, what: str, how: dict[str, Any]) -> float:
    """Return how many seconds Home Assistant says that something took."""
    seconds = float(await bench.hass.post(WEBHOOK.format(what), how))
    await asyncio.sleep(RECORDED)
    return seconds


def _request(module: SimulatedModule, sent: Request) -> tuple[str, dict[str, Any]]:
    """Return the address and the body of a request, to send it again."""
    url = f"http://{module.host}:{module.port}/{sent.resource}"
    return url, {**sent.body, "pass": PASSWORD}


# How all of it grows


async def growth(rounds: int) -> None:
    """Show what more and more modules take: set-up, memory, at rest, and in a storm."""
    async with home_assistant() as bench, contextlib.AsyncExitStack() as stack:
        plain, before = await _idle(bench), bench.megabytes()
        modules: list[Added] = []
        for number in _GROWTH:
            while len(modules) < number:
                modules.append(await stack.enter_async_context(bench.module(len(modules))))
            rest = await _idle(bench) - plain
            show(f"{number} modules, memory", [bench.megabytes() - before], unit="MB")
            show(f"{number} modules, at rest", [rest], unit="% of a core")
            await bench.hass.connect()
            went = [await _blow(bench, modules, _RATES[0], seed) for seed in range(3)]
            await bench.hass.close()
            name = f"{number} modules, storm of {_RATES[0]}/s each"
            show(name, [one.cpu for one in went], unit="% of a core")
            show(f"{name}, p99", [one.p99 for one in went], unit="ms")
            show(f"{name}, failed", [one.failed for one in went], unit="requests")
            took = [await _took(bench, "set_up", {"domain": DOMAIN}) for _ in range(rounds)]
            show(f"{number} modules, set-up", took[1:] or took, unit="s")


# Storms


@dataclass(frozen=True, slots=True)
class _Storm:
    """How a storm went: % of a core, ms, requests, rows, and the longest callback."""

    cpu: float
    p99: float
    failed: int
    backlog: int
    longest: tuple[float, str]


async def storm(rounds: int) -> None:
    """Compare status storms with those on bare webhooks: CPU, p99, what fails, stalls."""
    async with (
        home_assistant() as bench,
        _modules(bench, _FLEET[-1]) as modules,
    ):
        await bench.hass.connect()
        for number, rate in itertools.product(_FLEET, _RATES):
            ours, bare = [], []
            judged = number > 1
            for seed in range(rounds if judged else min(rounds, 3)):
                some = modules[:number]
                bare.append(await _blow(bench, some, rate, seed, path=BARE))
                ours.append(await _blow(bench, some, rate, seed))
            _tell(f"storm {number} x {rate}/s", ours, bare, judged=judged)
        await bench.hass.close()


async def _blow(
    bench: Bench,
    modules: list[Added],
    rate: int,
    seed: int,
    path: str | None = None,
) -> _Storm:
    """Post for some seconds to each module's webhook, or to `path`."""
    sources = [
        Source(one.module.serial, (path or one.paths["status"],), rate, seed * 100 + i)
        for i, one in enumerate(modules)
    ]
    await longest_callback(bench)
    begun = bench.cpu_seconds()
    went = await posted(bench.port, sources, _STORM_SECONDS)
    backlog = (await bench.hass.command("recorder/info"))["backlog"]
    longest = await longest_callback(bench)
    await asyncio.sleep(RECORDED)
    return _Storm(
        cpu=(bench.cpu_seconds() - begun) / _STORM_SECONDS * 100,
        p99=statistics.quantiles(went.milliseconds, n=100)[-1],
        failed=went.failed,
        backlog=backlog,
        longest=longest,
    )


def _tell(name: str, ours: list[_Storm], bare: list[_Storm], *, judged: bool) -> None:
    is_named = name == "storm 10 x 30/s"
    for what, unit, goal in (
        ("cpu", "% of a core", _GOAL_CPU if judged else None),
        ("p99", "ms", _GOAL_P99 if is_named else None),
    ):
        figures, others = ([getattr(one, what) for one in every] for every in (ours, bare))
        title = f"{name}, {what} to bare"
        compare(title, figures, others, goal, unit)
    show(f"{name}, failed", [one.failed for one in ours], 0, unit="requests")
    show(f"{name}, recorder backlog", [one.backlog for one in ours], 0, unit="rows")
    what = max(one.longest for one in ours)[1][:90]
    longest, bare_longest = ([one.longest[0] for one in every] for every in (ours, bare))
    show(f"{name}, longest callback", longest, _GOAL_STALL, unit="ms", note=what)
    show_more(f"{name}, longest, to bare", longest, bare_longest, _GOAL_STALL_MORE)


# The recorder's hour


async def hour(rounds: int) -> None:
    """Show the rows of an hour: of scores that jump at every callback, and of nothing."""
    async with home_assistant() as bench, _modules(bench, min(rounds, 3)) as modules:
        # The first report is news in any case.
        await _rows_an_hour(bench, modules, jumping=False)
        quiet = await _rows_an_hour(bench, modules, jumping=False)
        show("recorder rows in a quiet hour", quiet, _GOAL_QUIET_ROWS, unit="rows")
        # The first minute of an hour has a start in hand.
        await _rows_an_hour(bench, modules, jumping=True)
        jumping = await _rows_an_hour(bench, modules, jumping=True)
        show("recorder rows in an hour of jumps", jumping, _GOAL_STORM_ROWS, unit="rows")


async def _rows_an_hour(
    bench: Bench, modules: list[Added], *, jumping: bool
) -> list[float]:
    """Return the rows of each module in a minute, times 60."""
    before = [bench.rows(one.entities.values()) for one in modules]
    rate = _RATES[-1] if jumping else 1
    async with asyncio.TaskGroup() as group:
        for one in modules:
            group.create_task(_report(bench, one, rate, jumping=jumping))
    await asyncio.sleep(2 * RECORDED)
    return [
        (bench.rows(one.entities.values()) - rows) * _HOUR / _IDLE_SECONDS
        for one, rows in zip(modules, before, strict=True)
    ]


async def _report(bench: Bench, added: Added, rate: int, *, jumping: bool) -> None:
    """Send a minute of scores: each on the other side of its threshold, or all the same.

    The heartbeats say that it is a degree warmer or cooler each time.
    """
    begun = time.monotonic()
    for number in range(int(_IDLE_SECONDS * rate)):
        score = 0.99 - 0.98 * (number % 2) * jumping
        scores = dict.fromkeys(SCORES, score)
        body = status_body(added.module.serial, added.module.now(), scores)
        await post(bench.port, added.paths["status"], body)
        if number % (rate * int(_HEARTBEAT_EVERY)) == 0:
            added.module.temperature = 50.0 + number // rate % 20 / 10
            await added.module.send_heartbeat()
        await asyncio.sleep(max(0.0, begun + (number + 1) / rate - time.monotonic()))
