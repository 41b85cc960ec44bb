"""What a quirk can change: a hook for each kind of thing that a module says or takes."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from typing import Any

type Fields = dict[str, Any]

_BASE64 = ("image", "register_img", "feature")
_SERIALS = ("device_id", "deviceSN")


class Quirk:
    """One way in which firmware differs; a hook that it does not have changes nothing."""

    # What it is asked for

    def refusal(self, call: str, body: Mapping[str, Any]) -> str | None:
        """Return the `log` with which a call is refused, None if it is not."""
        return None

    def address(self, url: str) -> str:
        """Return a callback address as it is kept, and posted to, when `url` was set."""
        return url

    # What it says: fields by what they are, whichever answer or callback they are in

    def score(self, key: str, score: float) -> float:
        """Return a score (0-1) as it is said; those of the models have names of theirs."""
        return score

    def serial(self, serial: str) -> str:
        """Return the serial number as it is said."""
        return serial

    def name(self, name: str, charset: str) -> str:
        """Return the name in a recognition; broken bytes as `surrogateescape` has them."""
        return name

    def base64(self, key: str, text: str) -> str:
        """Return the base64 of a picture or a feature as it is written."""
        return text

    def enrolled(self, picture: bytes) -> bytes:
        """Return an enrolled picture (JPEG) as GetUserInfo gives it back."""
        return picture

    # What it says: whole answers and callbacks

    def config(self, settings: Fields) -> Fields:
        """Return the settings as GetSysConfig says them."""
        return settings

    def records(self, records: list[Fields]) -> list[Fields]:
        """Return the records as SearchRecords lists them."""
        return records

    def answer(self, call: str, answer: Fields) -> Fields:
        """Return an answer, done or refused; the last word on its fields."""
        return answer

    def callback(self, body: Fields) -> Fields:
        """Return the body of a callback; the last word on its fields."""
        return body

    # How it writes

    def text(self, text: str) -> str:
        """Return the JSON text of an answer or a callback."""
        return text

    def data(self, data: bytes) -> bytes:
        """Return the bytes of an answer or a callback."""
        return data

    def status(self, status: int, answer: Fields) -> int:
        """Return the HTTP status of an answer."""
        return status


class Together(Quirk, ABC):
    """Several quirks as one: each hook is what theirs make of it, one after the other."""

    @property
    @abstractmethod
    def charset(self) -> str:
        """The encoding of answers and callbacks."""

    @abstractmethod
    def quirks(self) -> Iterable[Quirk]:
        """Return the quirks, in the order of their hooks."""

    def refusal(self, call: str, body: Mapping[str, Any]) -> str | None:
        """Return the first reason to refuse."""
        reasons = (quirk.refusal(call, body) for quirk in self.quirks())
        return next((reason for reason in reasons if reason is not None), None)

    def address(self, url: str) -> str:
        """Return a callback address as it is kept."""
        for quirk in self.quirks():
            url = quirk.address(url)
        return url

    def enrolled(self, picture: bytes) -> bytes:
        """Return an enrolled picture as it is given back."""
        for quirk in self.quirks():
            picture = quirk.enrolled(picture)
        return picture

    def config(self, settings: Fields) -> Fields:
        """Return the settings as they are said."""
        for quirk in self.quirks():
            settings = quirk.config(settings)
        return settings

    def records(self, records: list[Fields]) -> list[Fields]:
        """Return the records as they are listed."""
        for quirk in self.quirks():
            records = quirk.records(records)
        return records

    def answer(self, call: str, answer: Fields) -> Fields:
        """Return an answer with its fields as they are said."""
        for quirk in self.quirks():
            answer = quirk.answer(call, _said(quirk, answer))
        return answer

    def callback(self, body: Fields) -> Fields:
        """Return a callback with its fields as they are said."""
        for quirk in self.quirks():
            body = _said(quirk, body)
            if isinstance(name := body.get("username"), str):
                body["username"] = quirk.name(name, self.charset)
            body = quirk.callback(body)
        return body

    def text(self, text: str) -> str:
        """Return the JSON text as it is written."""
        for quirk in self.quirks():
            text = quirk.text(text)
        return text

    def data(self, data: bytes) -> bytes:
        """Return the bytes as they are sent."""
        for quirk in self.quirks():
            data = quirk.data(data)
        return data

    def status(self, status: int, answer: Fields) -> int:
        """Return the HTTP status of an answer."""
        for quirk in self.quirks():
            status = quirk.status(status, answer)
        return status


def leaves(value: Any, change: Callable[[str, Any], Any], key: str = "") -> Any:
    """Return JSON with everything in it that is no object or list changed.

    `change` is given the key above a value, of lists the key of the list.
    """
    if isinstance(value, dict):
        return {name: leaves(item, change, name) for name, item in value.items()}
    if isinstance(value, list):
        return [leaves(item, change, key) for item in value]
    return change(key, value)


def _said(quirk: Quirk, body: Fields) -> Fields:
    def change(key: str, value: Any) -> Any:
        # -2 of a model that is off is no score (3.1.9).
        if key.endswith("score") and is_number(value) and value >= 0:
            return quirk.score(key, value)
        if isinstance(value, str) and value:
            if key in _SERIALS:
                return quirk.serial(value)
            if key in _BASE64:
                return quirk.base64(key, value)
        return value

    changed: Fields = leaves(body, change)
    return changed


def is_number(value: Any) -> bool:
    """Tell numbers of JSON from true and false."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)
