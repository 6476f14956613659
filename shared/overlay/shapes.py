"""Boxes, points and polygons, drawn."""

from PIL import ImageDraw

from shared.model import Box, Detection, Point, Polygon
from shared.overlay.rectangle import Rectangle, Rings, Scale, bounds, scaled
from shared.overlay.style import DARK, Style, colour


def draw(canvas: ImageDraw.ImageDraw, thing: Detection, scale: Scale, style: Style) -> Rectangle:
    """Draws the shape, a box thin if there is a mask in it, and returns the pixels it takes."""
    paint = colour(thing.label)
    match thing.shape:
        case Box(left, top, right, bottom):
            rect = scaled(left, top, right, bottom, scale)
            _frame(canvas, rect, style.thin if thing.mask else style.stroke, style.halo, paint)
        case Point(x, y):
            rect = scaled(x, y, x + 1, y + 1, scale).grown(style.stroke * 2)
            canvas.ellipse(rect.grown(style.halo).pillow, DARK)
            canvas.ellipse(rect.pillow, paint)
        case Polygon(rings):
            rect = _rings(canvas, rings, scale, style, paint)
    return rect


def _frame(
    canvas: ImageDraw.ImageDraw, rect: Rectangle, widest: int, halo: int, paint: str
) -> None:
    """A stroke just inside the edge of the rectangle, dark on both sides."""
    short = min(rect.size)
    stroke = max(1, min(widest, short // 4))
    around = stroke + halo * 2 if short > 4 * stroke else stroke + halo
    canvas.rectangle(rect.grown(halo).pillow, outline=DARK, width=around)
    canvas.rectangle(rect.pillow, outline=paint, width=stroke)


def _rings(
    canvas: ImageDraw.ImageDraw,
    rings: Rings,
    scale: Scale,
    style: Style,
    paint: str,
) -> Rectangle:
    """Closed strokes along the rings, dark on both sides."""
    across, down = scale
    paths = [[(x * across, y * down) for x, y in (*ring, ring[0])] for ring in rings]
    for ink, width in ((DARK, style.stroke + 2 * style.halo), (paint, style.stroke)):
        for path in paths:
            canvas.line(path, ink, width, joint="curve")
    return scaled(*bounds(rings), scale)
