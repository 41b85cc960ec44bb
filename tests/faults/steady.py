"""An event loop on which nothing depends on how fast the machine is.

Its time goes by only where nothing is left to do but to wait for it: no time-out comes
because a machine is slow. What a thread is to do is done at once; chance, which is the
same for a seed, says how much comes before it is known.
"""

import asyncio
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from contextlib import contextmanager
from math import ceil
from random import Random, seed
from selectors import SelectorKey
from typing import Any, Final

import pytest

# So many turns of the loop a thread takes.
_TURNS: Final = (0, 0, 1, 3)


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

    def time(self) -> float:
        """Return the time of the loop (s)."""
        return self._now

    async def leap(self, seconds: float) -> None:
        """Let time pass, and what waits for a moment within it begin."""
        self._now += seconds
        for _ in range(3):
            await asyncio.sleep(0)

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        """Wait for the network, for a timer, or for a thread that is no job's."""
        found: list[tuple[SelectorKey, int]] = self._select(timeout)
        if not found and timeout is not None:
            self._now += max(timeout, 0)
        return found

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
        # Nobody pulls the plug.
        patch.setattr("os.fsync", lambda _file: None)
        yield made
