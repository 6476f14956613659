"""One attempt on the wire: an event is signed and posted, and the outcome returned."""

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from shared import settings
from shared.border import fetch
from shared.webhooks import signatures
from shared.webhooks.backoff import retry_after
from shared.webhooks.delivery import Outcome

_KEPT = 500  # bytes of an answer
_OVERLOADED = 429
_REST = 60.0  # seconds until the next attempt, at least, when an endpoint is overloaded or slow


def send(url: str, event: str, body: bytes, keys: Sequence[str]) -> Outcome:
    """Post an event's body, signed with every key. A failure is an outcome, and raises nothing."""
    at = time.time()
    headers = {
        "content-type": "application/cloudevents+json",
        "user-agent": "Darkroom-Webhooks",
        **signatures.headers(event, datetime.fromtimestamp(at, UTC), body, keys),
    }
    began = time.monotonic()
    outcome = _posted(url, body, headers, at)
    return replace(outcome, ms=round((time.monotonic() - began) * 1000))


def _posted(url: str, body: bytes, headers: dict[str, str], at: float) -> Outcome:
    try:
        answer = fetch.post(url, body, headers, _seconds(), _KEPT)
    except fetch.TimedOut as error:
        return Outcome(at, error=error.sentence, patience=_REST)
    except fetch.FetchError as error:
        return Outcome(at, error=error.sentence)
    asked = retry_after(answer.headers.get("retry-after"), time.time())
    least = _REST if answer.status == _OVERLOADED or answer.slow else 0.0
    beginning = _escaped(answer.body)
    patience = max(asked, least)
    return Outcome(at, code=answer.status, error=answer.fault, answer=beginning, patience=patience)


def _seconds() -> float:
    return settings.current().webhook_timeout_seconds


def _escaped(body: bytes) -> str:
    """One line of text, control characters escaped: safe in a terminal and in the log."""
    text = body.decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
