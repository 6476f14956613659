"""A photo's file for readers that ignore orientation: upright, in a common format."""

from io import BytesIO

from shared.exports.example import Photo
from shared.images import sandbox
from shared.limits import Limits

_SMALL = 64  # side of the picture for the model, which is unused here
_QUALITY = 95


def copy(photo: Photo, data: bytes, limits: Limits) -> bytes:
    """The file unchanged, or re-encoded at full size if it is rotated or not in a common format.

    Raises Rejected if it cannot be read, DeliverAgain if it can be later.
    """
    if photo.as_it_is:
        return data
    picture = sandbox.develop(data, limits, None, _SMALL).working
    stream = BytesIO()
    if photo.kind == "image/png":
        picture.save(stream, "PNG")
    else:
        picture.save(stream, "JPEG", quality=_QUALITY, subsampling="4:4:4")
    return stream.getvalue()
