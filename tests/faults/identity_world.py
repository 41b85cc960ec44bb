"""Three modules, of which one comes and goes, and a Home Assistant that knows them."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any, Final, override

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import llm
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.face_module.llm import API_ADMIN, async_get_tools
from custom_components.face_module.pictures.uploads import DATA_UPLOADS
from simulator import Faults, SimulatedModule
from simulator.quirks import FaultName
from tests.common import device_of, perform
from tests.conftest import settle
from tests.steady import Steady

from .identities import Faces, Human, Standing
from .identity_oracle import Allows, Ask, Oracle

# Ids that other tools and people give.
TYPED: Final = ("0001", "0002", "wang_wei", "anna_2", "person", "zhang_li")
# So often a request is struck, in one operation and the next.
RATES: Final = (0.0, 0.03, 0.12)
# What may still be carried out is after that (s).
_MINUTE: Final = 61.0
# Before the module did it, and after.
_CUTS: Final[tuple[FaultName, ...]] = ("reset", "reset_after", "drop", "drop_after")


class Blips(Faults):
    """Cuts connections by chance; reads are asked again at once, so often twice."""

    def __init__(self, random: Random) -> None:
        super().__init__()
        self._random = random
        self.rate = 0.0
        self.cancel: Callable[[], object] | None = None
        self._again: FaultName | None = None
        self.struck = 0

    @override
    def pick(self, call: str) -> FaultName | None:
        """Return what strikes a request, if anything does."""
        again, self._again = self._again, None
        if again is not None:
            return again
        if self._random.random() >= self.rate:
            return None
        self.struck += 1
        if self.cancel is not None and self._random.random() < 0.2:
            self.cancel()
        fault = self._random.choice(_CUTS)
        if self._random.random() < 0.6:
            self._again = fault
        return fault


class World:
    """What an operation works on."""

    def __init__(
        self,
        hass: HomeAssistant,
        random: Random,
        people: list[Human],
        modules: dict[str, SimulatedModule],
        entries: dict[str, MockConfigEntry],
        socket: MockHAClientWebSocket,
        admin: str,
        folder: Path,
        clock: Steady,
    ) -> None:
        self.hass = hass
        self.random = random
        self.people = people
        self.modules = modules
        self.entries = entries
        self.folder = folder
        self._clock = clock
        self.faces = Faces(people)
        # Of their own: in which order requests come is not the same each time.
        self.blips = {name: Blips(Random(f"{name} {random.random()}")) for name in modules}
        for name, module in modules.items():
            module.faults = self.blips[name]
        # The one that comes and goes, and how it went.
        self.fickle = random.choice(sorted(modules))
        self.away: str | None = None
        self.archives: list[Path] = []
        self.errors: Counter[str] = Counter()
        self.done: Counter[str] = Counter()
        self.files = 0
        self._socket = socket
        self._admin = llm.LLMContext(
            platform="test",
            context=Context(user_id=admin),
            language="en",
            assistant="conversation",
            device_id=None,
        )
        self._devices = {device_of(hass, entry): name for name, entry in entries.items()}
        self._entry_ids = {entry.entry_id: name for name, entry in entries.items()}
        self.oracle = Oracle(modules, lambda name: self.faces.on(modules[name]))

    # Who and where

    @property
    def near(self) -> list[str]:
        """The modules that can be reached."""
        return [name for name in self.modules if name != self.fickle or self.away is None]

    def targets(self) -> list[str]:
        """Return some modules that an action may name: those that are loaded."""
        loaded = [
            name for name, entry in self.entries.items()
            if entry.state is ConfigEntryState.LOADED or self.random.random() < 0.05
        ]  # fmt: skip
        return self.random.sample(loaded, self.random.randint(1, len(loaded)))

    def somebody(self, *modules: str) -> tuple[str, str, Standing] | None:
        """Return somebody whom a user sees on a module: where, the user id and who."""
        found = [
            (name, user_id, standing)
            for name in modules or self.near
            for user_id, standing in self.faces.on(self.modules[name]).items()
        ]
        return self.random.choice(found) if found else None

    def devices(self, names: list[str]) -> list[str]:
        """Return the devices of modules."""
        return [device_of(self.hass, self.entries[name]) for name in names]

    def entry_ids(self, names: list[str]) -> list[str]:
        """Return the entries of modules."""
        return [self.entries[name].entry_id for name in names]

    def name_of(self, line: dict[str, Any]) -> str:
        """Return the module of a line of an answer."""
        if "entry_id" in line:
            return self._entry_ids[line["entry_id"]]
        return self._devices[line["device_id"]]

    def photo_file(self, photo: bytes) -> str:
        """Return the path of a picture that Home Assistant may read."""
        path = self.folder / f"{sha256(photo).hexdigest()}.jpg"
        if not path.exists():
            path.write_bytes(photo)
        return str(path)

    def upload(self, photo: bytes) -> str:
        """Return the id of a picture as the card sent it."""
        return self.hass.data[DATA_UPLOADS].async_put(photo)

    # Doing it

    def ask(self, words: str, allows: Allows, **kind: bool) -> Ask:
        """Note what is asked for."""
        return self.oracle.ask(words, allows, **kind)

    async def action(self, name: str, /, **data: Any) -> Answer:
        """Perform an action while connections are cut; None if it failed."""
        done: Answer = await self.suffer(perform(self.hass, name, **data), may_cancel=True)
        return done

    async def together(self, action: str, *calls: dict[str, Any]) -> list[Answer]:
        """Perform an action several times at the same moment."""

        async def each(data: dict[str, Any]) -> Any:
            try:
                return await perform(self.hass, action, **data)
            except HomeAssistantError as err:
                self.errors[str(err.translation_key)] += 1
                return None

        async def all_of_them() -> Any:
            return await asyncio.gather(*map(each, calls))

        return await self.suffer(all_of_them()) or [None] * len(calls)

    async def card(self, kind: str, /, **fields: Any) -> Answer:
        """Send what a card sends."""

        async def ask() -> Any:
            message = {"type": f"face_module/{kind}", **fields}
            await self._socket.send_json_auto_id(message)
            answer = await self._socket.receive_json()
            if answer["success"]:
                return answer["result"]
            error = answer["error"]
            if "translation_key" not in error:
                self.oracle.wrong("raised", f"an error without words: {error}")
            raise HomeAssistantError(
                translation_domain="face_module",
                translation_key=error.get("translation_key"),
            )

        done: Answer = await self.suffer(ask())
        return done

    async def say(self, tool: str, /, **args: Any) -> Answer:
        """Let a language model use a tool for an administrator."""
        found = async_get_tools(self.hass, self._admin, API_ADMIN)
        name = f"face_module__{tool}"
        (used,) = [one for one in found.tools if one.name == name] if found else [None]
        if used is None:
            return None

        async def use() -> Any:
            given = llm.ToolInput(used.name, args)
            result = await used.async_call(self.hass, given, self._admin)
            assert isinstance(result, llm.ToolResult)
            if result.error:
                self.errors[f"said: {result.data}"] += 1
                return None
            return result.data

        done: Answer = await self.suffer(use(), may_cancel=True)
        return done

    async def suffer(
        self, work: Coroutine[Any, Any, Any], *, may_cancel: bool = False
    ) -> Any:
        """Do something while connections are cut; return what came of it."""
        task = asyncio.create_task(work)
        rate = self.random.choice(RATES)
        can_cancel = may_cancel and self.random.random() < 0.15
        for blip in self.blips.values():
            blip.rate, blip.cancel = rate, task.cancel if can_cancel else None
        try:
            await asyncio.wait([task])
        finally:
            self.calm()
        await self.settle()
        if task.cancelled():
            self.errors["cancelled"] += 1
            return None
        try:
            answer = task.result()
        except HomeAssistantError as err:
            self.errors[str(err.translation_key)] += 1
        except Exception as err:  # noqa: BLE001
            self.oracle.wrong("raised", repr(err))
        else:
            return answer
        return None

    def calm(self) -> None:
        """End what cuts connections."""
        for blip in self.blips.values():
            blip.rate, blip.cancel, blip._again = 0.0, None, None

    async def settle(self) -> None:
        """Wait until nothing is under way, here and on the modules."""
        await self.hass.async_block_till_done(wait_background_tasks=True)
        for module in self.modules.values():
            await asyncio.gather(*module._server._work, return_exceptions=True)

    # Coming and going

    async def go(self) -> None:
        """Let one module go, in some way."""
        module, entry = self.modules[self.fickle], self.entries[self.fickle]
        self.away = self.random.choice(("unplugged", "unloaded", "unplugged and unloaded"))
        if "unloaded" in self.away:
            await self.hass.config_entries.async_unload(entry.entry_id)
        if "unplugged" in self.away:
            await module.pull_cable()
        await self.settle()

    async def come(self) -> None:
        """Let it come back, and others find out in some order."""
        module, entry = self.modules[self.fickle], self.entries[self.fickle]
        if self.away is not None and "unplugged" in self.away:
            await module.plug_in()
        for blip in self.blips.values():
            blip.rate = self.random.choice(RATES)
        if entry.state is not ConfigEntryState.LOADED:
            await self.hass.config_entries.async_setup(entry.entry_id)
        await self.settle()
        self.calm()
        if entry.state is not ConfigEntryState.LOADED:
            await self.hass.config_entries.async_reload(entry.entry_id)
            await self.settle()
        assert entry.state is ConfigEntryState.LOADED, entry.reason
        self.away = None
        # What waited for it is done, and may be asked for again from now on.
        self.oracle.look()

    async def cycle(self) -> None:
        """Switch a module off and on, and perhaps restart Home Assistant's part."""
        name = self.random.choice(self.near)
        await self.modules[name].restart_now()
        if self.random.random() < 0.5:
            await self.hass.config_entries.async_reload(self.entries[name].entry_id)
        await self.settle()

    async def rest(self) -> None:
        """Let a minute pass in peace, and judge every module that can be reached."""
        self.calm()
        for name in self.near:
            if self.entries[name].state is not ConfigEntryState.LOADED:
                await self.hass.config_entries.async_reload(self.entries[name].entry_id)
        for _ in range(2):
            # A browser that says nothing for as long is taken for gone.
            await self.waiting()
            await self._clock.leap(_MINUTE / 2)
            await settle(self.hass)
        waiting = await self.waiting()
        for name in self.near:
            self.oracle.rest(name, waiting[name])

    async def waiting(self) -> dict[str, dict[str, str | None]]:
        """Return what the card shows of changes that are not done: why, by user id."""
        await self._socket.send_json_auto_id({"type": "face_module/people/waiting"})
        answer = await self._socket.receive_json()
        found: dict[str, dict[str, str | None]] = {name: {} for name in self.modules}
        for line in answer["result"]["changes"]:
            found[self.name_of(line)][line["user_id"]] = line["error"]
        return found

    async def end(self) -> None:
        """Let everything come back."""
        if self.away is not None:
            await self.come()
        await self.rest()
        for module in self.modules.values():
            module.faults = Faults()


def called(world: World, human: Human) -> str:
    """Return how somebody is called: by their name, or as another one is."""
    if world.random.random() < 0.85:
        return human.name
    return world.random.choice(world.people).name


# What an action or a command answers, None if it failed.
type Answer = dict[str, Any] | None
type Operation = Callable[[World], Awaitable[None]]
