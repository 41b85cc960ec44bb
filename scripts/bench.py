"""What the integration costs, as ratios within one run of a real Home Assistant.

Absolute times of a shared machine mean little, so each figure is compared with a bare
webhook that reads and parses the same body, in turns, and the median of the rounds counts.
CPU is that of the whole Home Assistant process, the recorder's later work included; every
request comes on a new connection, as a module sends it.
"""

import argparse
import asyncio
from collections.abc import Callable
import contextlib
import json
from pathlib import Path
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from typing import Any

import aiohttp
from demo import free_port
from hass_api import REPOSITORY, DemoError, Hass, prepare_config, start_hass, stop

sys.path.insert(0, str(REPOSITORY))

from simulator import SimulatedModule

PASSWORD = "abc123"  # noqa: S105
REFERENCE = "bench_reference"
REFERENCE_CODE = '''
"""A webhook that reads and parses, and a watch on the event loop."""
import asyncio, time
from homeassistant.components import webhook
from homeassistant.util.json import json_loads
from aiohttp.web import json_response

async def async_setup(hass, config):
    async def bare(hass, webhook_id, request):
        json_loads(await request.read())

    longest = []
    run = asyncio.events.Handle._run

    def timed(self):
        begun = time.perf_counter()
        run(self)
        ms = (time.perf_counter() - begun) * 1000
        if ms > 20:
            longest.append((round(ms, 1), repr(self)[:300]))

    async def stalls(hass, webhook_id, request):
        asyncio.events.Handle._run = timed
        answer, longest[:] = sorted(longest, reverse=True)[:5], []
        return json_response(answer)

    webhook.async_register(hass, "bench_reference", "bare", "bare", bare, local_only=True)
    webhook.async_register(hass, "bench_reference", "stalls", "stalls", stalls)
    return True
'''
IMPORT = """
import asyncio, sys, time
import homeassistant.bootstrap, homeassistant.config_entries
import homeassistant.helpers.aiohttp_client, homeassistant.helpers.update_coordinator
import homeassistant.components.webhook, homeassistant.components.http
begun = time.perf_counter()
import custom_components.face_module
import custom_components.face_module.config_flow
print((time.perf_counter() - begun) * 1000)
assert not any(name.startswith("homeassistant.components.cloud") for name in sys.modules)
"""


def cpu_seconds(pid: int) -> float:
    """Return the CPU time of all threads of a process."""
    total = 0
    for task in Path(f"/proc/{pid}/task").iterdir():
        with contextlib.suppress(OSError):
            total += int((task / "schedstat").read_text().split()[0])
    return total / 1e9


def rows(config: Path) -> int:
    """Return how many states the recorder has written."""
    with contextlib.closing(
        sqlite3.connect(f"file:{config}/home-assistant_v2.db?mode=ro", uri=True)
    ) as database:
        return int(database.execute("select count(*) from states").fetchone()[0])


async def post(port: int, path: str, body: bytes) -> None:
    """Post once on a new connection, as a simple module does."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        f"POST {path} HTTP/1.1\r\nHost: bench\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        + body
    )
    answer = await reader.read()
    writer.close()
    if b" 200 " not in answer[:20]:
        raise DemoError(f"a callback was answered {answer[:60]!r}")


async def load(port: int, path: str, body: Callable[[int], bytes], times: int) -> None:
    """Post `times` bodies, eight at once."""
    numbers = iter(range(times))

    async def worker() -> None:
        for number in numbers:
            await post(port, path, body(number))

    await asyncio.gather(*(worker() for _ in range(8)))


class Bench:
    """One Home Assistant, measured."""

    def __init__(self, hass: Hass, pid: int, port: int, config: Path) -> None:
        """Measure the process `pid` that listens on `port`."""
        self.hass, self.pid, self.port, self.config = hass, pid, port, config

    async def cpu(self, path: str, body: Callable[[int], bytes], times: int) -> float:
        """Return ms of CPU per request, what follows within a second included."""
        begun = cpu_seconds(self.pid)
        await load(self.port, path, body, times)
        await asyncio.sleep(0.7)
        return (cpu_seconds(self.pid) - begun) * 1000 / times

    async def compare(
        self, name: str, path: str, body: Callable[[int], bytes], rounds: int
    ) -> float:
        """Print and return our CPU per request over the bare webhook's."""
        ratios, ours, bare = [], [], []
        for path_ in (path, "/api/webhook/bare"):
            await self.cpu(path_, body, 200)
        await asyncio.sleep(6)  # the recorder commits every 5 s
        before = rows(self.config)
        for _ in range(rounds):
            bare.append(await self.cpu("/api/webhook/bare", body, 600))
            ours.append(await self.cpu(path, body, 600))
            ratios.append(ours[-1] / bare[-1])
        await asyncio.sleep(6)
        print(
            f"{name:<28} {statistics.median(ratios):.2f} times the bare webhook "
            f"({min(ratios):.2f}-{max(ratios):.2f}; {statistics.median(ours):.2f} ms of "
            f"CPU, bare {statistics.median(bare):.2f}), "
            f"{rows(self.config) - before} recorder rows",
            flush=True,
        )
        return statistics.median(ratios)


