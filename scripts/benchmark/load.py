"""A Home Assistant to measure: started, posted to, and weighed."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
import contextlib
from dataclasses import dataclass
import json
from pathlib import Path
import shutil
import sqlite3
import statistics
import tempfile
from typing import Any

import aiohttp
from demo import free_port
from hass_api import DemoError, Hass, prepare_config, start_hass, stop
from yarl import URL

from simulator import SimulatedModule

PASSWORD = "abc123"  # noqa: S105
REFERENCE = "bench_reference"
# As long as the ids that Home Assistant makes: it looks at each character of a path.
WEBHOOK = "/api/webhook/{:0<64}"
BARE = WEBHOOK.format("bare")
NAIVE = WEBHOOK.format("naive")
SCORES = ("mask_score", "rgb_liveness_score", "nir_liveness_score")
# The recorder commits every 5 s, and most of its work is the commit.
RECORDED = 6.0
# What follows a request when nothing is recorded.
SETTLED = 0.7

type Body = Callable[[int], bytes]
type Handler = tuple[str, Body]


def show(
    name: str,
    figures: Sequence[float],
    goal: float | None = None,
    *,
    unit: str = "times",
    note: str = "",
) -> None:
    """Print the median of figures, their spread, and whether a goal is met."""
    middle = statistics.median(figures)
    line = f"{name:<42} {_text(middle)} {unit}"
    line += f" ({_text(min(figures))} to {_text(max(figures))}"
    line += f"; {note})" if note else ")"
    if goal is not None:
        # As it is printed: the fourth digit is chance.
        line += f", goal {goal:g}: {'met' if float(_text(middle)) <= goal else 'NOT MET'}"
    print(line, flush=True)


def _text(figure: float) -> str:
    """Return three digits that count, or all before the point."""
    return f"{figure:.3g}" if abs(figure) < 1000 else f"{figure:.0f}"  # noqa: PLR2004


def compare(
    name: str,
    ours: Sequence[float],
    others: Sequence[float],
    goal: float | None = None,
    unit: str = "ms CPU",
) -> None:
    """Show how many times the others' figures ours are, round by round."""
    ratios = [one / other for one, other in zip(ours, others, strict=True)]
    medians = [_text(statistics.median(figures)) for figures in (ours, others)]
    show(name, ratios, goal, note=f"{' against '.join(medians)} {unit}")


def show_more(
    name: str, ours: Sequence[float], others: Sequence[float], goal: float | None
) -> None:
    """Show by how many ms ours are more than the others' figures, round by round."""
    more = [one - other for one, other in zip(ours, others, strict=True)]
    medians = [_text(statistics.median(figures)) for figures in (ours, others)]
    show(name, more, goal, unit="ms more", note=" against ".join(medians))


def naive_sensor(serial: str, score: str) -> str:
    """Return the entity that the naive webhook sets for a module's score."""
    return f"sensor.naive_{serial}_{score}".lower()


def encode(path: str, body: bytes) -> bytes:
    """Return a request as a simple module sends it."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def finish(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read the answer and close; raises DemoError unless it is 200."""
    answer = await reader.read()
    writer.close()
    if b" 200 " not in answer[:20]:
        raise DemoError(f"a callback was answered {answer[:60]!r}")


