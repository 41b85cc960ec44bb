"""A short day at five doors, in a real Home Assistant."""

import re
import subprocess

import pytest

from .conftest import ROOT


@pytest.mark.timeout(240)
def test_nobody_is_missed_and_nobody_wrongly_let_in() -> None:
    done = subprocess.run(
        [ROOT / ".venv-current" / "bin" / "python", "-m", "soaking", "--minutes", "0.5"],
        cwd=ROOT / "scripts",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=220,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"missed 0; false recognized 0", done.stdout)
