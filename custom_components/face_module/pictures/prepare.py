"""Any picture that Pillow reads, made into the JPEG that the module takes.

The module's document asks for JPEG of at most 1080 x 1080 pixels (GetFeature, and we
keep to it everywhere). Blocking: call it in the executor.
"""

from dataclasses import dataclass, field
from enum import StrEnum
import io
import re
from typing import Final, cast

from PIL import Image, ImageStat, UnidentifiedImageError

from .kinds import STILL_BRANDS

MAX_SIDE: Final = 1080
# With less no face can be told from another.
MIN_SIDE: Final = 32
# An upload that is larger is no photo of a face.
MAX_BYTES: Final = 60 * 1024 * 1024
# JPEG is shrunk while it is decoded, so even these stay small in memory; Pillow itself
# warns of more. What cannot be shrunk needs 8 bytes for each pixel, some formats 16.
_MAX_PIXELS: Final = {
    **dict.fromkeys(("JPEG", "MPO"), 89_000_000),
    **dict.fromkeys(("WEBP", "AVIF", "HEIF"), 13_000_000),
}
_MAX_PIXELS_ELSE: Final = 25_000_000
# What Pillow may try: photos and drawings, nothing that starts other programs.
_FORMATS: Final = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "HEIF")
_SHRINKABLE: Final = ("JPEG", "MPO")
# Decoded at 1/2, 1/4 or 1/8, but at least this large: resized from just above 1080, a
# face would lose a quarter of its fine detail.
_ENOUGH: Final = MAX_SIDE * 5 // 4
# Measured on 200 pixels of a face with the grain of a photo: from 90 on the variance of
# the Laplacian is the lossless picture's (85: 0.91, 75: 0.77), with a PSNR of 38 dB and
# 210 KB (95: 340 KB). Halved colors would save a tenth of it and cost 1 dB.
_QUALITY: Final = 90
# How videos begin: bytes, and from which byte on.
_VIDEOS: Final = (
    (b"\x1a\x45\xdf\xa3", 0),  # Matroska, WebM
    (b"AVI ", 8),
    (b"\x00\x00\x01\xba", 0),  # MPEG
    (b"\x00\x00\x01\xb3", 0),
    (b"FLV", 0),
    (b"OggS", 0),
    (b"moov", 4),  # QuickTime
)
# JPEG markers: lossless, arithmetic and hierarchical ones are in nobody's photos.
_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")
_RARE: Final = {*range(0xC3, 0xD0), 0x01, 0xD8} - {0xC4}
_SOS, _EOI = 0xDA, 0xD9
# Each goes over the whole picture, so that a small file could take hours; 10 are usual.
_MAX_SCANS: Final = 100
_ORIENTATION: Final = 0x0112
_TURNS: Final = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# The mean brightness, of 255, under which a picture is called dark.
_DARK: Final = 45


class PictureProblem(StrEnum):
    """Why a picture cannot be used; the translation key of its message."""

    EMPTY = "picture_empty"
    TOO_LARGE = "picture_too_large"
    TOO_MANY_PIXELS = "picture_too_many_pixels"
    TOO_SMALL = "picture_too_small"
    VIDEO = "picture_is_video"
    NO_PICTURE = "picture_unknown"
    BROKEN = "picture_broken"


class PictureError(Exception):
    """A picture that cannot be used, and why."""

    def __init__(self, problem: PictureProblem) -> None:
        """Say why."""
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class PreparedPicture:
    """A JPEG for the module, `width` x `height` pixels."""

    jpeg: bytes = field(repr=False)
    width: int
    height: int


def prepare(data: bytes) -> PreparedPicture:
    """Return the picture as the module takes it; raises PictureError.

    Turned as its EXIF data says, the first frame of several, alpha on white, without
    metadata. What already is as it should be stays so, byte for byte.
    """
    if not data:
        raise PictureError(PictureProblem.EMPTY)
    if len(data) > MAX_BYTES:
        raise PictureError(PictureProblem.TOO_LARGE)
    if _is_video(data):
        raise PictureError(PictureProblem.VIDEO)
    if data.startswith(b"\xff\xd8\xff"):
        _check_jpeg(data)
    try:
        return _prepared(data)
    except UnidentifiedImageError:
        raise PictureError(PictureProblem.NO_PICTURE) from None
    except Image.DecompressionBombError:
        raise PictureError(PictureProblem.TOO_MANY_PIXELS) from None
    except PictureError:
        raise
    except Exception as err:
        # Decoders raise nearly everything for files that are made to break them.
        raise PictureError(PictureProblem.BROKEN) from err


