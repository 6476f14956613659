"""The sweep: finds lost jobs, announcements and attempts, and queues them again.

Events can be lost before a function sees them, messages after, and a process can die between a
record and its announcement. What is left is an upload without its records, or a lease. Nothing is
paid twice. Every write is create-only or a compare-and-swap, so sweeps may run at any time, even
two at once. docs/sweep.md says what a sweep costs and why it is safe.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from shared.border import logs
from shared.sweep import compaction, erasures, leases, uploads, webhooks
from shared.sweep.rounds import Round

THREADS = 16


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep saw and did."""

    seen: int = 0  # uploads
    put_again: int = 0  # uploads without jobs or records
    jobs_put: int = 0  # the jobs of those
    announced: int = 0  # records that had not been announced
    leases_queued: int = 0  # jobs that were begun, and queued again
    leases_cleared: int = 0  # of jobs that have ended
    erased: int = 0  # uploads whose erasure was begun, and is done now
    webhooks_queued: int = 0  # events whose next attempt at an endpoint was lost
    failed: int = 0  # uploads and leases that raised; the log says why
    index_parts: int = 0  # made of entries of the index
    new_tasks: int = 0  # added to recipes after the uploads were taken in; not asked
    finished: bool = True  # False: it stopped at its limit, and the next one goes on there

    @property
    def mended(self) -> int:
        """How many things were lost, and are queued or announced now."""
        return self.put_again + self.announced + self.leases_queued + self.webhooks_queued

    @property
    def not_asked(self) -> str:
        """A sentence about the new tasks; empty if there are none."""
        if not self.new_tasks:
            return ""
        return (
            f"Recipes got {self.new_tasks:,} more {'task' if self.new_tasks == 1 else 'tasks'} for "
            "photos that had been taken in before. Nothing asks them by itself: `darkroom backfill "
            "plan` says what they cost."
        )


def run(older_than: float, younger_than: float = math.inf, limit: float = math.inf) -> Swept:
    """Repair what did not change for `older_than` seconds, for `limit` seconds at most.

    Only uploads younger than `younger_than` seconds are looked at.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        this = Round(older_than, younger_than, limit, pool)
        all_leases = leases.mend(this)
        webhooks.mend(this)
        erasures.mend(this)
        finished = uploads.mend(this) and all_leases
        compaction.mend(this)
    swept = Swept(**this.counts, finished=finished)
    logs.log("swept", swept.not_asked, **asdict(swept), mended=swept.mended)
    return swept
