"""What becomes of a job that the queue gave up."""

from shared.errors import Busy, Erased, Failed, Paused
from shared.jobs import lease, queue, records, retries, tombstones, verdicts
from shared.model import Job
from shared.spending import brakes, paused


def settle(job: Job, queued: float) -> str:
    """End the job as failed, unless it has ended, or only waits: it is queued again then.

    Returns the outcome: had_ended, waits, given_up or erased. Raises Busy while a worker has the
    job, by another copy of its message.
    """
    try:
        tombstones.heed(job)
        return _settled(job, queued)
    except Erased:
        lease.drop(job)
        return "erased"


def _settled(job: Job, queued: float) -> str:
    ended = records.exists(job)
    if not ended and lease.is_held(job):
        raise Busy("a worker has this job")
    if not ended and _is_put_aside(job):
        return "waits"
    if not ended and (paused.is_paused(job) or retries.only_waited(job)):
        queue.put([job], queued)  # for another round of deliveries
        return "waits"
    why = "The queue delivered this job as often as it may, and gave it up."
    verdicts.give_up(job, Failed("dead_lettered", f"{why} {lease.why(job)}".rstrip()))
    return "had_ended" if ended else "given_up"


def _is_put_aside(job: Job) -> bool:
    """Whether the job is paused, and was left to whoever resumes it."""
    try:
        brakes.heed(job)
    except Paused as pause:
        if lease.park(job, pause):
            return True
        raise
    return False
