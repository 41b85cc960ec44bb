"""The faults of the campaign, and how one strikes the nth request for a call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, cast
from unittest.mock import patch

from custom_components.face_module.client.transport import Transport
from simulator import SimulatedModule
from simulator.quirks import FaultName

# What the simulator does by itself; "refused": nobody listens, this once.
FAULTS: Final = (
    "refused",
    "reset",
    "reset_after",
    "hang",
    "hang_after",
    "late",
    "truncate",
    "garbage",
    "http_500",
    "ret_code_1",
    "outage",
    "outage_after",
)


@dataclass(frozen=True, slots=True)
class Blow:
    """A fault that strikes the request for `call` that comes after `skip` others."""

    call: str
    skip: int
    fault: str

    def __str__(self) -> str:
        return f"{self.fault} at {self.call} #{self.skip + 1}"


@contextmanager
def strike(module: SimulatedModule, blow: Blow) -> Iterator[Callable[[], bool]]:
    """Let a fault strike once; yields what says whether it did."""
    if blow.fault == "refused":
        with _refuse(module, blow) as struck:
            yield struck
        return
    module.faults.late_by = 0.15
    module.faults.outage_time = 0.1
    fault = cast("FaultName", blow.fault)
    module.faults.next(fault, call=blow.call, skip=blow.skip)
    shot = module.faults.queue[-1]
    yield lambda: shot.times <= 0


@contextmanager
def _refuse(module: SimulatedModule, blow: Blow) -> Iterator[Callable[[], bool]]:
    """Let nobody listen while one request is on its way to the module."""
    real = Transport._post
    seen = 0

    async def post(self: Transport, call: Any, body: Any) -> tuple[int, bytes]:
        nonlocal seen
        if (self.host, self.port, call.name) != (module.host, module.port, blow.call):
            return await real(self, call, body)
        seen += 1
        if seen != blow.skip + 1:
            return await real(self, call, body)
        await module.pull_cable()
        try:
            return await real(self, call, body)
        finally:
            await module.plug_in()

    with patch.object(Transport, "_post", post):
        yield lambda: seen > blow.skip
