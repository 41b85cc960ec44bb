"""Drawn people: photos for demonstrations and tests, without anybody's face.

A person is a name: the same name always looks the same, and each variation is
another photo of that person (light, distance, tilt, expression, compression).
"""

from functools import cache, lru_cache
import io
import math
from random import Random

from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from .looks import Looks, looks_of
from .painting import CANVAS, paint_person


@lru_cache(maxsize=256)
def portrait(
    name: str,
    *,
    variation: int = 0,
    size: tuple[int, int] = (480, 480),
    faces: int = 1,
    blur: float = 0.0,
) -> bytes:
    """Return a JPEG photo of the drawn person `name`.

    `variation` selects one of endless other photos of the same person, `faces`
    puts more people beside them, `blur` is a Gaussian radius in pixels of the
    finished picture.
    """
    random = Random(f"{variation} of {name.strip().casefold()}")  # noqa: S311  # not a secret
    looks = looks_of(name)
    image = Image.new("RGB", (CANVAS, CANVAS), looks.background)
    _light_backdrop(image, looks)
    people = [looks, *(looks_of(f"{name} #{index}") for index in range(2, faces + 1))]
    for index, person in enumerate(people):
        _place(image, person, random, variation=variation, index=index, count=len(people))
    image = _fit(image, size, looks)
    if variation:
        image = ImageEnhance.Brightness(image).enhance(random.uniform(0.92, 1.08))
        image = ImageEnhance.Color(image).enhance(random.uniform(0.96, 1.04))
    if blur:
        image = image.filter(ImageFilter.GaussianBlur(blur))
    return _jpeg(image, random.randint(72, 92) if variation else 88)


@lru_cache(maxsize=16)
def scenery(size: tuple[int, int] = (480, 480), *, seed: int = 0) -> bytes:
    """Return a JPEG of hills under a plain sky: a picture without a face."""
    width, height = size
    random = Random(f"scenery {seed}")  # noqa: S311  # not a secret
    image = Image.new("RGB", (width * 2, height * 2), (168, 206, 232))
    draw = ImageDraw.Draw(image)
    for layer in range(3):
        phase, top = random.uniform(0, 6), height * (1.35 + layer * 0.2)
        ridge = [
            (x, top + math.sin(x / width * (2 + layer) + phase) * height * 0.08)
            for x in range(0, width * 2 + 8, 8)
        ]
        green = (120 - layer * 22, 168 - layer * 26, 128 - layer * 18)
        draw.polygon([*ridge, (width * 2 + 8, height * 2), (0, height * 2)], fill=green)
    return _jpeg(image.resize(size, Image.Resampling.LANCZOS), 88)


@cache
def blank() -> bytes:
    """Return a JPEG of nothing but gray."""
    return _jpeg(Image.new("RGB", (480, 480), (128, 128, 128)), 88)


def _light_backdrop(image: Image.Image, looks: Looks) -> None:
    """Put a colored disc behind the head."""
    ImageDraw.Draw(image).ellipse((130, 40, 830, 740), fill=looks.disc)


def _place(
    image: Image.Image,
    looks: Looks,
    random: Random,
    *,
    variation: int,
    index: int,
    count: int,
) -> None:
    """Paint one person where the photo has them."""
    smile = random.uniform(0.3, 1.0) if variation else 0.7
    person = paint_person(looks, smile=smile, open_mouth=random.randrange(4) == 0)
    scale, angle, shift_x, shift_y = 1.0, 0.0, 0.0, 0.0
    if variation:
        # With more, photos of one person differ as much as two people do.
        scale = random.uniform(0.96, 1.04)
        angle = random.uniform(-1, 1)
        shift_x, shift_y = random.uniform(-6, 6), random.uniform(-4, 4)
    if count > 1:
        scale *= 1.4 / count
        shift_x += CANVAS * ((index + 0.5) / count - 0.5)
    side = round(CANVAS * scale)
    if angle:
        person = person.rotate(angle, Image.Resampling.BILINEAR, center=(480, 900))
    if scale != 1:
        height = round(person.height * scale)
        person = person.resize((side, height), Image.Resampling.HAMMING)
    left = round((CANVAS - side) / 2 + shift_x)
    top = CANVAS - side if count > 1 else round((CANVAS - side) * 0.6 + shift_y)
    image.paste(person, (left, top), person)


def _fit(image: Image.Image, size: tuple[int, int], looks: Looks) -> Image.Image:
    """Scale the square photo to a size of any shape, filling up the sides."""
    side = min(size)
    square = image.resize((side, side), Image.Resampling.HAMMING)
    if size[0] == size[1]:
        return square
    whole = Image.new("RGB", size, looks.background)
    whole.paste(square, ((size[0] - side) // 2, size[1] - side))
    return whole


def _jpeg(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()
