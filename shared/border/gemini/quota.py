"""A 429 of the service, read: when to ask again.

Wire: google.rpc.RetryInfo and google.rpc.QuotaFailure in the error's details, as JSON.
"""

import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.errors import QuotaReached, Throttled

_HOUR = 3600.0


def throttled(body: Any) -> Throttled:
    """The error for a 429 with this JSON body; `until` is now if it has no details."""
    details = _details(body)
    wait = max((_seconds(detail.get("retryDelay")) for detail in details), default=0.0)
    quotas = [
        str(violation.get("quotaId", ""))
        for detail in details
        for violation in _objects(detail.get("violations"))
    ]
    now = time.time()
    if any("PerDay" in quota for quota in quotas):
        # RetryInfo names seconds even then, but a daily quota does not come back so soon.
        return QuotaReached("Gemini's quota for today is used up", min(now + _HOUR, _midnight()))
    return Throttled("Gemini asks for fewer requests (429)", now + wait)


def _details(body: Any) -> list[Mapping[str, Any]]:
    error = body.get("error", body) if isinstance(body, dict) else {}
    return _objects(error.get("details")) if isinstance(error, dict) else []


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """Those of a list, if it is one."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _seconds(duration: object) -> float:
    """Seconds of a protobuf Duration in JSON ("17s", "0.5s")."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)s", str(duration))
    return min(float(match[1]), _HOUR) if match else 0.0


def _midnight() -> float:
    """The next midnight in California by standard time, when daily quotas start anew."""
    pacific = datetime.now(UTC) - timedelta(hours=8)
    tomorrow = (pacific + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (tomorrow + timedelta(hours=8)).timestamp()
