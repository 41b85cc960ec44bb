"""Blocking I/O in the event loop fails the test, and the longest stall is measured.

Home Assistant's own detection (homeassistant.block_async_io) cannot be used as it is: the
test harness does not switch it on for a bare `hass` fixture, 13 of its 18 calls are
skipped when `unittest` is imported (always so under pytest), and most calls only log, each
place once. Here every call is wrapped, and what came from our integration fails the test.
"""

import asyncio
from collections.abc import Callable, Generator
import sys
import threading
import time
from typing import Any

import pytest

OURS = "custom_components/face_module/"


def _frames() -> list[str]:
    """Return file:line of our frames, innermost first (no linecache: it opens files)."""
    frame, out = sys._getframe(2), []
    while frame:
        name = frame.f_code.co_filename.replace("\\", "/")
        if OURS in name:
            where = name.split("custom_components/")[1]
            out.append(f"{where}:{frame.f_lineno} {frame.f_code.co_name}")
        if frame.f_back is None:
            break
        frame = frame.f_back
    return out


def _running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@pytest.fixture(autouse=True)
def blocking_guard(monkeypatch: pytest.MonkeyPatch) -> Generator[list[str]]:
    """Fail when our integration blocks in the event loop."""
    from homeassistant import block_async_io

    main = threading.get_ident()
    found: list[str] = []

    def wrap(call: Any) -> Callable[..., Any]:
        orig, allowed = call.original_func, call.check_allowed

        def guarded(*args: Any, **kwargs: Any) -> Any:
            if threading.get_ident() == main and _running() and (at := _frames()):
                mapped = {"args": args, "kwargs": kwargs}
                if allowed is None or call.function == "sleep" or not allowed(mapped):
                    found.append(f"{call.function}{args[:1]!r} at {at[0]}")
            return orig(*args, **kwargs)

        return guarded

    for call in block_async_io._BLOCKING_CALLS:
        monkeypatch.setattr(call.object, call.function, wrap(call))
    yield found
    if found:
        pytest.fail("blocking calls in the event loop: " + "; ".join(dict.fromkeys(found)))


@pytest.fixture
def stall_guard(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Time every event loop callback; `ms` of the longest is the longest stall.

    Processor time of the loop's thread: on a busy machine the clock says nothing of us.
    """
    worst: dict[str, Any] = {"ms": 0.0, "in": ""}
    orig = asyncio.events.Handle._run

    def run(self: asyncio.Handle) -> None:
        begun = time.thread_time()
        try:
            orig(self)
        finally:
            ms = (time.thread_time() - begun) * 1e3
            if ms > worst["ms"]:
                worst.update({"ms": ms, "in": repr(self)[:200]})

    monkeypatch.setattr(asyncio.events.Handle, "_run", run)
    return worst
