"""A photo's file for readers that take its pixels as they come: upright, in a common format."""

from io import BytesIO

from shared.exports.example import Photo
from shared.images import sandbox
from shared.limits import Limits

_SMALL = 64  # the picture for a model, which nobody looks at here
_QUALITY = 95


def copy(photo: Photo, data: bytes, limits: Limits) -> bytes:
    """The file as it is, or made anew at full size if it is turned or not in a common format.

    Raises Rejected if it cannot be read, DeliverAgain if it could be another time.
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
