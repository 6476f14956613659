"""A job's photos, read at their exact versions and decoded."""

from contextlib import ExitStack
from dataclasses import replace
from hashlib import sha256

from PIL import Image

from shared import settings
from shared.border import uploads
from shared.border.gemini import models
from shared.errors import Rejected
from shared.images import media_type, sandbox
from shared.images.developed import Developed
from shared.images.sniff import HEAD_BYTES, photo_type
from shared.jobs.draft import Draft
from shared.jobs.lease import Lease
from shared.limits import MOST_IMAGES
from shared.model import Job, Photo, Upload
from shared.overlay import sheet


def opened(job: Job, held: Lease, draft: Draft) -> list[Developed]:
    """The pictures of the job's images, in their order; facts of each photo go into the draft.

    Raises Rejected for an unusable photo, and for more images than a question may have.
    """
    if len(job.images) > MOST_IMAGES:
        raise Rejected(
            "bad_job_file",
            f"The job has {len(job.images):,} images; {MOST_IMAGES:,} are the limit of a question.",
        )
    return [_develop(index, job, held, draft) for index in range(len(job.images))]


def _develop(index: int, job: Job, held: Lease, draft: Draft) -> Developed:
    """The picture of one of the job's images; facts of the photo go into the draft.

    Of several, only the pictures for the model and those on the sheet stay in memory.
    """
    side = models.find(job.request["model"], job.request.get("detail", "")).side
    if len(job.images) == 1:
        return _opened(index, job, (job.request["overlay_side"] or None, side), draft)
    held.outlive(settings.current().model_timeout_seconds)
    try:
        developed = _opened(index, job, (side, side), draft)
    except Rejected as why:
        name = job.images[index].name
        raise Rejected(why.reason, f"Image {index + 1}, {name!r}: {why.sentence}") from why
    if index < sheet.MOST:
        return developed
    return replace(developed, working=Image.new("RGB", (1, 1)))


def _opened(index: int, job: Job, sides: tuple[int | None, int], draft: Draft) -> Developed:
    """The photo, read and decoded; `sides` limit the working picture and the model's, in pixels.

    Its bytes are read once a decoder is free: jobs that wait for one hold no photo in memory.
    """
    limits = settings.current().limits
    with draft.time("read"):
        upload = uploads.describe(job.images[index])
    photo = draft.photos[index] = _seen(upload)
    limits.check_bytes(upload.bytes)
    with ExitStack() as whole:
        with draft.time("decode"):
            decoder = whole.enter_context(sandbox.decoder(limits))
        with draft.time("read"):
            data = uploads.read(upload.ref, limits.bytes)
            draft.contents.append(sha256(data).hexdigest())
        photo = draft.photos[index] = replace(photo, detected_type=photo_type(data[:HEAD_BYTES]))
        with draft.time("decode"):
            try:
                developed = decoder.develop(data, limits, *sides)
            except Rejected as why:
                width, height = why.size or (None, None)
                draft.photos[index] = replace(photo, width=width, height=height)
                raise
    draft.photos[index] = _described(photo, developed)
    return developed


def _seen(upload: Upload) -> Photo:
    """The photo, before it is opened."""
    return replace(
        Photo.of(upload.ref),
        declared_type=upload.declared_type,
        bytes=upload.bytes,
        crc32c=upload.crc32c,
    )


def _described(photo: Photo, developed: Developed) -> Photo:
    mismatch = media_type.contradicts(photo.declared_type, developed.detected_type)
    return replace(
        photo,
        detected_type=developed.detected_type,
        width=developed.size.width,
        height=developed.size.height,
        orientation=developed.orientation,
        frames=developed.frames,
        warnings=(*(("type_mismatch",) if mismatch else ()), *developed.warnings),
    )
