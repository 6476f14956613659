"""Labels: small coloured tags beside the objects they name."""

from math import sqrt

from PIL import Image, ImageDraw

from shared.model import Detection
from shared.overlay.fonts.line import clean, fitted, line
from shared.overlay.rectangle import Rectangle
from shared.overlay.style import DARK, Style, colour

_NEIGHBOURS = 100  # tags a new one keeps clear of; with more, nothing can be read anyway


def draw(
    picture: Image.Image, objects: list[Detection], rects: list[Rectangle], style: Style
) -> None:
    """Puts a tag beside each object that has a label."""
    taken: list[Rectangle] = []
    roomy = round(
        picture.width * 0.4 / sqrt(max(1, len(objects) / 4))
    )  # less for each if there are many
    for thing, rect in zip(objects, rects, strict=True):
        widest = min(picture.width, max(rect.right - rect.left, roomy))
        tag = _tag(thing, style, widest)
        if tag and (place := _place(tag.size, rect, taken, picture.size)):
            picture.paste(tag, (place.left, place.top))
            taken.append(place)


def _tag(thing: Detection, style: Style, widest: int) -> Image.Image | None:
    """The label and how sure the model is, as a small picture; None if there is no label."""
    label = clean(thing.label)
    if not label:
        return None
    sure = line("" if thing.confidence is None else f" {thing.confidence:.0%}", style.text)
    words = fitted(label, style.text, widest - sure.width - 2 * style.padding)
    ascent = min(max(words.ascent, round(style.text * 0.95)), 2 * style.text)
    descent = min(max(words.descent, round(style.text * 0.25)), style.text)
    size = (words.width + sure.width + 2 * style.padding, ascent + descent + style.padding)
    tag = Image.new("RGB", size, colour(thing.label))  # a picture of its own cuts off tall accents
    canvas = ImageDraw.Draw(tag)
    baseline = style.padding // 2 + ascent
    words.draw(canvas, style.padding, baseline, DARK)
    sure.draw(canvas, style.padding + words.width, baseline, DARK)
    return tag


def _place(
    size: tuple[int, int], rect: Rectangle, taken: list[Rectangle], room: tuple[int, int]
) -> Rectangle | None:
    """Where a tag goes: above, inside or below its object, inside the picture, off other tags.

    Where all is taken it covers as little of them as it can; None if the picture is too small.
    """
    width, height = size
    above, inside, below = rect.top - height, rect.top, rect.bottom
    roomy = rect.bottom - rect.top > 2 * height  # else a tag inside would hide the object
    tops = (above, inside, below) if roomy else (above, below, inside)
    lefts = [min(max(left, 0), room[0] - width) for left in (rect.left, rect.right - width)]
    places = [
        Rectangle(left, top, left + width, top + height)
        for left in lefts
        for top in (*tops, rect.bottom - height)
        if left >= 0 and 0 <= top <= room[1] - height
    ]
    near = taken[-_NEIGHBOURS:]
    free = (place for place in places if not place.overlap(near))
    return next(free, None) or min(places, key=lambda place: place.overlap(near), default=None)
