"""The draft of a record: what a worker has found out about its job so far."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shared.jobs.kept import Kept
from shared.model import Photo


@dataclass(slots=True)
class Draft:
    """Photos, replies and timings; they go into the record however the job ends.

    `contents` are the SHA-256 of the images that were read, `pictures` the JPEGs for the model.
    """

    photos: list[Photo]
    contents: list[str] = field(default_factory=list)
    pictures: list[bytes] = field(default_factory=list)
    replies: list[Kept] = field(default_factory=list)
    timing_ms: dict[str, int] = field(default_factory=dict)
    owner: str = ""  # of the lease under which the findings were made

    @property
    def reused_from(self) -> str | None:
        """The job whose answer was taken; None if all are this job's own."""
        return next((each.reused_from for each in self.replies if each.reused_from), None)

    @contextmanager
    def time(self, step: str) -> Iterator[None]:
        """Time the block, and add its milliseconds to the step."""
        start = time.monotonic()
        try:
            yield
        finally:
            spent = round((time.monotonic() - start) * 1000)
            self.timing_ms[step] = self.timing_ms.get(step, 0) + spent
