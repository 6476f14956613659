"""A smaller picture, by the cheapest way that keeps it good."""

from typing import Protocol

from PIL import Image

from shared.model import Size

_NEAR = 0.98  # a side this close below the wanted one will do, if it is much cheaper
_GAP = 1.5  # what is much too large is first reduced, to this many times the wanted size
_ROWS = 64  # about as many are in memory at a time, of a picture that comes in rows


class Rows(Protocol):
    """A picture, of which a part can be had at a time."""

    @property
    def mode(self) -> str:
        """As Pillow names it."""

    @property
    def size(self) -> Size:
        """In pixels."""

    def rows(self, top: int, count: int) -> Image.Image:
        """So many rows of it, as a picture of their own."""


def shrunk(picture: Image.Image, side: int | None, original: Size) -> Image.Image:
    """The picture with a long side of at most `side`, in the proportions of the `original`.

    It is the picture itself if that is no larger.
    """
    longest = max(picture.size)
    if side is None or longest <= side:
        return picture
    factor = -(-longest // side)
    if longest / factor >= side * _NEAR:
        return picture.reduce(factor)
    size = _scaled(original, side)
    return picture.resize(size, Image.Resampling.HAMMING, reducing_gap=_GAP)


def gathered(picture: Rows, side: int | None) -> Image.Image:
    """What `shrunk` makes of the picture, to the last bit, and never more of it than that takes.

    A picture of less than three times the side is not reduced before it is resized, and is whole
    in memory.
    """
    longest = max(picture.size)
    if side is None or longest <= side:
        return _reduced(picture, (1, 1), picture.mode)
    mode = "RGBa" if picture.mode == "RGBA" else picture.mode  # clear pixels have no weight
    factor = -(-longest // side)
    if longest / factor >= side * _NEAR:
        small = _reduced(picture, (factor, factor), mode)
    else:
        size = _scaled(picture.size, side)
        across, down = (
            int(length / wanted / _GAP) or 1
            for length, wanted in zip(picture.size, size, strict=True)
        )
        box = (0, 0, picture.size.width / across, picture.size.height / down)
        reduced = _reduced(picture, (across, down), mode)
        small = reduced.resize(size, Image.Resampling.HAMMING, box)
    return small if mode == picture.mode else small.convert(picture.mode)


def _scaled(original: Size, side: int) -> Size:
    scale = side / max(original)
    return Size(*(max(1, round(length * scale)) for length in original))


def _reduced(picture: Rows, factors: tuple[int, int], mode: str) -> Image.Image:
    """The picture in another mode, reduced by these factors across and down, strip by strip."""
    across, down = factors
    width, height = picture.size
    small = Image.new(mode, (-(-width // across), -(-height // down)))
    step = max(1, _ROWS // down) * down
    for top in range(0, height, step):
        strip = picture.rows(top, min(step, height - top))
        if strip.mode != mode:
            strip = strip.convert(mode)
        small.paste(strip.reduce(factors), (0, top // down))
    return small
