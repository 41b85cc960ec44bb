"""Every operation works with whatever firmware as with one that keeps to its document.

What it leaves on the module, writes and answers is compared. What cannot be is named in
quirky.py, with the error that says so; and Home Assistant goes on.
"""

from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from homeassistant.exceptions import HomeAssistantError
import pytest

from tests.common import poll, requests
from tests.conftest import settle

from .operations import OPERATIONS, Operation
from .quirky import (
    ADDRESSES,
    CANNOT,
    DIFFERENT,
    HIDDEN,
    NAMED,
    OF_THE_NEXT,
    OTHERWISE,
    QUIRKS,
    TWICE,
    WRITES,
)
from .world import PEOPLE, World

# What is different each time, or by right with another picture.
_VOLATILE = (
    *("device_id", "visit_id", "time", "device_time", "age"),
    *("picture", "path", "position", "image"),
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an operation left on the module, wrote on it and answered."""

    raised: str | None
    module: dict[str, Any]
    written: Counter[tuple[str, str]]
    answer: Any


# What came of the operations with a module that does what its document says.
USUAL: dict[str, Outcome] = {}


def state_of_module(world: World) -> dict[str, Any]:
    module = world.module
    config = asdict(module.config)
    return {
        **{key: value for key, value in config.items() if not key.endswith("cb_url")},
        "users": {one.user_id: one.name for one in module.users.values()},
        "records": len(module.records),
        "lights": (module.rgb_led, module.ir_led),
        "password": module.password,
        "clock": abs(module.clock_offset) > 60,
        "others": {one.user_id: one.name for one in world.other.users.values()},
    }


async def do(world: World, operation: Operation) -> Outcome:
    """Do it, and see what came of it."""
    await world.reset()
    await operation.prepare(world)
    await settle(world.hass)
    world.module.requests.clear()
    raised, answer = None, None
    try:
        answer = await operation.run(world)
    except HomeAssistantError as err:
        raised = err.translation_key
        if raised is None or "{" in str(err):
            raised = f"an error without words: {err!r}"
    except Exception as err:  # noqa: BLE001
        raised = repr(err)
    await settle(world.hass)
    await world.heal()
    return Outcome(raised, state_of_module(world), written(world), answer)


def written(world: World) -> Counter[tuple[str, str]]:
    """Count what was written on the module, not what a quirk had refused."""
    return Counter(
        (one.name, str(one.body.get("user_id", "")))
        for one in world.module.requests
        if one.name in WRITES
        and not world.module.quirks.refusal(
            one.name, {"RequestValue": one.value, **one.body}
        )
    )


def alike(one: Any, other: Any) -> bool:
    """Say whether two answers say the same; scores may be rounded."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            key in _VOLATILE or alike(one[key], other[key]) for key in one
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(
            alike(*pair) for pair in zip(one, other, strict=True)
        )
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) < 1
    return bool(one == other)


def compare(quirk: str, name: str, now: Outcome, usual: Outcome) -> list[str]:
    """Return in what an outcome differs, and may not."""
    wanted = CANNOT.get((quirk, name), usual.raised)
    if now.raised != wanted:
        return [f"raised {now.raised}, not {wanted}"]
    if (quirk, name) in CANNOT:
        return []
    found = [
        f"{key} of the module is {now.module[key]}, not {value}"
        for key, value in usual.module.items()
        if now.module[key] != value and (quirk, key) not in DIFFERENT
    ]
    again = now.written - usual.written
    found += [
        f"{call} {user_id} written {count} times more"
        for (call, user_id), count in again.items()
        if call not in TWICE.get(quirk, ())
        # Whether a restart is noticed before or after they are looked at is chance.
        and not (call in ADDRESSES and count == 1)
    ]
    if (quirk, name) in NAMED:
        failed = now.answer["failed"]
        if not failed or not all(one["error"] for one in failed):
            found.append(f"answered {now.answer} without words")
    elif (quirk, name) not in OTHERWISE and not alike(now.answer, usual.answer):
        found.append(f"answered {now.answer}, not {usual.answer}")
    return found


async def look(world: World, operation: Operation) -> list[str]:
    """Let time pass, and return what is wrong."""
    world.close_dialogs()
    if world.module.quirks.missing_callbacks and not world.module.config.heartbeat_cb_url:
        # That they are blank is known by what does not arrive.
        world.miss_heartbeats()
        await settle(world.hass)
    await poll(world.hass)
    strangers = world.module.users.keys() - PEOPLE - operation.new
    return [
        *world.problems(),
        *world.lost((PEOPLE.keys() | operation.kept) - operation.gone),
        *(f"{user_id} came from nowhere" for user_id in strangers),
    ]


@pytest.mark.parametrize("quirk", [name for name in QUIRKS if name != "other_serial"])
async def test_every_operation_works(
    quirk: str, world: World, figure: Callable[[str, int], None]
) -> None:
    if not USUAL:
        for name, operation in OPERATIONS.items():
            USUAL[name] = await do(world, operation)
    # An update of the firmware, after which it is as after a factory reset.
    world.module.quirks.set(quirk)
    await world.restart()
    broken = []
    for name, operation in OPERATIONS.items():
        if (quirk, name) in HIDDEN:
            continue
        now = await do(world, operation)
        wrong = compare(quirk, name, now, USUAL[name])
        wrong += await look(world, operation)
        if wrong:
            broken.append(f"{name}: {'; '.join(wrong)}")
    await world.reset()
    for _ in range(2):
        world.module.requests.clear()
        await poll(world.hass)
        if again := WRITES & set(requests(world.module)):
            broken.append(f"written at a poll: {again}")
    figure("operations under a quirk", len(OPERATIONS))
    figure("operations that worked, or said why not", len(OPERATIONS) - len(broken))
    assert not broken, "\n".join([f"{len(broken)} of {len(OPERATIONS)}", *broken])


async def test_another_module_at_the_address_is_told_nothing(
    world: World, figure: Callable[[str, int], None]
) -> None:
    """A repair says so; an action says so too, or reads what it may."""
    before = state_of_module(world)
    world.module.quirks.other_serial = True
    await world.hass.config_entries.async_reload(world.entry.entry_id)
    await settle(world.hass)
    broken = []
    names = [name for name in OPERATIONS if name not in OF_THE_NEXT]
    for name in names:
        world.module.requests.clear()
        with suppress(HomeAssistantError):
            await OPERATIONS[name].run(world)
        await settle(world.hass)
        world.close_dialogs()
        if again := written(world):
            broken.append(f"{name}: wrote {again}")
        if "other_module" not in world.repairs:
            broken.append(f"{name}: no repair says what it is")
    assert not broken, "\n".join(broken)
    assert state_of_module(world) == before
    figure("operations under a quirk", len(names))
    figure("operations that worked, or said why not", len(names))
    # The right one is back.
    world.module.quirks.other_serial = False
    await world.reset()
    assert await look(world, OPERATIONS["poll"]) == []
    assert "other_module" not in world.repairs
