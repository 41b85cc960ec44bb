"""Every way into the integration, found where Home Assistant keeps them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from homeassistant.core import HomeAssistant
import voluptuous as vol

from custom_components.face_module.const import DOMAIN

# What a field may take; the first that its check accepts is sent.
_SAMPLES: tuple[Any, ...] = ("x", ["x"], 1, None, "camera.x", "person.x", {}, "never", True)

# Everybody who is logged in may perform these, ask for these and see this.
READING_ACTIONS = {
    "compare_faces",
    "count_users",
    "get_attendance",
    "identify_face",
    "look",
    "request_recognition",
    "search_records",
    "search_visits",
}
READING_COMMANDS = {
    f"{DOMAIN}/modules",
    *(
        f"{DOMAIN}/visits/{kind}"
        for kind in ("subscribe", "search", "people", "attendance")
    ),
}
READING_VIEWS = {f"/api/{DOMAIN}/visits/{{entry_id}}/{{visit_id}}"}


@dataclass(frozen=True)
class Door:
    """A method of a view."""

    method: str
    path: str

    def filled(self, **values: str) -> str:
        """Return the path with its parts; one without a value is a KeyError."""
        return self.path.format(**values)


def views(hass: HomeAssistant) -> Iterator[Door]:
    """Find our views; what the frontend loads is served as files."""
    for resource in hass.http.app.router.resources():
        if f"/{DOMAIN}/" in f"{resource.canonical}/":
            for route in resource:
                if route.method not in ("HEAD", "OPTIONS"):
                    yield Door(route.method, resource.canonical)


def commands(hass: HomeAssistant) -> dict[str, dict[str, Any]]:
    """Return our websocket commands, each with a message that passes its check."""
    return {
        kind: {"type": kind, **_sample(schema, {"type", "id"})}
        for kind, (_, schema) in hass.data["websocket_api"].items()
        if kind.startswith(f"{DOMAIN}/")
    }


def actions(hass: HomeAssistant) -> dict[str, Any]:
    """Return our actions with their checks."""
    found = hass.services.async_services_for_domain(DOMAIN)
    return {name: service.schema for name, service in found.items()}


def sample(schema: Any) -> dict[str, Any]:
    """Return data that passes the check of an action."""
    return _sample(schema, set())


def _sample(schema: Any, besides: set[str]) -> dict[str, Any]:
    if schema is False:
        return {}
    required = {
        key: check
        for key, check in schema.schema.items()
        if isinstance(key, vol.Required) and str(key) not in besides
    }
    return {str(key): _value(check) for key, check in required.items()}


def _value(check: Any) -> Any:
    for value in _SAMPLES:
        try:
            vol.Schema(check)(value)
        except vol.Invalid, TypeError:
            continue
        return value
    raise AssertionError(f"no sample for {check}")
