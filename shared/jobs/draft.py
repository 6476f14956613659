"""The draft of a record: what a worker has found out about its job so far."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shared.jobs.kept import Kept
from shared.model import Photo


@dataclass(slots=True)
class Draft:
    """Photos, replies and timings; they go into the record however the job ends."""

    photos: list[Photo]
    replies: list[Kept] = field(default_factory=list)
    timing_ms: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def time(self, step: str) -> Iterator[None]:
        """Time the block, and add its milliseconds to the step."""
        start = time.monotonic()
        try:
            yield
        finally:
            spent = round((time.monotonic() - start) * 1000)
            self.timing_ms[step] = self.timing_ms.get(step, 0) + spent
