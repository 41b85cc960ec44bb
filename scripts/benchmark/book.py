"""What is asked of a visit book of years: a script makes it, and asks in its own thread."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import batched
from pathlib import Path
import random
import sqlite3
import tempfile
import time
from typing import Any

from custom_components.face_module.visits.attendance import as_csv, attendance
from custom_components.face_module.visits.database import Database
from custom_components.face_module.visits.gate import Reason, Verdict
from custom_components.face_module.visits.rows import Change
from custom_components.face_module.visits.search import Query, doomed, find, people
from custom_components.face_module.visits.visit import Visit

from .load import show

VISITS, _PEOPLE, _MODULES = 200_000, 500, 4
_YEARS, _MONTH = timedelta(days=3 * 365), timedelta(days=31)
_GOAL_SEARCH, _GOAL_LOOP, _GOAL_ATTENDANCE = 50.0, 5.0, 300.0
_RECOGNIZED, _REJECTED = 0.85, 0.95
_ENTRIES = [f"01M87TWSC5DPAD7A2GB9NA7VH{number}" for number in range(_MODULES)]


type _Run = Callable[[Callable[[], Any]], Awaitable[Any]]


def _thread() -> _Run:
    """Return what runs something in a thread, the same one each time."""
    pool = ThreadPoolExecutor(1)

    async def run(work: Callable[[], Any]) -> Any:
        return await asyncio.get_running_loop().run_in_executor(pool, work)

    return run


def visits_of(entry_ids: Sequence[str]) -> list[Visit]:
    """Return visits of everybody at every module, the latest first."""
    now = datetime.now(UTC)
    chance = random.Random(1)  # noqa: S311 - the same each time
    found = []
    for number in range(VISITS):
        person, kind = chance.randrange(_PEOPLE), chance.random()
        begun = now - _YEARS * ((number + chance.random()) / VISITS)
        known = kind < _REJECTED
        found.append(
            Visit(
                entry_id=chance.choice(entry_ids),
                visit_id=f"{number:026}",
                verdict=Verdict.RECOGNIZED
                if kind < _RECOGNIZED
                else Verdict.REJECTED
                if known
                else Verdict.UNKNOWN,
                reason=Reason.LOW_SCORE if _RECOGNIZED <= kind < _REJECTED else None,
                user_id=f"user{person}" if known else "",
                name=f"Person {person}",
                score=round(chance.uniform(60, 99), 1),
                time=begun,
                last_seen=begun + timedelta(seconds=chance.randrange(30)),
                device_time=begun,
                age=0.3,
            )
        )
    return found


def _make(database: Database) -> None:
    for some in batched(visits_of(_ENTRIES), 5000, strict=False):
        database.run(partial(write, some))
    database.tidy()


def write(visits: Sequence[Visit], db: sqlite3.Connection) -> None:
    """Write visits."""
    for one in visits:
        Change("visits", (one.entry_id, one.visit_id), one).apply(db)


async def _ask(
    database: Database,
    run: _Run,
    rounds: int,
    work: Callable[[sqlite3.Connection], Any],
) -> tuple[list[float], list[float]]:
    """Return how many ms of its thread it took each time, and of the loop meanwhile."""

    def ask() -> float:
        begun = time.thread_time()
        database.run(work)
        return (time.thread_time() - begun) * 1000

    took, loop = [], []
    for _ in range(rounds):
        begun = time.thread_time()
        took.append(await run(ask))
        loop.append((time.thread_time() - begun) * 1000)
    return took, loop


async def book(rounds: int) -> None:
    """Show what it takes to ask for a page, a person, a month, and to forget somebody."""
    now = datetime.now(UTC)
    month = Query(since=now - 2 * _MONTH, until=now - _MONTH)
    person, rejected = Query(user_id="user42"), replace(month, results=[Verdict.REJECTED])
    theirs = replace(month, user_id="user42")
    questions: list[tuple[str, float, Callable[[sqlite3.Connection], Any]]] = [
        ("book, first page", _GOAL_SEARCH, lambda db: find(db, Query())),
        ("book, last page", _GOAL_SEARCH, lambda db: find(db, Query(offset=VISITS - 50))),
        ("book, person", _GOAL_SEARCH, lambda db: find(db, person)),
        (
            "book, person and month",
            _GOAL_SEARCH,
            lambda db: find(db, theirs),
        ),
        ("book, rejected, a month", _GOAL_SEARCH, lambda db: find(db, rejected)),
        ("book, everybody", _GOAL_SEARCH, people),
        (
            "book, attendance of a month",
            _GOAL_ATTENDANCE,
            lambda db: attendance(db, month),
        ),
        (
            "book, its CSV",
            _GOAL_ATTENDANCE,
            lambda db: as_csv((), attendance(db, month), {}, ", "),
        ),
        (
            "book, whose visits to forget",
            _GOAL_SEARCH,
            lambda db: doomed(db, _ENTRIES[0], (), ["user42"]),
        ),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "visits.db"
        database, run = Database(path, opened=lambda _names: None), _thread()
        await run(lambda: _make(database))
        show("book, its file", [path.stat().st_size / 2**20], unit="MiB")
        for name, goal, work in questions:
            took, loop = await _ask(database, run, rounds, work)
            show(name, took, goal, unit="ms CPU")
            show(f"{name}, loop", loop, _GOAL_LOOP, unit="ms CPU")
        begun = time.monotonic()
        await run(database.erase)
        show("book, erased after a deletion", [time.monotonic() - begun], unit="s")
        await run(database.close)
