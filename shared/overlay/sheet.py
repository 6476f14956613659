"""The contact sheet of several images: the first few side by side, named as in the question."""

from collections.abc import Sequence
from math import ceil

from PIL import Image, ImageDraw

from shared.overlay.fonts.line import fitted

MOST = 4  # pictures: more would be too small, and each takes memory
_DARK, _LIGHT = "#14161a", "#f2f2f2"
_COLUMNS = 2


def draw(pictures: Sequence[Image.Image], of: int, side: int | None) -> Image.Image:
    """A new RGB picture with the first of `of` images on it, "Image 1" above the first.

    Its long side is at most `side` pixels; None is as large as the pictures make it.
    """
    columns = min(_COLUMNS, len(pictures))
    rows = ceil(len(pictures) / columns)
    cell = max(max(picture.size) for picture in pictures)
    band = max(16, cell // 16)
    if side is not None:
        scale = min(1.0, side / max(columns * cell, rows * (cell + band)))
        cell, band = max(1, int(cell * scale)), int(band * scale)
    drawn = Image.new("RGB", (columns * cell, rows * (cell + band)), _DARK)
    for index, picture in enumerate(pictures):
        more = f", and {of - index - 1} more" if index == len(pictures) - 1 < of - 1 else ""
        corner = (index % columns * cell, index // columns * (cell + band))
        _put(drawn, picture, corner, (cell, band), f"Image {index + 1}{more}")
    return drawn


def _put(
    sheet: Image.Image,
    picture: Image.Image,
    corner: tuple[int, int],
    room: tuple[int, int],
    title: str,
) -> None:
    """The title in a band, and the picture in the middle of the square below it."""
    (left, top), (cell, band) = corner, room
    words = fitted(title, max(8, band * 5 // 8), cell - band // 2)
    words.draw(ImageDraw.Draw(sheet), left + band // 4, top + band * 3 // 4, _LIGHT)
    shown = picture.copy()
    shown.thumbnail((cell, cell))
    beside, above = (cell - shown.width) // 2, (cell - shown.height) // 2
    sheet.paste(shown, (left + beside, top + band + above))
