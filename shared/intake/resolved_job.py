"""The job that a job file resolves to, or why it is rejected; decided once, and kept.

Otherwise an image that is overwritten or uploaded later would make a redelivered job file another
job, and another paid call.
"""

from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

from shared import codec, naming
from shared.border import uploads
from shared.border.storage import STATE
from shared.errors import Rejected, RejectedReason
from shared.intake import job_file
from shared.intake.job_file import JobFile, Named
from shared.intake.recipes.condition import Condition
from shared.intake.recipes.glob import Glob
from shared.intake.recipes.recipe import Recipe
from shared.messages import events
from shared.model import ImageRef, Job, Upload

_PREFIX = "job-files/"
_NAMED = "named"
_DIGITS = 16  # hexadecimal, of the digest of a version in the metadata
_MOST_SHOWN = 400  # digests; Cloud Storage takes 8 KiB of metadata with an object
_AT_ONCE = 16  # requests
NO_TASK = "job"  # in the record of a file without a valid task


@dataclass(frozen=True, slots=True)
class ResolvedJob:
    """The job of a job file; if it is `rejected`, its record says why."""

    job: Job
    rejected: tuple[str, str] | None = None  # the reason, and a sentence for people

    def check(self) -> None:
        """Raises Rejected if the file is rejected."""
        if self.rejected:
            reason, sentence = self.rejected
            raise Rejected(cast("RejectedReason", reason), sentence)


def of(upload: Upload) -> ResolvedJob:
    """The job that was kept for this version of a job file, or else a new one, kept."""
    body = STATE.read(_name(upload.ref))
    if body is None:
        made = _resolved(upload)
        body = STATE.keep(_name(upload.ref), codec.encode(made), metadata=_shown(made))
    return _decoded(body)


def foreseen(upload: Upload) -> ResolvedJob:
    """The job that was kept for this version of a job file, or else the one that would be."""
    return kept(upload.ref) or _resolved(upload)


def kept(ref: ImageRef) -> ResolvedJob | None:
    """The job that was kept for this version of a job file, or None."""
    body = STATE.read(_name(ref))
    return None if body is None else _decoded(body)


def about(refs: Collection[ImageRef]) -> Iterator[Job]:
    """The jobs of all job files that name one of these versions, or are one of them."""
    sought = {naming.version(ref)[:_DIGITS] for ref in refs}
    for each in STATE.listing(_PREFIX):
        shown = each.metadata.get(_NAMED)
        own = each.name.removeprefix(_PREFIX)[:_DIGITS]
        if shown is not None and sought.isdisjoint((own, *shown.split(","))):
            continue
        body = STATE.read(each.name)
        job = None if body is None else _decoded(body).job
        if job and (own in sought or not {*refs}.isdisjoint(job.images)):
            yield job


def _shown(made: ResolvedJob) -> Mapping[str, str]:
    """Which versions it names, by digests; nothing if they have no room in the metadata."""
    digests = [naming.version(ref)[:_DIGITS] for ref in made.job.images]
    return {_NAMED: ",".join(digests)} if len(digests) <= _MOST_SHOWN else {}


def forget(ref: ImageRef) -> bool:
    """Delete the job that was kept for this version; False if there was none."""
    return STATE.remove(_name(ref))


def asked(file: JobFile, ref: ImageRef) -> Job:
    """The job of a file named `ref`, with the file itself in place of its images."""
    recipe = Recipe(ref.name, Condition(Glob("**")), (file.task,), file.settings, reuse=file.reuse)
    (job,) = recipe.jobs(ref)
    mark = {"name": ref.name, "generation": ref.generation}
    return replace(job, request={**job.request, "job_file": mark}, recipe="")


def _name(ref: ImageRef) -> str:
    return f"{_PREFIX}{naming.version(ref)}.json"


def _resolved(upload: Upload) -> ResolvedJob:
    ref = upload.ref
    job = Job((ref,), NO_TASK, {"model": "", "prompt_version": ""})
    try:
        job_file.check_bytes(upload.bytes)
        file = job_file.parse(_read(ref))
        job = asked(file, ref)
        return ResolvedJob(replace(job, images=_images(file.images, ref.bucket)))
    except Rejected as why:
        return ResolvedJob(job, (why.reason, why.sentence))


def _read(ref: ImageRef) -> bytes:
    """The file, inflated if it is stored compressed."""
    try:
        return uploads.read(ref, job_file.MOST_BYTES)
    except Rejected as why:
        if why.reason != "too_large":
            raise
        most = f"{job_file.MOST_BYTES:,}"
        raise Rejected(
            "bad_job_file", f"The job file has more than {most} bytes once inflated."
        ) from why


def _images(named: tuple[Named, ...], bucket: str) -> tuple[ImageRef, ...]:
    """The images, each in its live version unless it names one; some are looked up at once."""
    distinct = list(dict.fromkeys(named))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        known = dict(zip(distinct, pool.map(partial(_there, bucket), distinct), strict=True))
    missing = next((at for at, each in enumerate(named) if known[each] is None), None)
    if missing is not None:
        wanted = named[missing]
        version = f" in version {wanted.generation}" if wanted.generation else ""
        raise Rejected(
            "missing_image",
            f"Image {missing + 1} of the job file, {wanted.name!r}, does not exist{version}.",
        )
    return tuple(ref for each in named if (ref := known[each]))


def _there(bucket: str, named: Named) -> ImageRef | None:
    """The image, in any Unicode normalization of its name."""
    found = (uploads.find(bucket, name, named.generation) for name in naming.spellings(named.name))
    return next(filter(None, found), None)


def _decoded(body: bytes) -> ResolvedJob:
    resolved = codec.decode(body, ResolvedJob)
    events.checked(resolved.job)
    return resolved
