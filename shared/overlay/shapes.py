"""Boxes, points and polygons, drawn."""

from PIL import ImageDraw

from shared.model import Box, Detection, Point, Polygon
from shared.overlay.rectangle import Rings, Scale, Spot, bounds, scaled
from shared.overlay.style import DARK, Style, colour


def draw(canvas: ImageDraw.ImageDraw, thing: Detection, scale: Scale, style: Style) -> Spot:
    """Draws the shape, a box thin if there is a mask in it, and returns the pixels it takes."""
    paint = colour(thing.label)
    match thing.shape:
        case Box(left, top, right, bottom):
            spot = scaled(left, top, right, bottom, scale)
            _frame(canvas, spot, style.thin if thing.mask else style.stroke, style.halo, paint)
        case Point(x, y):
            spot = scaled(x, y, x + 1, y + 1, scale).grown(style.stroke * 2)
            canvas.ellipse(spot.grown(style.halo).pillow, DARK)
            canvas.ellipse(spot.pillow, paint)
        case Polygon(rings):
            spot = _rings(canvas, rings, scale, style, paint)
    return spot


def _frame(canvas: ImageDraw.ImageDraw, spot: Spot, widest: int, halo: int, paint: str) -> None:
    """A stroke just inside the edge of the spot, dark on both sides."""
    short = min(spot.size)
    stroke = max(1, min(widest, short // 4))
    around = stroke + halo * 2 if short > 4 * stroke else stroke + halo
    canvas.rectangle(spot.grown(halo).pillow, outline=DARK, width=around)
    canvas.rectangle(spot.pillow, outline=paint, width=stroke)


def _rings(
    canvas: ImageDraw.ImageDraw,
    rings: Rings,
    scale: Scale,
    style: Style,
    paint: str,
) -> Spot:
    """Closed strokes along the rings, dark on both sides."""
    across, down = scale
    paths = [[(x * across, y * down) for x, y in (*ring, ring[0])] for ring in rings]
    for ink, width in ((DARK, style.stroke + 2 * style.halo), (paint, style.stroke)):
        for path in paths:
            canvas.line(path, ink, width, joint="curve")
    return scaled(*bounds(rings), scale)
