"""The module as its parts see it: what it knows, and what they may ask of it.

`SimulatedModule` is this and knows its parts; they only know this.
"""

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable
import time
from typing import Any

from .quirks import Faults, Quirks
from .state import Config, Record, Request, Status, User

_KEPT = 10_000


class Module(ABC):
    """What a module knows, and what happens to it at the wish of its parts."""

    def __init__(
        self,
        serial: str,
        password: str,
        *,
        host: str,
        port: int,
        quirks: Quirks,
        clock_offset: float,
        status_rate: float,
    ) -> None:
        self.serial = serial
        self.password = password
        self.host, self.port = host, port
        self.config = Config(
            device_ip=host, device_ip_gateway=f"{host.rpartition('.')[0]}.1"
        )
        self.quirks = quirks
        self.faults = Faults()
        self.users: dict[str, User] = {}
        self.records: list[Record] = []
        self.requests: deque[Request] = deque(maxlen=_KEPT)
        self.status = Status()
        self.rgb_led = self.ir_led = 0
        self.temperature = 52.5
        self.clock_offset = clock_offset
        self.in_front: str | None = None
        # Whether the liveness models have not judged whoever is in front yet.
        self.judging = False
        self.status_rate = status_rate
        self.booting = False

    def now(self) -> int:
        """Return the module's own time, Unix seconds."""
        return int(time.time() + self.clock_offset)

    @property
    @abstractmethod
    def online(self) -> bool:
        """Whether the module can be reached, and can reach others."""

    @abstractmethod
    def changed(self) -> None:
        """Have the store written."""

    @abstractmethod
    async def send_heartbeat(self, **overrides: Any) -> int | None:
        """Post a heartbeat now.

        As with all callbacks: overrides replace or add fields, `...` removes
        one. Returns the HTTP status, None without an address or an answer.
        """

    @abstractmethod
    async def send_status(self, **overrides: Any) -> int | None:
        """Post the results of the pipeline now, from `status`."""

    @abstractmethod
    async def post_recognition(
        self,
        user_id: str,
        name: str,
        score: float,
        picture: bytes,
        /,
        **overrides: Any,
    ) -> int | None:
        """Post a recognition with the face cropped out of `picture`."""

    @abstractmethod
    def heartbeat_changed(self) -> None:
        """Send the next heartbeat at once, where they are sent automatically."""

    @abstractmethod
    def recognize_soon(self) -> None:
        """Carry out SetCallbackRequest (3.1.13), if anybody is in front."""

    @abstractmethod
    def soon(self, action: Callable[[], Awaitable[object]], delay: float) -> None:
        """Do something `delay` seconds from now, if the module is on then."""

    @abstractmethod
    def restart_soon(self) -> None:
        """Carry out Restart (3.1.4)."""

    @abstractmethod
    def restore_soon(self) -> None:
        """Carry out Restore (3.1.5)."""

    @abstractmethod
    def move_soon(self, address: str, gateway: str, netmask: str) -> None:
        """Carry out SetWiredNetwork (3.1.6)."""

    @abstractmethod
    def outage_soon(self, seconds: float) -> None:
        """Drop off the network for so many seconds."""
