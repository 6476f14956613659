"""Photos: their type, what is read without decoding, and the decoders in their child process."""

from collections.abc import Sequence
from functools import partial
from io import BytesIO

from PIL import Image

from prove.hostile.target import Broken, Target
from shared.errors import Rejected
from shared.images import heif, jpeg, png, sandbox, tiff, webp
from shared.images.header import Header
from shared.images.sniff import HEAD_BYTES, photo_type
from shared.limits import Limits
from testbed import uploads
from testbed.uploads import broken, odd

_SIDES = (1_024, 512)  # of the working picture, and of the model's
_LIMITS = Limits(cpu_seconds=5)
_MARKERS = {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}  # what a JPEG of ours is made of


def _files() -> Sequence[bytes]:
    """The files that are small enough to be changed a thousand times."""
    cases = (*odd.CASES, *broken.CASES)
    made = (case.data() for case in cases if case.expected != "reject")
    return [data for data in made if len(data) < 300_000]


def _heads() -> Sequence[bytes]:
    return [case.data()[:256] for case in uploads.NOT_PHOTOS] + [d[:256] for d in _files()]


def _sniffed(data: bytes) -> object:
    try:
        return photo_type(data[:HEAD_BYTES])
    except Rejected as why:
        if why.reason not in {"empty", "unsupported_type"}:
            raise Broken(f"sniffing says {why}") from why
        return why.reason, why.sentence


def _headers(data: bytes) -> object:
    found: list[object] = []
    readers = (heif.read, partial(jpeg.extent, most=100), _jpeg, png.read, webp.read)
    for read in (*readers, partial(tiff.value, tag=tiff.ORIENTATION)):
        try:
            header = read(data)
        except ValueError as error:
            found.append(str(error))
            continue
        found.append(_sound(header, data) if isinstance(header, Header) else header)
    return found


def _jpeg(data: bytes) -> Header:
    header, frame = jpeg.read(data)
    scans = jpeg.extent(header.image, 100).scans
    if frame.is_in_parts(scans) + frame.lacks(scans) + frame.is_coarse(scans) > 3:
        raise Broken(f"{frame} with {scans}")
    return header


def _sound(header: Header, data: bytes) -> object:
    if len(header.image) > len(data) or header.frames < 1:
        raise Broken(f"{len(header.image)} bytes of {len(data)}, {header.frames} frames")
    return header.size, header.frames, hash(header.image), hash(header.exif), hash(header.profile)


def _decoded(data: bytes) -> object:
    try:
        photo = sandbox.develop(data, _LIMITS, *_SIDES)
    except Rejected as why:
        return why.reason, why.sentence
    _LIMITS.check_size(photo.size)
    if photo.working.mode != "RGB" or max(photo.working.size) > _SIDES[0] or photo.working.info:
        raise Broken(f"a working picture {photo.working}")
    _check_sent(photo.for_model)
    return photo.detected_type, photo.size, photo.orientation, photo.frames, photo.warnings


def _check_sent(data: bytes) -> None:
    """The model gets a small JPEG with nothing in it but pixels."""
    at = 2
    while data[at + 1] != 0xDA:
        if data[at + 1] not in _MARKERS:
            raise Broken(f"the model is sent a segment {data[at + 1]:x}")
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    with Image.open(BytesIO(data), formats=["JPEG"]) as picture:
        if max(picture.size) > _SIDES[1]:
            raise Broken(f"the model is sent {picture.size}")


ALL = (
    Target("sniffing", _heads, _sniffed),
    Target("photo headers", _files, _headers),
    Target("decoding", _files, _decoded),
)
