"""What a picture of a stranger looks like at a glance. Blocking: for the executor."""

import io
import math
from typing import Final, NamedTuple

from PIL import Image

from ..pictures.prepare import prepare

# Enough to tell one face from another, and little to keep.
_SIDE: Final = 480
_QUALITY: Final = 90
# So many colors by so many, relative to their mean: exposure does not count.
_GRID: Final = 8
_MEAN: Final = 80


class Glance(NamedTuple):
    """A picture as it is compared and kept; `size` is how many pixels it had."""

    jpeg: bytes
    size: int
    looks: bytes


def glance(picture: bytes) -> Glance:
    """Look at a picture; raises PictureError."""
    prepared = prepare(picture)
    with Image.open(io.BytesIO(prepared.jpeg)) as opened:
        image = opened.convert("RGB")
    colors = image.resize((_GRID, _GRID), Image.Resampling.BOX).tobytes()
    mean = max(1.0, sum(colors) / len(colors))
    looks = bytes(min(255, round(color * _MEAN / mean)) for color in colors)
    jpeg = prepared.jpeg
    if max(image.size) > _SIDE:
        image.thumbnail((_SIDE, _SIDE))
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=_QUALITY)
        jpeg = buffer.getvalue()
    return Glance(jpeg, prepared.width * prepared.height, looks)


def distance(looks: bytes, other: bytes) -> float:
    """Return how different two pictures look; it says who to compare first, no more."""
    return math.dist(looks, other) if len(looks) == len(other) else math.inf
