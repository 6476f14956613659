"""The watch over endpoints: one that fails for long is disabled, and that is told.

What an attempt says of an endpoint is written only where it changes something, and may be lost to
another writer: the next attempt says it again.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime

from shared.border import logs, pubsub
from shared.messages.announcement import Announcement
from shared.webhooks import store
from shared.webhooks.delivery import Outcome
from shared.webhooks.health import Disabled, Why

_WHY: Mapping[Why, str] = {
    "gone": "It answered 410: it wants no more events.",
    "failing": "No attempt has succeeded for five days.",
}


def is_disabled(endpoint: str) -> bool:
    """Whether an endpoint is to be left alone."""
    health, _ = store.health(endpoint)
    if health.disabled:
        _announce(endpoint, health.disabled)
    return health.disabled is not None


def note(endpoint: str, outcome: Outcome) -> None:
    """What one attempt says of an endpoint."""
    before, generation = store.health(endpoint)
    after = before.after(outcome)
    if after == before or not store.note(endpoint, after, generation):
        return
    if after.disabled:
        why = after.disabled.why
        told = f"webhook {endpoint} is disabled. {_WHY[why]}"
        logs.tell("webhook_disabled", told, logging.ERROR, endpoint=endpoint, reason=why)
        _announce(endpoint, after.disabled)


def _announce(endpoint: str, disabled: Disabled) -> None:
    """Tell the results topic, unless it has been told."""
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