async def post(port: int, path: str, body: bytes) -> None:
    """Post once on a new connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(encode(path, body))
    await finish(reader, writer)


async def load(port: int, handler: Handler, times: int, every: float | None) -> None:
    """Post `times` bodies, eight at once or one `every` so many seconds."""
    path, body = handler
    numbers = iter(range(times))

    async def worker() -> None:
        for number in numbers:
            await post(port, path, body(number))
            if every is not None:
                await asyncio.sleep(every)

    await asyncio.gather(*(worker() for _ in range(8 if every is None else 1)))


def status_body(
    serial: str, timestamp: int, scores: Mapping[str, float], dms_type: str = "normal"
) -> bytes:
    """Return a status callback with these scores."""
    values = {
        "device_id": serial,
        "timestamp": timestamp,
        "driver_status_index": 0,
        "dms_type": dms_type,
        **scores,
    }
    return json.dumps(values).encode()


@dataclass(frozen=True, slots=True)
class Added:
    """A module that was added: where its callbacks go, and its entities by key."""

    module: SimulatedModule
    paths: Mapping[str, str]
    entities: Mapping[str, str]


class Bench:
    """One Home Assistant, measured."""

    def __init__(self, hass: Hass, pid: int, port: int, config: Path) -> None:
        """Measure the process `pid` that listens on `port`."""
        self.hass, self.pid, self.port, self.config = hass, pid, port, config

    def cpu_seconds(self) -> float:
        """Return the CPU time of all threads."""
        total = 0
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            with contextlib.suppress(OSError):
                total += int((task / "schedstat").read_text().split()[0])
        return total / 1e9

    def written(self) -> int:
        """Return how many bytes the process has had written to disks."""
        for line in Path(f"/proc/{self.pid}/io").read_text().splitlines():
            if line.startswith("write_bytes:"):
                return int(line.split()[1])
        raise DemoError("the kernel does not count what is written")

    def megabytes(self) -> float:
        """Return the resident memory."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise DemoError("Home Assistant has ended")

    def rows(self, entity_ids: Collection[str] | None = None) -> int:
        """Return how many states the recorder has written, of some entities or of all."""
        found = self._query(
            "select states_meta.entity_id, count(*) from states join states_meta "
            "using (metadata_id) group by metadata_id"
        )
        return sum(
            int(count)
            for entity_id, count in found
            if entity_ids is None or entity_id in entity_ids
        )

    def database_bytes(self) -> int:
        """Return how much the recorder has written, indexes included."""
        ((pages,),) = self._query("pragma page_count")
        ((size,),) = self._query("pragma page_size")
        return int(pages) * int(size)

    def _query(self, query: str) -> list[tuple[Any, ...]]:
        path = f"file:{self.config}/home-assistant_v2.db?mode=ro"
        with contextlib.closing(sqlite3.connect(path, uri=True)) as database:
            return database.execute(query).fetchall()

    async def load(
        self, handler: Handler, times: int, settle: float, every: float | None = None
    ) -> float:
        """Post; return ms of CPU per request, what follows in `settle` seconds included."""
        begun = self.cpu_seconds()
        await load(self.port, handler, times, every)
        await asyncio.sleep(settle)
        return (self.cpu_seconds() - begun) * 1000 / times

    async def in_turns(
        self,
        handlers: Mapping[str, Handler],
        rounds: int,
        times: int,
        settle: float,
        every: float | None = None,
    ) -> dict[str, list[float]]:
        """Return ms of CPU per request of each handler, a figure a round."""
        for handler in handlers.values():
            # More than the history keeps: it forgets as much as it learns from now on.
            await self.load(handler, 250, 0)
        await asyncio.sleep(settle)
        found: dict[str, list[float]] = {name: [] for name in handlers}
        for _ in range(rounds):
            for name, handler in handlers.items():
                found[name].append(await self.load(handler, times, settle, every))
        return found

    @contextlib.asynccontextmanager
    async def module(
        self, number: int = 0, options: Mapping[str, Any] | None = None
    ) -> AsyncIterator[Added]:
        """Add a module that sends heartbeats, and nothing else on its own."""
        serial = f"0123A38884CF{number:06}"
        async with SimulatedModule(serial=serial, password=PASSWORD) as module:
            module.config.liveness_type = 3
            added = await self.hass.add_module(module.host, module.port, PASSWORD)
            await _registered(module)
            if options:
                await self.hass.set_options(added["result"]["entry_id"], options)
                await _registered(module)
            await self.hass.connect()
            entities = await self.hass.entities(serial)
            await self.hass.close()
            paths = {
                "recognition": URL(module.config.recognition_cb_url).path,
                "heartbeat": URL(module.config.heartbeat_cb_url).path,
                "status": URL(module.config.status_cb_url).path,
            }
            beats = asyncio.create_task(_beat(module))
            try:
                yield Added(module, paths, entities)
            finally:
                beats.cancel()


async def _registered(module: SimulatedModule) -> None:
    while not module.config.status_cb_url:
        await asyncio.sleep(0.05)
    await module.send_heartbeat()


async def _beat(module: SimulatedModule) -> None:
    while True:
        await module.send_heartbeat()
        # 10 s, as the integration asks for.
        await asyncio.sleep(module.config.interval_time)


@contextlib.asynccontextmanager
async def home_assistant(
    *, recorder: bool = True, also: Collection[str] = ()
) -> AsyncIterator[Bench]:
    """Start a Home Assistant with the reference, and `also` with these integrations."""
    config = Path(tempfile.mkdtemp(prefix="face-module-bench-"))
    process = None
    try:
        prepare_config(config, recorder=recorder)
        (config / "custom_components" / REFERENCE).symlink_to(
            Path(__file__).parent / "reference"
        )
        with (config / "configuration.yaml").open("a", encoding="utf-8") as yaml:
            yaml.writelines(f"{name}:\n" for name in (REFERENCE, *also))
        port = free_port()
        process = await start_hass(config, port)
        async with aiohttp.ClientSession() as session:
            hass = Hass(f"http://127.0.0.1:{port}", session)
            await hass.wait_until_up(process)
            await hass.onboard()
            await asyncio.sleep(10)  # let it come to rest
            yield Bench(hass, process.pid, port, config)
    finally:
        await stop(process)
        shutil.rmtree(config, ignore_errors=True)


async def longest_callback(bench: Bench) -> tuple[float, str]:
    """Return the longest callback of the event loop since the last call, ms and what."""
    every = await bench.hass.post(WEBHOOK.format("stalls"), {})
    return (every[0][0], every[0][1]) if every else (0.0, "none")
