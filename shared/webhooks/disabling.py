"""Disables endpoints that fail for five days, and announces it.

Health is written only when an attempt changes it, by one compare-and-swap without a retry: what is
lost to another writer, the next attempt writes.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from shared.border import logs, pubsub
from shared.messages.announcement import Announcement
from shared.webhooks import store
from shared.webhooks.delivery import Outcome
from shared.webhooks.health import Disabled, Health, Why

_WHY: Mapping[Why, str] = {
    "gone": "It answered 410: it wants no more events.",
    "failing": "No attempt has succeeded for five days.",
}


class Seen(NamedTuple):
    """An endpoint's health as it was seen before an attempt."""

    health: Health
    generation: int


def look(endpoint: str) -> Seen:
    """The health of an endpoint; if it is disabled, announced, if it was not yet."""
    seen = Seen(*store.health(endpoint))
    if seen.health.disabled:
        _announce(endpoint, seen.health.disabled)
    return seen


def note(endpoint: str, seen: Seen, outcome: Outcome) -> None:
    """Update an endpoint's health by the outcome of one attempt."""
    after = seen.health.after(outcome)
    if after == seen.health or not store.note(endpoint, after, seen.generation):
        return
    if after.disabled:
        why = after.disabled.why
        line = f"webhook {endpoint} is disabled. {_WHY[why]}"
        logs.log("webhook_disabled", line, logging.ERROR, endpoint=endpoint, reason=why)
        _announce(endpoint, after.disabled)


def _announce(endpoint: str, disabled: Disabled) -> None:
    """Publish it to the results topic, unless that was done."""
    event = Announcement.alarm(
        f"disabled-{endpoint}-{disabled.at:.0f}",
        "webhook.v1.disabled",
        endpoint,
        {"endpoint": endpoint, "reason": {"code": disabled.why, "sentence": _WHY[disabled.why]}},
        datetime.fromtimestamp(disabled.at, UTC),
    )
    if not store.is_announced(event):
        pubsub.announce(*event.message())
        store.mark_announced(event)
