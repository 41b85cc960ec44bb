"""Any picture becomes the JPEG that the module takes, or is refused for a reason."""

from collections.abc import Callable
import io
from pathlib import Path
import struct
import subprocess
import sys
from typing import Any

from hypothesis import given, settings, strategies as st
from PIL import Image, ImageChops, ImageStat
import pytest

from custom_components.face_module.pictures.prepare import (
    MAX_BYTES,
    MAX_SIDE,
    PictureError,
    PictureProblem,
    prepare,
)
from simulator.portraits import portrait

RED, GREEN, BLUE, GRAY = (220, 20, 20), (20, 200, 20), (20, 20, 220), (128, 128, 128)
ORIENTATION = 0x0112
FORMATS = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")


def corners(width: int = 240, height: int = 160) -> Image.Image:
    """Return a picture with a color of its own in each corner but the last, gray."""
    image = Image.new("RGB", (width, height), GRAY)
    half = (width // 2, height // 2)
    for color, box in ((RED, (0, 0)), (GREEN, (half[0], 0)), (BLUE, (0, half[1]))):
        image.paste(color, (*box, box[0] + half[0], box[1] + half[1]))
    return image


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def decoded(jpeg: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(jpeg))
    image.load()
    assert image.format == "JPEG"
    return image


def near(color: Any, other: Any, by: int = 14) -> bool:
    return all(abs(a - b) <= by for a, b in zip(color, other, strict=True))


def seen(image: Image.Image) -> list[str]:
    """Return the colors of the corners: top left, top right, bottom left."""
    names = {"red": RED, "green": GREEN, "blue": BLUE, "gray": GRAY}
    x, y = image.width // 4, image.height // 4
    found = []
    for at in ((x, y), (3 * x, y), (x, 3 * y)):
        pixel = image.getpixel(at)
        found += [name for name, color in names.items() if near(pixel, color)]
    return found


def problem(data: bytes) -> PictureProblem:
    with pytest.raises(PictureError) as caught:
        prepare(data)
    return caught.value.problem


# What comes out


@pytest.mark.parametrize(
    "size", [(4000, 3000), (3000, 4000), (1080, 1080), (1081, 900), (64, 64), (33, 1080)]
)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_fits_into_1080_pixels_and_keeps_its_shape(
    size: tuple[int, int], kind: str
) -> None:
    found = prepare(encoded(corners(*size), kind))
    image = decoded(found.jpeg)
    assert image.size == (found.width, found.height)
    assert max(image.size) == min(MAX_SIDE, max(size))
    assert image.width / image.height == pytest.approx(size[0] / size[1], rel=0.02)
    assert seen(image) == ["red", "green", "blue"]


@pytest.mark.parametrize("kind", FORMATS)
def test_formats_are_read(kind: str) -> None:
    image = decoded(prepare(encoded(corners(), kind)).jpeg)
    assert image.mode == "RGB"
    assert seen(image) == ["red", "green", "blue"]


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "PNG", "TIFF", "MPO"])
def test_the_first_frame_of_several_is_taken(kind: str) -> None:
    others = [Image.new("RGB", (240, 160), "black") for _ in range(2)]
    data = encoded(corners(), kind, save_all=True, append_images=others)
    assert seen(decoded(prepare(data).jpeg)) == ["red", "green", "blue"]


def as_mode(mode: str) -> Image.Image:
    return corners().convert(mode, palette=Image.Palette.ADAPTIVE)


@pytest.mark.parametrize(
    ("image", "kind"),
    [
        (as_mode("CMYK"), "JPEG"),
        (as_mode("CMYK"), "TIFF"),
        (as_mode("YCbCr"), "JPEG"),
        (as_mode("P"), "PNG"),
        (as_mode("P"), "GIF"),
        (as_mode("RGBA"), "PNG"),
        (as_mode("RGBA"), "WEBP"),
        (as_mode("LAB"), "TIFF"),
    ],
    ids=lambda value: getattr(value, "mode", value),
)
def test_colors_stay_what_they_are(image: Image.Image, kind: str) -> None:
    assert seen(decoded(prepare(encoded(image, kind)).jpeg)) == ["red", "green", "blue"]


