"""What every worker does with a job: pay once, derive the rest, commit last, announce.

Raising means: deliver again. Whatever step the process dies at, the next delivery finds what the
last one kept and goes on from there; only a call whose answer was not yet kept is paid again.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from shared import (
    gemini,
    lease,
    ledger,
    models,
    naming,
    overlay,
    reply,
    storage,
    terminal,
    throttle,
)
from shared import task as tasks
from shared.errors import BadAnswer, Failed, Hopeless
from shared.images import sandbox
from shared.images.developed import Developed
from shared.lease import Lease
from shared.limits import Limits
from shared.model import Artifact, Findings, Job, Photo, Result, Usage, Verdict

TURNS = 3  # an answer that is cut off or unreadable is asked for again, twice


def run(job: Job) -> None:
    """Bring the job to its one terminal record, and announce it."""
    terminal.announce(terminal.find(job) or terminal.commit(_result(job)))


@dataclass(slots=True)
class _Notes:
    """What is known of a job so far; it goes into the record however the job ends."""

    photos: list[Photo] = field(default_factory=list)
    replies: list[bytes] = field(default_factory=list)
    timing_ms: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def time(self, step: str) -> Iterator[None]:
        start = time.monotonic()
        try:
            yield
        finally:
            spent = round((time.monotonic() - start) * 1000)
            self.timing_ms[step] = self.timing_ms.get(step, 0) + spent


def _result(job: Job) -> Result:
    notes = _Notes()
    try:
        with notes.time("total"), lease.held(job) as held:
            developed = [_develop(index, job, notes) for index in range(len(job.images))]
            findings = _findings(job, developed, held, notes)
            artifacts = (_overlay(job, developed[0], findings, notes),)
    except Hopeless as end:
        verdict = Verdict(end.reason, end.sentence)
        usage = None if end.status == "rejected" else _usage(job, notes.replies)
        return Result(
            job, end.status, verdict, tuple(notes.photos), usage=usage, timing_ms=notes.timing_ms
        )
    return Result(
        job,
        "done",
        photos=tuple(notes.photos),
        findings=findings,
        artifacts=artifacts,
        usage=_usage(job, notes.replies),
        timing_ms=notes.timing_ms,
    )


def _develop(index: int, job: Job, notes: _Notes) -> Developed:
    """The picture of one of the job's images; what is known of the photo goes into the notes."""
    limits = Limits.from_env(os.environ)
    with notes.time("read"):
        upload = storage.upload(job.images[index])
        photo = Photo(upload.ref, upload.declared_type, bytes=upload.bytes, crc32c=upload.crc32c)
        notes.photos.append(photo)
        limits.check_bytes(upload.bytes)
        data = storage.photo(upload.ref)
    with notes.time("decode"):
        side = models.find(job.request["model"]).side
        developed = sandbox.develop(data, limits, job.request["overlay_side"] or None, side)
    notes.photos[index] = _described(photo, developed)
    return developed


def _described(photo: Photo, developed: Developed) -> Photo:
    mismatch = photo.declared_type not in (None, developed.detected_type)
    return replace(
        photo,
        detected_type=developed.detected_type,
        width=developed.size.width,
        height=developed.size.height,
        orientation=developed.orientation,
        frames=developed.frames,
        warnings=(*(("type_mismatch",) if mismatch else ()), *developed.warnings),
    )


def _findings(job: Job, developed: list[Developed], held: Lease, notes: _Notes) -> Findings:
    """What the model found, by the first of its answers that is whole, else by the fullest one."""
    read = tasks.find(job.task).read
    partial: list[Findings] = []
    trouble = ""
    for turn in range(TURNS):
        with notes.time("model"):
            raw = _answer(job, turn, developed, held)
        notes.replies.append(raw)
        try:
            answer = reply.read(raw)
            found = read(answer.text, developed[0].size, job.request)
        except BadAnswer as why:
            trouble = why.sentence
            continue
        if found.complete and not answer.cut_off:
            return found
        partial.append(replace(found, complete=False))
    if any(found.objects for found in partial):
        return max(partial, key=lambda found: len(found.objects))
    raise Failed(
        "unreadable_answer",
        f"The model was asked {TURNS} times and never answered in a form that can be read: "
        f"{trouble or 'each answer was cut off before its first item was whole'}.",
    )


def _answer(job: Job, turn: int, developed: list[Developed], held: Lease) -> bytes:
    """The model's raw answer: the one that was kept, or a new one, paid and kept unread."""
    name = naming.state(job, f"answer-{turn}.json")
    kept = storage.state(name)
    if kept:
        return kept.body
    held.outlive(gemini.deadline())
    with throttle.heeded(job.request["model"]), ledger.call(job, turn, held):
        raw = gemini.ask(job, [picture.for_model for picture in developed])
    return storage.keep(name, raw)


def _overlay(job: Job, developed: Developed, findings: Findings, notes: _Notes) -> Artifact:
    with notes.time("draw"):
        jpeg = overlay.encode(overlay.draw(developed.working, findings, developed.size))
    with notes.time("write"):
        return storage.create(naming.folder(job) + "overlay.jpg", jpeg, "image/jpeg")


def _usage(job: Job, replies: list[bytes]) -> Usage:
    """What all answers of this job cost together."""
    parts = [reply.usage(raw) for raw in replies]
    asked = job.request["model"]
    model = next((part.model for part in reversed(parts) if part.model), asked)
    today = datetime.now(UTC).date()
    costs = [models.find(part.model or asked).cost(part, today) for part in parts]
    return Usage(
        model=model,
        prompt_tokens=sum(part.prompt_tokens for part in parts),
        image_tokens=sum(part.image_tokens for part in parts),
        output_tokens=sum(part.output_tokens for part in parts),
        thought_tokens=sum(part.thought_tokens for part in parts),
        cost_usd=None if None in costs else sum(cost for cost in costs if cost is not None),
        paid_calls=ledger.paid_calls(job),
    )
