"""A release has what HACS unpacks, and tells what changed."""

import json
import os
from pathlib import Path
from shutil import copy, copytree, ignore_patterns
import subprocess
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
INTEGRATION = ROOT / "custom_components" / "face_module"

VERSION = json.loads((INTEGRATION / "manifest.json").read_text())["version"]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A repository of what a release is made of, that may be written to."""
    caches = ignore_patterns("__pycache__")
    for folder in ("custom_components", "scripts"):
        copytree(ROOT / folder, tmp_path / folder, ignore=caches)
    for file in ("CHANGELOG.md", "hacs.json"):
        copy(ROOT / file, tmp_path)
    who = ("-c", "user.name=Tests", "-c", "user.email=tests@example.com")
    for command in (("init",), ("add", "."), (*who, "commit", "-m", "All")):
        subprocess.run(("git", *command), cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def esbuild() -> str:
    """Return what scripts/test-cards installed."""
    return str(ROOT / "node_modules" / ".bin" / "esbuild")


def release(clone: Path, tag: str) -> subprocess.CompletedProcess[str]:
    run = (str(clone / "scripts" / "release"), tag)
    env = {**os.environ, "ESBUILD": esbuild()}
    return subprocess.run(run, capture_output=True, text=True, check=False, env=env)


def test_a_release_is_a_zip_of_the_integration_and_its_part_of_the_changelog(
    clone: Path,
) -> None:
    assert release(clone, f"v{VERSION}").returncode == 0
    hacs = json.loads((clone / "hacs.json").read_text())
    assert hacs["zip_release"] is True
    with ZipFile(clone / "dist" / hacs["filename"]) as file:
        names = {name for name in file.namelist() if not name.endswith("/")}
        assert json.loads(file.read("manifest.json"))["version"] == VERSION
        script = file.read("www/face-module.js").decode()
        file.extractall(clone / "dist" / "unpacked")
    source = clone / "custom_components" / "face_module"
    files = (path for path in source.rglob("*") if path.is_file())
    assert names == {path.relative_to(source).as_posix() for path in files}
    # Browsers still understand them.
    scripts = [str(path) for path in (clone / "dist" / "unpacked").rglob("*.js")]
    read = (esbuild(), *scripts, f"--outdir={clone / 'dist' / 'read'}")
    assert subprocess.run(read, capture_output=True, check=False).returncode == 0
    assert "customElements" in script
    assert "@typedef" not in script
    assert "//" not in script.replace("://", "")
    notes = (clone / "dist" / "notes.md").read_text()
    assert notes.strip()
    assert "\n## " not in notes


def test_a_tag_that_is_not_the_manifest_s_version_is_no_release(clone: Path) -> None:
    done = release(clone, "v0.0.1")
    assert done.returncode == 1
    assert VERSION in done.stderr


def test_a_version_of_which_the_changelog_does_not_tell_is_no_release(clone: Path) -> None:
    (clone / "CHANGELOG.md").write_text("# Changelog\n")
    done = release(clone, f"v{VERSION}")
    assert done.returncode == 1
    assert "CHANGELOG.md" in done.stderr