def shades(mode: str, scale: float) -> Image.Image:
    """Return a picture that is dark on the left and light on the right."""
    if mode == "I;16":
        row = struct.pack("<200H", *[0] * 100, *[int(200 * scale)] * 100)
        return Image.frombytes(mode, (200, 100), row * 100)
    image = Image.new(mode, (200, 100), 0)
    image.paste(200 * scale if mode == "F" else int(200 * scale), (100, 0, 200, 100))
    return image


@pytest.mark.parametrize(
    ("image", "kind", "light"),
    [
        (shades("L", 1), "PNG", 200),
        (shades("I;16", 256), "PNG", 200),
        (shades("I;16", 256), "TIFF", 200),
        (shades("I", 100_000), "TIFF", 255),
        (shades("F", 0.001), "TIFF", 255),
        (shades("1", 1), "PNG", 255),
    ],
    ids=["8 bits", "16 bits", "16 bits TIFF", "32 bits", "floats", "1 bit"],
)
def test_shades_of_any_depth_stay_apart(image: Image.Image, kind: str, light: int) -> None:
    found = decoded(prepare(encoded(image, kind)).jpeg).convert("L")
    assert abs(found.getpixel((20, 50)) - 0) <= 3  # type: ignore[operator]
    assert abs(found.getpixel((180, 50)) - light) <= 3  # type: ignore[operator]


def test_an_evenly_gray_picture_of_floats_is_no_error() -> None:
    assert prepare(encoded(Image.new("F", (64, 64), 3.0), "TIFF")).width == 64


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_transparent_becomes_white(mode: str) -> None:
    image = Image.new("RGBA", (100, 100), (0, 0, 0, 0))
    image.paste((200, 0, 0, 255), (50, 0, 100, 100))
    found = decoded(prepare(encoded(image.convert(mode), "PNG")).jpeg)
    assert near(found.getpixel((20, 50)), (255, 255, 255))
    assert not near(found.getpixel((80, 50)), (255, 255, 255))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("size", [(240, 160), (2400, 1600)])
def test_a_phones_photo_stands_upright(
    orientation: int, kind: str, size: tuple[int, int]
) -> None:
    turned = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    image = corners(*size)
    if orientation in turned:
        image = image.transpose(turned[orientation])
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    found = decoded(prepare(encoded(image, kind, exif=exif)).jpeg)
    assert seen(found) == ["red", "green", "blue"]
    assert found.width > found.height


def test_nothing_but_the_picture_is_passed_on() -> None:
    exif = Image.Exif()
    exif[0x010E] = "SECRET"  # a description
    exif.get_ifd(0x8825)[1] = "N"  # where it was taken
    for options in (
        {"exif": exif},
        {"comment": b"SECRET"},
        {"xmp": b"SECRET"},
        {"icc_profile": b"SECRET profile"},
    ):
        data = encoded(corners(), "JPEG", **options)
        assert len(data) > len(encoded(corners(), "JPEG"))
        found = prepare(data).jpeg
        assert b"SECRET" not in found
        assert not decoded(found).getexif()
    found = prepare(encoded(corners(), "JPEG") + b"SECRET \xff\xd9").jpeg
    assert b"SECRET" not in found


# No second loss


def test_a_picture_that_is_as_it_should_be_stays_so() -> None:
    data = portrait("Anna")
    assert prepare(data).jpeg is data


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
def test_a_prepared_picture_is_prepared(kind: str) -> None:
    once = prepare(encoded(corners(2000, 1500), kind)).jpeg
    assert prepare(once).jpeg == once


