"""A queue and its tasks."""

from collections import OrderedDict
from collections.abc import Iterator

from local.tasks import limits, retry, wire
from local.tasks.entry import Answer, Entry
from local.tasks.wire import Proto

RUNNING, PAUSED = 1, 2  # Queue.State
# The service's defaults (`gcloud tasks queues describe` shows them).
_DEFAULTS = {
    "rateLimits": {
        "maxDispatchesPerSecond": 500,
        "maxBurstSize": 100,
        "maxConcurrentDispatches": 1000,
    },
    "retryConfig": {
        "maxAttempts": 100,
        "minBackoff": "0.100s",
        "maxBackoff": "3600s",
        "maxDoublings": 16,
    },
}


def new_queue(asked: Proto) -> Proto:
    """The resource of a new queue, all defaults filled in. Raises InvalidArgument."""
    resource = wire.parse("Queue", _DEFAULTS)
    resource.MergeFrom(asked)
    resource.state = RUNNING
    limits.check_queue(resource)
    return resource


class Queue:
    """The tasks of one queue: scheduled, ready, or with an attempt under way.

    It enforces the limit of concurrent dispatches, not the rate limit. Not safe for threads:
    the store's lock guards it.
    """

    def __init__(self, resource: Proto) -> None:
        self.resource = resource
        self.entries: dict[str, Entry] = {}
        self.ready: OrderedDict[str, None] = OrderedDict()
        self.trying: set[str] = set()

    def take(self, now: float) -> Iterator[Entry]:
        """The tasks to attempt now, the longest ready first, within the queue's limit."""
        limit = self.resource.rate_limits.max_concurrent_dispatches
        while self.ready and self.resource.state == RUNNING and len(self.trying) < limit:
            yield self.begin(self.ready.popitem(last=False)[0], now)

    def begin(self, name: str, now: float) -> Entry:
        """The task, an attempt at which begins now."""
        self.trying.add(name)
        entry = self.entries[name] = self.entries[name].begun(now)
        return entry

    def settle(self, name: str, answer: Answer, now: float) -> Entry | None:
        """The task as it waits for its next attempt; None if it has ended."""
        self.trying.remove(name)
        entry = self.entries[name]
        config = wire.copy(self.resource.retry_config)
        config.MergeFrom(entry.task.retry_config)  # the task's own settings override the queue's
        attempts = entry.task.dispatch_count
        age = now - wire.seconds(entry.task.first_attempt.dispatch_time)
        if answer.taken or retry.is_over(config, attempts, age):
            return None
        wished = min(answer.retry_after, wire.seconds(config.max_backoff))
        return entry.failed(answer, now, max(wished, retry.pause(config, attempts)))
