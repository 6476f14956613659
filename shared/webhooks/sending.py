"""One attempt: an event is signed and posted to an endpoint, and what came of it is told."""

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
_OVERRUN = 429
_REST = 60.0  # seconds that an endpoint is left alone for when it is overrun or slow


def send(url: str, event: str, body: bytes, keys: Sequence[str]) -> Outcome:
    """Post an event's body, signed with every key; no answer is an outcome too."""
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
    least = _REST if answer.status == _OVERRUN or answer.slow else 0.0
    said = _escaped(answer.body)
    patience = max(asked, least)
    return Outcome(at, code=answer.status, error=answer.fault, answer=said, patience=patience)


def _seconds() -> float:
    return settings.current().webhook_timeout_seconds


def _escaped(body: bytes) -> str:
    """Text of one line that steers no terminal and forges no log."""
    text = body.decode("utf-8", "backslashreplace")
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)
