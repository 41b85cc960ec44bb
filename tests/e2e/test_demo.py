"""The demo, as a newcomer starts it, on the oldest and the current Home Assistant."""

from pathlib import Path
import subprocess

from demo import free_port
import pytest

from .conftest import ROOT


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
@pytest.mark.parametrize("venv", [".venv", ".venv-current"])
def test_the_demo_shows_all_three_callbacks_and_the_switches(venv: str) -> None:
    port = free_port()
    done = run(venv, "--once", "--port", str(port))
    assert done.returncode == 0, done.stdout + done.stderr
    for word in ("heartbeat", "status", "recognition", "recognized", "brightness 1"):
        assert word in done.stdout
    log = (ROOT / ".demo" / f"config-{port}" / "home-assistant.out").read_text()
    assert "blocking call" not in log
    assert "custom integration 'face_module'" not in log


def test_a_busy_port_is_said_clearly() -> None:
    import socket

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
