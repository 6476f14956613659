"""A smaller picture, by the cheapest way that keeps it good."""

from PIL import Image

from shared.model import Size

_NEAR = 0.98  # a side this close below the wanted one will do, if it is much cheaper


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
    scale = side / max(original)
    width, height = (max(1, round(length * scale)) for length in original)
    return picture.resize((width, height), Image.Resampling.HAMMING, reducing_gap=1.5)
