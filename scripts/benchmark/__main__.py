"""What the integration costs, as ratios within one run of a real Home Assistant.

Absolute times of a shared machine mean little, so each figure is compared with that of
something simple that is given the same bodies, in turns, and the median of the rounds
counts. CPU is that of the whole Home Assistant process, the recorder's later work
included; every request comes on a new connection, as a module sends it. The exit status
is 0 whatever the figures are.
"""

import argparse
import asyncio
import contextlib
from functools import partial
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import tempfile

import aiohttp
from hass_api import REPOSITORY, DemoError

from simulator import SimulatedModule

from .access import access
from .book import book
from .eyes import eyes
from .fleet import fleet, growth, hour, storm
from .houses import houses
from .latency import latency
from .load import (
    BARE,
    RECORDED,
    SETTLED,
    Body,
    compare,
    home_assistant,
    show,
    status_body,
)
from .opening import bursts, opening
from .people import enrollment, listing, photos
from .recognition import memory, recorded, unrecorded
from .strangers import strangers
from .trace import rows

_GOAL_IMPORT, _GOAL_UNCHANGED = 60.0, 1.3
_GOALS_CARDS = {"live": 35.0, "everything": 80.0}
IMPORT = """
import asyncio, sys, time
import homeassistant.bootstrap, homeassistant.config_entries
import homeassistant.helpers.aiohttp_client, homeassistant.helpers.update_coordinator
import homeassistant.components.webhook, homeassistant.components.http
begun, worked = time.perf_counter(), time.process_time()
import custom_components.face_module
import custom_components.face_module.config_flow
took = time.perf_counter() - begun
print((time.process_time() - worked) * 1000, took * 1000)
unused = ("homeassistant.components.cloud", "homeassistant.components.mqtt", "paho")
assert not any(name.startswith(unused) for name in sys.modules)
"""


async def import_time(rounds: int) -> None:
    """Show what importing the integration costs once Home Assistant is loaded.

    All of it is compiled, as from the second start of Home Assistant on.
    """
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)

        def once() -> tuple[float, float]:
            command = [sys.executable, "-c", IMPORT]
            said = subprocess.check_output(
                command, cwd=REPOSITORY, env=environment, text=True
            )
            cpu, clock = map(float, said.split())
            return cpu, clock

        compiling, _ = await asyncio.to_thread(once)
        found = [await asyncio.to_thread(once) for _ in range(rounds)]
    cpu, clock = zip(*found, strict=True)
    note = f"{statistics.median(clock):.0f} on the clock; {compiling:.0f} not yet compiled"
    show("import, compiled", cpu, _GOAL_IMPORT, unit="ms CPU", note=note)


def _heartbeats(module: SimulatedModule) -> Body:
    def body(number: int) -> bytes:
        values = {
            "device_id": module.serial,
            "temperature": module.temperature,
            "timestamp": module.now(),
        }
        return json.dumps(values).encode()

    return body


def _statuses(module: SimulatedModule) -> Body:
    def body(number: int) -> bytes:
        scores = {
            # Noise, but less than a point.
            "mask_score": 0.07421875 + number % 7 / 1000,
            "rgb_liveness_score": -2.0,
            "nir_liveness_score": -2.0,
        }
        return status_body(module.serial, module.now(), scores)

    return body


async def unchanged(rounds: int) -> None:
    """Compare heartbeats and status callbacks that change nothing with a bare webhook."""
    async with home_assistant() as bench, bench.module() as added:
        for name, bodies in (("heartbeat", _heartbeats), ("status", _statuses)):
            body = bodies(added.module)
            handlers = {"bare": (BARE, body), "ours": (added.paths[name], body)}
            await bench.load(handlers["ours"], 50, RECORDED)
            before = bench.rows(added.entities.values())
            found = await bench.in_turns(handlers, rounds, 2000, SETTLED)
            await asyncio.sleep(RECORDED)
            compare(f"{name}, to bare", found["ours"], found["bare"], _GOAL_UNCHANGED)
            written = bench.rows(added.entities.values()) - before
            show(f"{name}, recorder rows", [written], 0, unit="rows")


async def cards(rounds: int) -> None:
    """Show what a browser loads for the cards, once a release."""
    test = REPOSITORY / "tests" / "frontend" / "shared" / "weight.test.js"
    look = partial(subprocess.run, ["node", test], capture_output=True, text=True)
    said = (await asyncio.to_thread(look)).stdout
    if (sizes := re.search(r"bytes of JavaScript, gzipped: (\{.*\})", said)) is None:
        raise DemoError("what the cards weigh is not known: scripts/test-cards comes first")
    for name, size in json.loads(sizes[1]).items():
        show(f"JavaScript, {name}", [size / 1000], _GOALS_CARDS[name], unit="KB gzipped")


PARTS = {
    "import": import_time,
    "unchanged": unchanged,
    "recognition": recorded,
    "unrecorded": unrecorded,
    "access": access,
    "latency": latency,
    "rows": rows,
    "memory": memory,
    "fleet": fleet,
    "growth": growth,
    "storm": storm,
    "hour": hour,
    "houses": houses,
    "photos": photos,
    "enrollment": enrollment,
    "listing": listing,
    "book": book,
    "bursts": bursts,
    "opening": opening,
    "eyes": eyes,
    "strangers": strangers,
    "cards": cards,
}


async def run(names: list[str], rounds: int) -> None:
    """Measure parts, each in a Home Assistant of its own, until the end or a signal."""
    if (task := asyncio.current_task()) is not None:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    for name in names:
        try:
            await PARTS[name](rounds)
        except (DemoError, aiohttp.ClientError, OSError) as err:
            print(f"{name}: could not be measured: {err}", flush=True)


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--rounds", type=int, default=7, help="rounds of each figure (7)")
    parser.add_argument(
        "--only", action="append", choices=PARTS, help="measure this part; may be repeated"
    )
    options = parser.parse_args()
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(run(options.only or list(PARTS), options.rounds))


if __name__ == "__main__":
    main()
