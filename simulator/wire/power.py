"""Restarts, factory resets, address changes and pulled cables, with their delays."""

import asyncio
from collections.abc import Awaitable, Callable

from simulator.parts import Module
from simulator.state import FACTORY_PASSWORD, Config

from .server import Server

_ANSWER_TIME = 0.02  # seconds an answer has at least before its effect cuts it


class Power:
    """Decides when the module can be reached, and where."""

    def __init__(
        self,
        module: Module,
        server: Server,
        *,
        restart_delay: float,
        boot_time: float,
        factory_ip: str,
    ) -> None:
        self._module = module
        self._server = server
        self._restart_delay = max(restart_delay, _ANSWER_TIME)
        self._boot_time = boot_time
        self._factory_ip = factory_ip
        self._tasks: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()
        self._started = False
        self._cable = True
        self._restore_due = False
        self._move_due: tuple[str, str, str] | None = None

    async def start(self) -> None:
        """Switch on. Raises OSError where the address cannot be listened on."""
        module = self._module
        module.port = await self._server.listen(module.host, module.port)
        self._started = self._cable = True

    async def stop(self) -> None:
        """Switch off and forget what was going to happen."""
        self._started = False
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.close()

    def soon(self, action: Callable[[], Awaitable[object]], delay: float = 0) -> None:
        """Do something after the answer, `delay` seconds from now."""

        async def later() -> None:
            await asyncio.sleep(delay)
            await action()

        task = asyncio.create_task(later())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settled(self) -> None:
        """Wait until nothing is going to happen any more."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def restart_soon(self) -> None:
        """Restart after the delay (3.1.4)."""
        self.soon(self._reboot, self._restart_delay)

    def restore_soon(self) -> None:
        """Restart after the delay, with factory values then (3.1.5)."""
        self._restore_due = True
        self.restart_soon()

    def move_soon(self, address: str, gateway: str, netmask: str) -> None:
        """Change the address after the delay (3.1.6)."""
        self._move_due = (address, gateway, netmask)
        self.soon(self._move, self._restart_delay)

    async def restart_now(self, host: str | None) -> None:
        """Restart without any delay, at another address if one is given."""
        async with self._lock:
            await self._go_down()
            if host is not None:
                self._module.config.device_ip = host
            await self._come_up()

    async def restore_now(self) -> None:
        """Set factory values and restart, without any delay."""
        self._restore_due = True
        await self.restart_now(None)

    async def rescue(self, host: str) -> None:
        """Put the module at `host`, as somebody with a cable and a screen would."""
        async with self._lock:
            await self._server.close()
            self._module.config.device_ip = host
            await self._come_up()

    async def pull_cable(self) -> None:
        """Close the socket and cut all connections; the module runs on."""
        self._cable = False
        if not self._module.booting:  # or it is closed, and comes up unplugged
            async with self._lock:
                await self._server.close()

    async def plug_in(self) -> None:
        """End `pull_cable`: back on the same port."""
        self._cable = True
        if not self._module.booting:
            async with self._lock:
                await self._come_up()

    def outage_soon(self, seconds: float) -> None:
        """Pull the cable now, and plug it in again after so many seconds."""

        async def outage() -> None:
            await self.pull_cable()
            await asyncio.sleep(seconds)
            await self.plug_in()

        self.soon(outage)

    async def _reboot(self) -> None:
        async with self._lock:
            await self._go_down()
            await asyncio.sleep(self._boot_time)
            await self._come_up()

    async def _go_down(self) -> None:
        """Stop answering, and put into force what waits for a restart."""
        await self._server.close()
        module = self._module
        module.booting = True
        module.rgb_led = module.ir_led = 0
        if module.quirks.restart_blanks_callbacks:
            module.config.blank_callbacks()
        if self._restore_due:
            self._restore()
        self._take_address()

    async def _come_up(self) -> None:
        module = self._module
        module.booting = False
        module.host = module.config.device_ip
        if not (self._started and self._cable) or self._server.listening:
            return
        try:
            await self._server.listen(module.host, module.port)
        except OSError:
            # Not an address of this machine: out of reach until it gets another.
            return
        module.heartbeat_changed()

    async def _move(self) -> None:
        if self._move_due is None:  # a restart was faster
            return
        async with self._lock:
            self._take_address()
            await self._server.close()
            await self._come_up()
        self._module.changed()

    def _take_address(self) -> None:
        if self._move_due is not None:
            config = self._module.config
            (
                config.device_ip,
                config.device_ip_gateway,
                config.device_ip_netmask,
            ) = self._move_due
            self._move_due = None

    def _restore(self) -> None:
        """Set the factory values; faces and records are kept (3.1.5)."""
        module = self._module
        self._restore_due, self._move_due = False, None
        module.config.update(vars(Config(device_ip=self._factory_ip)))
        if module.quirks.restore_resets_password:
            module.password = FACTORY_PASSWORD
        module.changed()