def import_ms(rounds: int) -> None:
    """Print what importing the integration costs once Home Assistant is loaded."""
    found = [
        float(
            subprocess.run(
                [sys.executable, "-c", IMPORT],
                cwd=REPOSITORY,
                capture_output=True,
                text=True,
                check=True,
            ).stdout
        )
        for _ in range(rounds)
    ]
    print(
        f"{'import':<28} {statistics.median(found):.0f} ms "
        f"({min(found):.0f}-{max(found):.0f}), cloud is not imported",
        flush=True,
    )


async def callbacks(bench: Bench, module: SimulatedModule, rounds: int) -> None:
    """Compare heartbeats and status callbacks that change nothing."""

    def heartbeat(number: int) -> bytes:
        body = {"device_id": module.serial, "temperature": 50.0, "timestamp": module.now()}
        return json.dumps(body).encode()

    def status(number: int) -> bytes:
        body: dict[str, Any] = {
            "device_id": module.serial,
            "timestamp": module.now(),
            "driver_status_index": 0,
            "dms_type": "normal",
            # Noise, but less than a point.
            "mask_score": 0.07421875 + number % 7 / 1000,
            "rgb_liveness_score": -2.0,
            "nir_liveness_score": -2.0,
        }
        return json.dumps(body).encode()

    base = f"http://127.0.0.1:{bench.port}"
    for name, url, body in (
        ("heartbeat", module.config.heartbeat_cb_url, heartbeat),
        ("status", module.config.status_cb_url, status),
    ):
        await bench.compare(name, url.removeprefix(base), body, rounds)


async def many(bench: Bench, session: aiohttp.ClientSession, count: int) -> None:
    """Set up many modules and print the longest callbacks of the event loop."""
    async with contextlib.AsyncExitStack() as stack:
        modules = [
            await stack.enter_async_context(
                SimulatedModule(serial=f"0123A38884CE{number:06}", password=PASSWORD)
            )
            for number in range(count)
        ]
        stalls = f"http://127.0.0.1:{bench.port}/api/webhook/stalls"
        await session.post(stalls)
        begun = asyncio.get_running_loop().time()
        for module in modules:
            await bench.hass.add_module(module.host, module.port, PASSWORD)
        while not all(module.config.status_cb_url for module in modules):
            await asyncio.sleep(0.05)
        took = asyncio.get_running_loop().time() - begun
        async with session.post(stalls) as answer:
            longest = await answer.json()
    print(f"{f'{count} modules':<28} added and registered in {took:.1f} s")
    for ms, handle in longest:
        print(f"  {ms:>6.1f} ms {handle[:150]}")
    if not longest:
        print("  no callback of the event loop took more than 20 ms")


async def run(options: argparse.Namespace) -> None:
    """Start Home Assistant once and measure everything."""
    import_ms(options.rounds)
    config = Path(tempfile.mkdtemp(prefix="face-module-bench-"))
    process = None
    try:
        prepare_config(config)
        reference = config / "custom_components" / REFERENCE
        reference.mkdir()
        (reference / "__init__.py").write_text(REFERENCE_CODE, encoding="utf-8")
        manifest = {
            "domain": REFERENCE,
            "name": "Reference",
            "version": "1.0.0",
            "dependencies": ["webhook"],
        }
        (reference / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
        with (config / "configuration.yaml").open("a", encoding="utf-8") as yaml:
            yaml.write(f"{REFERENCE}:\n")
        port = free_port()
        process = await start_hass(config, port)
        async with (
            aiohttp.ClientSession() as session,
            SimulatedModule(password=PASSWORD) as module,
        ):
            hass = Hass(f"http://127.0.0.1:{port}", session)
            await hass.wait_until_up(process)
            await hass.onboard()
            await hass.add_module(module.host, module.port, PASSWORD)
            while not module.config.status_cb_url:
                await asyncio.sleep(0.05)
            bench = Bench(hass, process.pid, port, config)
            await asyncio.sleep(10)  # let Home Assistant come to rest
            await callbacks(bench, module, options.rounds)
            await many(bench, session, options.modules)
    finally:
        await stop(process)
        shutil.rmtree(config, ignore_errors=True)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each figure (7)")
    parser.add_argument(
        "--modules", type=int, default=50, help="modules set up at once (50)"
    )
    asyncio.run(run(parser.parse_args()))


if __name__ == "__main__":
    main()
