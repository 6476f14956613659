"""The results of uploads, as they come."""

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cli.uploading.sending import Outcome
from shared.jobs import receipt, records
from shared.jobs.record import Record
from shared.model import Job, Upload

_AT_ONCE = 16
_LOOKED_AT = 64  # uploads in a round; the others come in the next ones
_PAUSE = 0.5  # seconds between two rounds


@dataclass(slots=True)
class Awaited:
    """An upload whose jobs have not all ended; `jobs` is None until its receipt is there."""

    upload: Upload
    is_new: bool  # sent now
    jobs: tuple[Job, ...] | None = None

    def ended(self) -> list[Record]:
        """The records that are there by now; their jobs are not looked at again."""
        if self.jobs is None and (kept := receipt.find(self.upload)):
            self.jobs = kept.jobs
        found = [(job, records.find(job)) for job in self.jobs or ()]
        if self.jobs is not None:
            self.jobs = tuple(job for job, record in found if record is None)
        return [record for _, record in found if record]

    @property
    def is_over(self) -> bool:
        """Whether every job has its record."""
        return self.jobs == ()


class Waiting:
    """Waits for uploads until each has its terminal records.

    One that was there before is waited for only if it has a receipt, or gets one meanwhile:
    what lay in the bucket before Darkroom came was never asked.
    """

    def __init__(self) -> None:
        self._line: deque[Awaited] = deque()

    def add(self, outcome: Outcome) -> None:
        """Wait for this one, too, if it is in the bucket as it is here."""
        if outcome.upload and outcome.kind in {"sent", "there"}:
            self._line.append(Awaited(outcome.upload, outcome.kind == "sent"))

    def records(self) -> Iterator[Record]:
        """The records as they come, until all are there."""
        unseen = len(self._line)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            while unseen > 0 or self._expects():
                some = [self._line.popleft() for _ in range(min(_LOOKED_AT, len(self._line)))]
                unseen -= len(some)
                for found in pool.map(Awaited.ended, some):
                    yield from found
                self._line += [each for each in some if not each.is_over]
                if unseen <= 0 and self._expects():
                    time.sleep(_PAUSE)

    @property
    def unasked(self) -> int:
        """How many were there before and have no receipt."""
        return sum(each.jobs is None for each in self._line)

    def _expects(self) -> bool:
        return any(each.is_new or each.jobs for each in self._line)
