"""Retry and backoff of a failed task: google.cloud.tasks.v2.RetryConfig."""

from local.tasks.wire import Proto, seconds

_LONG_AGO = 40  # doublings; beyond it a float overflows, and any maximum is reached


def pause(config: Proto, failures: int) -> float:
    """Seconds to wait after so many failed attempts, from 1.

    It doubles `max_doublings` times, then grows by as much as it is by then, up to `max_backoff`.
    """
    doublings: int = min(failures - 1, config.max_doublings, _LONG_AGO)
    steps: int = max(failures - config.max_doublings, 1)
    longer = seconds(config.min_backoff) * 2.0**doublings * steps
    return min(longer, seconds(config.max_backoff))


def is_over(config: Proto, attempts: int, age: float) -> bool:
    """Whether no further attempt is made, `age` seconds after the first one.

    Both the number and the duration must be reached, where there are both; with neither it is
    retried for ever.
    """
    duration = seconds(config.max_retry_duration)
    if config.max_attempts == -1 and duration <= 0:
        return False
    return attempts >= config.max_attempts and age >= duration
