"""A day at five doors, sped up, in a real Home Assistant.

Five simulated modules; people, strangers and photos held up pass by on a seeded schedule,
modules restart, drop off the network and lose their clocks, and Home Assistant is
restarted in between. Whoever passed while everything was in working order must have been
told, and nobody may have been called recognized who was not. Exits 1 if that is not so,
if something is left behind, or if the log of Home Assistant complains of us.
"""

import argparse
import asyncio
from collections import Counter
import contextlib
from dataclasses import dataclass
import itertools
import json
from pathlib import Path
import re
import shutil
import signal
import sys
import tempfile
from typing import Any, Final

import aiohttp
from benchmark.load import WEBHOOK
from demo import free_port, trouble
from hass_api import REPOSITORY, DemoError, Hass, prepare_config, start_hass, stop

from simulator import PROFILES

from .doors import Doors, Told

REFERENCE: Final = "bench_reference"
PACKAGE: Final = "custom_components.face_module"
SPEED: Final = 60
SAMPLE_EVERY: Final = 1.0
# Counting objects holds Home Assistant up for a moment: every so many samples.
COUNTED_EVERY: Final = 30
# Home Assistant is restarted this often in long runs (minutes), once in short ones.
RESTART_EVERY: Final = 30.0
# What is still coming in, and what follows it.
SETTLES: Final = 5.0
# A process grows while it warms up; so much of its time does not count.
WARM_UP: Final = 0.4
# Of less time (s) a slope is noise. Memory in use (MB/h) is judged where a process lasted
# so long (min): not what SQLite holds, which Home Assistant lets keep 16 MB of its database
# in memory, nor what the allocator makes of holes, which ends when there are enough.
SLOPE_FROM: Final = 60.0
JUDGED_FROM: Final = 8.0
MAX_SLOPE: Final = 20.0
# How Home Assistant says that a module is out of reach, which it is by our doing.
OUTAGE: Final = re.compile(r"Error fetching Face module \w+ data: .* does not answer")
# Open connections and requests under way come and go.
MAX_MORE_FILES: Final = 15
MAX_MORE_TASKS: Final = 30
# What leaks is objects, and those are counted in every run: all of Python's, and ours; and
# its small blocks of memory, in which numbers and texts are, too.
MAX_MORE_OBJECTS: Final = 20_000
MAX_MORE_BLOCKS: Final = 50_000
MAX_MORE_OURS: Final = 500
# But visits and strangers: a module keeps 200 of each in memory, and forgets then.
BOUNDED: Final = [f"{PACKAGE}.{name}" for name in ("visits.visit", "strangers.stranger")]
COUNTED: Final = {"package": PACKAGE, "but": BOUNDED}


@dataclass(frozen=True, slots=True)
class Sample:
    """One process at one time (s): MB of memory, open files, tasks of the event loop.

    And objects, those of ours among them, MB that SQLite holds and that the allocator has
    given, and small blocks of memory, counted lately.
    """

    at: float
    megabytes: float
    files: int
    tasks: int
    objects: int
    ours: int
    sqlite: float
    given: float
    blocks: int


