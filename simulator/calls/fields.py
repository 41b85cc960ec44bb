"""Reading the fields of a request; what is missing or wrong is refused by name."""

import base64
import binascii
from collections.abc import Collection, Mapping
import io
import ipaddress
from typing import Any

from PIL import Image

from simulator.state import QUALITY_LEVELS

UINT8 = 2**8 - 1
UINT32 = 2**32 - 1
UINT64 = 2**64 - 1
MAX_PICTURE_SIDE = 1080  # 3.3.1: "at most 1080*1080"

type Body = Mapping[str, Any]


class RefusedError(Exception):
    """The call is refused: ret_code 1 with this text as `log`."""


def text(body: Body, key: str, *, empty: bool = True) -> str:
    """Return a string field; with `empty=False` it must have characters."""
    value = _present(body, key)
    if not isinstance(value, str):
        raise RefusedError(f"{key} must be a string")
    if not (value or empty):
        raise RefusedError(f"{key} must not be empty")
    return value


def integer(body: Body, key: str, low: int, high: int, default: int | None = None) -> int:
    """Return an integer field between `low` and `high`, both included."""
    if default is not None and key not in body:
        return default
    value = _present(body, key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise RefusedError(f"{key} must be an integer")
    if not low <= value <= high:
        raise RefusedError(f"{key} must be between {low} and {high}")
    return value


def choice(body: Body, key: str, choices: Collection[str]) -> str:
    """Return a string field that is one of `choices`."""
    value = text(body, key)
    if value not in choices:
        raise RefusedError(f"{key} must be one of {', '.join(choices)}")
    return value


def quality(body: Body) -> str:
    """Return `quality_control`."""
    return choice(body, "quality_control", QUALITY_LEVELS)


def mapping(body: Body, key: str) -> Body:
    """Return a field that is an object."""
    value = _present(body, key)
    if not isinstance(value, dict):
        raise RefusedError(f"{key} must be an object")
    return value


def ipv4(body: Body, key: str) -> str:
    """Return a field that is an IPv4 address, as it was written."""
    value = text(body, key)
    try:
        ipaddress.IPv4Address(value)
    except ValueError:
        raise RefusedError(f"{key} is not an IPv4 address") from None
    return value


def netmask(body: Body, key: str) -> str:
    """Return a field that is an IPv4 network mask, as it was written."""
    value = ipv4(body, key)
    inverted = int(ipaddress.IPv4Address(value)) ^ UINT32
    if inverted & (inverted + 1):
        raise RefusedError(f"{key} is not a network mask")
    return value


def picture(body: Body) -> bytes:
    """Return the JPEG in `image_content`, at most 1080 x 1080 pixels."""
    choice(body, "image_type", ("image",))
    encoded = text(body, "image_content", empty=False)
    try:
        data = base64.b64decode(encoded, validate=True)
    except binascii.Error, ValueError:
        raise RefusedError("image_content is not base64") from None
    try:
        with Image.open(io.BytesIO(data), formats=("JPEG",)) as image:
            size = image.size
    except (
        OSError,
        ValueError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        raise RefusedError("image_content is not a JPEG picture") from None
    if max(size) > MAX_PICTURE_SIDE:
        raise RefusedError("image_content is larger than 1080*1080")
    return data


def _present(body: Body, key: str) -> Any:
    if key not in body:
        raise RefusedError(f"{key} is missing")
    return body[key]
