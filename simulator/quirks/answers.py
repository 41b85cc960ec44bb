"""What answers say, and what is refused."""

from collections.abc import Mapping
import io
from typing import Any

from PIL import Image

from .hooks import Fields, Quirk, is_number

_LISTS = ("user_id_list", "user_list", "records_list")
_SLOTS = ("heartbeat_cb_url", "recognition_cb_url", "status_cb_url")
_SMALLER = 0.7  # of each side
_SET_CALLBACK = frozenset(
    {
        "SetRecognitionCallback",
        "SetDeviceHeartBeatCallback",
        "SetPipelineStatusCallback",
    }
)


# Where the document contradicts itself


class OnlyTheExampleOfMultiface(Quirk):
    """Showing all faces is 2949, not the 2985 of the table."""

    def refusal(self, call: str, body: Mapping[str, Any]) -> str | None:
        """Refuse 2985."""
        is_table = (call, body["RequestValue"]) == ("SetMultiFaceDetectEnable", 2985)
        return "unknown RequestValue" if is_table else None


class EchoesWrongThreshold(Quirk):
    """100 for whatever liveness threshold was set."""

    def answer(self, call: str, answer: Fields) -> Fields:
        """Answer 100."""
        key = "liveness_threshold"
        is_echo = call == "SetLivenessThreshold" and key in answer
        return answer | {key: 100} if is_echo else answer


class Numer(Quirk):
    """The table's name for how many are enrolled."""

    def answer(self, call: str, answer: Fields) -> Fields:
        """Answer `numer`."""
        if call != "GetUserNumber":
            return answer
        return {"numer" if key == "number" else key: answer[key] for key in answer}


class NoRegisterImg(Quirk):
    """No picture in GetUserInfo."""

    def answer(self, call: str, answer: Fields) -> Fields:
        """Leave the picture out."""
        return _without(answer, "register_img")


class SysConfigWithoutLog(Quirk):
    """No `log` in GetSysConfig."""

    def answer(self, call: str, answer: Fields) -> Fields:
        """Leave the log out of what is done."""
        done = call == "GetSysConfig" and answer["ret_code"] == 0
        return _without(answer, "log") if done else answer


class NullLists(Quirk):
    """Nothing instead of an empty list."""

    def answer(self, call: str, answer: Fields) -> Fields:
        """Answer null."""
        empty = [key for key in _LISTS if answer.get(key) == []]
        return answer | dict.fromkeys(empty)


class MissingLists(Quirk):
    """Not even nothing instead of an empty list."""

    def answer(self, call: str, answer: Fields) -> Fields:
        """Leave them out."""
        return _without(answer, *(key for key in _LISTS if not answer.get(key, True)))


class RecordsUuidIsName(Quirk):
    """Records by name."""

    def records(self, records: list[Fields]) -> list[Fields]:
        """Say the name where the id should be."""
        return [record | {"uuid": record["name"]} for record in records]

    def answer(self, call: str, answer: Fields) -> Fields:
        """Capitalize the id that DeleteRecords was asked for."""
        if call != "DeleteRecords" or "user_id" not in answer:
            return answer
        return answer | {"user_id": answer["user_id"].capitalize()}


# Settings and addresses


class SettingsInStrings(Quirk):
    """Numbers of GetSysConfig as strings."""

    def config(self, settings: Fields) -> Fields:
        """Put them in quotes."""
        return {
            key: str(value) if is_number(value) else value
            for key, value in settings.items()
        }


class NullCallbacks(Quirk):
    """Blank addresses are null."""

    def config(self, settings: Fields) -> Fields:
        """Say null for a blank address."""
        blank = [key for key in _SLOTS if settings.get(key) == ""]
        return settings | dict.fromkeys(blank)


class MissingCallbacks(Quirk):
    """Addresses cannot be read."""

    def config(self, settings: Fields) -> Fields:
        """Leave all three out, set or not."""
        return _without(settings, *_SLOTS)


class SlashShown(Quirk):
    """Addresses are shown with a slash behind them."""

    def config(self, settings: Fields) -> Fields:
        """Show the slash; callbacks go to what was set."""
        shown = {key: _slashed(settings[key]) for key in _SLOTS if settings.get(key)}
        return settings | shown


class SlashAdded(Quirk):
    """Addresses get a slash behind them."""

    def address(self, url: str) -> str:
        """Keep it so, and post there."""
        return _slashed(url) if url else url


class RefusesCallbacks(Quirk):
    """No callback address is good enough."""

    def refusal(self, call: str, body: Mapping[str, Any]) -> str | None:
        """Refuse all but the empty one."""
        is_set = call in _SET_CALLBACK and body.get("callback_url") != ""
        return "callback_url is not valid" if is_set else None


class RefusesEmptyUrl(Quirk):
    """Addresses cannot be taken back."""

    def refusal(self, call: str, body: Mapping[str, Any]) -> str | None:
        """Refuse the empty one."""
        is_empty = call in _SET_CALLBACK and body.get("callback_url") == ""
        return "callback_url must not be empty" if is_empty else None


class RefusesVersion(Quirk):
    """The version is nobody's business."""

    def refusal(self, call: str, body: Mapping[str, Any]) -> str | None:
        """Refuse GetSoftVersion."""
        return "not supported" if call == "GetSoftVersion" else None


# Records and pictures


class RepeatedRecords(Quirk):
    """Each record twice."""

    def records(self, records: list[Fields]) -> list[Fields]:
        """List, and count, each record twice."""
        return [record for record in records for _ in range(2)]


class ShrinksPictures(Quirk):
    """Enrolled pictures come back smaller."""

    def enrolled(self, picture: bytes) -> bytes:
        """Return it compressed anew, with 70 % of each side."""
        with Image.open(io.BytesIO(picture)) as opened:
            image = opened.convert("RGB")
        width, height = (max(1, round(side * _SMALLER)) for side in image.size)
        buffer = io.BytesIO()
        image.resize((width, height)).save(buffer, "JPEG", quality=70)
        return buffer.getvalue()


def _without(fields: Fields, *keys: str) -> Fields:
    return {key: value for key, value in fields.items() if key not in keys}


def _slashed(url: str) -> str:
    """Return the address with a slash behind its path."""
    path, mark, query = url.partition("?")
    return f"{path.rstrip('/')}/{mark}{query}"