class Running:
    """Home Assistant, started and restarted, heard and measured."""

    def __init__(self, config: Path, session: aiohttp.ClientSession) -> None:
        """Prepare for a configuration folder."""
        self.config = config
        self.port = free_port()
        self._session = session
        self.hass = Hass(f"http://127.0.0.1:{self.port}", session)
        self.told: Counter[Told] = Counter()
        # One list for each process.
        self.samples: list[list[Sample]] = []
        self.serials: dict[str, str] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Start it and listen to it."""
        self._process = await start_hass(self.config, self.port)
        await self.hass.wait_until_up(self._process)
        if self.hass.tokens:
            await self.hass.connect()
        else:
            await self.hass.onboard()
            await self.hass.connect()
            # Home Assistant's own ends after half an hour.
            self.hass.tokens["access_token"] = await self.hass.command(
                "auth/long_lived_access_token", client_name="Soak", lifespan=1
            )
        ears = Hass(self.hass.url, self._session)
        ears.tokens = self.hass.tokens
        await ears.connect()
        await ears.command("subscribe_events", event_type="state_changed")
        self.samples.append([])
        self._tasks = [
            asyncio.create_task(self._listen(ears)),
            asyncio.create_task(self._measure()),
        ]

    async def stop(self) -> None:
        """Stop it as an administrator would."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.hass.close()
        await stop(self._process)

    def check(self) -> None:
        """Raise what went wrong while it was listened to and measured."""
        for task in self._tasks:
            if task.done():
                task.result()

    async def _listen(self, ears: Hass) -> None:
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    self._hear((await ears.receive())["event"]["data"])
        finally:
            await ears.close()

    def _hear(self, change: dict[str, Any]) -> None:
        """Count what the event entity of a module tells."""
        new, old = change["new_state"], change["old_state"] or {}
        serial = self.serials.get(change["entity_id"])
        if serial is None or new is None or new["state"] == old.get("state"):
            return
        said = new["attributes"]
        if verdict := said.get("event_type"):
            self.told[serial, verdict, said["user_id"] or ""] += 1

    async def _measure(self) -> None:
        assert self._process is not None  # noqa: S101
        loop, pid = asyncio.get_running_loop(), self._process.pid
        url = f"{self.hass.url}{WEBHOOK.format('alive')}"
        alive: dict[str, Any] = {}
        for number in itertools.count():
            await asyncio.sleep(SAMPLE_EVERY)
            count = not alive or number % COUNTED_EVERY == 0
            asked = COUNTED if count else {}
            async with self._session.post(url, json=asked) as answer:
                # Home Assistant answers any webhook, before this one is there, too.
                if not (said := await answer.text()):
                    continue
            alive |= json.loads(said)
            megabytes, files = await asyncio.to_thread(used, pid)
            self.samples[-1].append(Sample(loop.time(), megabytes, files, **alive))


def used(pid: int) -> tuple[float, int]:
    """Return MB of resident memory and the number of open files of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    kilobytes = int(status.partition("VmRSS:")[2].split()[0])
    return kilobytes / 1024, len(list(Path(f"/proc/{pid}/fd").iterdir()))


def slope(samples: list[Sample]) -> float:
    """Return the growth of memory in use but SQLite's, MB an hour, by least squares."""
    middle = sum(sample.at for sample in samples) / len(samples)
    spread = sum((sample.at - middle) ** 2 for sample in samples)
    grown = sum((sample.at - middle) * (sample.given - sample.sqlite) for sample in samples)
    return grown / spread * 3600 if spread else 0.0


