"""How the visit book takes in many visits at once, and what one of years costs at start."""

import asyncio
from collections.abc import Sequence
from functools import partial
import itertools
from pathlib import Path
import shutil
import sqlite3
from typing import Any

from hass_api import DemoError

from custom_components.face_module.visits.database import Database

from .book import VISITS, visits_of, write
from .load import RECORDED, WEBHOOK, home_assistant, longest_callback, show, show_more
from .recognition import EACH_A_VISIT, REFERENCE, people

_BURSTS, _EACH, _PAUSE = 10, 100, 0.5
_GOAL_LOST, _GOAL_HELD, _GOAL_HELD_MORE, _GOAL_SET_UP = 0, 10.0, 5.0, 100.0
_BOOK = Path("face_module") / "visits.db"


async def bursts(rounds: int) -> None:
    """Let 1,000 come in ten bursts; show who is not in the book, and what held the loop.

    Beside it the longest callback of as many for the reference, which keeps nothing: what
    the recorder's thread and the machine take is in both.
    """
    lost, held, bare = [], [], []
    async with home_assistant() as bench, bench.module(0, EACH_A_VISIT) as added:
        path, came = added.paths["recognition"], people(added.module, 10)
        number = itertools.count()

        async def longest(path: str) -> tuple[float, str]:
            await longest_callback(bench)
            for _ in range(_BURSTS):
                # One that is the same within a second is a repetition.
                handler = path, lambda _: came(next(number))
                await bench.load(handler, _EACH, _PAUSE)
            found = await longest_callback(bench)
            await asyncio.sleep(RECORDED)
            return found

        await longest(path)
        for _ in range(rounds):
            before = _count(bench.config / _BOOK)
            held.append(await longest(path))
            lost.append(_BURSTS * _EACH - (_count(bench.config / _BOOK) - before))
            bare.append(await longest(REFERENCE))
    show("1,000 visits in bursts, lost", lost, _GOAL_LOST, unit="visits")
    ours, others = ([ms for ms, _ in found] for found in (held, bare))
    what = max(held)[1][:90]
    show("1,000 visits in bursts, longest callback", ours, _GOAL_HELD, unit="ms", note=what)
    title = "1,000 visits in bursts, longest, to reference"
    show_more(title, ours, others, _GOAL_HELD_MORE)


async def opening(rounds: int) -> None:
    """Compare a set-up with a book of 200,000 visits with one where it has a few.

    Another file takes the place of the book each time, so that it is opened anew.
    """
    took: dict[str, list[float]] = {"few": [], "many": []}
    held: dict[str, list[float]] = {"few": [], "many": []}
    async with home_assistant() as bench, bench.module(0, EACH_A_VISIT) as added:
        handler = added.paths["recognition"], people(added.module, 10)
        await bench.load(handler, _EACH, RECORDED)
        book = bench.config / _BOOK
        few, many = (book.with_name(name) for name in ("few.db", "many.db"))
        (entry_id,) = _copy(book, few)
        shutil.copy(few, many)
        _fill(many, entry_id)
        for _ in range(rounds + 1):
            for name, file in (("few", few), ("many", many)):
                await longest_callback(bench)
                how: dict[str, Any] = {"domain": "face_module"}
                how |= {"copy": str(file), "to": str(book)}
                seconds = float(await bench.hass.post(WEBHOOK.format("set_up"), how))
                took[name].append(seconds * 1000)
                held[name].append((await longest_callback(bench))[0])
                await asyncio.sleep(RECORDED)
                if name == "many" and (count := _count(book)) < VISITS:
                    raise DemoError(f"of the book of years {count} visits were opened")
    # The first time warms up.
    for name, found, goal in (
        (f"set-up with a book of {VISITS:,}", took, _GOAL_SET_UP),
        ("its longest callback", held, None),
    ):
        show_more(name, found["many"][1:], found["few"][1:], goal)


def _count(book: Path) -> int:
    with sqlite3.connect(f"file:{book}?mode=ro", uri=True) as database:
        ((count,),) = database.execute("SELECT count(*) FROM visits")
    database.close()
    return int(count)


def _copy(book: Path, to: Path) -> Sequence[str]:
    """Copy a book that is in use; return whose visits are in it."""
    with sqlite3.connect(f"file:{book}?mode=ro", uri=True) as database:
        with sqlite3.connect(to) as copy:
            database.backup(copy)
        copy.close()
        found = database.execute("SELECT DISTINCT entry_id FROM visits").fetchall()
    database.close()
    return [entry_id for (entry_id,) in found]


def _fill(path: Path, entry_id: str) -> None:
    database = Database(path, opened=lambda _names: None)
    for some in itertools.batched(visits_of([entry_id]), 5000, strict=False):
        database.run(partial(write, some))
    database.tidy()
    database.close()
