"""Ends a job without a worker: rejected before it was queued, or given up by the queue."""

from shared.errors import Hopeless
from shared.jobs import announcements, costs, lease, records
from shared.model import Job, Result, Verdict


def give_up(job: Job, why: Hopeless) -> None:
    """End a job for a reason, unless it has ended already, and announce its record."""
    if record := records.find(job):
        announcements.announce(record, quiet=job.quiet)
        return
    lease.ensure(job)
    verdict = Verdict(why.reason, why.sentence)
    usage = None if why.status == "rejected" else costs.so_far(job)
    ended = records.commit(Result(job, why.status, verdict, usage=usage))
    announcements.announce(ended.record, quiet=job.quiet, new=ended.new)
