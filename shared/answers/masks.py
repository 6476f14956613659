"""The masks of an answer's objects: outlines, and pictures in base64. Imports Pillow."""

import base64
import binascii
import re
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from io import BytesIO

from PIL import Image, ImageChops

from shared.answers import outline
from shared.answers.geometry import Units, overlap, steps
from shared.answers.listing import Candidate
from shared.answers.problems import Log, Unreadable
from shared.images import png
from shared.masks import area, soft
from shared.masks import outline as filling
from shared.model import Box, Detection, Mask, Size

_ALIKE = 0.02  # by so much the shape of a map may differ from the image's, as both are rounded
_SLACK = 0.01  # of the image's sides: an outline may leave its box so far, as both are rounded
_LARGEST = 4_000_000  # bytes, and pixels: the model's own have 65,536
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PREFIX = re.compile(r"data:[\w/.+-]*(?:;[\w=.-]+)*,", re.IGNORECASE)
_TOKENS = re.compile(r"<(?:start_of_mask|seg_\d+)>", re.IGNORECASE)
_SPACE = re.compile(r"[\s\ufeff]+")
# What Pillow raises over a broken PNG, found by breaking many.
_BROKEN = (OSError, ValueError, SyntaxError, EOFError, IndexError, struct.error, zlib.error)


@dataclass(frozen=True, slots=True)
class Terms:
    """What all masks of one answer have in common."""

    size: Size
    units: Units
    threshold: int  # 0 to 255: a pixel belongs if its map is above
    lean: float = 0  # see outline.leaning


def attached(
    found: Iterable[tuple[int, Detection]], seen: Mapping[int, Candidate], terms: Terms, log: Log
) -> tuple[Detection, ...]:
    """The objects, each with its mask; or as box_only, and a problem that says why."""
    listed = list(found)
    terms = replace(terms, lean=outline.leaning(_outlined(seen[item] for item, _ in listed)))
    objects = []
    for item, each in listed:
        notes: list[str] = []
        try:
            mask = _mask(seen[item], each, terms, notes)
        except Unreadable as error:
            log.add(error.code, item)
            objects.append(replace(each, provenance="box_only"))
            continue
        for code in dict.fromkeys(notes):
            log.add(code, item)
        provenance = "repaired" if notes else each.provenance
        objects.append(replace(each, mask=mask, provenance=provenance))
    return tuple(objects)


def _outlined(candidates: Iterable[Candidate]) -> Iterable[tuple[outline.Outline, list[float]]]:
    """The outlines that have a box beside them."""
    for each in candidates:
        if isinstance(each.mask, list) and len(each.numbers) == 4:
            try:
                yield outline.read(each.mask, []), each.numbers
            except Unreadable:
                continue  # recorded when its mask is read


def _mask(each: Candidate, found: Detection, terms: Terms, notes: list[str]) -> Mask:
    if each.mask is None:
        raise Unreadable("mask_missing")
    if not isinstance(found.shape, Box):
        raise Unreadable("mask_without_box")
    if isinstance(each.mask, str):
        mask = _from_map(each, found.shape, terms, notes)
    elif isinstance(each.mask, list):
        mask = _from_outline(each, found.shape, terms, notes)
    else:
        raise Unreadable("mask_unreadable")
    if not area(mask):
        raise Unreadable("mask_empty")
    return mask


def _from_map(each: Candidate, box: Box, terms: Terms, notes: list[str]) -> Mask:
    """The map fills the box as the model gave it, of which the image may hold a part only."""
    surely = _read_map(each.mask, notes)
    if _is_whole(surely, box, terms):
        notes.append("mask_whole_image")
        return soft.mask(surely, box, terms.threshold, _shares(box, terms.size))
    down, across = steps(terms.size, terms.units)
    top, bottom = _visible(each.numbers[0::2], down, terms.size.height)
    left, right = _visible(each.numbers[1::2], across, terms.size.width)
    return soft.mask(surely, box, terms.threshold, (left, top, right, bottom))


