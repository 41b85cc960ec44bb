"""What a module sends on its own: heartbeats and results of the pipeline."""

import asyncio
from random import Random

from simulator.parts import Module

_IDLE_PAUSE = 5.0  # seconds between results while nobody is in front


class Automatic:
    """Two loops that send callbacks while the module is switched on."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._changed = asyncio.Event()
        self._random = Random(module.serial)  # noqa: S311  # not a secret
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Start to send."""
        self._tasks = [
            asyncio.create_task(self._heartbeats()),
            asyncio.create_task(self._results()),
        ]

    async def stop(self) -> None:
        """Stop to send."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    def heartbeat_changed(self) -> None:
        """Send the next heartbeat at once, and later ones at the new interval."""
        self._changed.set()

    async def _heartbeats(self) -> None:
        while True:
            self._changed.clear()
            await self._module.send_heartbeat()
            try:
                async with asyncio.timeout(self._module.config.interval_time):
                    await self._changed.wait()
            except TimeoutError:
                continue

    async def _results(self) -> None:
        while True:
            present = self._is_somebody_there
            pause = 1 / self._module.status_rate if present else _IDLE_PAUSE
            # Short steps: somebody may come while nobody is there.
            step = min(pause, 0.1)
            await asyncio.sleep(step)
            pause -= step
            while pause > 0 and present == self._is_somebody_there:
                await asyncio.sleep(min(pause, step))
                pause -= step
            if present and not self._module.judging:
                self._look_again()
            await self._module.send_status()

    @property
    def _is_somebody_there(self) -> bool:
        return self._module.in_front is not None

    def _look_again(self) -> None:
        """Let the liveness models judge another frame of the same face.

        While nobody is there, their last results are repeated (3.1.9).
        """
        status = self._module.status
        for key in ("rgb_liveness_score", "nir_liveness_score"):
            score = getattr(status, key) + self._random.uniform(-0.002, 0.002)
            setattr(status, key, min(max(score, 0.0), 1.0))
