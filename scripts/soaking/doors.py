"""Five doors: who passes by, what goes wrong, and what Home Assistant has to tell of it."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from random import Random
from typing import Final

from hass_api import DemoError, Hass

from simulator import ProfileName, Record, SimulatedModule

PASSWORD: Final = "abc123"  # noqa: S105
DOORS: Final = 5
# Once a minute of the simulated day somebody is at one of the doors or another, at 60x.
_PASSES_EVERY: Final = (4.0, 7.0)
_TROUBLE_EVERY: Final = (15.0, 30.0)
# Each passing is an event; the models' results are needed to be let in.
OPTIONS: Final = {
    "visit_window": 0,
    "heartbeat_interval": 2,
    "presence_timeout": 3,
    "require_liveness": True,
}
# Addresses are filled again within one poll (60 s), after what is asked in vain just then.
_PATIENCE: Final = 90.0
_SPOOF: Final = 0.12
# Liveness scores that come in steps need some reports (s, and so many a second).
_STAYS: Final = 2.0
_REPORTS: Final = 10.0

# Serial number, type of the event and user id ("" for strangers).
type Told = tuple[str, str, str]


@dataclass(slots=True)
class Door:
    """One module, and whether everything of it is in working order."""

    module: SimulatedModule
    random: Random
    entry_id: str
    entities: dict[str, str] = field(default_factory=dict)
    steady: bool = False
    troubles: int = 0


class Doors:
    """All doors, and what must have been told of them."""

    def __init__(self, seed: int, profile: ProfileName) -> None:
        """Prepare for a seed: who passes by when, and what goes wrong.

        `profile` is the firmware of the modules.
        """
        self._profile = profile
        self.doors: list[Door] = []
        self.passed = 0
        # What must be told, and who of those who passed may be called recognized.
        self.expected: Counter[Told] = Counter()
        self.genuine: Counter[Told] = Counter()
        self.happened: Counter[str] = Counter()
        self._seed = seed
        # One question at a time on one websocket.
        self._asking = asyncio.Lock()

    async def open(self, stack: AsyncExitStack, hass: Hass) -> None:
        """Switch the modules on and add them to a connected Home Assistant."""
        for number in range(1, DOORS + 1):
            module = SimulatedModule(
                serial=f"0123A38884CF00000{number}",
                password=PASSWORD,
                profile=self._profile,
                automatic=True,
                status_rate=_REPORTS,
                restart_delay=0.5,
                boot_time=2,
            )
            module.quirks.restart_blanks_callbacks = True
            module.quirks.reports_strangers = module.quirks.reports_spoofs = True
            module.config.liveness_type = 3
            for name in ("Anna", "Ben", "Chen Wei"):
                module.add_user(name.lower().replace(" ", ""), name)
            await stack.enter_async_context(module)
            added = await hass.add_module(module.host, module.port, PASSWORD)
            entry_id = added["result"]["entry_id"]
            await hass.set_options(entry_id, OPTIONS)
            random = Random(f"{self._seed} {number}")  # noqa: S311 # not a secret
            entities = await hass.entities(module.serial)
            self.doors.append(Door(module, random, entry_id, entities))

    async def wait_steady(self, hass: Hass, door: Door) -> None:
        """Wait until Home Assistant is connected, called, and has the time of the module.

        Raises DemoError when that takes too long.
        """
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._wait_steady(hass, door)
        except TimeoutError:
            raise DemoError(await self._what_is_wrong(hass, door)) from None
        door.steady = True

    async def _what_is_wrong(self, hass: Hass, door: Door) -> str:
        module = door.module
        async with self._asking:
            state = (await hass.states()).get(door.entities["connected"], {}).get("state")
        slots = ("recognition", "heartbeat", "status")
        blank = [kind for kind in slots if not getattr(module.config, f"{kind}_cb_url")]
        calls = [request.name for request in module.requests][-15:]
        return (
            f"{module.serial} did not come back: connected is {state}, blank are "
            f"{', '.join(blank) or 'none'}, asked last {', '.join(calls)}"
        )

    async def wait_all_steady(self, hass: Hass) -> None:
        """Wait for every door. Raises DemoError."""
        await asyncio.gather(*(self.wait_steady(hass, door) for door in self.doors))

    async def _wait_steady(self, hass: Hass, door: Door) -> None:
        module = door.module
        while True:
            async with self._asking:
                state = (await hass.states()).get(door.entities["connected"], {})
            if (
                module.online
                and module.config.recognition_cb_url
                and module.config.status_cb_url
                and state.get("state") == "on"
            ):
                break
            await asyncio.sleep(0.25)
        # Where a clock was set back, the second heartbeat that says so is believed.
        for _ in range(3):
            if await module.send_heartbeat() != HTTPStatus.OK:
                raise DemoError(f"{module.serial}: a heartbeat was not taken")
            await asyncio.sleep(0.6)

    # What happens

    async def people(self, door: Door) -> None:
        """Let people pass by a door for ever."""
        while True:
            await asyncio.sleep(door.random.uniform(*_PASSES_EVERY))
            await self._pass_by(door)

    async def _pass_by(self, door: Door) -> None:
        module, chance = door.module, door.random.random()
        user_id = door.random.choice(list(module.users))
        steady, before = door.steady, door.troubles
        kind, who, liveness = "recognized", user_id, None
        seen = user_id
        if chance < 0.12:  # noqa: PLR2004
            kind, who, seen = "unknown", "", f"stranger {chance}"
        elif chance < 0.25:  # noqa: PLR2004
            kind, liveness = "rejected", _SPOOF
        record: Record | None = await module.walk_by(
            seen, rgb_liveness=liveness, nir_liveness=liveness, still_there=True
        )
        if record is not None and kind == "recognized":
            self.genuine[module.serial, kind, who] += 1
        self.passed += 1
        sent = next(
            (one for one in reversed(module.sent) if one.kind == "recognition"), None
        )
        arrived = sent is not None and sent.status == HTTPStatus.OK
        await asyncio.sleep(_STAYS)
        module.in_front = None
        # What was on its way while something went wrong may have been lost.
        if steady and door.steady and before == door.troubles and arrived:
            self.expected[module.serial, kind, who] += 1

    async def troubles(self, door: Door, hass: Hass) -> None:
        """Let things go wrong at a door for ever, each until it is over."""
        what: dict[str, Callable[[Door], Awaitable[None]]] = {
            "restarts": self._restart,
            "outages": self._outage,
            "clock jumps": self._jump,
            "bursts of reloads": partial(self._reload, hass),
        }
        # Somewhere it begins soon.
        await asyncio.sleep(door.random.uniform(2, _TROUBLE_EVERY[1]))
        while True:
            name = door.random.choice(list(what))
            self.unsettle(door)
            await what[name](door)
            self.happened[name] += 1
            await self.wait_steady(hass, door)
            await asyncio.sleep(door.random.uniform(*_TROUBLE_EVERY))

    @staticmethod
    def unsettle(door: Door) -> None:
        """Expect nothing of a door until it is steady again."""
        door.steady = False
        door.troubles += 1

    @staticmethod
    async def _restart(door: Door) -> None:
        door.module.restart_soon()
        await door.module.wait_settled()

    @staticmethod
    async def _outage(door: Door) -> None:
        await door.module.pull_cable()
        await asyncio.sleep(door.random.uniform(1, 12))
        await door.module.plug_in()

    @staticmethod
    async def _reload(hass: Hass, door: Door) -> None:
        path = f"/api/config/config_entries/entry/{door.entry_id}/reload"
        for _ in range(3):
            await hass.post(path, {})

    @staticmethod
    async def _jump(door: Door) -> None:
        door.module.clock_offset = door.random.choice((-1, 1)) * 10 ** door.random.uniform(
            1, 5
        )