@given(st.integers(32, 300), st.integers(32, 300), st.sampled_from(["L", "RGB", "CMYK"]))
@settings(max_examples=25, deadline=None)
def test_preparing_twice_is_preparing_once(width: int, height: int, mode: str) -> None:
    once = prepare(encoded(corners(width, height).convert(mode), "JPEG")).jpeg
    assert prepare(once).jpeg == once


def test_a_face_stays_sharp() -> None:
    photo = decoded(portrait("Anna", size=(3000, 4000))).convert("RGB")
    noise = Image.effect_noise(photo.size, 40).convert("RGB")
    photo = ImageChops.overlay(photo, noise)
    best = photo.resize((810, 1080), Image.Resampling.BICUBIC)
    found = decoded(prepare(encoded(photo, "JPEG", quality=95)).jpeg)
    box = (305, 600, 505, 800)
    difference = ImageChops.difference(found.crop(box), best.crop(box))
    assert max(ImageStat.Stat(difference).rms) < 6, "some 33 dB"


# What is refused


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", PictureProblem.EMPTY),
        (bytes(MAX_BYTES + 1), PictureProblem.TOO_LARGE),
        (b"hello", PictureProblem.NO_PICTURE),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", PictureProblem.NO_PICTURE),
        (b"%PDF-1.7\n", PictureProblem.NO_PICTURE),
        (b"PK\x03\x04" + bytes(40), PictureProblem.NO_PICTURE),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 99 99\n", PictureProblem.NO_PICTURE),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", PictureProblem.VIDEO),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", PictureProblem.VIDEO),
        (b"\0\0\0\x08moov" + bytes(20), PictureProblem.VIDEO),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0webm", PictureProblem.VIDEO),
        (b"RIFF\x24\0\0\0AVI LIST", PictureProblem.VIDEO),
        (b"\0\0\x01\xba" + bytes(20), PictureProblem.VIDEO),
        (b"FLV\x01", PictureProblem.VIDEO),
        (b"OggS\0\x02", PictureProblem.VIDEO),
        (encoded(corners(20, 300), "PNG"), PictureProblem.TOO_SMALL),
        (encoded(corners(4000, 40), "PNG"), PictureProblem.TOO_SMALL),
        (encoded(corners(), "JPEG")[:900], PictureProblem.BROKEN),
        (encoded(corners(), "PNG")[:200], PictureProblem.BROKEN),
        (encoded(corners(), "PNG")[:60] + bytes(100), PictureProblem.BROKEN),
        (encoded(corners(), "JPEG", quality=95)[:900] + bytes(500), PictureProblem.BROKEN),
    ],
    ids=lambda value: value.name if isinstance(value, PictureProblem) else "",
)
def test_what_cannot_be_used_is_refused_for_its_reason(
    data: bytes, expected: PictureProblem
) -> None:
    assert problem(data) is expected


def test_a_still_of_a_phone_is_no_video() -> None:
    heic = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40)
    assert problem(heic) is not PictureProblem.VIDEO


def png_header(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    import zlib

    def chunk(name: bytes, data: bytes) -> bytes:
        body = name + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    pixels = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels)


@pytest.mark.parametrize("side", [5001, 9900, 50_000, 2**31 - 1])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_is_refused_by_its_header(side: int) -> None:
    assert problem(png_header(side, side)) is PictureProblem.TOO_MANY_PIXELS


def outcome(data: bytes) -> bool:
    """Return whether something can be used; anything but PictureError is a failure."""
    try:
        found = prepare(data)
    except PictureError:
        return False
    assert max(decoded(found.jpeg).size) <= MAX_SIDE
    return True


@given(st.binary(max_size=300))
@settings(max_examples=100, deadline=None)
def test_garbage_is_refused(data: bytes) -> None:
    assert not outcome(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "AVIF"])
