"""Nobody is mistaken for somebody else, whatever is done in whatever order.

People whose ids collide, on three modules of which one comes and goes. A seeded sample;
by hand `FACE_MODULE_ALL_IDENTITIES=1 pytest tests/faults/test_identity.py` does 20,000
operations, `FACE_MODULE_IDENTITY=17` those of one seed: the same each time, in the same
order of requests (steady.py), as long as the code is the same.
"""

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack
import os
from pathlib import Path
from random import Random
from typing import Final

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.face_module.callbacks import keeper
from custom_components.face_module.fleet import members as fleet
from simulator import SimulatedModule
from tests.conftest import PASSWORD, SetUp
from tests.steady import steady

from . import (
    identity_jobs as jobs,
    identity_operations as single,
    identity_removing as removing,
)
from .identities import humans
from .identity_world import Operation, World

_ALL: Final = bool(os.environ.get("FACE_MODULE_ALL_IDENTITIES"))
_ONE: Final = os.environ.get("FACE_MODULE_IDENTITY")
SEEDS: Final = [int(_ONE)] if _ONE else [*range(100 if _ALL else 3)]
LENGTH: Final = 200
# How often each is done, of all of them together.
OPERATIONS: Final[tuple[tuple[float, Operation], ...]] = (
    (12, single.enroll),
    (4, single.enroll_typed),
    (8, single.enroll_in_card),
    (4, single.enroll_two),
    (8, single.update),
    (9, single.update_in_card),
    (3, single.rename_by_voice),
    (6, removing.delete),
    (8, removing.delete_in_card),
    (4, removing.forget_by_voice),
    (0.5, removing.clear),
    (6, jobs.import_table),
    (4, jobs.import_archive),
    (4, jobs.export),
    (8, jobs.sync),
    (2, removing.another_tool),
)


@pytest.fixture
async def conversation(hass: HomeAssistant) -> None:
    """What language models need; before the web server starts."""
    Path(hass.config.path("configuration.yaml")).touch()
    for domain in ("homeassistant", "conversation"):
        assert await async_setup_component(hass, domain, {})


@pytest.fixture
async def world(
    request: pytest.FixtureRequest,
    hass: HomeAssistant,
    conversation: None,
    set_up: SetUp,
    hass_ws_client: WebSocketGenerator,
    pictures: Path,
    quick: None,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncGenerator[World]:
    """Three modules with whom another tool enrolled, and the people of a seed."""
    monkeypatch.setattr(fleet, "RECONNECT", 0.02)
    monkeypatch.setattr(fleet, "RECONNECT_EVERY", 0.005)
    # Nobody sends heartbeats here.
    monkeypatch.setattr(keeper, "MISSED_HEARTBEATS", 1e6)
    # Half of the time would go by for the harness's own checks of the event loop.
    hass.loop.set_debug(False)
    random = Random(f"identity {request.param}")
    people = humans(random, 9)
    async with AsyncExitStack() as stack:
        clock = stack.enter_context(steady(hass.loop, Random(f"loop {request.param}")))
        modules = {
            name: await stack.enter_async_context(
                SimulatedModule(f"0123A38884CE69000{number}", PASSWORD)
            )
            for number, name in enumerate("ABC")
        }
        for module in modules.values():
            # Firmware that gives another picture than it was given, or none.
            if random.random() < 0.3:
                module.quirks.set(random.choice(("no_register_img", "shrinks_pictures")))
            # Other tools count: the same ids are other people on other modules.
            for number, human in enumerate(random.sample(people, 2)):
                module.add_user(f"000{number}", human.name, human.photos[0])
        entries = {name: await set_up(module) for name, module in modules.items()}
        socket = await hass_ws_client(hass)
        admin = MockUser(is_owner=True).add_to_hass(hass).id
        made = World(hass, random, people, modules, entries, socket, admin, pictures, clock)
        yield made
        for module in modules.values():
            module.faults.clear()


async def one(world: World) -> None:
    """Do one thing at random, and judge what came of it."""
    weights = [weight for weight, _ in OPERATIONS]
    ((_, operation),) = world.random.choices(OPERATIONS, weights)
    await operation(world)
    world.done[operation.__name__] += 1
    world.oracle.look()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("world", SEEDS, indirect=True)
async def test_nobody_is_mistaken_for_somebody_else(
    world: World, figure: Callable[[str, int], None]
) -> None:
    for _ in range(LENGTH):
        chance = world.random.random()
        if chance < 0.06:
            await (world.come() if world.away else world.go())
        elif chance < 0.08:
            await world.cycle()
        await one(world)
        if world.random.random() < 0.5:
            await world.rest()
    await world.end()
    oracle = world.oracle
    figure("operations on people", sum(world.done.values()))
    figure("connections cut meanwhile", sum(one.struck for one in world.blips.values()))
    figure("changes that a module refused, and it was shown", oracle.refused)
    figure("violations of identity", sum(oracle.kinds.values()))
    for kind, count in oracle.kinds.items():
        figure(f"violations: {kind}", count)
    assert not oracle.said, "\n".join([str(dict(oracle.kinds)), *oracle.said])
