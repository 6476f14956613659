"""/picture: the photos, upright, without metadata; made once and kept, two at a time."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import BoundedSemaphore, Lock
from weakref import WeakValueDictionary

from PIL import Image

from shared import naming, settings
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
_PATIENCE = 20.0  # s to wait for a turn
_room = BoundedSemaphore(2)  # pictures made at once: each takes the memory of a whole photo
_locking = Lock()
# A place for one, by the name of the picture, as long as somebody makes it or waits for it.
_making: "WeakValueDictionary[str, BoundedSemaphore]" = WeakValueDictionary()


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
    """The picture, kept or made now; two processes may both make it, and one is kept."""
    name = f"views/{naming.version(ref)}/{side}.jpg"
    kept = STATE.read(name)
    if kept is None:
        with _turn(name):
            kept = STATE.once(name, lambda: _made(ref, _SIDES[side]), "image/jpeg")
    return kept


@contextmanager
def _turn(name: str) -> Iterator[None]:
    """The turn of a picture, while nobody else makes the same. Raises Problem 503."""
    until = time.monotonic() + _PATIENCE
    with _locking:
        own = _making.setdefault(name, BoundedSemaphore(1))
    with _held(own, until), _held(_room, until):
        yield


@contextmanager
def _held(place: BoundedSemaphore, until: float) -> Iterator[None]:
    if not place.acquire(timeout=max(until - time.monotonic(), 0.0)):
        again = {"Retry-After": "2"}
        raise Problem(503, "busy", "Too many pictures are being made now.", headers=again)
    try:
        yield
    finally:
        place.release()


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
