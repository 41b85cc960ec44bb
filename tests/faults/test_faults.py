"""Every call of every operation fails in every way, and nothing breaks.

Home Assistant and a module stay the same for all cases of an operation. After each case
two polls go well; then what Home Assistant shows is what the module says, nobody is
lost, nothing is left running and nothing was raised that nobody caught.

Of the reads of long operations each meets a quarter of the faults, in turns. By hand,
`FACE_MODULE_FAULTS=200 pytest tests/faults` runs all cases, and for each operation so many
seeded ones in which two faults strike.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from itertools import chain
import os
from random import Random

from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.face_module.client import calls
from tests.common import poll, requests
from tests.conftest import settle

from .operations import OPERATIONS, Operation
from .strike import FAULTS, Blow, strike
from .world import PEOPLE, SHORT, World

MORE = os.environ.get("FACE_MODULE_FAULTS")
# Of a call that comes more often, so many and the last are struck.
FIRST = 1 if MORE is None else 2
SHORT_OPERATION = 3
# Addresses are filled again by many operations; one of them is enough for all faults.
WRITES = {
    call.name
    for call in vars(calls).values()
    if isinstance(call, calls.Call) and call.write
} - {"SetRecognitionCallback", "SetDeviceHeartBeatCallback", "SetPipelineStatusCallback"}


async def begin(world: World, operation: Operation) -> None:
    await world.reset()
    await operation.prepare(world)
    await settle(world.hass)
    world.module.requests.clear()


async def perform(world: World, operation: Operation) -> str | None:
    """Do it; return what it raised and must not."""
    try:
        await operation.run(world)
        await settle(world.hass)
    except HomeAssistantError as err:
        if err.translation_key is None or "{" in str(err):
            return f"an error without words: {err!r}"
        await settle(world.hass)
    except Exception as err:  # noqa: BLE001
        return f"raised {err!r}"
    return None


async def look(world: World, operation: Operation) -> list[str]:
    """Let time pass, and return what is wrong."""
    world.close_dialogs()
    for _ in range(2):
        await poll(world.hass)
        await settle(world.hass)
    strangers = world.module.users.keys() - PEOPLE - operation.new
    return [
        *world.problems(),
        *world.lost((PEOPLE.keys() | operation.kept) - operation.gone),
        *(f"{user_id} came from nowhere" for user_id in strangers),
    ]


async def calls_of(world: World, operation: Operation) -> list[str]:
    """Return the calls that an operation makes when nothing fails."""
    await begin(world, operation)
    raised = await perform(world, operation)
    assert raised is None
    made = requests(world.module)
    await world.heal()
    assert await look(world, operation) == []
    return made


async def suffer(world: World, operation: Operation, *blows: Blow) -> list[str] | None:
    """Do it while it fails; return what is wrong afterwards, None if nothing struck."""
    await begin(world, operation)
    with ExitStack() as stack:
        struck = [stack.enter_context(strike(world.module, blow)) for blow in blows]
        world.patience(SHORT)
        raised = await perform(world, operation)
    hit = [happened() for happened in struck]
    await world.heal()
    if not any(hit):
        return None
    return [*([raised] if raised else []), *await look(world, operation)]


def single(made: list[str], turn: int) -> list[tuple[Blow, ...]]:
    """Return the cases in which one fault strikes."""
    counts = Counter(made)
    found: list[tuple[Blow, ...]] = []
    for call, count in counts.items():
        is_whole = MORE is not None or call in WRITES or len(counts) <= SHORT_OPERATION
        for skip in sorted({*range(min(FIRST, count)), count - 1}):
            turn += 1
            faults = FAULTS if is_whole else FAULTS[turn % 4 :: 4]
            found += [(Blow(call, skip, fault),) for fault in faults]
    return found


def double(made: list[str], random: Random) -> tuple[Blow, ...]:
    """Return a case in which two faults strike."""
    counts = Counter(made)
    # Two refusals in a row are how a module says that the password is wrong.
    faults = random.choice(FAULTS), random.choice([f for f in FAULTS if f != "ret_code_1"])
    return tuple(
        Blow(call, random.randrange(counts[call]), fault)
        for call, fault in zip(random.choices(made, k=2), faults, strict=True)
    )


@pytest.mark.parametrize("name", OPERATIONS)
@pytest.mark.timeout(900)
async def test_nothing_breaks(
    name: str, world: World, figure: Callable[[str, int], None]
) -> None:
    operation = OPERATIONS[name]
    made = await calls_of(world, operation)
    assert made, "it asks nothing of the module"
    random = Random(name)
    more = (double(made, random) for _ in range(int(MORE or 0)))
    run, broken = 0, []
    for blows in chain(single(made, random.randrange(4)), more):
        wrong = await suffer(world, operation, *blows)
        if wrong is None:
            continue
        run += 1
        if wrong:
            broken.append(f"{' and '.join(map(str, blows))}: {'; '.join(wrong)}")
    figure("faults that struck an operation", run)
    figure("faults survived", run - len(broken))
    assert not broken, "\n".join([f"{len(broken)} of {run}", *broken])
