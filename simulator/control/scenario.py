"""Life in front of the camera, for demos: a day, a busy entrance, a storm."""

import asyncio
from dataclasses import dataclass
from itertools import islice
from random import Random
from typing import Literal, get_args

from simulator.module import SimulatedModule

ScenarioName = Literal["none", "day", "busy", "storm"]
SCENARIOS: tuple[ScenarioName, ...] = get_args(ScenarioName)

PEOPLE = {"anna": "Anna", "ben": "Ben", "chenwei": "Chen Wei 陈伟"}
STORM_RATE = 30  # pipeline results per second

_COOL, _HOT = 45.0, 65.0  # °C between which the processor wanders


@dataclass(frozen=True, slots=True)
class _Pace:
    """Seconds between visits, and seconds that somebody stays."""

    pause: tuple[float, float]
    stay: tuple[float, float]


_VISITS = {"known": 60, "distracted": 13, "masked": 10, "stranger": 10, "spoof": 7}

_PACES = {
    "day": _Pace(pause=(3.0, 5.5), stay=(1.2, 2.8)),
    "busy": _Pace(pause=(0.3, 1.0), stay=(0.6, 1.2)),
    "storm": _Pace(pause=(3.0, 5.5), stay=(1.2, 2.8)),
}


class Scenario:
    """Lets people walk by until it is stopped; "none" does nothing.

    - day: somebody about every 6 seconds, now and then a stranger, a photo held
      up to the camera, a smoker, a phone call, a mask.
    - busy: somebody every 1-2 seconds.
    - storm: as day, and 30 pipeline results every second.
    """

    def __init__(
        self, module: SimulatedModule, name: ScenarioName, *, seed: int = 0
    ) -> None:
        self._module = module
        self._name = name
        self._random = Random(f"scenario {seed}")  # noqa: S311  # not a secret
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Let it begin."""
        if self._name == "none":
            return
        self._tasks = [
            asyncio.create_task(self._visits(_PACES[self._name])),
            asyncio.create_task(self._weather()),
        ]
        if self._name == "storm":
            self._tasks.append(asyncio.create_task(self._storm()))

    async def stop(self) -> None:
        """Let everybody leave."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _visits(self, pace: _Pace) -> None:
        while True:
            await asyncio.sleep(self._random.uniform(*pace.pause))
            await self.visit()
            await asyncio.sleep(self._random.uniform(*pace.stay))
            self._module.in_front = None
            # What the last visitor did does not go on without them.
            self._module.status.dms_type = "normal"
            self._module.status.mask_score = 0.04

    async def visit(self) -> None:
        """Let one visitor come, who stays in front until `in_front` is reset."""
        module, random = self._module, self._random
        kinds, weights = zip(*_VISITS.items(), strict=True)
        kind = random.choices(kinds, weights)[0]
        # Enough to choose from, also where thousands are enrolled.
        people = list(islice(module.users, 1000))
        if kind == "stranger" or not people:
            await module.walk_by(f"stranger {random.randrange(50)}", still_there=True)
            return
        rgb = nir = mask = dms_type = None
        if kind == "spoof":
            rgb, nir = random.uniform(0.02, 0.3), random.uniform(0.01, 0.2)
        elif kind == "distracted":
            dms_type = random.choice(("smoking", "calling", "drinking", "eating"))
        elif kind == "masked":
            mask = random.uniform(0.86, 0.99)
        await module.walk_by(
            random.choice(people),
            rgb_liveness=rgb,
            nir_liveness=nir,
            mask=mask,
            dms_type=dms_type,
            still_there=True,
        )

    async def _weather(self) -> None:
        module = self._module
        while True:
            step = self._random.gauss(0, 0.6)
            module.temperature = min(_HOT, max(_COOL, module.temperature + step))
            await asyncio.sleep(2)

    async def _storm(self) -> None:
        while True:
            await self._module.send_status()
            await asyncio.sleep(1 / STORM_RATE)
