"""How long the buckets keep objects, as terraform/darkroom/buckets.tf has it."""

from collections.abc import Mapping
from typing import Any

# Days after which the state whose names begin so is deleted, as deployed if nothing else is set.
STATE_DAYS: Mapping[int, tuple[str, ...]] = {
    1: ("signs/",),
    3: ("files/", "pictures/"),
    7: ("pauses-ended/", "submissions/", "views/"),
    40: ("budget/", "spend/2"),
    400: ("erased/", "plans/", "spend/plan-"),
    90: ("answers-by-content/", "jobs/", "shadows/", "spend/photo-"),
    30: ("poison/", "webhooks/dead/", "webhooks/deliveries/", "webhooks/events/"),
}
OVERWRITTEN_DAYS = 7  # after which an upload that was overwritten or deleted is gone


def settings(role: str) -> dict[str, Any]:
    """The part of a bucket's resource that says what it keeps."""
    return {
        "versioning": {"enabled": role == "uploads"},
        "lifecycle": {"rule": [_rule(conditions) for conditions in _expiry(role)]},
    }


def _expiry(role: str) -> list[dict[str, Any]]:
    if role == "uploads":
        return [{"daysSinceNoncurrentTime": OVERWRITTEN_DAYS, "isLive": False}]
    if role == "state":
        return [{"age": days, "matchesPrefix": list(names)} for days, names in STATE_DAYS.items()]
    return []


def _rule(conditions: Mapping[str, Any]) -> dict[str, Any]:
    return {"action": {"type": "Delete"}, "condition": dict(conditions)}
