"""Whether a job waits for something that will come: a quota, or money."""

from shared.errors import Throttled
from shared.model import Job
from shared.spending import budget, throttle


def is_paused(job: Job) -> bool:
    """True while the job's model wants to be left alone, or the day's budget is used up."""
    try:
        throttle.heed(job.request.get("model", ""))  # a job given up may be an odd one
    except Throttled:
        return True
    return budget.reached()