def growth(samples: list[Sample], name: str) -> int:
    """Return by how much the least of the last third exceeds that of the first."""
    values = [getattr(sample, name) for sample in samples]
    third = max(1, len(values) // 3)
    return int(min(values[-third:]) - min(values[:third]))


def judge_process(running: Running, minutes: float) -> list[str]:
    """Print what the processes used; return what is too much."""
    bad = []
    for number, every in enumerate(running.samples, 1):
        samples = every[int(len(every) * WARM_UP) :]
        if not samples:
            bad.append(f"nothing was measured of process {number}")
            continue
        per_hour, last = slope(samples), samples[-1]
        files, tasks = growth(samples, "files"), growth(samples, "tasks")
        objects, ours = growth(samples, "objects"), growth(samples, "ours")
        blocks = growth(samples, "blocks")
        lasted = last.at - samples[0].at
        grown = f"{last.megabytes - samples[0].megabytes:+.1f} MB in {lasted:.0f} s"
        grown += f", SQLite's {last.sqlite - samples[0].sqlite:+.1f} MB"
        if lasted >= SLOPE_FROM:
            grown += f", in use but that {per_hour:+.1f} MB/h"
        print(
            f"process {number}: memory {last.megabytes:.0f} MB ({grown}); "
            f"{last.files} open files ({files:+}); {last.tasks} tasks ({tasks:+}); "
            f"{last.objects} objects ({objects:+}), {last.ours} of them ours ({ours:+}); "
            f"{last.blocks} blocks ({blocks:+})"
        )
        if lasted >= JUDGED_FROM * 60 and per_hour > MAX_SLOPE:
            bad.append(f"memory grows by {per_hour:.1f} MB/h")
        if files > MAX_MORE_FILES:
            bad.append(f"{files} more files are open")
        if tasks > MAX_MORE_TASKS:
            bad.append(f"{tasks} more tasks run")
        if objects > MAX_MORE_OBJECTS:
            bad.append(f"{objects} more objects are alive")
        if blocks > MAX_MORE_BLOCKS:
            bad.append(f"{blocks} more blocks of memory are in use")
        if ours > MAX_MORE_OURS:
            bad.append(f"{ours} more objects of ours are alive")
    size = sum(path.stat().st_size for path in running.config.rglob("*") if path.is_file())
    hours = minutes * SPEED / 60
    print(f"storage: {size / 2**20:.1f} MB after {hours:.1f} simulated hours")
    return bad


def judge_events(doors: Doors, told: Counter[Told]) -> list[str]:
    """Print what was told; return what is missing or wrong."""
    missed = doors.expected - told
    called = Counter({key: n for key, n in told.items() if key[1] == "recognized"})
    false = called - doors.genuine
    print(
        f"passed by: {doors.passed}; events expected {doors.expected.total()}, "
        f"seen {told.total()}, missed {missed.total()}; "
        f"false recognized {false.total()}"
    )
    what = ", ".join(f"{n} {name}" for name, n in sorted(doors.happened.items()))
    print(f"went wrong: {what or 'nothing'}")
    return [
        *(f"not told: {key} ({count})" for key, count in missed.items()),
        *(f"wrongly called recognized: {key} ({count})" for key, count in false.items()),
        *([] if doors.expected else ["nothing was expected, so nothing is proven"]),
    ]


async def restart(running: Running, doors: Doors) -> None:
    """Restart Home Assistant; whoever passes meanwhile need not be told."""
    for door in doors.doors:
        doors.unsettle(door)
    await running.stop()
    await running.start()
    doors.happened["restarts of Home Assistant"] += 1
    await doors.wait_all_steady(running.hass)


async def live(running: Running, doors: Doors, minutes: float) -> None:
    """Let the day pass, with restarts of Home Assistant in between."""
    parts = max(2, round(minutes / RESTART_EVERY))
    for part in range(parts):
        if part:
            await restart(running, doors)
        async with asyncio.TaskGroup() as group:
            happening = [
                group.create_task(what)
                for door in doors.doors
                for what in (doors.people(door), doors.troubles(door, running.hass))
            ]
            await asyncio.sleep(minutes * 60 / parts)
            for task in happening:
                task.cancel()
        await settle(running, doors)


async def settle(running: Running, doors: Doors) -> None:
    """End what is going wrong, and let everything be told."""
    for door in doors.doors:
        await door.module.wait_settled()
        await door.module.plug_in()
    await asyncio.sleep(SETTLES)
    running.check()


async def run(options: argparse.Namespace) -> int:
    """Start everything, let the time pass, tell what came of it."""
    config = Path(tempfile.mkdtemp(prefix="face-module-soak-"))
    doors = Doors(options.seed, options.profile)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(shutil.rmtree, config, ignore_errors=True)
        prepare_config(config)
        reference = config / "custom_components" / REFERENCE
        reference.symlink_to(REPOSITORY / "scripts" / "benchmark" / "reference")
        with (config / "configuration.yaml").open("a", encoding="utf-8") as yaml:
            yaml.write(f"{REFERENCE}:\n")
        session = await stack.enter_async_context(aiohttp.ClientSession())
        running = Running(config, session)
        stack.push_async_callback(running.stop)
        print("Starting Home Assistant ...", flush=True)
        await running.start()
        await doors.open(stack, running.hass)
        running.serials = {
            door.entities["recognition"]: door.module.serial for door in doors.doors
        }
        await doors.wait_all_steady(running.hass)
        hours = options.minutes * SPEED / 60
        print(f"{hours:.1f} simulated hours, seed {options.seed}", flush=True)
        await live(running, doors, options.minutes)
        bad = judge_events(doors, running.told) + judge_process(running, options.minutes)
        await running.stop()
        bad += [line for line in trouble(config) if not OUTAGE.search(line)]
    print(*bad, sep="\n", end="\n" if bad else "")
    print("Something broke." if bad else "Nothing broke.")
    return int(bool(bad))


async def main() -> int:
    """Run until the end or a signal."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument(
        "--minutes",
        type=float,
        default=2.0,
        help="real minutes; 24 are a day (2)",
    )
    parser.add_argument("--seed", type=int, default=1, help="of the schedule (1)")
    parser.add_argument(
        "--profile",
        choices=PROFILES,
        default=PROFILES[0],
        help=f"the firmware of the modules ({PROFILES[0]})",
    )
    options = parser.parse_args()
    task = asyncio.ensure_future(run(options))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await task
    except asyncio.CancelledError:
        print("\nEnded.")
        return 0
    except (DemoError, aiohttp.ClientError, ExceptionGroup) as err:
        why = err.exceptions[0] if isinstance(err, ExceptionGroup) else err
        print(f"soak: {str(why) or repr(why)}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
