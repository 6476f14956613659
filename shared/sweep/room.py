"""How many of the jobs that wait for a budget are queued at once: as many as it has room for.

All that wait would find no room after the first ones, and hold up the jobs of others meanwhile.
"""

from threading import Lock
from typing import TYPE_CHECKING

from shared.intake import budgets
from shared.jobs import estimate
from shared.model import Job
from shared.spending import shards
from shared.spending.limits import Limit

if TYPE_CHECKING:
    from shared.jobs.index import Entry


class Room:
    """What is left of each limit, as one sweep sees it: read once, less what it queues."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._left: dict[str, float] = {}  # USD, by account
        self._limits: dict[str, tuple[Limit, ...]] = {}  # by the digest of the recipe
        self._past: list[Entry] | None = None

    def has(self, recipe: str) -> bool:
        """Whether something is left for the jobs of a recipe, given by its digest."""
        with self._lock:
            if recipe not in self._limits:
                self._limits[recipe] = budgets.of_digest(recipe)
            return all(self._of(limit) > 0 for limit in self._limits[recipe])

    def take(self, job: Job) -> bool:
        """Whether something is left for the job; it takes of that what it is likely to cost."""
        limits = budgets.of_recipe(job.recipe)
        with self._lock:
            if not all(self._of(limit) > 0 for limit in limits):
                return False
            if limits:
                likely = self._likely(job)
                for limit in limits:
                    self._left[limit.account] -= likely
        return True

    def _of(self, limit: Limit) -> float:
        if limit.account not in self._left:
            self._left[limit.account] = limit.usd - shards.spent(limit.account)
        return self._left[limit.account]

    def _likely(self, job: Job) -> float:
        if self._past is None:
            self._past = estimate.experience()
        return estimate.likely(job, self._past)
