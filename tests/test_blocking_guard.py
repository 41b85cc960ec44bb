"""The guard sees what it is there for."""

import asyncio
from pathlib import Path
import time
import types

import pytest

from . import blocking_guard as guard


async def test_a_file_opened_in_the_loop_by_us_is_found(
    blocking_guard: list[str], tmp_path: Path
) -> None:
    source = "def offend(path):\n    open(path, 'w').close()\n"
    module = types.ModuleType("offender")
    code = compile(source, f"/somewhere/{guard.OURS}offender.py", "exec")
    exec(code, vars(module))
    vars(module)["offend"](tmp_path / "x")
    assert len(blocking_guard) == 1
    assert "offender.py:2 offend" in blocking_guard[0]
    blocking_guard.clear()


async def test_another_thread_must_not_call_the_loop() -> None:
    loop = asyncio.get_running_loop()
    with pytest.raises(RuntimeError, match="Non-thread-safe"):
        await asyncio.to_thread(loop.call_soon, print)


async def test_a_stall_is_measured(stall_guard: dict[str, float]) -> None:
    def work() -> None:
        until = time.thread_time() + 0.06
        while time.thread_time() < until:
            pass

    asyncio.get_running_loop().call_soon(work)
    await asyncio.sleep(0.01)
    assert stall_guard["ms"] >= 60
