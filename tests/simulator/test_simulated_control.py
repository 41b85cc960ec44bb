"""The control interface, the scenarios and the command line."""

import asyncio
from collections.abc import AsyncIterator
import json
from pathlib import Path
import re
import signal
import sys
from typing import Any

from aiohttp import ClientSession
import pytest

from simulator import Control, SimulatedModule, portrait
from simulator.__main__ import main
from simulator.control.scenario import Scenario, ScenarioName
from simulator.quirks import FAULT_NAMES
from tests.simulator.conftest import Client, Receiver, online

ROOT = Path(__file__).parents[2]


class Remote:
    """Talks to the control interface."""

    def __init__(self, session: ClientSession, port: int) -> None:
        self.session = session
        self.url = f"http://127.0.0.1:{port}"

    async def post(self, path: str, body: Any = None, status: int = 200) -> Any:
        data = b"" if body is None else json.dumps(body).encode()
        async with self.session.post(f"{self.url}/{path}", data=data) as answer:
            assert answer.status == status, await answer.text()
            return await answer.json()

    async def get(self, path: str) -> Any:
        async with self.session.get(f"{self.url}/{path}") as answer:
            assert answer.status == 200
            return await answer.json()


@pytest.fixture
async def remote(module: SimulatedModule, client: Client) -> AsyncIterator[Remote]:
    control = Control(module)
    await control.start()
    yield Remote(client.session, control.port)
    await control.stop()


async def test_people_are_enrolled_and_walk_by(
    remote: Remote, module: SimulatedModule
) -> None:
    assert await remote.post("enroll", {"name": "Chen Wei"}) == {
        "user_id": "chenwei",
        "name": "Chen Wei",
    }
    await remote.post("enroll", {"name": "Anna", "user_id": "a"})
    people = (await remote.get("people"))["people"]
    assert [person["user_id"] for person in people] == ["chenwei", "a"]
    answer = await remote.post("walk_by", {"user_id": "a", "still_there": True})
    assert answer["record"]["name"] == "Anna"
    assert (await remote.get("state"))["in_front"] == "a"
    await remote.post("leave")
    assert (await remote.get("state"))["in_front"] is None
    assert (await remote.post("walk_by", {"stranger": True}))["record"] is None
    module.config.liveness_type = 3
    answer = await remote.post("walk_by", {"user_id": "a", "spoof": True})
    assert answer["record"] is None
    assert module.status.rgb_liveness_score == 0.12


@pytest.mark.parametrize(
    ("path", "body", "reason"),
    [
        ("walk_by", {}, "user_id is missing"),
        ("walk_by", {"user_id": "a", "stranger": True}, "not both"),
        ("walk_by", {"user_id": 1}, "user_id has the wrong type"),
        ("walk_by", {"user_id": "a", "mask": "yes"}, "mask has the wrong type"),
        ("walk_by", {"user_id": "a", "dms_type": "dancing"}, "dms_type must be"),
        ("walk_by", {"user_id": "a", "hat": 1}, "unknown: hat"),
        ("walk_by", [], "must be a JSON object"),
        ("enroll", {}, "name is missing"),
        ("enroll", {"name": " "}, "must not be empty"),
        ("enroll", {"name": "Anna", "user_id": "anna"}, "enrolled already"),
        ("faults", {"queue": []}, "unknown: queue"),
        ("faults", {"hang": 1}, "hang has the wrong type"),
        ("faults", {"refuse": "SetTime"}, "refuse has the wrong type"),
        ("faults", {"next": "nothing"}, "next must be one of"),
        ("quirks", {"nothing": True}, "unknown: nothing"),
        ("quirks", {"numer": "yes"}, "numer has the wrong type"),
        ("quirks", {"profile": "kind"}, "profile must be one of document, hostile"),
        ("replay", {}, "no recognition yet"),
        ("replay", {"hours": "many"}, "hours has the wrong type"),
        ("clock", {"offset": "late"}, "offset has the wrong type"),
        ("temperature", {}, "celsius is missing"),
        ("pull_cable", {"now": True}, "unknown: now"),
    ],
)
async def test_a_wrong_request_has_no_effect_and_a_reason(
    remote: Remote, module: SimulatedModule, path: str, body: Any, reason: str
) -> None:
    module.add_user("anna", "Anna")
    before = await remote.get("state")
    answer = await remote.post(path, body, status=400)
    assert reason in answer["error"]
    after = await remote.get("state")
    for state in (before, after):
        del state["now"]
    assert after == before


async def test_faults_and_quirks_are_set(remote: Remote, module: SimulatedModule) -> None:
    await remote.post(
        "faults", {"latency": 0.01, "http_status": None, "refuse": ["SetTime"]}
    )
    await remote.post("faults", {"next": "drop", "times": 2, "call": "SetIRLED"})
    assert module.faults.latency == 0.01
    assert module.faults.refuse == {"SetTime"}
    assert [(shot.fault, shot.times) for shot in module.faults.queue] == [("drop", 2)]
    answer = await remote.post("faults", {"clear": True, "hang": True})
    assert (answer["hang"], answer["latency"], answer["queue"]) == (True, 0, [])
    assert all(isinstance(answer[name], bool) for name in FAULT_NAMES)
    answer = await remote.post("quirks", {"numer": True, "sysconfig_without_log": False})
    assert module.quirks.numer
    assert not module.quirks.sysconfig_without_log
    assert answer["numer"] is True
    answer = await remote.post("quirks", {"profile": "hostile", "numer": False})
    assert (answer["padded_bodies"], answer["numer"]) == (True, False)
    assert not (await remote.post("quirks", {"profile": "document"}))["padded_bodies"]


