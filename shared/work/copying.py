"""Writes what is fit to show into the bucket of copies: the redacted photo, and crops of things.

The photo is read and decoded again, at its full size, once the answer is there: a job that waits
for the model keeps no picture of that size. One is made at a time.
"""

from threading import Lock

from PIL import Image

from shared import naming, overlay, redaction, settings
from shared.border import uploads
from shared.border.storage import COPIES
from shared.breaker import mark
from shared.copies import doubts, hiding
from shared.images import sandbox
from shared.images.developed import Developed
from shared.model import Box, Copies, Copy, Crop, Detection, Doubt, Findings, Job, Photo, Redacted
from shared.redaction import Terms

_ONE_AT_A_TIME = Lock()
_SMALL = 64  # pixels of the picture for a model, which is not needed
_TAKEN = Doubt("taken", "There is a copy of another job already, and copies are never replaced.")


def written(job: Job, findings: Findings, photo: Photo) -> Copies:
    """The copies that the job asks for; those of an earlier delivery stay.

    Raises Rejected if the photo is gone by now.
    """
    table = job.request.get("redact")
    terms = redaction.terms(table) if table else None
    doubt = doubts.doubt(findings, photo, job.request, terms) if terms else None
    if terms and doubt and terms.if_unsure == "withhold":
        return Copies(Redacted(None, 0, doubt))
    cut_out = [] if doubt else _cut_out(job, findings)
    if not terms and not cut_out:
        return Copies()
    with _ONE_AT_A_TIME:
        whole = _whole(job)
        picture = whole.working
        redacted = _redacted(job, findings, whole, terms, doubt) if terms else None
        if redacted and redacted.copy is None:
            return Copies(redacted)
        crops = [_crop(job, picture, index, findings.objects[index]) for index in cut_out]
    return Copies(redacted, tuple(filter(None, crops)))


def _whole(job: Job) -> Developed:
    limits = settings.current().limits
    data = uploads.read(job.images[0], limits.bytes)
    return sandbox.develop(data, limits, None, _SMALL)


def _redacted(
    job: Job, findings: Findings, whole: Developed, terms: Terms, doubt: Doubt | None
) -> Redacted:
    things = [] if doubt else doubts.hidden(findings.objects, job.request)
    if doubt:
        hiding.hide_all(whole.working, terms.how)
    else:
        hiding.hide(whole.working, whole, things, terms)
    copy = _kept(job, "redacted.jpg", whole.working)
    return Redacted(copy, len(things), doubt if copy else _TAKEN)


def _cut_out(job: Job, findings: Findings) -> list[int]:
    """The places of the things of which pictures are made."""
    wanted = job.request.get("crops", ())
    return [at for at, each in enumerate(findings.objects) if each.label in wanted]


def _crop(job: Job, picture: Image.Image, index: int, thing: Detection) -> Crop | None:
    match thing.shape:
        case Box(left, top, right, bottom):
            part = picture.crop((left, top, right, bottom))
            copy = _kept(job, naming.crop(index), part)
            return Crop(copy.bucket, copy.name, copy.bytes, copy.crc32c, index) if copy else None
        case _:
            return None


def _kept(job: Job, file: str, picture: Image.Image) -> Copy | None:
    """The picture as a copy: its pixels, and our mark; None if there is one of another job."""
    name = naming.copies(job.images[0]) + file
    body = overlay.encode(picture, comment=mark.of(job))
    stored = COPIES.owned(name, body, "image/jpeg", job.key)
    return stored and Copy(str(settings.current().copies_bucket), name, *stored)
