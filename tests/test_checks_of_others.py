"""What hassfest and HACS ask for on GitHub, as far as no other test asks for it.

The checks themselves are run by `.github/workflows/validate.yml`.
"""

import ast
import json
from pathlib import Path
import re
from typing import Any

ROOT = Path(__file__).parent.parent
INTEGRATION = ROOT / "custom_components" / "face_module"
COMPONENTS = "homeassistant.components"
# Everybody may use these: Home Assistant itself does not start without them, or they are
# platforms, which load nothing.
USED_BY_ALL = {
    *("camera", "device_automation", "homeassistant", "media_player"),
    *("persistent_notification", "websocket_api"),
}
MANIFEST = {
    *("domain", "name", "after_dependencies", "codeowners", "config_flow"),
    *("dependencies", "documentation", "integration_type", "iot_class"),
    *("issue_tracker", "requirements", "version"),
}
HACS = {"name", "homeassistant", "zip_release", "filename", "hide_default_branch"}
KEY = re.compile(r"[a-z0-9]+(?:[_-][a-z0-9]+)*")


def load(name: str) -> Any:
    return json.loads((INTEGRATION / name).read_text("utf-8"))


def components(path: Path) -> set[str]:
    """Return the components of Home Assistant that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        found |= {n.split(".")[2] for n in names if n.startswith(f"{COMPONENTS}.")}
    return found


def keys(node: Any) -> set[str]:
    if not isinstance(node, dict):
        return set()
    return set(node).union(*map(keys, node.values()))


def test_every_component_that_is_used_is_in_the_manifest() -> None:
    manifest = load("manifest.json")
    named = {*manifest["dependencies"], *manifest["after_dependencies"]}
    # A platform of ours may use what it is a platform of.
    platforms = {path.stem for path in INTEGRATION.glob("*.py")}
    used = set().union(*(components(path) for path in INTEGRATION.rglob("*.py")))
    assert "http" in used
    assert used - named - platforms == USED_BY_ALL


def test_the_manifest_and_hacs_say_what_is_known_and_no_more() -> None:
    manifest, hacs = load("manifest.json"), json.loads((ROOT / "hacs.json").read_text())
    assert set(manifest) == MANIFEST
    assert set(hacs) == HACS
    assert all(owner.startswith("@") for owner in manifest["codeowners"])
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")


def test_every_key_of_a_text_and_an_icon_is_one() -> None:
    for file in ("translations/en.json", "icons.json"):
        assert [key for key in keys(load(file)) if not KEY.fullmatch(key)] == []


def test_no_icon_of_a_state_is_that_of_the_entity_anyway() -> None:
    for platform in load("icons.json")["entity"].values():
        for icons in platform.values():
            assert icons.get("default") not in icons.get("state", {}).values()
