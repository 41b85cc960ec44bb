"""Home Assistant, the integration and two simulated modules, ready to click through."""

import argparse
import asyncio
from collections.abc import Callable
import contextlib
from functools import partial
from http import HTTPStatus
import json
from pathlib import Path
import re
import signal
import socket
import sys
from typing import Any

import aiohttp
import doorbell
from hass_api import (
    PASSWORD,
    REPOSITORY,
    USERNAME,
    DemoError,
    Hass,
    prepare_config,
    start_hass,
    stop,
)
from household import furnish_access, take_photos

# Not the factory's, of which a repair would tell.
MODULE_PASSWORD = "demo-door"  # noqa: S105
# Two doors; people walk by at the first one, and ring at the second one's doorbell.
SERIALS = ("0123A38884CE69F6EE", "0123A38884CE69F6EF")
# Where the modules were, in the configuration folder.
PORTS = "demo.json"
# How Home Assistant ends when somebody restarts it.
RESTART = 100
# What Home Assistant's log must not say about us.
OURS = re.compile(r"custom_components[./]face_module|integration '?face_module")
TROUBLE = ("blocking call", "Traceback", "deprecated", "Error doing job")


def free_port(wanted: int = 0) -> int:
    """Return `wanted` if it is free, else any free port."""
    for port in (wanted, 0):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return int(probe.getsockname()[1])
    raise DemoError("this machine has no free port")


def kept_ports(config: Path) -> dict[str, int] | None:
    """Return where the modules of an earlier demo were, None if there was none."""
    try:
        ports: dict[str, int] = json.loads((config / PORTS).read_text())
    except FileNotFoundError:
        return None
    for port in ports.values():
        if free_port(port) != port:
            raise DemoError(f"port {port} is in use, where a module was that is kept")
    return ports


async def start_simulator(
    serial: str, control: int, config: Path, port: int | None
) -> tuple[asyncio.subprocess.Process, int]:
    """Start a module, with what it knew when it was at `port`; return it and its port."""
    begin = ["--password", MODULE_PASSWORD, "--liveness-type", "3"]
    if port is not None:
        # Who was deleted is not enrolled again.
        begin = ["--people", ""]
    else:
        port = free_port(8080)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", "--port", str(port), "--control-port", str(control)),
        *("--serial", serial, "--scenario", "day" if serial == SERIALS[0] else "none"),
        # Firmware that reports what it doubts: the gate has something to do.
        *("--quirk", "reports_strangers", "--quirk", "reports_spoofs"),
        *("--store", str(config / f"{serial}.json"), *begin),
        *("--factory-ip", "127.0.0.1"),
        cwd=REPOSITORY,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101
    if not await asyncio.wait_for(process.stdout.readline(), 60):
        raise DemoError("the simulated module did not start")
    return process, port


async def furnish(hass: Hass, doors: dict[str, int]) -> dict[str, str]:
    """Onboard and add modules; return the first one's entities.

    `doors` are the ports of the modules by their serial numbers.
    """
    await hass.onboard()
    await hass.connect()
    # Else a repair asks for it.
    await hass.command("config/core/update", country="US")
    for port in doors.values():
        result = await hass.add_module("127.0.0.1", port, MODULE_PASSWORD)
        if result["type"] != "create_entry":
            raise DemoError(f"a module was not added: {result.get('errors')}")
        # The demo's visitors hold up photos now and then.
        await hass.set_options(result["result"]["entry_id"], {"require_liveness": True})
    devices = [await hass.device(serial) for serial in doors]
    await furnish_access(hass, devices, "media/people")
    entities: dict[str, str] = await hass.entities(next(iter(doors)))
    return entities


