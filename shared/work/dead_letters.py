"""What becomes of a job that the queue gave up."""

from shared.errors import BudgetReached, Busy, Erased, Failed, Paused
from shared.intake import budgets
from shared.jobs import lease, queue, records, retries, tombstones, verdicts
from shared.model import Job
from shared.spending import brakes, budget, throttle


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
    if not ended and (is_throttled(job) or retries.only_waited(job)):
        queue.put([job], queued)  # for another round of deliveries
        return "waits"
    why = "The queue delivered this job as often as it may, and gave it up."
    verdicts.give_up(job, Failed("dead_lettered", f"{why} {lease.why(job)}".rstrip()))
    return "had_ended" if ended else "given_up"


def _is_put_aside(job: Job) -> bool:
    """Whether the job is paused, or its budget is used up, and it was left to the sweep."""
    try:
        brakes.heed(job)
        budget.check(budgets.of(job))
    except (Paused, BudgetReached) as why:
        if lease.park(job, why):
            return True
        raise
    return False


def is_throttled(job: Job) -> bool:
    """Whether the job's model is rate limited; a job that was given up may be an odd one."""
    model = throttle.name(job.request.get("model", ""), job.tier)
    return throttle.asked(model) is not None
