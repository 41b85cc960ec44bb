"""A copy of a picture is told from another picture of the same person."""

import io
from itertools import combinations

from PIL import Image
import pytest

from custom_components.face_module.pictures.copies import as_jpeg, is_copy
from simulator.portraits import portrait


def again(jpeg: bytes, share: float = 1.0, quality: int = 75, kind: str = "JPEG") -> bytes:
    """Return a picture encoded anew."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        size = round(picture.width * share), round(picture.height * share)
        buffer = io.BytesIO()
        picture.resize(size).save(buffer, kind, quality=quality)
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["Anna", "Ben", "陈伟"])
@pytest.mark.parametrize("share", [1.0, 0.7, 0.49, 0.3])
@pytest.mark.parametrize("quality", [95, 70, 30])
def test_a_copy_is_one_however_small_and_poor(
    name: str, share: float, quality: int
) -> None:
    original = portrait(name, size=(641, 803))
    assert is_copy(again(original, share, quality), original)
    assert is_copy(again(original, share, kind="PNG"), original)


@pytest.mark.parametrize("name", ["Anna", "Ben", "陈伟"])
def test_another_photo_of_the_same_person_is_no_copy(name: str) -> None:
    photos = [portrait(name, variation=number) for number in range(8)]
    assert not any(is_copy(again(one), two) for one, two in combinations(photos, 2))


def test_what_is_larger_or_cut_is_no_copy() -> None:
    original = portrait("Anna")
    assert not is_copy(portrait("Anna", size=(960, 960)), original)
    with Image.open(io.BytesIO(original)) as picture:
        buffer = io.BytesIO()
        picture.crop((40, 0, 440, 480)).save(buffer, "JPEG")
    assert not is_copy(buffer.getvalue(), original)


@pytest.mark.parametrize(
    "broken", [b"", b"no picture", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_broken_is_no_copy(broken: bytes) -> None:
    assert not is_copy(broken, portrait("Anna"))
    assert not is_copy(portrait("Anna"), broken)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "GIF", "TIFF", "WEBP"])
def test_a_picture_of_another_kind_becomes_a_jpeg(kind: str) -> None:
    jpeg = as_jpeg(again(portrait("Anna"), kind=kind)) or b""
    assert is_copy(jpeg, portrait("Anna"))


def test_a_jpeg_stays_as_it_is_and_nothing_else_becomes_one() -> None:
    assert as_jpeg(portrait("Anna")) == portrait("Anna")
    assert as_jpeg(None) is as_jpeg(b"") is as_jpeg(b"no picture") is None
