"""A picture as a JPEG that is not too long."""

from io import BytesIO

from PIL import Image

_QUALITIES = (88, 75, 60, 40, 20)


def jpeg(picture: Image.Image, most: int) -> bytes:
    """The picture as good as it goes in `most` bytes; at the worst quality it may take more."""
    for quality in _QUALITIES:
        stream = BytesIO()
        picture.save(stream, "JPEG", quality=quality)
        if stream.tell() <= most:
            break
    return stream.getvalue()
