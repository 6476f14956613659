"""What is known of a job while it is worked on."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shared.model import Photo


@dataclass(slots=True)
class Draft:
    """What is known of a job so far; it goes into the record however the job ends."""

    photos: list[Photo]
    replies: list[bytes] = field(default_factory=list)
    timing_ms: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def time(self, step: str) -> Iterator[None]:
        """Around a step: its milliseconds are added to what it took before."""
        start = time.monotonic()
        try:
            yield
        finally:
            spent = round((time.monotonic() - start) * 1000)
            self.timing_ms[step] = self.timing_ms.get(step, 0) + spent
