"""Finding and comparing faces in pictures, deterministic and believable.

No neural network: what is compared is how a face's surroundings look from afar.

- Detection: connected areas of skin color in a small copy of the picture. A
  picture without any (black and white, or odd light) counts as one face in its
  middle when there is contrast; a uniform one, or a landscape, has none.
- Feature: the middle of the picture (of several faces: the surroundings
  of each), scaled down to 8 x 8 colors and divided by their mean, so that
  exposure does not count: 192 bytes.
- Similarity: 1 / (1 + (d / D) ** P) of the Euclidean distance d. Equal pictures
  score exactly 1.0, photos of one drawn person above 0.92, different drawn
  people below 0.75.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
import io
import math

from PIL import Image, ImageFilter, ImageStat

GRID = 8
FEATURE_SIZE = GRID * GRID * 3
_SMALL = 64  # longest side of the copy in which faces are searched
_DISTANCE = 130.0  # D: where the similarity is 0.5
_POWER = 4.0  # P
_SKIN_LUMA, _SKIN_BLUE, _SKIN_RED = range(36, 256), range(85, 125), range(131, 181)
_SLIM, _WIDE = 0.4, 1.8  # width by height of what may be a face
_CONTRAST = 10.0  # mean of the edges in the middle, under which nothing is there
_LEVELS = {  # smallest side of the box in pixels, sharpness
    "NONE": (0, 0.0),
    "LOW": (50, 10.0),
    "NORMAL": (80, 50.0),
    "HIGH": (90, 100.0),
}

type Box = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Face:
    """One face: its box (left, top, right, bottom in pixels) and properties.

    `sharpness` is the variance of a Laplacian over the face; `feature` has
    `FEATURE_SIZE` bytes.
    """

    box: Box
    sharpness: float
    feature: bytes

    @property
    def size(self) -> int:
        """The shorter side of the box, in pixels."""
        left, top, right, bottom = self.box
        return min(right - left, bottom - top)

    def good_enough(self, level: str) -> bool:
        """Tell whether the face passes NONE, LOW, NORMAL or HIGH."""
        size, sharpness = _LEVELS[level]
        return self.size >= size and self.sharpness >= sharpness


@lru_cache(maxsize=128)
def find_faces(picture: bytes) -> tuple[Face, ...]:
    """Return the faces in a JPEG, the largest first.

    Takes some milliseconds: call it in a thread. Raises OSError for bytes that
    are no picture.
    """
    with Image.open(io.BytesIO(picture)) as opened:
        image = opened.convert("RGB")
    boxes = _skin_boxes(image) or _middle_box(image)
    boxes.sort(key=lambda box: (box[0] - box[2]) * (box[3] - box[1]))
    frames = [_middle_square(image)]
    if len(boxes) > 1:
        frames = [_grown(box, 0.6, 0.6) for box in boxes]
    return tuple(
        Face(box=box, sharpness=_sharpness(image, box), feature=_feature(image, frame))
        for box, frame in zip(boxes, frames, strict=False)
    )


def similarity(feature: bytes, other: bytes) -> float:
    """Return how alike two features are, 0-1; 1.0 for equal ones."""
    return _score(math.dist(feature, other))


def best_match(
    feature: bytes, candidates: Iterable[tuple[str, bytes]]
) -> tuple[str, float] | None:
    """Return the key of the most similar feature and its score, None of none."""
    near = tuple(feature)
    best = min(((math.dist(near, item), key) for key, item in candidates), default=None)
    return None if best is None else (best[1], _score(best[0]))


def crop(picture: bytes, box: Box) -> bytes:
    """Return the face with its surroundings as a small JPEG, as callbacks carry it.

    With much of them: where the skin of a drawn face ends depends on hair and beard, and
    photos of one person cut more closely would not be alike any more.
    """
    with Image.open(io.BytesIO(picture)) as opened:
        left, top, right, bottom = _grown(box, 1.2, 1.6)
        # What is beyond the picture would be black.
        inside = (
            max(left, 0),
            max(top, 0),
            min(right, opened.width),
            min(bottom, opened.height),
        )
        face = opened.convert("RGB").crop(inside)
    face.thumbnail((256, 256))
    buffer = io.BytesIO()
    face.save(buffer, "JPEG", quality=85)
    return buffer.getvalue()


def _score(distance: float) -> float:
    return 1.0 / (1.0 + math.pow(distance / _DISTANCE, _POWER))


def _skin_boxes(image: Image.Image) -> list[Box]:
    """Return boxes around the areas of skin that may be faces."""
    small = image.copy()
    small.thumbnail((_SMALL, _SMALL), Image.Resampling.BOX)
    width, height = small.size
    pixels = small.convert("YCbCr").tobytes()
    skin = {
        index
        for index in range(width * height)
        if _is_skin(*pixels[index * 3 : index * 3 + 3])
    }
    zoom_x, zoom_y = image.width / width, image.height / height
    areas = []
    while skin:
        area = _take_area(skin, width)
        if len(area) >= width * height / 160:
            areas.append(_area_box(area, width))
    return [
        (
            round(left * zoom_x),
            round(top * zoom_y),
            round(right * zoom_x),
            round(bottom * zoom_y),
        )
        for left, top, right, bottom in _merged(areas)
        if _SLIM < (right - left) / (bottom - top) < _WIDE
    ]


def _area_box(area: list[int], width: int) -> Box:
    """Return the box around an area, without the thin ends (ears, strands)."""
    columns = sorted(index % width for index in area)
    rows = sorted(index // width for index in area)
    few = len(area) // 40
    return columns[few], rows[few], columns[-few - 1] + 1, rows[-few - 1] + 1


def _merged(areas: list[Box]) -> list[Box]:
    """Join areas one above the other: a beard or glasses may part a face."""
    merged: list[Box] = []
    for box in sorted(areas, key=lambda area: area[0] - area[2]):
        left, top, right, bottom = box
        for index, other in enumerate(merged):
            if other[0] <= (left + right) / 2 <= other[2]:
                merged[index] = (
                    min(left, other[0]),
                    min(top, other[1]),
                    max(right, other[2]),
                    max(bottom, other[3]),
                )
                break
        else:
            merged.append(box)
    return merged


def _is_skin(luma: int, blue: int, red: int) -> bool:
    """Tell skin by its hue; works from very light to very dark skin."""
    return luma in _SKIN_LUMA and blue in _SKIN_BLUE and red in _SKIN_RED


def _take_area(pixels: set[int], width: int) -> list[int]:
    """Remove one 4-connected area from `pixels` and return it."""
    area, todo = [], [pixels.pop()]
    while todo:
        index = todo.pop()
        area.append(index)
        column = index % width
        for step in (-width, width, -1 if column else 0, (column + 1 < width) * 1):
            if index + step in pixels:
                pixels.remove(index + step)
                todo.append(index + step)
    return area


def _middle_box(image: Image.Image) -> list[Box]:
    """Return a box in the middle if a face without skin color may be there."""
    width, height = image.size
    side = min(width, height) // 2
    left, top = (width - side) // 2, (height - side) // 2
    box = (left, top, left + side, top + side)
    gray = image.crop(box).convert("L").resize((32, 32), Image.Resampling.BOX)
    edges = gray.filter(ImageFilter.FIND_EDGES).crop((1, 1, 31, 31))
    return [box] if ImageStat.Stat(edges).mean[0] > _CONTRAST else []


def _sharpness(image: Image.Image, box: Box) -> float:
    gray = image.crop(box).convert("L")
    laplacian = ImageFilter.Kernel((3, 3), (0, 1, 0, 1, -4, 1, 0, 1, 0), 1, 128)
    # The filter leaves the outermost pixels as they were.
    inside = (1, 1, gray.width - 1, gray.height - 1)
    return float(ImageStat.Stat(gray.filter(laplacian).crop(inside)).var[0])


def _middle_square(image: Image.Image) -> Box:
    side = round(min(image.size) * 0.9)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    return left, top, left + side, top + side


def _feature(image: Image.Image, frame: Box) -> bytes:
    # The blur makes a small step aside count for little.
    small = image.crop(frame).resize((_SMALL, _SMALL), Image.Resampling.BOX)
    small = small.filter(ImageFilter.GaussianBlur(_SMALL / 12))
    colors = small.resize((GRID, GRID), Image.Resampling.BOX).tobytes()
    mean = max(1.0, sum(colors) / len(colors))
    return bytes(min(255, round(color * 80 / mean)) for color in colors)


def _grown(box: Box, sideways: float, upright: float) -> Box:
    """Return the box with a margin, as shares of its width and height."""
    left, top, right, bottom = box
    x, y = round((right - left) * sideways), round((bottom - top) * upright)
    return left - x, top - y, right + x, bottom + y
