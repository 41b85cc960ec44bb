"""From bytes to JSON, as tolerantly as the document and its modules demand.

The document shows answers with trailing commas, typographic quotes and full-width
punctuation, and names neither charset nor content type. What copies from buffers of C
adds NULs at the end, raw line breaks inside of strings, and names that are cut in the
middle of a character. So: strict JSON in UTF-8, then once more after all of that was
mended; what is no UTF-8 at all is GB18030.
"""

import logging
import re
from typing import Any, Final

import orjson

from .fields import BROKEN

_LOGGER = logging.getLogger(__name__)

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_PADDING: Final = b" \t\r\n\v\f\0"

# A string in straight or typographic quotes (kept whole, so that a name with a comma in
# it survives; one that never ends takes the rest, so that it is looked at only once), a
# comma before a closing bracket, full-width punctuation, what printf makes of a number
# that is none, or a NUL and what a buffer had behind it.
_TOKEN: Final = re.compile(
    r'(?P<straight>"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z))'
    r"|(?P<curly>[“”][^“”\\]*+(?:\\.[^“”\\]*+)*+(?:[“”]|\\?\Z))"
    r"|(?P<trailing>[,，](?=\s*[}\]]))"  # noqa: RUF001
    r"|(?P<wide>[，：])"  # noqa: RUF001
    r"|(?P<number>[+-]?\b(?i:nan|inf|infinity)\b)"
    r"|(?P<rest>\0.*)",
    re.DOTALL,
)
_QUOTE: Final = re.compile(r'\\.|"', re.DOTALL)
# Inside of a string: what is whole, in one piece, and escapes that were cut.
_ESCAPES: Final = re.compile(
    r"(?P<whole>(?:[^\\]++|\\[^u]|\\u(?i:d[89ab][\da-f]{2}\\ud[c-f][\da-f]{2}"
    r"|(?!d[89a-f])[\da-f]{4}))++)"
    r"|\\u[\da-fA-F]{0,4}",
    re.DOTALL | re.ASCII,
)
_CONTROL: Final = {code: f"\\u{code:04x}" for code in range(0x20)}
_FULL_WIDTH: Final = {"，": ",", "：": ":"}  # noqa: RUF001
_CUT: Final = re.compile(f'{BROKEN}(?:["”]|\\Z)')
# Characters of three or four bytes in UTF-8 but U+FFFD, and all that are not ASCII. Only
# those prove much: of the shorter ones, the letters of Europe, GB18030 has some by chance.
_LONG: Final = re.compile(r"[^\x00-\u07ff\ufffd]+")
_BEYOND_ASCII: Final = re.compile(r"[^\x00-\x7f]+")
# More than one broken character in so many is no text.
_FEW: Final = 4


def decode(raw: bytes) -> str:
    """Return the text of a body: UTF-8, in which a few bytes may be broken, else GB18030.

    What is broken is U+FFFD. Raises UnicodeDecodeError when it is neither.
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        text = raw.decode(errors="replace")
    broken = text.count(BROKEN)
    if _is_utf_8(text, broken):
        return text
    try:
        return raw.decode("gb18030")
    except UnicodeDecodeError:
        if broken * _FEW > len(text):
            raise
    return text


def _is_utf_8(text: str, broken: int) -> bool:
    """Say whether a text with broken characters was UTF-8 nevertheless.

    A body of GB18030 is broken at nearly every character. Nobody's id may change because
    a name next to it was cut, so one cut at the end of a string proves nothing.
    """
    if broken == 1 and _CUT.search(text):
        return True
    long = len(text) - len(_LONG.sub("", text))
    short = len(text) - len(_BEYOND_ASCII.sub("", text)) - long - broken
    return 3 * long + short > 2 * broken


def load_json(raw: bytes) -> Any:
    """Return the JSON value in `raw`.

    Raises ValueError when there is none: UnicodeDecodeError, which is one, where it was
    no text either.
    """
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        raw = raw.removeprefix(_BYTE_ORDER_MARK).strip(_PADDING)
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        text = decode(raw)
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        mended = _TOKEN.sub(_mend, text)
    try:
        value = orjson.loads(mended)
    except orjson.JSONDecodeError:
        if BROKEN in text:
            raw.decode()
        raise
    _LOGGER.debug("A body was JSON only after its punctuation was mended")
    return value


def _mend(match: re.Match[str]) -> str:
    token = match[0]
    match match.lastgroup:
        case "straight":
            return _mend_inside(token)
        case "curly" if len(token) > 1 and token[-1] in "“”":
            inner = _QUOTE.sub(lambda m: '\\"' if m[0] == '"' else m[0], token[1:-1])
            return f'"{_mend_inside(inner)}"'
        case "trailing" | "rest":
            return ""
        case "wide":
            return _FULL_WIDTH[token]
        case "number":
            return f'"{token}"'
        case _:  # without an end
            return token


def _mend_inside(text: str) -> str:
    if "\\u" in text:
        text = _ESCAPES.sub(lambda m: m["whole"] or BROKEN, text)
    return text if text.isprintable() else text.translate(_CONTROL)
