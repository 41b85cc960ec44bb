"""From JSON to fields, one way for answers and callbacks.

Firmware writes numbers in quotes, whole numbers as floats and ids as numbers, pads what
it copies from a buffer with NULs, and breaks base64 into lines. Every reader here takes
all of that, and returns None for what makes no sense and for what says nothing.
"""

import base64
import binascii
import math
import re
from typing import Any, Final

# Longer than any serial number.
SERIAL_MAX: Final = 64
# Home Assistant stores no longer state.
TEXT_MAX: Final = 255
# The end of the year 9999, the last second that a date can name.
LATEST: Final = 253_402_300_799
# What the module reports as score while a liveness model is not enabled.
MODEL_OFF: Final = -2
# What stands for bytes that are no character.
BROKEN: Final = "\N{REPLACEMENT CHARACTER}"

_LINE_ENDS: Final = "\r\n\0\ufeff"
_PADDING: Final = " \t\n\v\f\r\0\N{NO-BREAK SPACE}\N{IDEOGRAPHIC SPACE}\ufeff"
_NUMBERS: Final = (float, int)
_LARGEST: Final = 2**64  # uint64
_EXACT: Final = 2**53  # up to here a float is the number that was meant
# Doubles that were floats once may leave 0-1 by this much.
_NOISE: Final = 1e-3
# °C that a CPU can have.
_COLDEST, _HOTTEST = -100, 200
_DATA_URL: Final = re.compile(r"data:[^,]{0,100},", re.IGNORECASE)
_URL_SAFE: Final = str.maketrans("-_", "+/", "\0\ufeff")


def is_blank(value: Any) -> bool:
    """Say whether a field says nothing: missing, null, or a string of padding."""
    return value is None or (isinstance(value, str) and not value.strip(_PADDING))


def to_float(value: Any) -> float | None:
    """Return a finite number (also spelled "0.5"); true and false are none."""
    if isinstance(value, str):
        value = value.strip(_PADDING)
    elif type(value) not in _NUMBERS:
        return None
    try:
        number = float(value)
    except ValueError, OverflowError:
        return None
    return number if math.isfinite(number) else None


def to_int(value: Any) -> int | None:
    """Return a whole number (also spelled "90" or 90.0).

    One that the document has no type for is none: as a state it would be too long.
    """
    number = to_float(value)
    if number is None or not number.is_integer() or abs(number) > _LARGEST:
        return None
    return int(number)


def to_flag(value: Any) -> bool | None:
    """Return whether a number is not 0; true and false are what they say."""
    if isinstance(value, bool):
        return value
    number = to_int(value)
    return None if number is None else number != 0


def to_timestamp(value: Any) -> int | None:
    """Return Unix seconds from 1970 to 9999; fractions of a second are dropped."""
    # As nearly all of them come, many times a second. A bool is no int here.
    if type(value) is int and 0 <= value <= LATEST:
        return value
    number = to_float(value)
    return int(number) if number is not None and 0 <= number < LATEST + 1 else None


def to_score(value: Any) -> float | None:
    """Return a score, 0-1."""
    # As nearly all of them come, many times a second.
    if type(value) is float and 0.0 <= value <= 1.0:
        return value
    number = to_float(value)
    if number is None or not -_NOISE <= number <= 1 + _NOISE:
        return None
    return min(max(number, 0.0), 1.0)


def to_temperature(value: Any) -> float | None:
    """Return °C that a CPU can have."""
    number = to_float(value)
    return number if number is not None and _COLDEST <= number <= _HOTTEST else None


def to_text(value: Any) -> str | None:
    """Return a string without padding; a whole number is its digits."""
    if isinstance(value, str):
        return value.strip(_PADDING) or None
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        value = int(value)
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def to_word(value: Any) -> str | None:
    """Return a text that is short enough for a state."""
    text = to_text(value)
    return text if text is not None and len(text) <= TEXT_MAX else None


def to_id(value: Any) -> str | None:
    """Return a user id; one with broken characters would be another one.

    Spaces around it are part of it: another tool may have enrolled somebody so.
    """
    text = to_word(value)
    if text is None or BROKEN in text:
        return None
    return value.strip(_LINE_ENDS) if isinstance(value, str) else text


def to_name(value: Any) -> str | None:
    """Return a name, cut at 255 characters; one that is cut in a character ends before."""
    text = to_text(value)
    return text and (text.rstrip(BROKEN)[:TEXT_MAX].strip(_PADDING) or None)


def is_cut(value: Any) -> bool:
    """Say whether a name is cut in a character."""
    text = to_text(value)
    return text is not None and text.endswith(BROKEN)


def to_serial(value: Any) -> str | None:
    """Return a serial number in its normal form: printable, capital letters."""
    text = to_word(value)
    # It names the module, in logs too.
    if text is None or len(text) > SERIAL_MAX or not text.isprintable():
        return None
    return text.upper()


def same_serial(one: str | None, other: str | None) -> bool:
    """Say whether two serial numbers, however they are written, are of one module."""
    serial = to_serial(one)
    return serial is not None and (serial == other or serial == to_serial(other))


def to_picture(value: Any) -> bytes | None:
    """Return the bytes of a base64 picture (not checked to be one).

    It may be a data URL, broken into lines, or without the `=` at its end.
    """
    if not isinstance(value, str):
        return None
    try:
        return base64.b64decode(value, validate=True) or None
    except binascii.Error, ValueError:
        pass
    text = value.strip(_PADDING)
    if prefix := _DATA_URL.match(text):
        text = text[prefix.end() :]
    text = "".join(text.translate(_URL_SAFE).split()).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True) or None
    except binascii.Error, ValueError:
        return None


def to_list(value: Any) -> list[dict[str, Any]]:
    """Return the objects of a list; null, a missing key and no list mean none."""
    if not isinstance(value, list):
        return []
    return [item for item in value if isinstance(item, dict)]
