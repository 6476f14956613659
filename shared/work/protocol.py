"""The protocol of every worker: pay once, derive the rest, commit last, announce.

An exception means: deliver again. If the process dies at any step, the next delivery resumes from
what was kept; only a call whose answer was not yet kept is paid again.
"""

import logging
import time

from shared.errors import Busy, GivesWay, Hopeless, Parked, Throttled
from shared.jobs import announcements, costs, lease, queue, records
from shared.jobs.draft import Draft
from shared.jobs.queue import Queued
from shared.model import Job, Photo, Result, Verdict
from shared.spending import backfills, budget
from shared.work import artifacts, fallback, pictures, turns

log = logging.getLogger("darkroom")


def run(job: Job, queued: Queued) -> None:
    """Run the job to its one terminal record, and announce it.

    A job of a backfill that does not run is dropped: it is queued again if that goes on. A job that
    may not be asked now is turned back before anything is read, unless a worker had it and died: it
    may have ended. One whose turn comes before its message would is queued anew: that message comes
    again in seconds.
    """
    try:
        if job.plan:
            backfills.heed(job.plan)
        if not _must_wait(job, queued):
            _end(job)
    except Parked as why:
        if records.exists(job):
            _end(job)
        else:
            log.info("parked: %s", why)
            lease.drop(job)


def _must_wait(job: Job, queued: Queued) -> bool:
    """Whether the job was queued anew. Raises Throttled if it is to be delivered again."""
    try:
        fallback.heed(job, queued.first)
        budget.heed()
    except Throttled as why:
        if lease.waits(job, why):
            if not (isinstance(why, GivesWay) and queued.misses(why.until, time.time())):
                raise
            queue.put([job], queued.first)
            return True
    return False


def _end(job: Job) -> None:
    record = records.find(job) or records.commit(_result(job))
    announcements.announce(record, quiet=job.quiet)


def _result(job: Job) -> Result:
    draft = Draft([Photo.of(ref) for ref in job.images])
    try:
        with draft.time("total"), lease.held(job) as held:
            _look_again(job)
            developed = pictures.opened(job, held, draft)
            findings = turns.findings(job, developed, held, draft)
            files = artifacts.written(job, developed, findings, draft)
    except Hopeless as end:
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
    return Result(
        job,
        "done",
        photos=tuple(draft.photos),
        findings=findings,
        artifacts=files,
        usage=costs.usage(job, draft.replies),
        timing_ms=draft.timing_ms,
        reused_from=draft.reused_from,
    )


def _look_again(job: Job) -> None:
    """Raises Busy if the job ended before this delivery took the lease.

    The sweep deletes the leases of ended jobs: holding one does not prove that there is no record.
    Holding one and then finding no record does.
    """
    if records.exists(job):
        raise Busy("the job has just ended")
