"""The protocol of every worker: pay once, derive the rest, commit last, announce.

Then the job's shadow is asked, if it has one: shared/work/shadow.py.

An exception means: deliver again. If the process dies at any step, the next delivery resumes from
what was kept; only a call whose answer was not yet kept is paid again.
"""

import logging
import time
from concurrent.futures import Future

from shared import beside, settings
from shared.breaker import watch
from shared.errors import BudgetReached, Busy, Erased, GivesWay, Hopeless, Parked, Paused, Throttled
from shared.intake import budgets
from shared.jobs import announcements, costs, lease, ledger, queue, records, tombstones
from shared.jobs.draft import Draft
from shared.jobs.queue import Queued
from shared.model import Job, Photo, Result, Verdict
from shared.spending import backfills, budget
from shared.work import artifacts, copying, fallback, read_ahead, shadow, turns
from shared.work.pictures import Opening
from shared.work.reuse import Pointer

log = logging.getLogger("darkroom")


def run(job: Job, queued: Queued) -> None:
    """Run the job to its one terminal record, and announce it.

    The lease comes first, and then one look for a record; meanwhile the photo is read.

    A job of a backfill that does not run is dropped: it is queued again if that goes on. One that
    is paused, or whose budget is used up, is put aside. A job that may not be asked now is turned
    back before anything is read, unless a worker had it and died: it may have ended. One whose turn
    comes before its message would is queued anew: that message comes again in seconds. Of one
    whose photo was erased, nothing stays.
    """
    try:
        _run(job, queued)
    except Parked as why:
        if not _announced(job):
            log.info("parked: %s", why)
            lease.drop(job)
    except Erased:
        log.info("dropped: a photo of the job %s was erased", job.key)
        lease.drop(job)


def _run(job: Job, queued: Queued) -> None:
    try:
        if job.plan:
            backfills.heed(job.plan)
        with watch.over(job):
            budget.heed(budgets.of(job))
            if not _must_wait(job, queued):
                _end(job, queued)
    except (Paused, BudgetReached) as why:
        if not _announced(job) and not lease.park(job, why):
            raise
        log.info("put aside: %s", why)


def _must_wait(job: Job, queued: Queued) -> bool:
    """Whether the job was queued anew. Raises Throttled if it is to be delivered again."""
    try:
        fallback.heed(job, queued.first)
    except Throttled as why:
        if lease.waits(job, why):
            if not (isinstance(why, GivesWay) and queued.misses(why.until, time.time())):
                raise
            queue.put([job], queued.first)
            return True
    return False


def _end(job: Job, queued: Queued) -> None:
    """Run the job to its end, unless it has ended; the lease is held until a sweep deletes it."""
    if queued.again and _announced(job):
        return
    began, draft = time.monotonic(), Draft([Photo.of(ref) for ref in job.images])
    try:
        ended = records.commit(_result(job, draft))
    except Busy:
        if not _announced(job):
            raise
    else:
        announcements.announce(ended.record, quiet=job.quiet, new=ended.new, owner=draft.owner)
        if ended.new:
            shadow.ask(job, ended.record, draft.pictures, began)


def _announced(job: Job) -> bool:
    """Announce the record of a job that has ended; False if there is none."""
    record = records.find(job)
    if record:
        announcements.announce(record, quiet=job.quiet)
    return record is not None


def _result(job: Job, draft: Draft) -> Result:
    limits = settings.current().limits
    try:
        with (
            draft.time("total"),
            read_ahead.photos(job.images, limits.bytes) as photos,
            lease.held(job) as held,
        ):
            ended = beside.start(records.exists, job)
            erased = beside.start(tombstones.forbids, job)
            pointer = Pointer(job, draft.contents, new=held.first)
            opening = Opening(job, held, photos, draft, pointer.begin)
            developed = opening.developed()
            draft.pictures += (each.for_model for each in developed)
            _check_not(ended)
            if erased.result():
                raise Erased
            findings = turns.findings(job, developed, held, draft, pointer)
            held.heed_tombstones()
            files = artifacts.written(job, developed, findings, draft)
            with draft.time("copy"):
                copies = copying.written(job, findings, draft.photos[0])
            paid = held.paid_calls if held.is_alone else ledger.paid_calls(job)
            held.heed_tombstones()
    except Hopeless as end:
        tombstones.heed(job)
        verdict = Verdict(end.reason, end.sentence)
        usage = costs.so_far(job)
        unasked = end.status == "rejected" and not usage.paid_calls
        return Result(
            job,
            end.status,
            verdict,
            tuple(draft.photos),
            usage=None if unasked else usage,
            timing_ms=draft.timing_ms,
        )
    draft.owner = held.owner
    return Result(
        job,
        "done",
        photos=tuple(draft.photos),
        findings=findings,
        artifacts=files,
        usage=costs.usage(job, draft.replies, paid),
        timing_ms=draft.timing_ms,
        reused_from=draft.reused_from,
        no_overlay=artifacts.no_overlay(job),
        copies=copies,
    )


def _check_not(ended: Future[bool]) -> None:
    """Raises Busy if the job ended before this delivery took the lease.

    The sweep deletes the leases of ended jobs: holding one does not prove that there is no record.
    Holding one and then finding no record does.
    """
    if ended.result():
        raise Busy("the job has ended before")
