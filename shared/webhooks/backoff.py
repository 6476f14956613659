"""When a failed delivery is retried.

The schedule is the example of Standard Webhooks 1.0.0, ten attempts over three days. As in Svix's
server, each wait is up to a fifth shorter or longer, and an endpoint that is overloaded or slow
gets at least a minute.
"""

from datetime import UTC
from email.utils import parsedate_to_datetime
from hashlib import sha256

_MINUTE, _HOUR = 60.0, 3600.0
# Seconds after the attempt before; the first is made at once.
WAITS = (
    0.0,
    5.0,
    5 * _MINUTE,
    30 * _MINUTE,
    2 * _HOUR,
    5 * _HOUR,
    10 * _HOUR,
    14 * _HOUR,
    20 * _HOUR,
    24 * _HOUR,
)
_JITTER = 0.2
_DIGITS = 12  # of a number of seconds; more are read as a day


def wait(number: int, lot: str, least: float = 0.0) -> float:
    """Seconds from an attempt to the attempt `number` (from 0), at least `least`.

    The jitter is drawn from `lot`: computed again, the wait is the same.
    """
    drawn = int.from_bytes(sha256(f"{lot}/{number}".encode()).digest()[:8], "big") / 2**64
    jittered = WAITS[number] * (1 - _JITTER + 2 * _JITTER * drawn)
    return max(jittered, least)


def retry_after(header: str | None, now: float) -> float:
    """Seconds that a Retry-After header asks for (RFC 9110, 10.2.3), at most a day; or 0.

    A header that cannot be read counts as 0.
    """
    asked = _asked(header.strip(), now) if header else 0.0
    return max(0.0, min(asked, 24 * _HOUR))


def _asked(header: str, now: float) -> float:
    if header.isascii() and header.isdecimal():
        return float(header[:_DIGITS]) if len(header) <= _DIGITS else 24 * _HOUR
    try:
        date = parsedate_to_datetime(header)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now
    except (ArithmeticError, LookupError, TypeError, ValueError):  # whichever it raises for what
        return 0.0
