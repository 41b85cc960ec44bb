"""Core's mobile_app, whose sensors are updated by webhook as well."""

import asyncio
import json
import os
from pathlib import Path
import shutil
import sys

from hass_api import DemoError
from hass_requirements import manifest
import homeassistant

from .load import Bench, Handler, post

NAME = "mobile_app"
_SENSORS = 5
_PATIENCE = 120.0


async def install() -> bool:
    """Install what mobile_app needs beside Home Assistant; say whether it can be loaded."""
    # It imports cloud, which may be there already.
    load = "import homeassistant.components.mobile_app.webhook"
    if await _run(sys.executable, "-c", load):
        return True
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    uv = shutil.which("uv") or str(cache / "face_module" / "uv" / "bin" / "uv")
    constraints = Path(homeassistant.__file__).parent / "package_constraints.txt"
    needed = [item for name in (NAME, "cloud") for item in manifest(name)["requirements"]]
    options = ("--quiet", "--python", sys.executable, "--constraint", str(constraints))
    return await _run(uv, "pip", "install", *options, *needed) and await _run(
        sys.executable, "-c", load
    )


async def _run(*command: str) -> bool:
    """Run a program silently; say whether it ended well and in time."""
    try:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return False
    try:
        return await asyncio.wait_for(process.wait(), _PATIENCE) == 0
    except TimeoutError:
        return False
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def register(bench: Bench) -> Handler:
    """Register a phone with five sensors; return updates that change all of them."""
    phone = await bench.hass.post(
        "/api/mobile_app/registrations",
        {
            "app_id": "bench",
            "app_name": "Bench",
            "app_version": "1",
            "device_id": "bench",
            "device_name": "Bench",
            "manufacturer": "Bench",
            "model": "Bench",
            "os_name": "Bench",
            "os_version": "1",
            "supports_encryption": False,
        },
    )
    path = f"/api/webhook/{phone['webhook_id']}"
    await asyncio.sleep(2)  # its platforms are set up in the background
    for number in range(_SENSORS):
        sensor = {"name": f"Sensor {number}", "state": -1.0, **_sensor(number)}
        answer = await bench.hass.post(path, {"type": "register_sensor", "data": sensor})
        if not answer.get("success"):
            raise DemoError(f"mobile_app refused a sensor: {answer}")

    def body(number: int) -> bytes:
        data = [{"state": number + i / 10, **_sensor(i)} for i in range(_SENSORS)]
        return json.dumps({"type": "update_sensor_states", "data": data}).encode()

    before = bench.rows()
    await post(bench.port, path, body(0))
    await asyncio.sleep(6)
    if bench.rows() - before < _SENSORS:
        raise DemoError("mobile_app's sensors do not change")
    return path, body


def _sensor(number: int) -> dict[str, str]:
    return {"unique_id": f"sensor{number}", "type": "sensor"}
