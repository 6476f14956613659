"""The sweep: whatever was lost on the way is found and mended, and nothing is paid twice.

Events can be lost before a function sees them, messages after, and a process can die between a
record and its announcement. All that is then left is an upload without its records, or a lease.
Everything here is create-only or compare-and-swap, so a sweep may run at any time, even beside
another one. docs/sweep.md says what it costs and why it is safe.
"""

import math
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass

from shared.border import logs
from shared.sweep import leases, uploads, webhooks
from shared.sweep.rounds import Round

THREADS = 16


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep saw and did."""

    seen: int = 0  # uploads
    put_again: int = 0  # uploads that had come to nothing
    jobs_put: int = 0  # the jobs of those
    announced: int = 0  # records that nobody had been told of
    leases_queued: int = 0  # jobs that were begun, and lost
    leases_cleared: int = 0  # of jobs that have ended
    webhooks_queued: int = 0  # events whose next attempt at an endpoint was lost
    failed: int = 0  # uploads and leases that were passed over; the log says why
    new_tasks: int = 0  # of recipes that got them after the uploads were taken in; not asked
    finished: bool = True  # False: it stopped at its limit, and the next one goes on there

    @property
    def mended(self) -> int:
        """How many things had been lost."""
        return self.put_again + self.announced + self.leases_queued + self.webhooks_queued

    @property
    def not_asked(self) -> str:
        """A sentence about the new tasks; empty if there are none."""
        if not self.new_tasks:
            return ""
        return (
            f"Recipes got {self.new_tasks:,} more {'task' if self.new_tasks == 1 else 'tasks'} for "
            "photos that had been taken in before. Nothing asks them, and no command does so yet; "
            "a photo that is uploaded again is asked everything."
        )


def run(older_than: float, younger_than: float = math.inf, limit: float = math.inf) -> Swept:
    """Mend what nothing happened to for `older_than` seconds, for `limit` seconds at most.

    Of the uploads only those are looked at that were written less than `younger_than` seconds ago.
    """
    with ThreadPoolExecutor(THREADS) as pool:
        this = Round(older_than, younger_than, limit, pool)
        all_leases = leases.mend(this)
        webhooks.mend(this)
        finished = uploads.mend(this) and all_leases
    swept = Swept(**this.counts, finished=finished)
    logs.tell("swept", swept.not_asked, **asdict(swept), mended=swept.mended)
    return swept
