"""Users, records, settings and the password in one JSON file."""

import asyncio
from dataclasses import asdict
import json
from pathlib import Path
from typing import Any

from .parts import Module
from .state import Record, User

_PAUSE = 0.2  # seconds in which several changes become one write


class Store:
    """Keeps a module's memory in a file, replaced whole at each write."""

    def __init__(self, module: Module, path: Path) -> None:
        self._module = module
        self._path = path
        self._dirty = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def load(self) -> None:
        """Read the file if there is one.

        Raises ValueError for a file that is not a store. The address is not
        taken from it: a module starts where it is told to.
        """
        try:
            text = self._path.read_text("utf-8")
        except FileNotFoundError:
            return
        try:
            data = json.loads(text)
            users = [User.from_json(item) for item in data["users"]]
            records = [Record(**item) for item in data["records"]]
            config, password = dict(data["config"]), str(data["password"])
        except (KeyError, TypeError, ValueError) as err:
            raise ValueError(f"{self._path} is not a store of a module") from err
        module, host = self._module, self._module.config.device_ip
        module.users.update((user.user_id, user) for user in users)
        module.records.extend(records)
        module.config.update(config | {"device_ip": host})
        module.password = password

    def start(self) -> None:
        """Write from now on whatever `changed` announces."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Write for the last time."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self._write()

    def changed(self) -> None:
        """Write soon."""
        self._dirty.set()

    async def _run(self) -> None:
        while True:
            await self._dirty.wait()
            await asyncio.sleep(_PAUSE)
            self._dirty.clear()
            # Shielded: a write that was begun ends before the last one starts.
            await asyncio.shield(asyncio.create_task(self._write()))

    async def _write(self) -> None:
        module = self._module
        snapshot = {
            "users": list(module.users.values()),
            "records": list(module.records),
            "config": asdict(module.config),
            "password": module.password,
        }
        await asyncio.to_thread(_replace, self._path, snapshot)


def _replace(path: Path, snapshot: dict[str, Any]) -> None:
    """Write beside the file, then take its place."""
    data = snapshot | {
        "users": [user.to_json() for user in snapshot["users"]],
        "records": [asdict(record) for record in snapshot["records"]],
    }
    beside = path.with_name(f"{path.name}.new")
    beside.write_text(json.dumps(data, ensure_ascii=False), "utf-8")
    beside.replace(path)
