"""Bodies of the control interface: what is in them, and answering in JSON."""

import json
from typing import Any

from aiohttp import web

type Answer = dict[str, Any]
type Body = dict[str, Any]

_REQUIRED = object()


def parsed(data: bytes) -> Body:
    """Return the object in a body. Raises ValueError for anything else."""
    body = json.loads(data or b"{}")
    if isinstance(body, dict):
        return body
    raise ValueError("the body must be a JSON object")


def respond(data: Answer, status: int = 200) -> web.Response:
    """Return a JSON answer."""
    text = json.dumps(data, ensure_ascii=False)
    return web.Response(text=text, status=status, content_type="application/json")


def take(
    body: Body,
    key: str,
    kind: type | tuple[type, ...],
    *,
    default: object = _REQUIRED,
) -> Any:
    """Take one field out of the body. Raises ValueError if it is wrong."""
    value = body.pop(key, default)
    if value is _REQUIRED:
        raise ValueError(f"{key} is missing")
    if value is default:
        return value
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise ValueError(f"{key} has the wrong type")
    return value


def refuse_more(body: Body) -> None:
    """Raise ValueError if anything is left in the body."""
    if body:
        raise ValueError(f"unknown: {', '.join(sorted(body))}")


def check_switches(values: Body, known: set[str]) -> None:
    """Raise ValueError for names that do not exist and values of a wrong type."""
    refuse_more(dict.fromkeys(values.keys() - known))
    for key, value in values.items():
        fits = isinstance(value, bool)
        if key in ("latency", "late_by", "outage_time"):
            fits = isinstance(value, (int, float)) and not fits and value >= 0
        elif key == "http_status":
            fits = value is None or (isinstance(value, int) and not fits)
        elif key == "refuse":
            fits = isinstance(value, list) and all(isinstance(item, str) for item in value)
        if not fits:
            raise ValueError(f"{key} has the wrong type")
