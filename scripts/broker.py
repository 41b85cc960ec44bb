"""Debian's MQTT broker, for whom it is that needs one."""

import asyncio
from collections.abc import AsyncIterator
import contextlib
from dataclasses import dataclass
from pathlib import Path
import shutil

from demo import free_port
from hass_api import DemoError, stop

USERNAME = "house"
PASSWORD = "sesame"  # noqa: S105


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker on this machine, and its process."""

    port: int
    pid: int


def broker_path() -> str:
    """Return the broker; raises DemoError when there is none."""
    # Debian puts it where administrators alone look.
    if path := shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin"):
        return path
    raise DemoError("no MQTT broker: install mosquitto (apt-get install mosquitto)")


@contextlib.asynccontextmanager
async def broker(folder: Path) -> AsyncIterator[Broker]:
    """Run a broker that lets in whoever has the account; nothing of it stays.

    Raises DemoError when there is none.
    """
    path, port = broker_path(), free_port()
    accounts, config = folder / "accounts", folder / "mosquitto.conf"
    making = await asyncio.create_subprocess_exec(
        shutil.which("mosquitto_passwd") or "mosquitto_passwd",
        *("-b", "-c", str(accounts), USERNAME, PASSWORD),
    )
    await making.wait()
    config.write_text(
        f"listener {port} 127.0.0.1\n"
        f"password_file {accounts}\n"
        "allow_anonymous false\n"
        "persistence false\n"
        "max_queued_messages 0\n"
        # As whom it was started; else it could not read the folder.
        "user root\n",
        encoding="utf-8",
    )
    with (folder / "mosquitto.log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            path,
            "-c",
            str(config),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        )
    try:
        await _listens(port, process)
        yield Broker(port, process.pid)
    finally:
        await stop(process)


async def _listens(port: int, process: asyncio.subprocess.Process) -> None:
    while True:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
            return
        if process.returncode is not None:
            raise DemoError("the MQTT broker ended before it listened")
        await asyncio.sleep(0.05)
