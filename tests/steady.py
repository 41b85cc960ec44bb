"""An event loop on which nothing depends on how fast the machine is.

Its time goes by only where nothing is left to do but to wait for it: no time-out comes
because a machine is slow. Then it leaps to the next timer, and the clock on the wall with
it. What a thread is to do is done at once; chance, which is the same for a seed, says how
much comes before it is known.
"""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import timedelta
from math import ceil
from random import Random, seed
from selectors import SelectorKey
import time
from typing import Any, Final

from homeassistant.helpers import event
from homeassistant.util import dt as dt_util
import pytest

from custom_components.face_module.visits.book import VisitBook

# So many turns of the loop a thread takes.
_TURNS: Final = (0, 0, 1, 3)
# What comes later came later (s).
_TURN: Final = 1e-4
# What was sent on this machine is there at once. Should it not be: it is waited for so
# long, of a time that is to go by, and at least and at most (s).
_GRACE: Final = 1 / 20
_GRACE_MIN: Final = 0.002
_GRACE_MAX: Final = 0.05


class Steady:
    """The clock of a loop, what it waits for, and its threads."""

    def __init__(self, loop: Any, random: Random) -> None:
        """Begin at about the time it is."""
        self._loop = loop
        self._random = random
        # Home Assistant polls at full seconds, and chance adds to them.
        self._now = float(ceil(loop.time()))
        seed(random.random())
        self._select = loop._selector.select
        # How far the clock on the wall is ahead.
        self._ahead = 0.0
        # Books whose thread, which is no job's, has something to do.
        self._busy: set[VisitBook] = set()

    def time(self) -> float:
        """Return the time of the loop (s)."""
        return self._now

    async def leap(self, seconds: float) -> None:
        """Let time pass, and what waits for a moment within it begin."""
        self._now += seconds
        for _ in range(3):
            await asyncio.sleep(0)

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Wait for the network, for a book, or else for a timer: it has come."""
        self._now += _TURN
        wait = timeout
        if timeout is not None and not self._busy:
            grace = min(max(timeout * _GRACE, _GRACE_MIN), _GRACE_MAX)
            wait = min(timeout, grace)
        found: list[tuple[SelectorKey, int]] = self._select(wait)
        if not found and timeout is not None and wait is not None:
            self._now += max(timeout, 0)
            self._ahead += max(timeout - wait, 0)
        return found

    def patch_walls(self, patch: pytest.MonkeyPatch) -> None:
        """Let the clocks on the wall leap, too."""
        wall, now, utcnow = time.time, dt_util.now, dt_util.utcnow

        def ahead() -> timedelta:
            return timedelta(seconds=self._ahead)

        def timestamp() -> float:
            return wall() + self._ahead

        patch.setattr(time, "time", timestamp)
        patch.setattr(event, "time_tracker_timestamp", timestamp)
        patch.setattr(event, "time_tracker_utcnow", lambda: utcnow() + ahead())
        patch.setattr(dt_util, "utcnow", lambda: utcnow() + ahead())
        patch.setattr(dt_util, "now", lambda zone=None: now(zone) + ahead())

    def patch_books(self, patch: pytest.MonkeyPatch) -> None:
        """Let no time pass while a book works."""
        put, tell = VisitBook._put, VisitBook._tell

        def putting(book: VisitBook, item: Any) -> bool:
            if taken := put(book, item):
                self._busy.add(book)
            return taken

        def telling(book: VisitBook, *args: Any, **kwargs: Any) -> None:
            if book._queue.empty():
                self._busy.discard(book)
            tell(book, *args, **kwargs)

        patch.setattr(VisitBook, "_put", putting)
        patch.setattr(VisitBook, "_tell", telling)

    def run(
        self, _executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Do what a thread is to do."""
        done: asyncio.Future[Any] = self._loop.create_future()
        # In a thread there is no loop.
        asyncio._set_running_loop(None)
        try:
            tell, told = done.set_result, func(*args)
        except Exception as err:  # noqa: BLE001 # raised where it is waited for
            tell, told = done.set_exception, err
        finally:
            asyncio._set_running_loop(self._loop)

        def after(turns: int) -> None:
            if turns:
                self._loop.call_soon(after, turns - 1)
            elif not done.done():
                tell(told)

        self._loop.call_soon(after, self._random.choice(_TURNS))
        return done


@contextmanager
def steady(loop: asyncio.AbstractEventLoop, random: Random) -> Generator[Steady]:
    """Steady a loop."""
    made = Steady(loop, random)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loop, "time", made.time)
        patch.setattr(loop._selector, "select", made.select)  # type: ignore[attr-defined]
        patch.setattr(loop, "run_in_executor", made.run)
        made.patch_walls(patch)
        made.patch_books(patch)
        yield made
