"""One simulated module: what it is, and what tests and demos do with it."""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from random import Random
from types import EllipsisType
from typing import Any, Self

from .callbacks.automatic import Automatic
from .callbacks.posting import Callbacks
from .camera import Camera, Passing
from .faces import FEATURE_SIZE, find_faces
from .parts import Module
from .portraits import portrait
from .quirks import ProfileName, Quirks
from .state import FACTORY_IP, FACTORY_PASSWORD, Callback, CallbackKind, Record, User
from .store import Store
from .wire.power import Power
from .wire.server import Server


class SimulatedModule(Module):
    """A face recognition module on the network, without the hardware.

    `restart_delay` (seconds from the answer to Restart, Restore and
    SetWiredNetwork until it takes effect) and `boot_time` (seconds out of reach
    while restarting) are short in tests. With `automatic` the module sends
    heartbeats and pipeline results on its own, `status_rate` of the latter per
    second while somebody is in front and one in five seconds otherwise.
    `port` 0 is any free port, kept for as long as the module lives. `store`
    is a file in which users, records, settings and the password persist.
    `profile` switches many quirks at once; `quirks` are all there are.
    """

    def __init__(
        self,
        serial: str = "0123A38884CE69F6EE",
        password: str = FACTORY_PASSWORD,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        automatic: bool = False,
        restart_delay: float = 5.0,
        boot_time: float = 3.0,
        factory_ip: str = FACTORY_IP,
        store: Path | None = None,
        seed: int = 0,
        profile: ProfileName = "document",
        quirks: Quirks | None = None,
        clock_offset: float = 0.0,
        status_rate: float = 2.0,
    ) -> None:
        super().__init__(
            serial,
            password,
            host=host,
            port=port,
            quirks=Quirks.of(profile) if quirks is None else quirks,
            clock_offset=clock_offset,
            status_rate=status_rate,
        )
        self._random = Random(f"{serial} {seed}")  # noqa: S311  # not a secret
        self._camera = Camera(self, self._random)
        self._server = Server(self)
        self._callbacks = Callbacks(self)
        self._power = Power(
            self,
            self._server,
            restart_delay=restart_delay,
            boot_time=boot_time,
            factory_ip=factory_ip,
        )
        self._automatic = Automatic(self) if automatic else None
        self._store = Store(self, store) if store is not None else None
        if self._store is not None:
            self._store.load()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    async def start(self) -> None:
        """Switch the module on. Raises OSError if it cannot listen there."""
        await self._power.start()
        if self._store is not None:
            self._store.start()
        if self._automatic is not None:
            self._automatic.start()

    async def stop(self) -> None:
        """Switch the module off; nothing of it goes on."""
        if self._automatic is not None:
            await self._automatic.stop()
        await self._power.stop()
        await self._server.finish()
        await self._callbacks.close()
        if self._store is not None:
            await self._store.stop()

    @property
    def online(self) -> bool:
        """Whether the module can be reached, and can reach others."""
        return self._server.listening

    @property
    def max_concurrent(self) -> int:
        """The highest number of requests ever in flight at once."""
        return self._server.max_concurrent

    @property
    def busy(self) -> float:
        """The seconds spent on all requests so far."""
        return self._server.busy

    @property
    def connections(self) -> int:
        """The number of TCP connections ever accepted."""
        return self._server.connections

    @property
    def sent(self) -> deque[Callback]:
        """The callbacks that left the module, the latest last."""
        return self._callbacks.sent

    # People

    def add_user(self, user_id: str, name: str, picture: bytes | None = None) -> User:
        """Enroll or replace somebody directly; a drawn portrait by default.

        A picture without a face gets a feature nothing is similar to.
        """
        photo = portrait(name) if picture is None else picture
        faces = find_faces(photo)
        feature = faces[0].feature if faces else bytes(FEATURE_SIZE)
        user = User(user_id, name, photo, feature)
        self.users[user_id] = user
        self.changed()
        return user

    def add_many(self, count: int) -> None:
        """Enroll `count` made-up people user00001, user00002, … cheaply.

        Their features are random; their pictures are drawn when asked for.
        """
        for number in range(1, count + 1):
            user_id = f"user{number:05}"
            feature = self._random.randbytes(FEATURE_SIZE)
            self.users[user_id] = User(user_id, f"User {number:05}", None, feature)
        self.changed()

    async def walk_by(
        self,
        user_id: str | None = None,
        *,
        picture: bytes | None = None,
        score: float | None = None,
        rgb_liveness: float | None = None,
        nir_liveness: float | None = None,
        mask: float | None = None,
        dms_type: str | None = None,
        still_there: bool = False,
    ) -> Record | None:
        """Let somebody pass; return the record made, None if nobody is recognized.

        A `user_id` that is not enrolled is a stranger who looks like that name.
        With `still_there` they stay in front; somebody who is still there and
        was recognized is not recognized again (3.1.7). Nothing is seen while
        the module restarts; records are made while the cable is out.
        """
        if self.booting:
            return None
        passing = Passing(
            user_id, picture, score, rgb_liveness, nir_liveness, mask, dms_type
        )
        return await self._camera.watch(passing, still_there=still_there)

    # Callbacks

    async def send_heartbeat(self, **overrides: Any) -> int | None:
        """Post a heartbeat now.

        As with all callbacks: overrides replace or add fields, `...` removes
        one. Returns the HTTP status, None without an address or an answer.
        """
        return await self._callbacks.post(
            "heartbeat", self._callbacks.heartbeat_body(), overrides
        )

    async def send_status(self, **overrides: Any) -> int | None:
        """Post the results of the pipeline now, from `status`."""
        return await self._callbacks.post(
            "status", self._callbacks.status_body(), overrides
        )

    async def send_recognition(
        self,
        user_id: str | EllipsisType | None = None,
        score: float | EllipsisType | None = None,
        **overrides: Any,
    ) -> int | None:
        """Post a recognition now; makes no record.

        Of whoever is in front by default, else of the first user. The name and
        the picture are the user's, or empty and a drawn stranger's; the score is
        a little different each time, as no two frames are the same.
        """
        if user_id is None:
            user_id = self.in_front or next(iter(self.users), "")
        user = None if user_id is ... else self.users.get(user_id)
        if user is None:
            name, picture = "", portrait("stranger")
        else:
            name, picture = user.name, user.picture
        overrides = {"user_id": user_id, **overrides}
        if score is not None:
            overrides = {"score": score, **overrides}
        seen = self._random.uniform(0.955, 0.965)
        return await self.post_recognition("", name, seen, picture, **overrides)

    async def replay(self, seconds: float) -> int | None:
        """Post the last recognition once more, as if it were so many seconds old.

        What somebody who recorded the network could do. Raises LookupError when there
        was none.
        """
        last = next((one for one in reversed(self.sent) if one.kind == "recognition"), None)
        if last is None:
            raise LookupError("there was no recognition yet")
        body = last.body | {"timestamp": last.body["timestamp"] - int(seconds)}
        return await self._callbacks.post("recognition", body, {})

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
        body: Mapping[str, Any] = {}
        if self.config.recognition_cb_url:
            body = await self._callbacks.recognition_body(user_id, name, score, picture)
        return await self._callbacks.post("recognition", body, overrides)

    async def send_raw(
        self,
        kind: CallbackKind,
        data: bytes,
        headers: Mapping[str, str] | None = None,
    ) -> int | None:
        """Post any bytes to the address of one kind of callback."""
        return await self._callbacks.post_raw(kind, data, headers)

    # Power and network

    async def pull_cable(self) -> None:
        """Drop off the network: no connections in, no callbacks out."""
        await self._power.pull_cable()

    async def plug_in(self) -> None:
        """End `pull_cable`, on the same port."""
        await self._power.plug_in()

    async def restart_now(self, host: str | None = None) -> None:
        """Restart at once, without boot time; at another address if given."""
        await self._power.restart_now(host)

    async def restore_now(self) -> None:
        """Set the factory values and restart at once, without boot time."""
        await self._power.restore_now()

    async def rescue(self, host: str) -> None:
        """Put a module that is out of reach at `host`."""
        await self._power.rescue(host)

    async def wait_settled(self) -> None:
        """Wait until restarts, moves and requested callbacks are done."""
        await self._power.settled()

    # What the calls use

    def soon(self, action: Callable[[], Awaitable[object]], delay: float) -> None:
        """Do something `delay` seconds from now, if the module is on then."""
        self._power.soon(action, delay)

    def restart_soon(self) -> None:
        """Carry out Restart (3.1.4)."""
        self._power.restart_soon()

    def restore_soon(self) -> None:
        """Carry out Restore (3.1.5)."""
        self._power.restore_soon()

    def move_soon(self, address: str, gateway: str, netmask: str) -> None:
        """Carry out SetWiredNetwork (3.1.6)."""
        self._power.move_soon(address, gateway, netmask)

    def outage_soon(self, seconds: float) -> None:
        """Drop off the network for so many seconds."""
        self._power.outage_soon(seconds)

    def recognize_soon(self) -> None:
        """Carry out SetCallbackRequest (3.1.13), if anybody is in front."""
        if self.in_front is not None and self.in_front in self.users:
            self._power.soon(self.send_recognition)

    def heartbeat_changed(self) -> None:
        """Send the next heartbeat at once, where they are sent automatically."""
        if self._automatic is not None:
            self._automatic.heartbeat_changed()

    def changed(self) -> None:
        """Have the store written."""
        if self._store is not None:
            self._store.changed()
