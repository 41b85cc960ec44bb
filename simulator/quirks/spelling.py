"""How bodies are written: numbers, base64, padding, HTTP status."""

import re
from typing import Any

from .hooks import Fields, Quirk, is_number, leaves

_COLUMNS = 76
_ESCAPE = re.compile(r"\\(.)")
_RAW = {"n": "\n", "r": "\r", "t": "\t"}
_ID_KEYS = ("user_id", "uuid", "user_id_list")


class AnswersInStrings(Quirk):
    """As in `"ret_code": "0"`."""

    def answer(self, call: str, answer: Fields) -> Fields:
        """Put every number in quotes."""
        return _in_strings(answer)


class CallbacksInStrings(Quirk):
    """As in `"timestamp": "1577763831"`."""

    def callback(self, body: Fields) -> Fields:
        """Put every number in quotes."""
        return _in_strings(body)


class Floats(Quirk):
    """As in `"timestamp": 1577763831.0`."""

    def answer(self, call: str, answer: Fields) -> Fields:
        """Give every integer a decimal point."""
        return _in_floats(answer)

    def callback(self, body: Fields) -> Fields:
        """Give every integer a decimal point."""
        return _in_floats(body)


class NumericIds(Quirk):
    """As in `"user_id": 42`, where the id is "42"; "0042" stays what it is."""

    def answer(self, call: str, answer: Fields) -> Fields:
        """Take ids out of their quotes."""
        return _with_numeric_ids(answer)

    def callback(self, body: Fields) -> Fields:
        """Take ids out of their quotes."""
        return _with_numeric_ids(body)


class Padded(Quirk):
    """A buffer sent to its end."""

    def data(self, data: bytes) -> bytes:
        """Put white space and NULs behind the JSON."""
        return data + b" \r\n\0\0"


class RawLineFeeds(Quirk):
    """Strings in which line feeds and tabs are not escaped."""

    def answer(self, call: str, answer: Fields) -> Fields:
        """End the log with a tab and a line feed."""
        return answer | {"log": f"{answer['log']}\t\n"} if "log" in answer else answer

    def base64(self, key: str, text: str) -> str:
        """End base64 with a line feed, as libb64 does."""
        return f"{text}\n"

    def text(self, text: str) -> str:
        """Write line feeds, carriage returns and tabs as they are."""
        return _ESCAPE.sub(lambda found: _RAW.get(found[1], found[0]), text)


class WrappedBase64(Quirk):
    """Base64 as MIME has it."""

    def base64(self, key: str, text: str) -> str:
        """Break lines after 76 columns."""
        starts = range(0, len(text), _COLUMNS)
        return "\r\n".join(text[start : start + _COLUMNS] for start in starts)


class DataUrls(Quirk):
    """Pictures as pages have them."""

    def base64(self, key: str, text: str) -> str:
        """Say in front what the picture is."""
        return text if key == "feature" else f"data:image/jpeg;base64,{text}"


class StatusOfRefusal(Quirk):
    """HTTP says what ret_code says."""

    def status(self, status: int, answer: Fields) -> int:
        """Return 400 for what is refused, 401 for a wrong password."""
        if float(answer.get("ret_code", 0)) == 0:
            return status
        return 401 if str(answer.get("log")).startswith("password error") else 400


class StatusOfSuccess(Quirk):
    """HTTP 201 where 200 is meant."""

    def status(self, status: int, answer: Fields) -> int:
        """Return 201 for what is done."""
        return 201 if float(answer.get("ret_code", 0)) == 0 else status


def _in_strings(body: Fields) -> Fields:
    def change(key: str, value: Any) -> Any:
        return str(value) if is_number(value) else value

    changed: Fields = leaves(body, change)
    return changed


def _in_floats(body: Fields) -> Fields:
    def change(key: str, value: Any) -> Any:
        return float(value) if is_number(value) else value

    changed: Fields = leaves(body, change)
    return changed


def _with_numeric_ids(body: Fields) -> Fields:
    def change(key: str, value: Any) -> Any:
        is_id = key in _ID_KEYS and isinstance(value, str) and value.isdecimal()
        return int(value) if is_id and str(int(value)) == value else value

    changed: Fields = leaves(body, change)
    return changed