def _is_whole(surely: Image.Image, box: Box, terms: Terms) -> bool:
    """Whether the map is one of the whole image: it has its shape, and what belongs is in the box.

    A map of the box alone is filled by what belongs, as the box is tight.
    """
    wide, tall = surely.size
    if abs(wide * terms.size.height - tall * terms.size.width) > _ALIKE * wide * terms.size.height:
        return False
    lit = surely.point(lambda level: 255 if level > terms.threshold else 0).getbbox()
    if lit is None:
        return False
    extent = (lit[0] / wide, lit[1] / tall, lit[2] / wide, lit[3] / tall)
    return overlap(extent, _shares(box, terms.size)) > overlap(extent, (0, 0, 1, 1))


def _shares(box: Box, size: Size) -> tuple[float, float, float, float]:
    """The edges of the box as shares of the image's sides."""
    across, down = size
    return box.left / across, box.top / down, box.right / across, box.bottom / down


def _visible(ends: list[float], step: float, pixels: int) -> tuple[float, float]:
    """From where to where a stretch is inside the image, as shares of its length."""
    start, end = (edge * step for edge in sorted(ends))
    length = end - start
    return (max(start, 0) - start) / length, (min(end, pixels) - start) / length


def _from_outline(each: Candidate, box: Box, terms: Terms, notes: list[str]) -> Mask:
    """The outline lies in the whole image; what of it is outside the box is cut off."""
    read = outline.read(each.mask, notes)
    down, across = steps(terms.size, terms.units)
    extent = terms.size.width / across, terms.size.height / down
    ordered = outline.refitted(read, each.numbers, extent, (across, down), notes)
    ordered = ordered or outline.x_first(read, each.numbers, terms.lean, notes)
    rings = [[(x * across, y * down) for x, y in ring] for ring in ordered.rings]
    left, top, right, bottom = ordered.bounds
    wide, tall = _SLACK * terms.size.width, _SLACK * terms.size.height
    if (
        min(left * across - box.left, box.right - right * across) < -wide
        or min(top * down - box.top, box.bottom - bottom * down) < -tall
    ):
        notes.append("mask_beyond_box")
    try:
        return filling.mask(rings, box)
    except filling.TooComplex:
        raise Unreadable("mask_too_large") from None


def _read_map(text: str, notes: list[str]) -> Image.Image:
    """The map in mode "L", 0 to 255, of any size; Unreadable if there is none in the text."""
    if _TOKENS.search(text[:1000]):
        raise Unreadable("mask_tokens")
    if len(text) > 2 * _LARGEST:
        raise Unreadable("mask_too_large")
    data = _png(_SPACE.sub("", text), notes)
    if not data.startswith(_SIGNATURE):
        raise Unreadable("mask_unreadable")
    if len(data) > _LARGEST:
        raise Unreadable("mask_too_large")
    try:
        header = png.read(data)
        if header.size.width * header.size.height > _LARGEST:
            raise Unreadable("mask_too_large")
        return _grey(Image.open(BytesIO(header.image), formats=["PNG"]))
    except _BROKEN:
        raise Unreadable("mask_unreadable") from None


def _png(text: str, notes: list[str]) -> bytes:
    """What the base64 stands for, with padding and alphabet mended."""
    prefix = _PREFIX.match(text)
    if not prefix:
        notes.append("mask_no_prefix")
    written = text[prefix.end() :] if prefix else text
    body = written.rstrip("=").translate(str.maketrans("-_", "+/"))
    body += "=" * (-len(body) % 4)
    if body != written:
        notes.append("mask_base64")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise Unreadable("mask_unreadable") from None


def _grey(picture: Image.Image) -> Image.Image:
    """Its brightness, 8 bits; what is transparent is dark, since some draw masks in alpha."""
    if picture.mode.startswith("I"):  # 16 bits, which a plain conversion clips
        return picture.point(lambda level: level * (1 / 256)).convert("L")
    if picture.mode in ("LA", "RGBA", "PA"):
        grey, alpha = picture.convert("LA").split()
        return ImageChops.multiply(grey, alpha)
    return picture.convert("L")
