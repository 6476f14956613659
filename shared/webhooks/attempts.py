"""Makes one attempt at a delivery; of concurrent duplicates one is recorded."""

import logging
from datetime import UTC, datetime

from shared.border import logs
from shared.webhooks import disabling, endpoints, fan_out, sending, store
from shared.webhooks.attempt_id import AttemptId
from shared.webhooks.delivery import Attempt, Delivery
from shared.webhooks.endpoints import Endpoint

_LOG = logging.getLogger("darkroom")


def make(attempt: AttemptId) -> None:
    """Make the attempt, unless it was made before. A failed attempt raises nothing."""
    found = store.find(attempt.endpoint, attempt.event)
    if found is None:
        _LOG.warning("webhook %s, event %s: there is no delivery", attempt.endpoint, attempt.event)
        return
    delivery, generation = found
    if delivery.status != "pending" or AttemptId.of(delivery) != attempt:
        fan_out.follow_up(delivery)
        return
    endpoint = endpoints.find(attempt.endpoint)
    if endpoint is None:
        _record(delivery.given_up("removed"), generation)
    elif disabling.is_disabled(attempt.endpoint):
        _record(delivery.given_up("disabled"), generation)
    else:
        _send(endpoint, delivery, generation)


def _send(endpoint: Endpoint, delivery: Delivery, generation: int) -> None:
    body, keys = store.body(delivery.event), endpoints.keys(endpoint)
    outcome = sending.send(endpoint.url, delivery.event, body, keys)
    _record(delivery.after(outcome), generation)
    disabling.note(endpoint.name, outcome)


def _record(after: Delivery, generation: int) -> None:
    """Write the delivery after the attempt; only the writer that succeeds follows it up."""
    _log(after)
    if store.replace(after, generation):
        fan_out.follow_up(after)


def _log(after: Delivery) -> None:
    """Log the outcome of the attempt, and what comes next."""
    made = None if after.reason in ("disabled", "removed") else after.attempts[-1]
    logs.log(
        "webhook",
        f"webhook {after.endpoint}, event {after.event}: {_story(after, made)}",
        logging.INFO if after.status == "delivered" else logging.WARNING,
        endpoint=after.endpoint,
        job=after.event,
        outcome="failed" if after.status == "pending" else after.status,
        reason=after.reason,
        round=after.round,
        attempt=made and made.number,
        code=made and made.outcome.code,
        ms=made and made.outcome.ms,
    )


def _story(after: Delivery, made: Attempt | None) -> str:
    if made is None:
        return f"given up, the endpoint is {after.reason}"
    outcome = made.outcome
    answer = f"{outcome.code} {outcome.answer!r}" if outcome.code else outcome.error
    story = f"attempt {made.round}.{made.number}: {answer} in {outcome.ms} ms"
    if after.status == "pending":
        due = datetime.fromtimestamp(after.due, UTC).isoformat(timespec="seconds")
        return f"{story}; the next one is at {due}"
    return f"{story}; {after.status}"