class Check:
    """Watches one thing arrive and prints it."""

    def __init__(self, hass: Hass, session: aiohttp.ClientSession, control: int) -> None:
        """Ask `hass`, and the module itself at its control port."""
        self._hass, self._session = hass, session
        self._control = f"http://127.0.0.1:{control}/state"
        self.failed = False

    async def module(self) -> dict[str, Any]:
        """Return what the module says of itself."""
        async with self._session.get(self._control) as answer:
            state: dict[str, Any] = await answer.json()
            return state

    async def until(
        self, what: str, entity_id: str, good: Callable[[dict[str, Any]], bool]
    ) -> None:
        """Print the state once it is good; remember when it does not come."""
        for _ in range(240):
            state = (await self._hass.states()).get(entity_id)
            if state is not None and good(state):
                attributes = state["attributes"]
                unit = attributes.get("unit_of_measurement", "")
                more = {
                    key: attributes[key]
                    for key in ("event_type", "name", "score")
                    if key in attributes
                }
                print(f"  {what:<12} {entity_id} = {state['state']}{unit} {more or ''}")
                return
            await asyncio.sleep(0.25)
        self.missing(what, entity_id)

    async def picture(self, entity_id: str) -> None:
        """Print how large the picture of an image entity is."""
        state = (await self._hass.states())[entity_id]
        url = f"{self._hass.url}{state['attributes']['entity_picture']}"
        async with self._session.get(url) as answer:
            body = await answer.read()
        if answer.status == HTTPStatus.OK and body.startswith(b"\xff\xd8\xff"):
            print(f"  {'picture':<12} {entity_id} = JPEG, {len(body)} bytes")
        else:
            self.missing("picture", entity_id)

    def missing(self, what: str, entity_id: str) -> None:
        """Remember that something did not come."""
        print(f"  {what:<12} {entity_id}: MISSING")
        self.failed = True


def _is(wanted: str, state: dict[str, Any]) -> bool:
    return bool(state["state"] == wanted)


def _number(state: dict[str, Any]) -> bool:
    return bool(state["state"].replace(".", "", 1).isdigit())


async def check(
    hass: Hass, entities: dict[str, str], other: dict[str, str], look: Check
) -> None:
    """Show that all three callbacks arrive and that switches switch."""
    print("From Home Assistant's websocket:")
    await look.until("heartbeat", entities["cpu_temperature"], _number)
    await look.until(
        "status",
        entities["dms_type"],
        lambda state: state["state"] not in ("unknown", "unavailable"),
    )
    await look.until("status", entities["rgb_liveness_score"], _number)
    await look.until(
        "recognition",
        entities["recognition"],
        lambda state: state["attributes"].get("event_type") == "recognized",
    )
    await look.picture(entities["last_face"])
    await hass.action("input_button", "press", doorbell.BUTTON)
    await look.until(
        "doorbell",
        other["recognition"],
        lambda state: (
            state["attributes"].get("event_type") == "recognized"
            and state["attributes"].get("source") == doorbell.CAMERA
        ),
    )
    for key, wanted in (("rgb_led", "on"), ("show_bbox", "off")):
        await hass.action("switch", f"turn_{wanted}", entities[key])
        await look.until("switch", entities[key], partial(_is, wanted))
    for issue in (await hass.command("repairs/list_issues"))["issues"]:
        print(f"  {'repair':<12} {issue['domain']}: {issue['issue_id']}: NOT WANTED")
        look.failed = True
    module = await look.module()
    led, box = module["rgb_led"], module["config"]["show_bbox"]
    print(f"The module itself: RGB LED brightness {led}, show_bbox {box}")
    look.failed |= not led or bool(box)


def trouble(config: Path) -> list[str]:
    """Return what Home Assistant's log says against us, a record each."""
    text = (config / "home-assistant.out").read_text(encoding="utf-8", errors="replace")
    records = re.split(r"\n(?=\S*\d{4}-\d\d-\d\d )", text)
    return [
        record
        for record in records
        if OURS.search(record)
        and (" ERROR " in record or any(word in record for word in TROUBLE))
    ]


def invitation(url: str, control: int, other: int, config: Path) -> str:
    """Return what to do now."""
    return f"""
  Home Assistant   {url}/face_module   user {USERNAME}, password {PASSWORD}

  Try this:
    - watch who comes: somebody walks by every few seconds
    - switch the white light or the face boxes, change a threshold
    - Settings > Devices & services > Face Module: reconfigure, options, repairs
    - pull the module's cable and plug it in again:
        curl -d '{{}}' http://127.0.0.1:{control}/pull_cable
        curl -d '{{}}' http://127.0.0.1:{control}/plug_in
    - let somebody walk by, hold up a photo, or replay yesterday's callback:
        curl -d '{{"user_id": "anna"}}' http://127.0.0.1:{control}/walk_by
        curl -d '{{"user_id": "anna", "spoof": true}}' http://127.0.0.1:{control}/walk_by
        curl -d '{{"hours": 24}}' http://127.0.0.1:{control}/replay
    - let a stranger come, and a minute later once more; the page says so under
      Strangers, and lets you say who it is, merge, ignore and forget them:
        curl -d '{{"user_id": "postman"}}' http://127.0.0.1:{control}/walk_by
    - Media > Face Module: everybody who came, by day and by person
    - the people card: Olga is a guest, Ben may enter in office hours, Emil never;
      invite somebody for an hour. At the other module:
        curl -d '{{"user_id": "olga"}}' http://127.0.0.1:{other}/walk_by
    - ring at the doorbell: input_button.doorbell. Whoever its camera shows is recognized
      by the second module, whose eye it is (Configure > Eyes)
    - Settings > Tools > Actions > Face Module: enroll somebody from
      media/people, or import the whole folder, with the path media/people

  Its log is {config.relative_to(REPOSITORY)}/home-assistant.out. Ctrl-C ends everything;
  scripts/demo --keep goes on with what is there then."""


