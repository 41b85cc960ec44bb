"""What a drawn person looks like, decided by the name alone."""

import colorsys
from dataclasses import dataclass
from random import Random

type Color = tuple[int, int, int]

_SKIN: tuple[Color, ...] = (
    (255, 224, 196),
    (245, 205, 170),
    (232, 184, 142),
    (206, 151, 108),
    (163, 110, 74),
    (118, 76, 50),
)
_HAIR: tuple[Color, ...] = (
    (38, 32, 36),
    (62, 43, 35),
    (104, 66, 40),
    (158, 88, 44),
    (214, 170, 96),
    (168, 168, 174),
    (120, 40, 36),
)
_EYES: tuple[Color, ...] = ((74, 48, 32), (58, 96, 140), (70, 110, 70), (40, 40, 44))

_FRAMES: tuple[Color, ...] = ((40, 44, 52), (128, 52, 44), (46, 74, 120))

HAIR_STYLES = (
    "short",
    "swept",
    "buzz",
    "bald",
    "long",
    "bob",
    "bun",
    "curly",
    "ponytail",
)
_BEARD_STYLES = frozenset({"short", "swept", "buzz", "bald", "curly"})


@dataclass(frozen=True, slots=True)
class Looks:
    """The lasting features of one person; photos of them only vary the rest."""

    background: Color
    disc: Color
    skin: Color
    hair: Color
    hair_style: str
    part: float
    eyes: Color
    brow: float
    head_width: float
    head_height: float
    beard: bool
    glasses: Color | None
    round_glasses: bool
    clothes: Color
    clothes_style: str


def looks_of(name: str) -> Looks:
    """Return the looks of `name`; letter case and outer spaces make no person."""
    random = Random(f"looks of {name.strip().casefold()}")  # noqa: S311  # not a secret
    style = random.choice(HAIR_STYLES)
    skin = random.choice(_SKIN)
    # Surroundings keep away from skin hues, or a face would not stand out.
    background = _color(
        random.uniform(0.24, 0.9), random.uniform(0.2, 0.55), random.uniform(0.5, 0.88)
    )
    clothes = _color(
        random.uniform(0.26, 0.92), random.uniform(0.1, 0.7), random.uniform(0.15, 0.85)
    )
    return Looks(
        background=background,
        disc=_color(
            random.uniform(0.26, 0.9),
            random.uniform(0.2, 0.55),
            random.uniform(0.5, 0.86),
        ),
        skin=_jitter(skin, random, 8),
        hair=_jitter(random.choice(_HAIR), random, 12),
        hair_style=style,
        part=random.uniform(-18, 18),
        eyes=random.choice(_EYES),
        brow=random.uniform(0.6, 1.4),
        head_width=random.uniform(84, 98),
        head_height=random.uniform(106, 120),
        beard=style in _BEARD_STYLES and _maybe(random, 0.45),
        glasses=random.choice(_FRAMES) if _maybe(random, 0.4) else None,
        round_glasses=_maybe(random, 0.5),
        clothes=clothes,
        clothes_style=random.choice(("tee", "shirt", "vneck", "hoodie")),
    )


def shade(color: Color, factor: float) -> Color:
    """Return a darker (factor < 1) or lighter color of the same hue."""
    red, green, blue = (min(255, round(channel * factor)) for channel in color)
    return red, green, blue


def _maybe(random: Random, share: float) -> bool:
    return random.random() < share


def _color(hue: float, saturation: float, lightness: float) -> Color:
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)


def _jitter(color: Color, random: Random, spread: int) -> Color:
    red, green, blue = (
        max(0, min(255, channel + random.randint(-spread, spread))) for channel in color
    )
    return red, green, blue
