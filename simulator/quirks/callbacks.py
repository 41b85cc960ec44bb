"""What callbacks say: serials, names and scores, which answers say too."""

from .hooks import Fields, Quirk

_STEP = 1 / 256  # the document's own 0.07421875 is 19 of them
_FULL = 1 - _STEP
_HIGH, _LOW = 0.9, 0.1


class OtherSerial(Quirk):
    """Another module at the address."""

    def serial(self, serial: str) -> str:
        """Say a serial number that differs in its last character."""
        return f"{serial[:-1]}{'1' if serial.endswith('0') else '0'}"


class SerialWithLineBreak(Quirk):
    """A serial read from a file with its line end."""

    def callback(self, body: Fields) -> Fields:
        """Say the serial with a line feed behind it."""
        return body | {"device_id": f"{body['device_id']}\n"} if _signed(body) else body


class SerialInLowerCase(Quirk):
    """A serial printed otherwise than GetDeviceID prints it."""

    def callback(self, body: Fields) -> Fields:
        """Say the serial in lower case."""
        return body | {"device_id": body["device_id"].lower()} if _signed(body) else body


class CutNames(Quirk):
    """Names in a buffer that ends in the middle of a character."""

    def __init__(self, lost: int) -> None:
        self._lost = lost

    def name(self, name: str, charset: str) -> str:
        """End the name within its last character that has more bytes than are lost."""
        for end in range(len(name), 0, -1):
            if len(name[end - 1].encode(charset)) > self._lost:
                data = name[:end].encode(charset)[: -self._lost]
                return data.decode(charset, "surrogateescape")
        return name


class QuantizedScores(Quirk):
    """Scores of 8 bits."""

    def score(self, key: str, score: float) -> float:
        """Say scores in steps of 1/256, at most 255 of them."""
        return min(round(score / _STEP) * _STEP, _FULL)


class SaturatedScores(Quirk):
    """Models that are as sure as they can be."""

    def score(self, key: str, score: float) -> float:
        """Say 255/256 from 0.9 on and 0 up to 0.1, where a model judges a frame."""
        if key == "score":
            return score
        return _FULL if score >= _HIGH else 0.0 if score <= _LOW else score


def _signed(body: Fields) -> bool:
    return isinstance(body.get("device_id"), str)
