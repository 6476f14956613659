"""A mask as a picture, and as a file."""

from io import BytesIO

from PIL import Image

from shared.model import Mask


def image(mask: Mask) -> Image.Image:
    """The box's pixels in mode "1"."""
    size = (mask.box.right - mask.box.left, mask.box.bottom - mask.box.top)
    return Image.frombytes("1", size, mask.bits)


def png(mask: Mask) -> bytes:
    """The box's pixels as a 1-bit PNG."""
    stream = BytesIO()
    image(mask).save(stream, "PNG")
    return stream.getvalue()
