"""Print what the integrations need that the demo and the end-to-end tests load."""

import json
from pathlib import Path

import homeassistant
from homeassistant import bootstrap

COMPONENTS = Path(homeassistant.__file__).parent / "components"
# Beside those that Home Assistant always loads. As in scripts/hass_api.py: CONFIGURATION,
# RECORDER, and the camera that is added.
LOADED = (
    *(
        "automation",
        "camera",
        "config",
        "history",
        "logbook",
        "media_source",
        "person",
        "recorder",
        "webhook",
    ),
    # Two houses; the form of the first imports the second.
    *("mqtt", "hassio"),
)


def manifest(domain: str) -> dict[str, list[str]]:
    """Return the manifest of an integration of Home Assistant."""
    path = COMPONENTS / domain / "manifest.json"
    loaded: dict[str, list[str]] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def main() -> None:
    """Walk the dependencies and print the requirements, one a line."""
    left = {
        *LOADED,
        *bootstrap.CORE_INTEGRATIONS,
        *bootstrap.LOGGING_AND_HTTP_DEPS_INTEGRATIONS,
        *bootstrap.FRONTEND_INTEGRATIONS,
        *bootstrap.DEFAULT_INTEGRATIONS,
    }
    seen: set[str] = set()
    requirements: set[str] = set()
    while left:
        seen.add(domain := left.pop())
        if not (COMPONENTS / domain / "manifest.json").exists():
            continue
        about = manifest(domain)
        requirements.update(about.get("requirements", ()))

        left.update(set(about.get("dependencies", ())) - seen)
    print("\n".join(sorted(requirements)))


if __name__ == "__main__":
    main()