async def test_the_network_the_clock_and_the_temperature_are_steered(
    remote: Remote, module: SimulatedModule
) -> None:
    await remote.post("pull_cable")
    assert not online(module)
    await remote.post("plug_in")
    assert online(module)
    module._power._boot_time = 0.5
    await remote.post("restart", {})
    await asyncio.sleep(0.2)
    assert not online(module)
    await module.wait_settled()
    await remote.post("clock", {"offset": -3600})
    assert module.clock_offset == -3600
    await remote.post("temperature", {"celsius": 71})
    assert module.temperature == 71


async def test_the_state_tells_everything_but_the_password(
    remote: Remote, module: SimulatedModule, client: Client, receiver: Receiver
) -> None:
    module.password = "secret"
    module.config.heartbeat_cb_url = receiver.url
    await module.send_heartbeat()
    await client.call("DeviceManage", 2945, brightness=5)
    module.faults.refuse.add("SetTime")
    state = await remote.get("state")
    assert "secret" not in json.dumps(state)
    assert state["sent"] == {"heartbeat": 1}
    assert (state["rgb_led"], state["requests"]) == (5, 1)
    assert state["config"]["heartbeat_cb_url"] == receiver.url


async def test_portraits_are_served(remote: Remote) -> None:
    url = f"{remote.url}/portrait"
    async with remote.session.get(url, params={"name": "Anna"}) as answer:
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert await answer.read() == portrait("Anna")
    for wrong in ({}, {"name": "Anna", "variation": "x"}):
        async with remote.session.get(url, params=wrong) as answer:
            assert answer.status == 400


async def test_a_day_has_known_people_strangers_spoofs_and_distractions(
    module: SimulatedModule, receiver: Receiver
) -> None:
    module.config.liveness_type = 3
    module.config.status_cb_url = receiver.url
    for name in ("Anna", "Ben"):
        module.add_user(name.lower(), name)
    scenario = Scenario(module, "day")
    for _ in range(80):
        await scenario.visit()
        module.in_front = None
    assert {record.user_id for record in module.records} == {"anna", "ben"}
    assert 45 < len(module.records) < 75
    assert {body["dms_type"] for body in receiver.bodies} > {"normal", "calling"}
    assert any(body["mask_score"] > 0.8 for body in receiver.bodies)
    assert any(body["rgb_liveness_score"] < 0.5 for body in receiver.bodies)


@pytest.mark.usefixtures("steadily")
@pytest.mark.parametrize(
    ("name", "least", "most"), [("none", 0, 0), ("busy", 1, 10), ("storm", 15, 50)]
)
async def test_scenarios_have_their_pace(
    module: SimulatedModule,
    receiver: Receiver,
    name: ScenarioName,
    least: int,
    most: int,
) -> None:
    module.config.status_cb_url = receiver.url
    module.add_user("anna", "Anna")
    scenario = Scenario(module, name)
    scenario.start()
    await asyncio.sleep(1.2)
    await scenario.stop()
    assert least <= len(receiver.bodies) <= most


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_the_command_runs_until_a_signal(
    client: Client, number: signal.Signals, tmp_path: Path
) -> None:
    store = tmp_path / "module.json"
    arguments = ("--port", "0", "--control-port", "0", "--scenario", "busy")
    process = await start(*arguments, "--store", str(store), "--liveness-type", "3")
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    ports = re.findall(r"127\.0\.0\.1:(\d+)", line)
    assert len(ports) == 2
    remote = Remote(client.session, int(ports[1]))
    assert (await remote.get("state"))["config"]["liveness_type"] == 3
    assert len((await remote.get("people"))["people"]) == 3
    process.send_signal(number)
    out, err = await asyncio.wait_for(process.communicate(), 5)
    assert (process.returncode, out, err) == (0, b"", b"")
    assert len(json.loads(store.read_text("utf-8"))["users"]) == 3


@pytest.mark.parametrize("option", ["--port", "--control-port"])
async def test_a_busy_port_is_one_line_and_status_2(
    module: SimulatedModule, option: str
) -> None:
    ports = {"--port": "0", "--control-port": "0", option: str(module.port)}
    process = await start(*(item for pair in ports.items() for item in pair))
    out, err = await asyncio.wait_for(process.communicate(), 10)
    assert (process.returncode, out) == (2, b"")
    assert err.startswith(b"simulator: cannot start: ")
    assert b"in use" in err
    assert err.count(b"\n") == 1


def test_the_help_shows_examples_and_defaults(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["--help"])
    assert leaving.value.code == 0
    text = capsys.readouterr().out
    assert "python -m simulator --scenario day" in text
    assert "(default: 8080)" in text
    assert "None" not in text


@pytest.mark.parametrize(
    "arguments",
    [
        ["--port", "70000"],
        ["--quirk", "nothing"],
        ["--profile", "kind"],
        ["--boot-time", "-1"],
    ],
)
def test_wrong_options_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2
    assert "error: argument" in capsys.readouterr().err
