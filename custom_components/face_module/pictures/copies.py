"""What a module makes of a picture: another kind, or a copy that is smaller or poorer.

Blocking: call it in the executor.
"""

import io
from typing import Final

from PIL import Image, ImageChops

from .kinds import picture_type
from .prepare import PictureError, prepare

# Measured on drawn people, pictures seen as so many spots: in copies of a third of the
# size and with a JPEG quality of 30 no spot differs by more than 12 of 255, while in any
# two photos of the same person one does by 35.
_SPOTS: Final = (32, 32)
_DIFFERENT: Final = 20
# A side of a copy may be rounded by a pixel.
_SHAPE: Final = 0.02


def as_jpeg(picture: bytes | None) -> bytes | None:
    """Return a picture as JPEG: what is one stays so; None for what is no picture."""
    if not picture or picture_type(picture) == "image/jpeg":
        return picture or None
    try:
        return prepare(picture).jpeg
    except PictureError:
        return None


def is_copy(picture: bytes, original: bytes) -> bool:
    """Say whether a picture is another one encoded anew, perhaps smaller."""
    try:
        (one, size), (two, full) = _seen(picture), _seen(original)
    except PictureError:
        return False
    shape = size[0] * full[1] / (size[1] * full[0])
    if abs(shape - 1) > _SHAPE or size[0] > full[0]:
        return False
    return max(ImageChops.difference(one, two).tobytes()) < _DIFFERENT


def _seen(picture: bytes) -> tuple[Image.Image, tuple[int, int]]:
    """Return a picture as some spots of gray, and its size; raises PictureError."""
    prepared = prepare(picture)
    with Image.open(io.BytesIO(prepared.jpeg)) as opened:
        # Not shrunk while it is decoded: edges would move.
        spots = opened.convert("L").resize(_SPOTS, Image.Resampling.BOX)
    return spots, (prepared.width, prepared.height)
