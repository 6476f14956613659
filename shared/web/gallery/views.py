"""/picture: the photos, upright, without metadata; made once and kept."""

from hashlib import sha256
from io import BytesIO

from PIL import Image

from shared import settings
from shared.border import uploads
from shared.border.storage import STATE
from shared.errors import DeliverAgain, Rejected
from shared.images import sandbox
from shared.model import ImageRef
from shared.web.gallery.query import Query
from shared.web.gallery.reply import FOREVER, Reply
from shared.web.problem import Problem

_MOST_BYTES = 30_000_000  # Cloud Run limits an answer to 32 MiB
_QUALITIES = (88, 75, 60, 40, 20)  # of a JPEG; the next one if it has too many bytes
_SIDES = {"2048": 2048, "full": None}
_UNSEEN = 64  # side of the picture for the model, which is unused here


def picture(query: Query) -> Reply:
    """The photo as a JPEG of at most 2048 pixels a side, or at full size."""
    name, generation = query.needed("name"), query.needed_generation()
    side = query.one_of("side", *_SIDES)
    ref = ImageRef(settings.current().uploads_bucket, name, generation)
    try:
        return Reply(_kept(ref, side), "image/jpeg", FOREVER)
    except Rejected as why:
        status = 404 if why.reason == "source_gone" else 415
        raise Problem(status, why.reason, why.sentence) from why
    except DeliverAgain as why:
        again = {"Retry-After": "5"}
        raise Problem(503, "busy", f"Not now: {why}.", headers=again) from why


def _kept(ref: ImageRef, side: str) -> bytes:
    """The picture, kept or made now; two requests may both make it, and one is kept."""
    version = f"{ref.bucket}/{ref.name}#{ref.generation}"
    name = f"views/{sha256(version.encode()).hexdigest()}/{side}.jpg"
    return STATE.once(name, lambda: _made(ref, _SIDES[side]), "image/jpeg")


def _made(ref: ImageRef, side: int | None) -> bytes:
    return jpeg(_opened(ref, side), _MOST_BYTES)


def _opened(ref: ImageRef, side: int | None) -> Image.Image:
    """The photo, decoded in the sandbox. Raises Rejected and DeliverAgain."""
    limits = settings.current().limits
    limits.check_bytes(uploads.describe(ref).bytes)
    return sandbox.develop(uploads.read(ref, limits.bytes), limits, side, _UNSEEN).working


def jpeg(picture: Image.Image, most: int) -> bytes:
    """The picture in the best quality that fits in `most` bytes; in the worst it may have more."""
    for quality in _QUALITIES:
        stream = BytesIO()
        picture.save(stream, "JPEG", quality=quality)
        if stream.tell() <= most:
            break
    return stream.getvalue()
