"""The overlay: what was found, drawn on the picture for people to look at."""

from dataclasses import dataclass
from io import BytesIO
from math import sqrt
from zlib import crc32

from PIL import Image, ImageDraw

from shared.fonts.line import clean, fitted, line
from shared.model import Box, Detection, Findings, Point, Size

_DARK = "#14161a"  # all colours below are light enough to carry it
_NEIGHBOURS = 100  # tags a new one keeps clear of; with more, nothing can be read anyway
_PALETTE = (
    *("#ff4d4d", "#ff8f1f", "#ffd21f", "#a8e02a", "#2ecc5a", "#14c9a6", "#22d3ee", "#4aa8ff"),
    *("#7a8cff", "#b07cff", "#ec5cf0", "#ff6fb0", "#ffb199", "#d9a441", "#9ff2c4", "#d3c4ff"),
)


@dataclass(frozen=True, slots=True)
class _Style:
    """Measures in pixels that suit one picture."""

    stroke: int
    halo: int  # dark, on both sides of a stroke: seen on light grounds
    text: int
    padding: int


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where an object is in the picture; right and bottom exclusive."""

    left: int
    top: int
    right: int
    bottom: int

    def shared(self, others: list["_Spot"]) -> int:
        """How many pixels it has in common with each of the others, added up."""
        return sum(
            (min(self.right, other.right) - max(self.left, other.left))
            * (min(self.bottom, other.bottom) - max(self.top, other.top))
            for other in others
            if self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def draw(picture: Image.Image, findings: Findings, original: Size) -> Image.Image:
    """A new RGB picture with the objects on it, large ones first so that small ones stay visible.

    `original` is the size their pixels refer to; the picture may be any other.
    """
    drawn = picture.convert("RGB")  # a copy, even if it is RGB already
    canvas = ImageDraw.Draw(drawn)
    style = _style(drawn)
    scale = (drawn.width / original.width, drawn.height / original.height)
    objects = sorted(findings.objects, key=_area, reverse=True)
    spots = [_shape(canvas, thing, scale, style) for thing in objects]
    taken: list[_Spot] = []
    roomy = round(drawn.width * 0.4 / sqrt(max(1, len(objects) / 4)))  # in a crowd, all get less
    for thing, spot in zip(objects, spots, strict=True):
        widest = min(drawn.width, max(spot.right - spot.left, roomy))
        tag = _tag(thing, style, widest)
        if tag and (place := _place(tag.size, spot, taken, drawn.size)):
            drawn.paste(tag, (place.left, place.top))
            taken.append(place)
    return drawn


def encode(picture: Image.Image) -> bytes:
    """The picture as JPEG, no metadata; colours at full resolution keep thin lines sharp."""
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=90, subsampling=0, comment=b"")
    return buffer.getvalue()


def _style(picture: Image.Image) -> _Style:
    side = sqrt(picture.width * picture.height)
    stroke = max(2, round(side / 400))
    text = max(11, round(side / 56))
    return _Style(stroke, max(1, round(stroke / 4)), text, padding=max(3, round(text / 4)))


def _area(thing: Detection) -> int:
    match thing.shape:
        case Box(left, top, right, bottom):
            return (right - left) * (bottom - top)
        case Point():
            return 0


def _colour(label: str) -> str:
    """The same for the same label, in any picture and any process."""
    return _PALETTE[crc32(label[:99].casefold().encode("utf-8", "surrogatepass")) % len(_PALETTE)]


def _shape(
    canvas: ImageDraw.ImageDraw, thing: Detection, scale: tuple[float, float], style: _Style
) -> _Spot:
    """Draws the shape and returns the pixels it takes."""
    colour = _colour(thing.label)
    match thing.shape:
        case Box(left, top, right, bottom):
            spot = _scaled(left, top, right, bottom, scale)
            _frame(canvas, spot, style, colour)
        case Point(x, y):
            reach = style.stroke * 2
            middle = _scaled(x, y, x + 1, y + 1, scale)
            spot = _grown(middle, reach)
            canvas.ellipse(_pillow(_grown(spot, style.halo)), _DARK)
            canvas.ellipse(_pillow(spot), colour)
    return spot


def _scaled(left: int, top: int, right: int, bottom: int, scale: tuple[float, float]) -> _Spot:
    across, down = scale
    left, top = round(left * across), round(top * down)
    return _Spot(
        left, top, max(left + 1, round(right * across)), max(top + 1, round(bottom * down))
    )


def _frame(canvas: ImageDraw.ImageDraw, spot: _Spot, style: _Style, colour: str) -> None:
    """A stroke just inside the edge of the spot, dark on both sides."""
    short = min(spot.right - spot.left, spot.bottom - spot.top)
    stroke = max(1, min(style.stroke, short // 4))
    around = stroke + style.halo * 2 if short > 4 * stroke else stroke + style.halo
    canvas.rectangle(_pillow(_grown(spot, style.halo)), outline=_DARK, width=around)
    canvas.rectangle(_pillow(spot), outline=colour, width=stroke)


def _tag(thing: Detection, style: _Style, widest: int) -> Image.Image | None:
    """The label and how sure the model is, as a small picture; None if there is no label."""
    label = clean(thing.label)
    if not label:
        return None
    sure = line("" if thing.confidence is None else f" {thing.confidence:.0%}", style.text)
    words = fitted(label, style.text, widest - sure.width - 2 * style.padding)
    ascent = min(max(words.ascent, round(style.text * 0.95)), 2 * style.text)
    descent = min(max(words.descent, round(style.text * 0.25)), style.text)
    size = (words.width + sure.width + 2 * style.padding, ascent + descent + style.padding)
    colour = _colour(thing.label)
    tag = Image.new("RGB", size, colour)  # of its own, so that towering accents end at its edge
    canvas = ImageDraw.Draw(tag)
    baseline = style.padding // 2 + ascent
    words.draw(canvas, style.padding, baseline, _DARK)
    sure.draw(canvas, style.padding + words.width, baseline, _DARK)
    return tag


def _place(
    size: tuple[int, int], spot: _Spot, taken: list[_Spot], room: tuple[int, int]
) -> _Spot | None:
    """Where a tag goes: above, inside or below its object, inside the picture, off other tags.

    Where all is taken it covers as little of them as it can; None if the picture is too small.
    """
    width, height = size
    above, inside, below = spot.top - height, spot.top, spot.bottom
    roomy = spot.bottom - spot.top > 2 * height  # else a tag inside would hide the object
    tops = (above, inside, below) if roomy else (above, below, inside)
    lefts = [min(max(left, 0), room[0] - width) for left in (spot.left, spot.right - width)]
    places = [
        _Spot(left, top, left + width, top + height)
        for left in lefts
        for top in (*tops, spot.bottom - height)
        if left >= 0 and 0 <= top <= room[1] - height
    ]
    near = taken[-_NEIGHBOURS:]
    free = (place for place in places if not place.shared(near))
    return next(free, None) or min(places, key=lambda place: place.shared(near), default=None)


def _grown(spot: _Spot, by: int) -> _Spot:
    return _Spot(spot.left - by, spot.top - by, spot.right + by, spot.bottom + by)


def _pillow(spot: _Spot) -> tuple[int, int, int, int]:
    """Pillow's rectangles include their last row and column."""
    return (spot.left, spot.top, spot.right - 1, spot.bottom - 1)
