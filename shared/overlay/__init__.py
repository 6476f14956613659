"""The overlay: the findings drawn on the picture, for people."""

from io import BytesIO

from PIL import Image, ImageDraw

from shared.model import Box, Detection, Findings, Point, Polygon, Size
from shared.overlay import shapes, tags, tints
from shared.overlay.rectangle import bounds
from shared.overlay.style import colour, suiting


def draw(picture: Image.Image, findings: Findings, original: Size) -> None:
    """Draws the objects on an RGB picture, large ones first so that small ones stay visible.

    Masks lie below boxes, and boxes below labels. `original` is the size their pixels refer to;
    the picture may be any other.
    """
    style = suiting(picture)
    scale = (picture.width / original.width, picture.height / original.height)
    objects = sorted(findings.objects, key=_area, reverse=True)
    for thing in objects:
        if thing.mask:
            tints.draw(picture, thing.mask, scale, style, colour(thing.label))
    canvas = ImageDraw.Draw(picture)
    rects = [shapes.draw(canvas, thing, scale, style) for thing in objects]
    tags.draw(picture, objects, rects, style)


def encode(picture: Image.Image) -> bytes:
    """The picture as JPEG, no metadata; colours at full resolution keep thin lines sharp."""
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=90, subsampling=0, comment=b"")
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