def _check_jpeg(data: bytes) -> None:
    """Refuse JPEG that takes hours, and JPEG that would crash Home Assistant.

    Lossless JPEG is not shrunk while it is decoded, but Pillow takes it to be: what
    libjpeg gives is then written far behind Pillow's buffer.
    """
    end, scans = 2, 0
    while found := _MARKER.search(data, end):
        end = found.end()
        marker = data[end - 1]
        if marker == _EOI and scans:
            return
        scans += marker == _SOS
        if marker in _RARE or marker == _EOI or scans > _MAX_SCANS:
            raise PictureError(PictureProblem.BROKEN)
        end += int.from_bytes(data[end : end + 2])


def _known_formats() -> list[str]:
    Image.init()
    return [name for name in _FORMATS if name in Image.OPEN]


def _check(opened: Image.Image) -> None:
    """Refuse, before it is decoded, what would take too much or shows too little."""
    most = _MAX_PIXELS.get(opened.format or "", _MAX_PIXELS_ELSE)
    if opened.width * opened.height > most:
        raise PictureError(PictureProblem.TOO_MANY_PIXELS)
    shrinks = max(opened.width, opened.height, MAX_SIDE) / MAX_SIDE
    if min(opened.width, opened.height) / shrinks < MIN_SIDE:
        raise PictureError(PictureProblem.TOO_SMALL)


def _is_ready(opened: Image.Image, data: bytes) -> bool:
    """Say whether it is a JPEG without metadata that needs no second loss."""
    return (
        opened.format == "JPEG"
        and opened.mode in ("RGB", "L")
        and max(opened.size) <= MAX_SIDE
        and all(name == "APP0" for name, _ in getattr(opened, "applist", ()))
        and "comment" not in opened.info
        and data.endswith(b"\xff\xd9")
        and data.count(b"\xff\xd9") == 1
    )


def _prepared(data: bytes) -> PreparedPicture:
    with Image.open(io.BytesIO(data), formats=_known_formats()) as opened:
        _check(opened)
        if _is_ready(opened, data):
            opened.load()
            return PreparedPicture(data, opened.width, opened.height)
    # What was opened to look at it is gone: it would stay in memory.
    image, height, orientation = _narrowed(data)
    image = _flat(image.resize((image.width, height), Image.Resampling.BICUBIC))
    # Turned after it was shrunk: turning a large picture costs as much as decoding it.
    if orientation in _TURNS:
        image = image.transpose(_TURNS[orientation])
    # Pillow would write what it read besides the pixels.
    image.info.clear()
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=_QUALITY, subsampling=0)
    return PreparedPicture(buffer.getvalue(), image.width, image.height)


def _narrowed(data: bytes) -> tuple[Image.Image, int, int]:
    """Return a picture as wide as it shall be, how high it shall be, and its orientation.

    Pillow would take both steps with all three pictures in memory.
    """
    with Image.open(io.BytesIO(data), formats=_known_formats()) as opened:
        if opened.format in _SHRINKABLE:
            # In its own shape: the short side of a panorama would forbid shrinking.
            shrinks = max(*opened.size, _ENOUGH) / _ENOUGH
            width, height = (int(side / shrinks) for side in opened.size)
            opened.draft("RGB", (width, height))
        # TIFF is turned here already.
        opened.load()
        orientation = opened.getexif().get(_ORIENTATION, 1)
        longest = max(*opened.size, MAX_SIDE)
        width, height = (max(1, round(side * MAX_SIDE / longest)) for side in opened.size)
        image = _eight_bits(opened)
        if (factor := max(opened.size) // (2 * MAX_SIDE)) > 1:
            image = image.reduce(factor)
        image = image.resize((width, image.height), Image.Resampling.BICUBIC)
        return image, height, orientation


def is_dark(jpeg: bytes) -> bool:
    """Say whether a JPEG of `prepare` is too dark to see a face well; for an executor."""
    with Image.open(io.BytesIO(jpeg)) as picture:
        picture.draft("L", (64, 64))
        return ImageStat.Stat(picture.convert("L")).mean[0] < _DARK


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return a picture that can be resized well: no palette, 8 bits a channel."""
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if image.has_transparency_data else "RGB")
    if image.mode.startswith("I;16"):
        return image.convert("I").point(lambda level: level / 256).convert("L")
    if image.mode in ("I", "F"):  # of no known range
        low, high = cast("tuple[float, float]", image.getextrema())
        gain = 255 / (high - low or 1.0)
        return image.convert("F").point(lambda level: (level - low) * gain).convert("L")
    if image.mode == "1":
        return image.convert("L")
    return image


def _flat(image: Image.Image) -> Image.Image:
    """Return RGB; what is transparent becomes white."""
    if image.mode == "RGB":
        return image
    if not image.has_transparency_data:
        return image.convert("RGB")
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(white, image).convert("RGB")


def _is_video(data: bytes) -> bool:
    if data[4:8] == b"ftyp":
        return data[8:12] not in STILL_BRANDS
    return any(data.startswith(magic, start) for magic, start in _VIDEOS)
