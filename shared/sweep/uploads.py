"""Uploads without jobs or records: their events were lost, or their messages.

The receipt names the jobs of an upload. Without one, as early versions left none, today's recipes
name them; but what lay in the bucket before UPLOADS_SINCE was never taken in, and is not lost.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from shared import naming, settings
from shared.border import uploads
from shared.border.storage import RESULTS, STATE
from shared.intake import dispatch, job_file
from shared.jobs import lease, receipt, records, tombstones
from shared.jobs.receipt import Receipt
from shared.model import Job, Upload
from shared.sweep.rounds import MOST, Round


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome for one upload."""

    lost: int = 0  # jobs that were queued again
    new_tasks: int = 0


def mend(this: Round) -> bool:
    """Look at the uploads of the sweep's span, from where the last sweep stopped.

    Returns False if more are left: Cloud Storage lists by name, not by time, so a round lists the
    whole bucket, and a sweep MOST of it at most; all that it has time for if an operator asks for
    all. An upload that was seen to needs no second look: each of its jobs was announced, or has a
    lease until it is.
    """
    begun, whole = this.span, this.span.whole
    # A lease that cannot be read is perhaps that of an upload that was seen to.
    since = min(this.since, begun.since) if this.unreadable else begun.since

    def batch(found: list[Upload]) -> None:
        nonlocal whole
        mine = {each.ref.name: each for each in found if since <= each.created <= begun.until}
        outcomes = this.each(partial(_mend, this), mine).values()
        whole = whole and len(outcomes) == len(mine)
        this.counts["seen"] += len(mine)
        this.counts["put_again"] += sum(outcome.lost > 0 for outcome in outcomes)
        this.counts["jobs_put"] += sum(outcome.lost for outcome in outcomes)
        this.counts["new_tasks"] += sum(outcome.new_tasks for outcome in outcomes)

    most = MOST if this.kind == "recent" else math.inf
    last = this.over(uploads.live(after=begun.after), batch, most=most)
    this.cursor.move(
        begun.stopped(last.ref.name, whole) if last else begun.ended(whole, this.since)
    )
    return last is None


def _mend(this: Round, upload: Upload) -> Outcome:
    """Queue the lost jobs of an upload again.

    Each gets a lease, by which later sweeps know that it was queued.
    """
    if this.kind == "all" and all(job.key in this.announced for job in dispatch.jobs(upload)):
        return Outcome()  # without a look at its receipt: there may be millions
    kept = receipt.find(upload)
    if kept is None:
        lost, gained = _never_taken_in(this, upload), 0
    else:
        lost = [job for job in kept.jobs if _is_lost(this, job)]
        gained = _gained(upload, kept)
    if lost:
        dispatch.put(upload, lost)
        for job in lost:
            lease.ensure(job, queued=1)
    return Outcome(len(lost), gained)


def _never_taken_in(this: Round, upload: Upload) -> Sequence[Job]:
    """The lost jobs of an upload without a receipt; if all are, it gets one."""
    if upload.created < (settings.current().uploads_since or 0.0) or tombstones.stands(upload.ref):
        return ()
    today = dispatch.jobs(upload)
    lost = [job for job in today if _is_lost(this, job) and not _was_asked(job)]
    return dispatch.register(upload).jobs if today and len(lost) == len(today) else lost


def _gained(upload: Upload, kept: Receipt) -> int:
    """How many tasks were added to its recipe since the upload was taken in; not asked."""
    if job_file.is_one(upload.ref.name) or dispatch.recipe(upload) == kept.recipe:
        return 0
    return len({job.task for job in dispatch.jobs(upload)} - kept.tasks)


def _is_lost(this: Round, job: Job) -> bool:
    """Whether a job that was due has neither lease, announcement nor record.

    A record without a lease was announced: that is why its lease was deleted.
    """
    if job.key in this.unreadable and job.key not in this.announced:
        return True  # a worker takes the lease over, and finds what was done
    if this.announced.knows(job.key) or STATE.exists(naming.lease(job.key)):
        return False
    return job.key not in this.announced and not records.exists(job)


def _was_asked(job: Job) -> bool:
    """Whether the upload has a record of the same task under another key.

    The recipe, prompt or model has changed since. Nothing was lost, and a new call would cost.
    """
    own = naming.folder(job)
    others = set(RESULTS.folders(own.removesuffix(f"{job.key[:12]}/"))) - {own}
    asked = (found.request for folder in others if (found := records.in_folder(folder)))
    return any(each.get("job_file") == job.request.get("job_file") for each in asked)
