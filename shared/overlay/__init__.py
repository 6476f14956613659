"""The overlay: the findings drawn on the picture, for people."""

from io import BytesIO

from PIL import Image, ImageDraw

from shared.model import Box, Detection, Findings, Point, Polygon, Size
from shared.overlay import shapes, tags, tints
from shared.overlay.rectangle import bounds
from shared.overlay.style import Style, colour, suiting

_SMALL = Style(stroke=3, rim=2, thin=2, halo=1, text=19, padding=5)
_NAMED = 3  # objects of a small picture: more names would hide it


def draw(picture: Image.Image, findings: Findings, original: Size) -> None:
    """Draws the objects on an RGB picture, large ones first so that small ones stay visible.

    Masks lie below boxes, and boxes below labels. `original` is the size their pixels refer to;
    the picture may be any other.
    """
    _draw(picture, findings, original, suiting(picture), len(findings.objects))


def draw_small(picture: Image.Image, findings: Findings, original: Size) -> None:
    """The same on a picture for lists: with thick lines, and the names of the largest objects."""
    _draw(picture, findings, original, _SMALL, _NAMED)


def _draw(
    picture: Image.Image, findings: Findings, original: Size, style: Style, named: int
) -> None:
    scale = (picture.width / original.width, picture.height / original.height)
    objects = sorted(findings.objects, key=_area, reverse=True)
    for thing in objects:
        if thing.mask:
            tints.draw(picture, thing.mask, scale, style, colour(thing.label))
    canvas = ImageDraw.Draw(picture)
    rects = [shapes.draw(canvas, thing, scale, style) for thing in objects]
    tags.draw(picture, objects[:named], rects[:named], style)


def encode(picture: Image.Image, quality: int = 90, comment: bytes = b"") -> bytes:
    """The picture as JPEG; colours at full resolution keep thin lines sharp.

    It has no metadata but the comment.
    """
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=quality, subsampling=0, comment=comment)
    return buffer.getvalue()


def _area(thing: Detection) -> float:
    match thing.shape:
        case Box(left, top, right, bottom):
            return (right - left) * (bottom - top)
        case Point():
            return 0
        case Polygon(rings):
            first, highest, last, lowest = bounds(rings)
            return (last - first) * (lowest - highest)
