"""`python -m simulator`: one module on this machine until it is interrupted."""

import argparse
import asyncio
from dataclasses import fields
import logging
from pathlib import Path
import signal
import sys

from .control import Control
from .control.scenario import PEOPLE, SCENARIOS, Scenario
from .module import SimulatedModule
from .quirks import PROFILES, Quirks
from .state import FACTORY_IP, FACTORY_PASSWORD

_EPILOG = """\
examples:
  a module with three people and nobody passing
    python -m simulator

  a demo: people walk by, the module keeps what it learns
    python -m simulator --scenario day --liveness-type 3 --store module.json

  a module as far from its document as it can be
    python -m simulator --profile hostile

  a second module beside the first
    python -m simulator --port 8081 --control-port 8091 --serial 0123A38884CE69F6EF

  somebody walks by; the control interface in simulator/control/interface.py has more
    curl -d '{"user_id": "anna"}' http://127.0.0.1:8090/walk_by
    curl -d '{"stranger": true}' http://127.0.0.1:8090/walk_by
    curl -d '{"next": "hang", "times": 2}' http://127.0.0.1:8090/faults
    curl http://127.0.0.1:8090/state

quirks (--quirk NAME, several times): where the firmware may differ from its
document; simulator/quirks/switches.py describes each
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the simulator; return the exit status."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.ERROR,
        format="%(asctime)s %(name)s: %(message)s",
    )
    try:
        return asyncio.run(_run(options))
    except OSError as err:
        reason = err.strerror or str(err)
        print(f"simulator: cannot start: {reason}", file=sys.stderr)
    except ValueError as err:
        print(f"simulator: {err}", file=sys.stderr)
    return 2


async def _run(options: argparse.Namespace) -> int:
    quirks = Quirks.of(options.profile)
    for name in options.quirk:
        quirks.set(name)
    module = SimulatedModule(
        options.serial,
        options.password,
        host=options.host,
        port=options.port,
        automatic=True,
        restart_delay=options.restart_delay,
        boot_time=options.boot_time,
        factory_ip=options.factory_ip,
        store=options.store,
        seed=options.seed,
        quirks=quirks,
        clock_offset=options.clock_offset,
    )
    if options.liveness_type is not None:
        module.config.liveness_type = options.liveness_type
    _enroll(module, options.people)
    control = Control(module, options.control_port)
    scenario = Scenario(module, options.scenario, seed=options.seed)
    await module.start()
    try:
        await control.start()
        scenario.start()
        print(
            f"module {module.serial} at http://{module.host}:{module.port}, "
            f"control at http://127.0.0.1:{control.port}",
            flush=True,
        )
        await _interrupted()
    finally:
        await scenario.stop()
        await control.stop()
        await module.stop()
    return 0


def _enroll(module: SimulatedModule, people: str) -> None:
    """Enroll those who are asked for and not in the store."""
    for user_id in filter(None, (item.strip() for item in people.split(","))):
        if user_id not in module.users:
            module.add_user(user_id, PEOPLE.get(user_id, user_id.title()))


async def _interrupted() -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A face recognition module without the hardware: its HTTP API, "
        "its callbacks, and a control interface to let people walk by.",
        epilog=_EPILOG,
        formatter_class=_HelpFormatter,
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="IPv4 address of the module")
    add("--port", type=_port, default=8080, help="port of the module, 0: any free")
    add(
        "--control-port",
        type=_port,
        default=8090,
        help="port of the control interface on 127.0.0.1, 0: any free",
    )
    add("--serial", default="0123A38884CE69F6EE", help="serial number")
    add("--password", default=FACTORY_PASSWORD, help="password of the API")
    add(
        "--store",
        type=Path,
        metavar="FILE",
        help="where users, records and settings persist (default: nowhere)",
    )
    add(
        "--people",
        default=",".join(PEOPLE),
        help="user ids to enroll at the start, separated by commas",
    )
    add("--scenario", choices=SCENARIOS, default="none", help="who walks by")
    add(
        "--liveness-type",
        type=int,
        choices=range(4),
        help="0 off, 1 RGB, 2 NIR, 3 both; 3 makes liveness scores real (default: 0, "
        "or as stored)",
    )
    add("--seed", type=int, default=0, help="another course of chance")
    add(
        "--clock-offset",
        type=float,
        default=0.0,
        metavar="SECONDS",
        help="how far the module's clock is ahead of real time",
    )
    add(
        "--profile",
        choices=PROFILES,
        default="document",
        help="hostile: all quirks at once that go together",
    )
    add(
        "--quirk",
        action="append",
        default=[],
        metavar="NAME",
        choices=sorted(item.name for item in fields(Quirks)),
        help="firmware behavior to switch on: "
        + ", ".join(sorted(item.name for item in fields(Quirks))),
    )
    add(
        "--restart-delay",
        type=_seconds,
        default=5.0,
        metavar="SECONDS",
        help="from the answer until a restart or a new address is in force",
    )
    add(
        "--boot-time",
        type=_seconds,
        default=3.0,
        metavar="SECONDS",
        help="how long a restart takes",
    )
    add("--factory-ip", default=FACTORY_IP, help="address after a factory reset")
    add("--verbose", action="store_true", help="log what happens")
    return parser


class _HelpFormatter(
    argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter
):
    """Shows defaults that say something, and the examples as they are written."""

    def _get_help_string(self, action: argparse.Action) -> str | None:
        if action.default in (None, False, []):
            return action.help
        return super()._get_help_string(action)


def _port(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**16:
        raise argparse.ArgumentTypeError("a port is between 0 and 65535")
    return value


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 <= value < float("inf"):
        raise argparse.ArgumentTypeError("seconds must not be negative")
    return value


if __name__ == "__main__":
    sys.exit(main())
