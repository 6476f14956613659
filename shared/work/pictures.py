"""A job's photos, read at their exact versions and decoded."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from hashlib import sha256

from PIL import Image

from shared import settings
from shared.border import uploads
from shared.border.gemini import models
from shared.border.uploads import Taken, TooLong
from shared.errors import Rejected
from shared.images import media_type, sandbox
from shared.images.developed import Developed
from shared.images.sniff import HEAD_BYTES, photo_type
from shared.jobs.draft import Draft
from shared.jobs.lease import Lease
from shared.limits import MOST_IMAGES
from shared.model import ImageRef, Job, Photo, Upload
from shared.overlay import sheet
from shared.work import artifacts
from shared.work.read_ahead import Photos


@dataclass(frozen=True, slots=True)
class Opening:
    """The opening of a job's photos; facts of each go into the draft.

    `once_read` is called when the last one is read, before it is decoded.
    """

    job: Job
    held: Lease
    photos: Photos
    draft: Draft
    once_read: Callable[[], object]

    def developed(self) -> list[Developed]:
        """The pictures of the job's images, in their order.

        Raises Rejected for an unusable photo, and for more images than a question may have.
        """
        count = len(self.job.images)
        if count > MOST_IMAGES:
            raise Rejected(
                "bad_job_file",
                f"The job has {count:,} images; {MOST_IMAGES:,} are the limit of a question.",
            )
        request = self.job.request
        side = models.find(request["model"], request.get("detail", "")).side
        if count == 1:
            drawn = side if artifacts.no_overlay(self.job) else request["overlay_side"] or None
            return [self._developed(0, drawn, side)]
        return [self._one_of_several(index, side) for index in range(count)]

    def _one_of_several(self, index: int, side: int) -> Developed:
        """Of several, only the pictures for the model and those on the sheet stay in memory."""
        self.held.outlive(settings.current().model_timeout_seconds)
        try:
            developed = self._developed(index, side, side)
        except Rejected as why:
            name = self.job.images[index].name
            raise Rejected(why.reason, f"Image {index + 1}, {name!r}: {why.sentence}") from why
        if index < sheet.MOST:
            return developed
        return replace(developed, working=Image.new("RGB", (1, 1)))

    def _developed(self, index: int, working: int | None, model: int) -> Developed:
        """The photo, read and decoded, for long sides of so many pixels; None: as it is."""
        limits, photos = settings.current().limits, self.draft.photos
        with ExitStack() as whole:
            with self.draft.time("decode"):
                decoder = whole.enter_context(sandbox.decoder(limits))
            data = self._read(index)
            kind = photo_type(data[:HEAD_BYTES])
            photo = photos[index] = replace(photos[index], detected_type=kind)
            with self.draft.time("decode"):
                try:
                    developed = decoder.develop(data, limits, working, model)
                except Rejected as why:
                    width, height = why.size or (None, None)
                    photos[index] = replace(photo, width=width, height=height)
                    raise
        photos[index] = _described(photo, developed)
        return developed

    def _read(self, index: int) -> bytes:
        ref, limits = self.job.images[index], settings.current().limits
        with self.draft.time("read"):
            try:
                taken = self.photos.take(index)
            except TooLong:
                upload = uploads.describe(ref)
                self.draft.photos[index] = _seen(ref, upload)
                limits.check_bytes(upload.bytes)
                raise
            self.draft.photos[index] = _seen(ref, taken)
            self.draft.contents.append(sha256(taken.data).hexdigest())
        if len(self.draft.contents) == len(self.job.images):
            self.once_read()
        return taken.data


def _seen(ref: ImageRef, about: Taken | Upload) -> Photo:
    """The photo, before it is opened."""
    return replace(
        Photo.of(ref),
        declared_type=about.declared_type,
        bytes=about.bytes,
        crc32c=about.crc32c,
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
