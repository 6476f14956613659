"""How often an object may change: Cloud Storage takes about one write a second of a name."""

import time
from collections import OrderedDict

from local.storage.errors import StorageError

_LIMIT = "exceeded the rate limit for object mutation operations (create, update, and delete)"


class Pace:
    """Refuses a change of a name within `seconds` of the last one; 0: as often as you like.

    A change whose precondition fails is none. Not safe for threads: the store's lock guards it.
    """

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self._last: OrderedDict[tuple[str, str], float] = OrderedDict()  # the oldest first

    def take(self, bucket: str, name: str) -> None:
        """Count a change of that name. Raises 429 in the service's words if it comes too soon."""
        now = time.monotonic()
        self._forget(now - self.seconds)
        if not self.seconds:
            return
        if (bucket, name) in self._last:
            raise StorageError(
                429,
                "rateLimitExceeded",
                f"The object {bucket}/{name} {_LIMIT}. Please reduce your request rate. "
                "See https://cloud.google.com/storage/docs/gcs429.",
                "usageLimits",
            )
        self._last[bucket, name] = now

    def _forget(self, before: float) -> None:
        while self._last and next(iter(self._last.values())) <= before:
            self._last.popitem(last=False)
