"""Limits of queues and tasks: https://cloud.google.com/tasks/docs/quotas."""

from urllib.parse import urlsplit

from local.emulator.errors import InvalidArgument, Unimplemented
from local.tasks.wire import Proto, seconds

MAX_AHEAD = 30 * 86_400  # seconds from now to a schedule time
# As documented, "the maximum task size is 100KB"; the service has been seen to take a megabyte.
MAX_BYTES = 100 << 10
MAX_URL = 2_083
_BODILESS = frozenset({2, 3, 5, 7})  # GET, HEAD, DELETE, OPTIONS


def check_queue(queue: Proto) -> None:
    """Raise InvalidArgument unless the queue is valid."""
    rates, retry = queue.rate_limits, queue.retry_config
    least, most = seconds(retry.min_backoff), seconds(retry.max_backoff)
    _refuse(
        (
            not 0 <= rates.max_concurrent_dispatches <= 5_000,
            "RateLimits.maxConcurrentDispatches must be between 0 and 5000.",
        ),
        (retry.max_attempts < -1, "RetryConfig.maxAttempts must be greater or equal to -1."),
        (retry.max_doublings < 0, "RetryConfig.maxDoublings cannot be negative."),
        (least < 0, "RetryConfig.minBackoff cannot be negative."),
        (
            least > most,
            "RetryConfig.minBackoff must be less than or equal to RetryConfig.maxBackoff.",
        ),
    )


def check_task(task: Proto, now: float) -> None:
    """Raise InvalidArgument or Unimplemented unless the task can be created now."""
    if task.HasField("app_engine_http_request"):
        raise Unimplemented("There is no App Engine here; a task needs an httpRequest.")
    request, url = task.http_request, task.http_request.url
    deadline, ahead = seconds(task.dispatch_deadline), seconds(task.schedule_time) - now
    _refuse(
        (not url, "HttpRequest.url is required."),
        (
            not url.startswith(("http://", "https://")),
            "HttpTarget.url must start with 'http://' or 'https://'.",
        ),
        (not _has_host(url) or len(url) > MAX_URL, "HttpRequest.url is invalid."),
        (
            bool(request.body) and request.http_method in _BODILESS,
            "HttpRequest.body is allowed only with POST, PUT and PATCH.",
        ),
        (
            task.HasField("dispatch_deadline") and not 15 <= deadline <= 1_800,
            "Task.dispatchDeadline must be between [15s, 30m].",
        ),
        (
            ahead > MAX_AHEAD,
            "The Task.scheduleTime is too far in the future. "
            "Schedule time must be no more than 720h in the future.",
        ),
        (task.ByteSize() > MAX_BYTES, "Task size too large"),
    )


def _refuse(*rules: tuple[bool, str]) -> None:
    for broken, sentence in rules:
        if broken:
            raise InvalidArgument(sentence)


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:  # a port that is no number, a bracket without its other half
        return False