async def run(options: argparse.Namespace) -> int:
    """Start everything, show it, end everything."""
    if free_port(options.port) != options.port:
        raise DemoError(
            f"port {options.port} is in use. Is the demo, or another Home Assistant, "
            "running already? Stop it, or choose another with --port."
        )
    config = REPOSITORY / ".demo" / f"config-{options.port}"
    kept = kept_ports(config) if options.keep else None
    if kept is None:
        prepare_config(config)
        await asyncio.to_thread(doorbell.prepare, config)
        await asyncio.to_thread(take_photos, config / "media" / "people")
    controls: list[int] = []
    url = f"http://127.0.0.1:{options.port}"
    hass_process = visitors = None
    simulators: list[asyncio.subprocess.Process] = []
    doors: dict[str, int] = {}
    async with aiohttp.ClientSession() as session:
        hass = Hass(url, session)
        try:
            for serial in SERIALS:
                controls.append(free_port(8090 + len(controls)))
                simulator, doors[serial] = await start_simulator(
                    serial, controls[-1], config, kept[serial] if kept else None
                )
                simulators.append(simulator)
            print("Starting Home Assistant, this takes about half a minute ...", flush=True)
            hass_process = await start_hass(config, options.port)
            await hass.wait_until_up(hass_process, onboarded=kept is not None)
            if kept is None:
                await furnish(hass, doors)
                await doorbell.furnish(hass, config, SERIALS[1])
                # What is not complete is not kept.
                (config / PORTS).write_text(json.dumps(doors))
            if not options.once:
                visitors = asyncio.create_task(doorbell.go_on(config))
                print(invitation(url, controls[0], controls[1], config), flush=True)
                while await hass_process.wait() == RESTART:
                    hass_process = await start_hass(config, options.port)
                raise DemoError("Home Assistant ended by itself; its log says why")
            if kept is not None:
                await hass.log_in()
                await hass.connect()
            look = Check(hass, session, controls[0])
            entities, other = [await hass.entities(one) for one in SERIALS]
            await check(hass, entities, other, look)
        finally:
            if visitors is not None:
                visitors.cancel()
            await hass.close()
            await asyncio.gather(stop(hass_process), *map(stop, simulators))
    lines = trouble(config)
    print(*lines, sep="\n", end="\n" if lines else "")
    good = not look.failed and not lines
    print("Everything arrived." if good else "Something is missing.")
    return 0 if good else 1


async def main() -> int:
    """Run until the end or a signal."""
    parser = argparse.ArgumentParser(prog="scripts/demo", description=__doc__)
    parser.add_argument(
        "--once",
        action="store_true",
        help="show that all callbacks arrive and switches switch, then end by itself; "
        "exits 1 if anything is missing",
    )
    parser.add_argument(
        "--keep",
        action="store_true",
        help="go on with the people, visits and settings of the last start on this port; "
        "without it everything begins anew",
    )
    parser.add_argument("--port", type=int, default=8123, help="of Home Assistant (8123)")
    options = parser.parse_args()
    task = asyncio.ensure_future(run(options))
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, task.cancel)
    try:
        return await asyncio.wait_for(task, 175 if options.once else None)
    except asyncio.CancelledError:
        print("\nEnded.")
        return 0
    except TimeoutError:
        print("demo: it took longer than 3 minutes", file=sys.stderr)
    except (DemoError, aiohttp.ClientError) as err:
        print(f"demo: {err}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
