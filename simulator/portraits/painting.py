"""Painting one person on a transparent canvas, in a flat style.

Shapes are placed on a 480-wide grid and painted at twice that (`CANVAS`), so
that scaling the photo down smooths their edges.
"""

import math

from PIL import Image, ImageDraw

from .looks import Color, Looks, shade

CANVAS = 960
_HEIGHT = 1120  # taller than the photo: a tilted body still reaches its foot
_SCALE = 2
_CX, _CY = 240, 222  # the middle of the head

type Box = tuple[float, float, float, float]


class _Brush:
    """ImageDraw on the 480-wide grid."""

    def __init__(self, image: Image.Image) -> None:
        self._draw = ImageDraw.Draw(image)

    def oval(self, x: float, y: float, rx: float, ry: float, color: Color) -> None:
        self._draw.ellipse(_scaled((x - rx, y - ry, x + rx, y + ry)), fill=color)

    def block(self, box: Box, radius: float, color: Color) -> None:
        self._draw.rounded_rectangle(_scaled(box), radius * _SCALE, fill=color)

    def frame(self, box: Box, radius: float, color: Color, width: float) -> None:
        self._draw.rounded_rectangle(
            _scaled(box), radius * _SCALE, outline=color, width=round(width * _SCALE)
        )

    def shape(self, points: list[tuple[float, float]], color: Color) -> None:
        self._draw.polygon([(x * _SCALE, y * _SCALE) for x, y in points], fill=color)

    def line(self, points: list[tuple[float, float]], color: Color, w: float) -> None:
        self._draw.line(
            [(x * _SCALE, y * _SCALE) for x, y in points],
            fill=color,
            width=round(w * _SCALE),
            joint="curve",
        )

    def bow(self, box: Box, start: float, end: float, color: Color, w: float) -> None:
        self._draw.arc(_scaled(box), start, end, fill=color, width=round(w * _SCALE))

    def segment(self, box: Box, start: float, end: float, color: Color) -> None:
        self._draw.chord(_scaled(box), start, end, fill=color)


def paint_person(looks: Looks, *, smile: float, open_mouth: bool) -> Image.Image:
    """Return an RGBA picture, `CANVAS` wide. `smile` is 0 (flat) to 1 (broad)."""
    image = Image.new("RGBA", (CANVAS, _HEIGHT), (0, 0, 0, 0))
    brush = _Brush(image)
    _back_hair(brush, looks)
    _body(brush, looks)
    _head(brush, looks)
    _front_hair(brush, looks)
    _beard(brush, looks)
    _features(brush, looks)
    _mouth(brush, looks, smile=smile, is_open=open_mouth)
    _glasses(brush, looks)
    return image


def _back_hair(brush: _Brush, looks: Looks) -> None:
    rx, ry = looks.head_width, looks.head_height
    dark = shade(looks.hair, 0.82)
    if looks.hair_style == "long":
        brush.block((_CX - rx - 26, _CY - ry - 8, _CX + rx + 26, 428), 96, dark)
    elif looks.hair_style == "bob":
        brush.block((_CX - rx - 24, _CY - ry - 8, _CX + rx + 24, 338), 84, dark)
    elif looks.hair_style == "ponytail":
        brush.oval(_CX + rx + 20, _CY + 40, 34, 104, dark)
        brush.oval(_CX + rx, _CY - 44, 26, 26, looks.hair)
    elif looks.hair_style == "bun":
        brush.oval(_CX, _CY - ry - 28, 42, 38, looks.hair)
    elif looks.hair_style == "curly":
        for step in range(15):
            angle = math.radians(160 + step * 220 / 14)
            x = _CX + math.cos(angle) * (rx + 10)
            y = _CY - 8 + math.sin(angle) * (ry + 6)
            brush.oval(x, y, 34, 34, looks.hair)


def _body(brush: _Brush, looks: Looks) -> None:
    clothes, dark = looks.clothes, shade(looks.clothes, 0.8)
    if looks.clothes_style == "hoodie":
        brush.oval(_CX, 396, 112, 54, dark)
    brush.block((66, 372, 414, 700), 110, clothes)
    throat = shade(looks.skin, 0.86)
    if looks.clothes_style == "vneck":
        brush.shape([(186, 370), (294, 370), (_CX, 448)], throat)
    elif looks.clothes_style == "tee":
        brush.oval(_CX, 374, 62, 30, dark)
    brush.block((_CX - 42, 290, _CX + 42, 394), 36, throat)
    if looks.clothes_style == "shirt":
        light = shade(clothes, 1.25)
        brush.shape([(192, 362), (_CX, 404), (200, 446), (168, 380)], light)
        brush.shape([(288, 362), (_CX, 404), (280, 446), (312, 380)], light)
    elif looks.clothes_style == "hoodie":
        brush.line([(206, 404), (202, 470)], shade(clothes, 1.35), 5)
        brush.line([(274, 404), (278, 470)], shade(clothes, 1.35), 5)


