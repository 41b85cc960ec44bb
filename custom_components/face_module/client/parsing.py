"""From bytes to JSON and from JSON to fields, as tolerantly as the document demands.

The document shows answers with trailing commas, typographic quotes and full-width
punctuation, and names neither charset nor content type. So: UTF-8, then GB18030; strict
JSON, then once more after the punctuation was mended.
"""

import logging
import math
import re
from typing import Any

import orjson

_LOGGER = logging.getLogger(__name__)

# A string in straight or typographic quotes (kept whole, so that a name with a comma in
# it survives; one that never ends takes the rest, so that it is looked at only once), a
# comma before a closing bracket, or full-width punctuation.
_TOKEN = re.compile(
    r'(?P<straight>"(?:[^"\\]|\\.)*+(?:"|\\?\Z))'
    r"|(?P<curly>[“”](?:[^“”\\]|\\.)*+(?:[“”]|\\?\Z))"
    r"|(?P<trailing>[,，](?=\s*[}\]]))"  # noqa: RUF001
    r"|(?P<wide>[，：])",  # noqa: RUF001
    re.DOTALL,
)
_LARGEST = 2**64  # uint64
_QUOTE = re.compile(r'\\.|"', re.DOTALL)
_FULL_WIDTH = {"，": ",", "：": ":"}  # noqa: RUF001


def decode(raw: bytes) -> str:
    """Return the text of an answer: UTF-8, else GB18030.

    Raises UnicodeDecodeError when it is neither.
    """
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("gb18030")


def load_json(raw: bytes) -> Any:
    """Return the JSON value in `raw`.

    Raises ValueError (of which UnicodeDecodeError is one) when there is none.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        text = decode(raw)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        value = orjson.loads(_TOKEN.sub(_mend, text))
    _LOGGER.debug("An answer was JSON only after its punctuation was mended")
    return value


def _mend(match: re.Match[str]) -> str:
    token = match[0]
    match match.lastgroup:
        case "curly" if len(token) > 1 and token[-1] in "“”":
            inner = _QUOTE.sub(lambda m: '\\"' if m[0] == '"' else m[0], token[1:-1])
            return f'"{inner}"'
        case "trailing":
            return ""
        case "wide":
            return _FULL_WIDTH[token]
        case _:  # as it should be, or without an end
            return token


def to_int(value: Any) -> int | None:
    """Return a whole number (also spelled "90", 90.0 or true), or None.

    One that the document has no type for is none: as a state it would be too long.
    """
    number = to_float(value)
    if number is None or not number.is_integer() or abs(number) > _LARGEST:
        return None
    return int(number)


def to_float(value: Any) -> float | None:
    """Return a finite number (also spelled "0.5" or true), or None."""
    if not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError, OverflowError:
        return None
    return number if math.isfinite(number) else None


def to_str(value: Any) -> str:
    """Return a string field, or an empty string when it is missing or no string."""
    return value if isinstance(value, str) else ""


def to_list(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; null, a missing key and no list mean none."""
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]
