"""Cases made from a kept corpus: valid bodies and files, each changed in a few places."""

from collections.abc import Callable, Iterator
from copy import deepcopy
import json
import os
from pathlib import Path
from random import Random
from typing import Any, Final

CORPUS: Final = Path(__file__).parent / "corpus"
# By hand: so many times as many cases, and another seed.
TIMES: Final = int(os.environ.get("FACE_MODULE_FUZZ", "1"))
SEED: Final = os.environ.get("FACE_MODULE_FUZZ_SEED", "face_module")

_DEEP: Any = []
for _ in range(90):
    _DEEP = [_DEEP]
NASTY: Final[tuple[Any, ...]] = (
    None,
    True,
    False,
    *(0, 1, -1, -2, 100, 719, 720, 2**31, 2**53 + 1, 2**63, 2**64, -(2**64), 10**300),
    *(0.0, -0.0, 0.5, 1.0005, 1e-320, 1e308, -1e308, float("inf"), float("nan")),
    *("", " ", "0", "90", "1e5", "-2", "1_0", "٣", "９０", "9" * 5000, "nan", "Infinity"),
    *("anna", "A" * 256, "\0", "\u202e", "\ud800", "😀" * 90, "，：“”", "{module}", "a\nb"),
    *("(1,2)", "((9)", "image", "/9j/", "AAAA", "A", "====", "http://[::1", "//x"),
    *([], {}, [[]], [None], [{}], [1], {"name": "Anna"}, {"name": None}, _DEEP),
)
_BYTES: Final = (
    *(b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xfe\xff", b"\x81\x30\x81\x30", b"\xe4\xbd"),
    *(b'"', b"{", b"}", b"[", b"]", b",", b",}", b"\\", b"\\u", b"\\ud800", b"\n", b"//"),
    *("“".encode(), "，".encode(), "：".encode(), b"1e999", b"NaN", b"-", b"null", b"0x1"),
    *(b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"\xff\xd8", b"\xff\xda", b"\x7f\xff"),
    *(b"\xff\xff\xff\xff", b"\x00\x00\x00\x00", b"\xff\xc0", b"../", b";", b"\t", b"\r"),
)


def kept(folder: str) -> dict[str, bytes]:
    """Return the files of a part of the corpus, by name."""
    return {path.name: path.read_bytes() for path in sorted((CORPUS / folder).iterdir())}


class Mutator:
    """Changes what is valid, the same way for the same seed."""

    def __init__(self, name: str) -> None:
        """Begin with the seed for `name`."""
        self.random = Random(f"{SEED} {name}")

    def raw(self, data: bytes, most: int = 4) -> bytes:
        """Return bytes with one to `most` changes."""
        changed = bytearray(data)
        for _ in range(self.random.randint(1, most)):
            self._change(changed)
        return bytes(changed)

    def _change(self, data: bytearray) -> None:
        at = self.random.randrange(len(data) + 1)
        length = self.random.choice((1, 1, 2, 4, 16, 200))
        match self.random.randrange(7):
            case 0 if at < len(data):
                data[at] ^= 1 << self.random.randrange(8)
            case 1:
                del data[at : at + length]
            case 2:
                del data[at:]
            case 3:
                data[at:at] = data[at : at + length]
            case 4:
                data[at : at + length] = self.random.randbytes(length)
            case 5:
                chosen = self.random.choice(_BYTES)
                data[at : at + len(chosen)] = chosen
            case _:
                data[at:at] = self.random.choice(_BYTES)

    def value(self, value: Any) -> Any:
        """Return a JSON value with one to three changes somewhere in it."""
        changed = [deepcopy(value)]
        for _ in range(self.random.randint(1, 3)):
            self._change_value(changed, 0)
        return changed[0]

    def _change_value(self, parent: Any, key: Any) -> None:
        """Go down some steps from `parent[key]`, and change what is there."""
        child = parent[key]
        while isinstance(child, dict | list) and child and self.random.random() < 0.9:
            keys = list(child) if isinstance(child, dict) else range(len(child))
            parent, key = child, self.random.choice(keys)
            child = parent[key]
        match self.random.randrange(6):
            case 0 if isinstance(parent, dict):
                del parent[key]
            case 1 if isinstance(parent, dict):
                parent[f"{key}_"] = parent.pop(key)
            case 2 if isinstance(parent, list):
                parent.append(child)
            case 3:
                parent[key] = {"name": child} if self.random.random() < 0.5 else [child]
            case 4 if isinstance(child, int | float | str):
                parent[key] = str(child) if not isinstance(child, str) else child * 2
            case _:
                parent[key] = deepcopy(self.random.choice(NASTY))

    def body(self, value: Any) -> bytes:
        """Return JSON of a changed value, in one of the ways in which it may be written."""
        if self.random.random() < 0.9:
            value = self.value(value)
        text = json.dumps(value, ensure_ascii=self.random.random() < 0.5)
        if self.random.random() < 0.1:
            text = text.replace("}", ",}").replace("]", ",]")
        if self.random.random() < 0.1:
            text = text.replace('"', self.random.choice("“”"))
        encoding = self.random.choice(("utf-8", "utf-8", "gb18030", "utf-16", "latin-1"))
        data = text.encode(encoding, "surrogatepass" if "utf" in encoding else "replace")
        return self.raw(data) if self.random.random() < 0.3 else data


def cases[T](count: int, make: Callable[[], T]) -> Iterator[T]:
    """Give so many cases, more by hand."""
    for _ in range(count * TIMES):
        yield make()
