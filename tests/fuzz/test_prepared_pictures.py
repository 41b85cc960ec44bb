"""Whatever is given as a picture becomes a JPEG that a module takes, or is refused."""

from collections.abc import Callable
import io
import struct
import zlib

from hypothesis import example, given, settings, strategies as st
from PIL import Image
import pytest

from custom_components.face_module.pictures.prepare import (
    MAX_SIDE,
    PictureError,
    PictureProblem,
    prepare,
)

from .mutation import Mutator, cases, kept

BULK = 800
STRUCTURED = 600
MAGIC = (b"\xff\xd8\xff", b"GIF89a", b"RIFF", b"II*\0", b"\x89PNG", b"BM", b"")


def check(data: bytes) -> bool:
    """Say whether it became a picture, which is then as it must be."""
    try:
        prepared = prepare(data)
    except PictureError as err:
        assert err.problem in PictureProblem
        return False
    with Image.open(io.BytesIO(prepared.jpeg)) as opened:
        assert opened.format == "JPEG"
        assert opened.size == (prepared.width, prepared.height)
        assert max(opened.size) <= MAX_SIDE
        assert not opened.getexif()
        opened.load()
    return True


@pytest.mark.parametrize("name", kept("pictures"))
def test_the_corpus_can_be_used(name: str) -> None:
    assert check(kept("pictures")[name])


@pytest.mark.parametrize("name", kept("pictures"))
@pytest.mark.filterwarnings("ignore::UserWarning", "ignore:.*:DeprecationWarning")
def test_changed_pictures(name: str, figure: Callable[[str, int], None]) -> None:
    mutator = Mutator(f"pictures {name}")
    original = kept("pictures")[name]
    done = good = 0
    for raw in cases(BULK, lambda: mutator.raw(original)):
        done += 1
        good += check(raw)
    figure("pictures prepared", done)
    assert good < done


def png(width: int, height: int, depth: int, color: int, pixels: bytes) -> bytes:
    """Return a PNG whose header says anything."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc)

    header = struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            chunk(b"IHDR", header),
            chunk(b"IDAT", zlib.compress(pixels)),
            chunk(b"IEND", b""),
        )
    )


@settings(max_examples=STRUCTURED)
@given(
    st.integers(0, 300),
    st.integers(0, 300),
    st.sampled_from((1, 2, 4, 8, 16, 3)),
    st.sampled_from((0, 2, 3, 4, 6, 5)),
    st.binary(max_size=60),
)
@example(2**31 - 1, 2**31 - 1, 8, 2, b"")
@example(60_000, 1, 8, 0, b"")
@example(5000, 5000, 16, 6, b"")
def test_made_up_pngs(
    width: int, height: int, depth: int, color: int, pixels: bytes
) -> None:
    check(png(width, height, depth, color, pixels * 40))


@settings(max_examples=STRUCTURED)
@given(
    st.sampled_from(MAGIC),
    st.binary(max_size=120),
)
def test_any_bytes(magic: bytes, data: bytes) -> None:
    check(magic + data)
