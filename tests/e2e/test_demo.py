"""The demo, as a newcomer starts it, on the oldest and the current Home Assistant."""

from collections.abc import Generator
import fcntl
import json
from pathlib import Path
import signal
import socket
import sqlite3
import subprocess

from demo import free_port, trouble
import pytest

from .conftest import LINES, RESULTS, ROOT


@pytest.fixture(autouse=True)
def one_at_a_time() -> Generator[None]:
    """Let no other process start a demo meanwhile: all look for the same ports first."""
    RESULTS.mkdir(exist_ok=True)
    with (RESULTS / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run(venv: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [ROOT / venv / "bin" / "python", "scripts/demo.py", *arguments],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.mark.timeout(240)
@pytest.mark.parametrize("venv", LINES)
def test_the_demo_shows_all_three_callbacks_and_the_switches(venv: str) -> None:
    port = free_port()
    done = run(venv, "--once", "--port", str(port))
    assert done.returncode == 0, done.stdout + done.stderr
    words = ("heartbeat", "status", "recognition", "recognized", "doorbell", "brightness 1")
    for word in words:
        assert word in done.stdout
    config = ROOT / ".demo" / f"config-{port}"
    assert trouble(config) == []
    # A first impression without a badge or an error of what it does not need.
    assert " ERROR " not in (config / "home-assistant.out").read_text()


@pytest.mark.timeout(480)
def test_what_was_there_is_kept_if_it_is_asked_for() -> None:
    """People, their rules and visits, and what the modules know."""
    port = free_port()
    config = ROOT / ".demo" / f"config-{port}"
    assert run(".venv-current", "--once", "--port", str(port)).returncode == 0
    roster = config / ".storage" / "face_module.roster"
    (mine := config / "mine.txt").touch()
    before, visits = roster.read_text(), count(config)
    done = run(".venv-current", "--once", "--keep", "--port", str(port))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "doorbell" in done.stdout
    assert mine.exists()
    assert json.loads(roster.read_text())["data"] == json.loads(before)["data"]
    assert count(config) > visits
    assert run(".venv-current", "--once", "--port", str(port)).returncode == 0
    assert not mine.exists(), "it begins anew"


def count(config: Path) -> int:
    """Return how many visits there are in the book."""
    with sqlite3.connect(config / "face_module" / "visits.db") as book:
        (number,) = book.execute("SELECT count(*) FROM visits").fetchone()
        return int(number)


def test_a_busy_port_is_said_clearly() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(".venv-current", "--once", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "is in use" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_simulator_explains_itself() -> None:
    python = Path(ROOT / ".venv" / "bin" / "python")
    done = subprocess.run(
        [python, "-m", "simulator", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "examples:" in done.stdout


def test_ctrl_c_ends_everything_that_was_started() -> None:
    port = free_port()
    demo = subprocess.Popen(
        [ROOT / ".venv-current" / "bin" / "python", "scripts/demo.py", "--port", str(port)],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert demo.stdout is not None
    control = 0
    for line in demo.stdout:
        if "pull_cable" in line:
            control = int(line.split("127.0.0.1:")[1].split("/")[0])
        if "Ctrl-C ends everything" in line:
            break
    demo.send_signal(signal.SIGINT)
    assert "Ended." in demo.stdout.read()
    assert demo.wait(40) == 0
    assert control
    for taken in (port, control):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", taken)) != 0, "something is left"