@given(data=st.data())
@settings(max_examples=25, deadline=None)
@pytest.mark.filterwarnings("ignore")
def test_damaged_files_are_refused_or_read(kind: str, data: st.DataObject) -> None:
    whole = bytearray(encoded(corners(), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))
    length = data.draw(st.sampled_from([len(whole), len(whole) // 2, 40]))
    outcome(bytes(whole[:length]))


def test_the_settings_of_pillow_are_left_alone() -> None:
    from PIL import ImageFile

    before = (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)
    prepare(encoded(corners(), "PNG"))
    problem(b"garbage")
    assert before == (Image.MAX_IMAGE_PIXELS, ImageFile.LOAD_TRUNCATED_IMAGES)


# Memory

MEASURE = """
import re, sys
from custom_components.face_module.pictures.prepare import prepare
def kilobytes(key):
    return int(re.search(key + r":\\s+(\\d+)", open("/proc/self/status").read())[1])
data = open(sys.argv[1], "rb").read()
prepare(open(sys.argv[2], "rb").read())
before = kilobytes("VmRSS")
open("/proc/self/clear_refs", "w").write("5")  # forget the peak so far
prepare(data)
print(kilobytes("VmHWM") - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measured with Linux's own figures")
@pytest.mark.parametrize(
    ("make", "most"),
    [
        (lambda: encoded(corners(4032, 3024), "JPEG"), 20),
        (lambda: encoded(corners(8160, 6120), "JPEG"), 60),
        (lambda: encoded(corners(4900, 5000), "PNG"), 200),
        (lambda: encoded(corners(4000, 3000), "WEBP", method=0), 250),
    ],
    ids=["12 MP", "50 MP", "24 MP PNG", "12 MP WebP"],
)
def test_the_memory_it_takes_is_bounded(
    tmp_path: Path, make: Callable[[], bytes], most: int
) -> None:
    (tmp_path / "large").write_bytes(make())
    (tmp_path / "small").write_bytes(encoded(corners(), "JPEG"))
    files = [str(tmp_path / name) for name in ("large", "small")]
    command = [sys.executable, "-c", MEASURE, *files]
    root = Path(__file__).parents[2]
    taken = int(subprocess.check_output(command, cwd=root, text=True))
    assert taken / 1024 < most


# What would crash or stop Home Assistant


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def lossless(width: int, height: int) -> bytes:
    """Return a gray lossless JPEG: each sample is its neighbor's, which takes one bit."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    table = segment(0xC4, bytes([0, 1, *[0] * 16]))
    scan = segment(0xDA, b"\x01\x01\x00\x01\x00\x00")
    pixels = bytes(width * height // 8 + 16)
    return b"\xff\xd8" + segment(0xC3, frame) + table + scan + pixels + b"\xff\xd9"


def test_lossless_jpeg_does_not_crash_home_assistant() -> None:
    # Pillow reads small ones, but writes behind its buffer when it should shrink one.
    data = lossless(5600, 2800)
    assert Image.open(io.BytesIO(data)).size == (5600, 2800)
    assert problem(data) is PictureProblem.BROKEN
    # The same behind the end of a picture without pixels, which libjpeg reads over.
    assert problem(b"\xff\xd8\xff\xd9" + data) is PictureProblem.BROKEN


def progressive(scans: int) -> bytes:
    """Return a gray progressive JPEG of 64 pixels a side with many empty scans."""
    frame = struct.pack(">BHHB", 8, 64, 64, 1) + b"\x01\x11\x00"
    return b"".join(
        (
            b"\xff\xd8",
            segment(0xDB, bytes([0, *[1] * 64])),
            segment(0xC2, frame),
            segment(0xC4, bytes([0x00, 1, *[0] * 15, 0])),
            segment(0xC4, bytes([0x10, 1, *[0] * 15, 0xE0])),
            segment(0xDA, b"\x01\x01\x00\x00\x00\x00") + bytes(8),
            (segment(0xDA, b"\x01\x01\x00\x01\x01\x00") + bytes(2)) * (scans - 1),
            b"\xff\xd9",
        )
    )


def test_a_progressive_jpeg_of_endless_scans_is_refused() -> None:
    assert prepare(progressive(20)).width == 64
    assert problem(progressive(101)) is PictureProblem.BROKEN
