"""pytest plugin: blocking I/O in the event loop fails the test, and the longest stall is measured.

pytest -p blocking_guard --guard-domain face_module [--guard-stall-ms 50]   (this folder on PYTHONPATH)

Home Assistant's own detection (homeassistant.block_async_io) cannot be used as it is: the test
harness does not switch it on for a bare `hass` fixture, 13 of its 18 calls are skipped when
`unittest` is imported (always so under pytest), and most calls only log, each place once.
Here every call is wrapped, and what came from the guarded domain makes the test fail.
"""

import asyncio
import sys
import threading
import time

import pytest


def pytest_addoption(parser):
    parser.addoption("--guard-domain", default="face_module")
    parser.addoption("--guard-stall-ms", type=float, default=0, help="0 = only report")


def _frames(domain):
    """file:line of the frames inside the guarded domain, innermost first (no linecache: it opens files)."""
    frame, out = sys._getframe(2), []
    while frame:
        name = frame.f_code.co_filename.replace("\\", "/")
        if f"custom_components/{domain}/" in name:
            out.append(
                f"{name.split('custom_components/')[1]}:{frame.f_lineno} {frame.f_code.co_name}"
            )
        frame = frame.f_back
    return out


def _running():
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


@pytest.fixture(autouse=True)
def blocking_guard(request, monkeypatch):
    """Fail when the guarded domain blocks in the event loop."""
    from homeassistant import block_async_io

    domain, main, found = (
        request.config.getoption("--guard-domain"),
        threading.get_ident(),
        [],
    )

    def wrap(call):
        orig, allowed = call.original_func, call.check_allowed

        def guarded(*args, **kwargs):
            if threading.get_ident() == main and _running() and (at := _frames(domain)):
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


@pytest.fixture(autouse=True)
def stall_guard(request, monkeypatch):
    """Time every event loop callback; the longest one is the longest stall."""
    limit = request.config.getoption("--guard-stall-ms")
    worst = {"ms": 0.0, "in": ""}
    orig = asyncio.events.Handle._run

    def _run(self):
        t = time.perf_counter()
        try:
            return orig(self)
        finally:
            ms = (time.perf_counter() - t) * 1e3
            if ms > worst["ms"]:
                worst.update({"ms": ms, "in": repr(self)[:200]})

    monkeypatch.setattr(asyncio.events.Handle, "_run", _run)
    yield worst
    request.node.user_properties.append(("longest_stall_ms", round(worst["ms"], 2)))
    if limit and worst["ms"] > limit:
        pytest.fail(f"event loop stalled {worst['ms']:.1f} ms (> {limit}) in {worst['in']}")