def _head(brush: _Brush, looks: Looks) -> None:
    rx, ry = looks.head_width, looks.head_height
    ear = shade(looks.skin, 0.92)
    for side in (-1, 1):
        brush.oval(_CX + side * (rx + 1), _CY + 10, 15, 23, ear)
    brush.oval(_CX, _CY, rx, ry, looks.skin)
    blush = _mix(looks.skin, (226, 96, 86), 0.22)
    for side in (-1, 1):
        brush.oval(_CX + side * rx * 0.58, _CY + 40, 17, 11, blush)


def _front_hair(brush: _Brush, looks: Looks) -> None:
    """Paint the hair over the forehead, then the forehead's rounded opening."""
    style, hair = looks.hair_style, looks.hair
    rx, ry = looks.head_width, looks.head_height
    if style == "bald":
        brush.oval(_CX - 26, _CY - ry * 0.68, 22, 10, shade(looks.skin, 1.08))
        return
    rim = 3 if style == "buzz" else 11
    cap = (_CX - rx - rim, _CY - ry - rim, _CX + rx + rim, _CY + ry * 0.72)
    brush.segment(cap, 178, 362, hair)
    opening = {"buzz": 88.0, "bob": 62.0, "swept": 72.0}.get(style, 78.0)
    brush.oval(_CX + looks.part * 0.4, _CY + 22, rx - 7, opening, looks.skin)
    if style == "swept":
        side = 1 if looks.part >= 0 else -1
        brush.shape(
            [
                (_CX - side * (rx + 9), _CY - 34),
                (_CX - side * (rx - 30), _CY - ry - 4),
                (_CX + side * (rx - 8), _CY - ry * 0.62),
                (_CX + side * 14, _CY - ry * 0.36),
            ],
            hair,
        )
    elif style == "bob":
        fringe = (_CX - rx - 6, _CY - ry - 6, _CX + rx + 6, _CY + ry * 0.5)
        brush.segment(fringe, 197, 343, hair)
    shine = shade(hair, 1.22)
    brush.bow((_CX - rx * 0.7, _CY - ry - 2, _CX + rx * 0.7, _CY + 30), 225, 285, shine, 5)


def _beard(brush: _Brush, looks: Looks) -> None:
    if not looks.beard:
        return
    rx, ry = looks.head_width, looks.head_height
    box = (_CX - rx, _CY - ry, _CX + rx, _CY + ry)
    color = looks.hair if looks.hair_style != "bald" else shade(looks.skin, 0.5)
    brush.segment(box, 14, 166, color)
    brush.oval(_CX, _CY + 30, rx - 12, 26, looks.skin)
    brush.oval(_CX, _CY + 52, 34, 10, color)


def _features(brush: _Brush, looks: Looks) -> None:
    nose = shade(looks.skin, 0.83)
    brush.line([(_CX, _CY + 6), (_CX - 9, _CY + 35), (_CX + 3, _CY + 38)], nose, 5)
    brows = shade(looks.hair, 0.75) if looks.hair_style != "bald" else (70, 52, 44)
    for side in (-1, 1):
        x = _CX + side * 36
        brush.oval(x, _CY + 2, 16, 11, (250, 250, 248))
        brush.oval(x, _CY + 2, 9.5, 9.5, looks.eyes)
        brush.oval(x, _CY + 2, 4.5, 4.5, (18, 18, 20))
        brush.oval(x + 3, _CY - 1, 2.2, 2.2, (255, 255, 255))
        brow = (x - 21, _CY - 27, x + 21, _CY + 14)
        brush.bow(brow, 212, 328, brows, 4 + 3 * looks.brow)


def _mouth(brush: _Brush, looks: Looks, *, smile: float, is_open: bool) -> None:
    lips = _mix(shade(looks.skin, 0.72), (176, 50, 58), 0.5)
    y, depth = _CY + 58, 8 + smile * 14
    box = (_CX - 30, y - depth, _CX + 30, y + depth)
    if is_open:
        brush.segment(box, 0, 180, (122, 34, 40))
        brush.segment((box[0] + 6, y - 5, box[2] - 6, y + 5), 0, 180, (252, 250, 246))
    else:
        brush.bow(box, 12, 168, lips, 5.5)


def _glasses(brush: _Brush, looks: Looks) -> None:
    if looks.glasses is None:
        return
    radius = 27 if looks.round_glasses else 9
    height = 26 if looks.round_glasses else 20
    for side in (-1, 1):
        x = _CX + side * 37
        box = (x - 28, _CY + 3 - height, x + 28, _CY + 3 + height)
        brush.frame(box, radius, looks.glasses, 5)
        temple: list[tuple[float, float]] = [
            (x + side * 27, _CY - 2),
            (_CX + side * looks.head_width, _CY - 8),
        ]
        brush.line(temple, looks.glasses, 4.5)
    brush.bow((_CX - 12, _CY - 8, _CX + 12, _CY + 12), 190, 350, looks.glasses, 5)


def _mix(color: Color, other: Color, share: float) -> Color:
    red, green, blue = (
        round(own * (1 - share) + its * share)
        for own, its in zip(color, other, strict=True)
    )
    return red, green, blue


def _scaled(box: Box) -> Box:
    left, top, right, bottom = (value * _SCALE for value in box)
    return left, top, right, bottom
