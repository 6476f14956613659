"""Whether paid calls are paused for a job: by a rate limit, or by the daily budget."""

from shared.errors import Throttled
from shared.model import Job
from shared.spending import budget, throttle


def is_paused(job: Job) -> bool:
    """True while the job's model is rate limited, or the day's budget is used up."""
    try:
        throttle.heed(
            throttle.name(job.request.get("model", ""), job.tier)
        )  # a job given up may be an odd one
    except Throttled:
        return True
    return budget.reached()
