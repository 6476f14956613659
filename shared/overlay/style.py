"""The overlay's style: measures by the picture's size, and a colour for each label."""

from dataclasses import dataclass
from math import sqrt
from zlib import crc32

from PIL import Image

DARK = "#14161a"  # all colours below are light enough to carry it
_PALETTE = (
    *("#ff4d4d", "#ff8f1f", "#ffd21f", "#a8e02a", "#2ecc5a", "#14c9a6", "#22d3ee", "#4aa8ff"),
    *("#7a8cff", "#b07cff", "#ec5cf0", "#ff6fb0", "#ffb199", "#d9a441", "#9ff2c4", "#d3c4ff"),
)


@dataclass(frozen=True, slots=True)
class Style:
    """Measures in pixels that suit one picture."""

    stroke: int
    rim: int  # the stroke along a mask's edge
    thin: int  # the stroke of a box around a mask
    halo: int  # dark, on both sides of a stroke, for light backgrounds
    text: int
    padding: int


def suiting(picture: Image.Image) -> Style:
    """The style for a picture of that size."""
    side = sqrt(picture.width * picture.height)
    stroke = max(2, round(side / 400))
    text = max(11, round(side / 56))
    return Style(
        stroke,
        rim=max(1, round(stroke * 0.7)),
        thin=max(1, round(stroke / 2)),
        halo=max(1, round(stroke / 4)),
        text=text,
        padding=max(3, round(text / 4)),
    )


def colour(label: str) -> str:
    """The same for the same label, in any picture and any process."""
    return _PALETTE[crc32(label[:99].casefold().encode("utf-8", "surrogatepass")) % len(_PALETTE)]
