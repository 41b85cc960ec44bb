"""Ways to fail on purpose."""

from dataclasses import dataclass, field
from typing import Literal, get_args

FaultName = Literal[
    "drop",
    "drop_after",
    "reset",
    "reset_after",
    "truncate",
    "garbage",
    "html",
    "http_500",
    "ret_code_1",
    "no_ret_code",
    "huge",
    "hang",
    "hang_after",
    "late",
    "outage",
    "outage_after",
]
FAULT_NAMES: tuple[FaultName, ...] = get_args(FaultName)


@dataclass
class OneShot:
    """A fault that waits for its next requests."""

    fault: FaultName
    times: int
    call: str | None = None
    skip: int = 0
    """So many requests that fit go well before."""


@dataclass
class Faults:
    """Ways to fail; standing when set, or for some requests by `next`.

    With `drop`, `reset`, `http_status`, `http_500`, `ret_code_1`, `garbage`,
    `html`, `huge`, `hang` and `outage` the request is not carried out. With
    `drop_after`, `reset_after`, `truncate`, `no_ret_code`, `hang_after`, `late`
    and `outage_after` it is, and only the answer suffers. `latency` comes before
    the request is carried out, which happens even if the client has gone by then.
    """

    latency: float = 0.0
    """Seconds until a request is carried out and answered."""
    http_status: int | None = None
    """Answered to every request, with an HTML body."""
    drop: bool = False
    """The connection is closed without an answer."""
    drop_after: bool = False
    """The request is carried out, then the connection closed without an answer."""
    reset: bool = False
    """The connection is reset (RST), as by a module that crashed."""
    reset_after: bool = False
    """The request is carried out, then the connection reset."""
    truncate: bool = False
    """Half of the answer, then the connection is closed."""
    garbage: bool = False
    """Random bytes with status 200."""
    html: bool = False
    """An HTML page with status 200."""
    http_500: bool = False
    """An HTML page with status 500."""
    ret_code_1: bool = False
    """Refused with ret_code 1, whatever was asked for."""
    no_ret_code: bool = False
    """The answer lacks `ret_code`."""
    huge: bool = False
    """An answer of 10 MB."""
    hang: bool = False
    """Never answered; ends when the client or the network goes."""
    hang_after: bool = False
    """The request is carried out, and never answered."""
    late: bool = False
    """The request is carried out `late_by` seconds late, and answered then."""
    late_by: float = 0.5
    outage: bool = False
    """The module is off the network for `outage_time` seconds from now on."""
    outage_after: bool = False
    """The request is carried out, then the outage begins."""
    outage_time: float = 0.5
    refuse: set[str] = field(default_factory=set)
    """Names of calls answered with ret_code 1 and "refused by simulator"."""
    lose_callbacks: bool = False
    """Callbacks are recorded as sent but never leave the module."""
    queue: list[OneShot] = field(default_factory=list)
    """What `next` asked for and has not happened yet."""

    def next(
        self, fault: FaultName, *, times: int = 1, call: str | None = None, skip: int = 0
    ) -> None:
        """Fail the next `times` requests, or only those of the named call.

        The first `skip` of them go well. Raises ValueError for a fault that does not
        exist.
        """
        if fault not in FAULT_NAMES:
            raise ValueError(f"no fault named {fault!r}")
        self.queue.append(OneShot(fault, times, call, skip))

    def pick(self, call: str) -> FaultName | None:
        """Return the fault that strikes this request and use up a one-shot."""
        for shot in self.queue:
            if shot.call in (None, call):
                if shot.skip > 0:
                    shot.skip -= 1
                    continue
                shot.times -= 1
                if shot.times <= 0:
                    self.queue.remove(shot)
                return shot.fault
        return next((name for name in FAULT_NAMES if getattr(self, name)), None)

    def clear(self) -> None:
        """Stop failing."""
        vars(self).update(vars(Faults()))
