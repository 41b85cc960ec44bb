"""What a recognition costs: CPU with and without the recorder, and memory."""

import base64
import contextlib
import io
from itertools import count
import json

from PIL import Image

from simulator import SimulatedModule

from .load import BARE, RECORDED, SETTLED, WEBHOOK, Body, compare, home_assistant, show
from .mobile_app import NAME as MOBILE_APP, install, register

REFERENCE = WEBHOOK.format("recognition")
# Every recognition begins a visit.
EACH_A_VISIT = {"visit_window": 0}
_TIMES, _TIMES_UNRECORDED = 500, 1200
_JPEG_BYTES = 40 * 1024
_GOAL_REFERENCE, _GOAL_MOBILE_APP, _GOAL_UNRECORDED = 1.4, 1.0, 2.5
_GOAL_ANOTHER = 1.3
# Of one busy door: a burst of hundreds a second would wait for the disk, in memory.
_WARM_UP, _MORE, _EVERY = 300, 1000, 0.02
_GOAL_MEGABYTES = 5.0


def _jpeg() -> bytes:
    """Return a JPEG of at most 40 KiB, and not much less."""
    picture = Image.merge("RGB", [Image.effect_noise((240, 240), 64) for _ in range(3)])
    for quality in range(95, 0, -1):
        out = io.BytesIO()
        picture.save(out, "JPEG", quality=quality)
        if out.tell() <= _JPEG_BYTES:
            break
    return out.getvalue()


IMAGE = base64.b64encode(_jpeg()).decode()


def people(module: SimulatedModule, number_of_people: int | None) -> Body:
    """Return recognitions of so many people in turn, or of somebody new each time."""
    counter = count()

    def body(number: int) -> bytes:
        person = next(counter)
        if number_of_people is not None:
            person %= number_of_people
        recognition = {
            "device_id": module.serial,
            "score": 0.9 + number % 1000 / 10000,
            "timestamp": module.now(),
            "user_id": f"user{person}",
            "username": f"User {person}",
            "image": IMAGE,
        }
        return json.dumps(recognition).encode()

    return body


async def recorded(rounds: int) -> None:
    """Compare with the reference and with mobile_app."""
    phone = await install()
    if not phone:
        print("mobile_app: what it needs could not be installed, so it is not compared")
    async with contextlib.AsyncExitStack() as stack:
        bench = await stack.enter_async_context(
            home_assistant(also=[MOBILE_APP] if phone else [])
        )
        added = await stack.enter_async_context(bench.module(0, EACH_A_VISIT))
        door = await stack.enter_async_context(bench.module(1, {"presence_timeout": 1}))
        path = added.paths["recognition"]
        handlers = {
            "reference": (REFERENCE, people(added.module, 1)),
            "same person": (path, people(added.module, 1)),
            "another person": (path, people(added.module, 10)),
        }
        if phone:
            handlers[MOBILE_APP] = await register(bench)
        found = await bench.in_turns(handlers, rounds, _TIMES, RECORDED)
        for name, goal in (
            ("same person", _GOAL_REFERENCE),
            ("another person", _GOAL_ANOTHER),
        ):
            title = f"recognition, {name}, to "
            compare(f"{title}reference", found[name], found["reference"], goal)
            if phone:
                other = found[MOBILE_APP]
                compare(f"{title}{MOBILE_APP}", found[name], other, _GOAL_MOBILE_APP)
        # Whoever was not there before changes who is present, twice. At full speed there
        # would be a crowd that no door has seen.
        handlers = {
            "reference": (REFERENCE, people(door.module, None)),
            "newcomer": (door.paths["recognition"], people(door.module, None)),
        }
        found = await bench.in_turns(handlers, rounds, 60, RECORDED, every=0.1)
        compare(
            "recognition, newcomer, to reference", found["newcomer"], found["reference"]
        )


async def unrecorded(rounds: int) -> None:
    """Compare with a bare webhook where nothing is recorded."""
    async with (
        home_assistant(recorder=False) as bench,
        bench.module(0, EACH_A_VISIT) as added,
    ):
        path = added.paths["recognition"]
        handlers = {
            "bare": (BARE, people(added.module, 1)),
            "reference": (REFERENCE, people(added.module, 1)),
            "same person": (path, people(added.module, 1)),
            "another person": (path, people(added.module, 10)),
        }
        found = await bench.in_turns(handlers, rounds, _TIMES_UNRECORDED, SETTLED)
    bare = found["bare"]
    for name in ("same person", "another person"):
        title = f"unrecorded, {name}, to bare"
        compare(title, found[name], bare, _GOAL_UNRECORDED)
    compare("unrecorded, reference, to bare", found["reference"], bare)


async def memory(rounds: int) -> None:
    """Show what 1,000 recognitions leave behind."""
    async with home_assistant() as bench, bench.module(0, EACH_A_VISIT) as added:
        handler = added.paths["recognition"], people(added.module, 10)
        await bench.load(handler, _WARM_UP, 2 * RECORDED, _EVERY)
        before = bench.megabytes()
        await bench.load(handler, _MORE, 2 * RECORDED, _EVERY)
        show(
            "1,000 recognitions, memory",
            [bench.megabytes() - before],
            _GOAL_MEGABYTES,
            unit="MB more",
            note=f"{before:.0f} MB after the first {_WARM_UP}",
        )
