"""Makes one attempt at a delivery; of concurrent duplicates one is recorded.

The first is made by who enters the delivery, others by tasks.
"""

import logging
from datetime import UTC, datetime

from shared import beside
from shared.border import logs
from shared.webhooks import disabling, endpoints, sending, store
from shared.webhooks.attempt_id import AttemptId
from shared.webhooks.delivery import Attempt, Delivery
from shared.webhooks.disabling import Seen
from shared.webhooks.endpoints import Endpoint
from shared.webhooks.follow_up import follow_up

_PROMPT_MS = 1000
_SLOW: set[str] = set()  # the URLs whose last answer to this process took longer
_LOG = logging.getLogger("darkroom")


def run(attempt: AttemptId) -> None:
    """Make the attempt of a task, unless it was made before. A failed one raises nothing."""
    body = beside.start(store.body, attempt.event)
    health = beside.start(disabling.look, attempt.endpoint)
    found = store.find(attempt.endpoint, attempt.event)
    if found is None:
        _LOG.warning("webhook %s, event %s: there is no delivery", attempt.endpoint, attempt.event)
        return
    delivery, generation = found
    if delivery.status != "pending" or AttemptId.of(delivery) != attempt:
        follow_up(delivery)
    elif endpoint := endpoints.find(attempt.endpoint):
        make(endpoint, delivery, generation, health.result(), body.result())
    else:
        _record(delivery.given_up("removed"), generation)


def is_prompt(endpoint: Endpoint, seen: Seen) -> bool:
    """Whether it answers soon: neither does it fail, nor was it slow when this process asked last.

    Events of all endpoints wait for those that are not.
    """
    return seen.health.failing_since is None and endpoint.url not in _SLOW


def make(endpoint: Endpoint, delivery: Delivery, generation: int, seen: Seen, body: bytes) -> None:
    """Make the next attempt of a delivery, unless the endpoint is disabled."""
    if seen.health.disabled:
        _record(delivery.given_up("disabled"), generation)
        return
    outcome = sending.send(endpoint.url, delivery.event, body, endpoints.keys(endpoint))
    (_SLOW.add if outcome.ms > _PROMPT_MS else _SLOW.discard)(endpoint.url)
    _record(delivery.after(outcome), generation)
    disabling.note(endpoint.name, seen, outcome)


def _record(after: Delivery, generation: int) -> None:
    """Write the delivery after the attempt; only the writer that succeeds follows it up."""
    _log(after)
    if store.replace(after, generation):
        follow_up(after)


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
