"""Replies that the service is known to give: good answers, bad answers, and failures."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from local.gemini.errors import ApiError
from local.gemini.reply import Reply

_QUOTA_ID = "GenerateRequestsPer{period}PerProjectPerModel-FreeTier"
_QUOTA_METRIC = "generativelanguage.googleapis.com/generate_content_free_tier_requests"
_LIMITS_PAGE = "https://ai.google.dev/gemini-api/docs/rate-limits"
_FOREVER = 3600.0  # seconds: longer than any test or deadline


def says(*pieces: str, finish_reason: str = "STOP", delay: float = 0.0) -> Reply:
    """A text answer; in a stream, each piece is an event."""
    return Reply(tuple({"text": piece} for piece in pieces), finish_reason, delay=delay)


def boxes(items: Iterable[Mapping[str, Any]]) -> Reply:
    """Detections or masks as a JSON list; an item is {"box_2d": [y0, x0, y1, x1], "label": ...}."""
    return says(json.dumps(list(items)))


def thinking(thought: str, answer: str, tokens: int = 40) -> Reply:
    """A thought part before the answer."""
    return Reply(({"text": thought, "thought": True}, {"text": answer}), thought_tokens=tokens)


def cut_off(text: str) -> Reply:
    """An answer cut off at the limit of output tokens."""
    return says(text, finish_reason="MAX_TOKENS")


def cut_off_while_thinking(tokens: int = 1986) -> Reply:
    """No answer: the thoughts used up all output tokens."""
    return Reply((), "MAX_TOKENS", thought_tokens=tokens)


def blocked(reason: str = "PROHIBITED_CONTENT") -> Reply:
    """The prompt is refused before anything is generated."""
    return Reply(finish_reason=None, block_reason=reason)


def unsafe(category: str = "HARM_CATEGORY_DANGEROUS_CONTENT") -> Reply:
    """The answer is withheld by the safety filter."""
    rating = {"category": category, "probability": "HIGH", "blocked": True}
    return Reply(finish_reason="SAFETY", safety_ratings=(rating,))


def empty() -> Reply:
    """A success without candidates and without a reason."""
    return Reply(finish_reason=None)


def too_many_requests(retry_after: float | None = 2.0, *, per_day: bool = False) -> Reply:
    """429 for a used-up quota, with RetryInfo of `retry_after` seconds unless that is None."""
    quota_id = _QUOTA_ID.format(period="Day" if per_day else "Minute")
    violation = {"quotaMetric": _QUOTA_METRIC, "quotaId": quota_id, "quotaValue": "10"}
    details: list[Mapping[str, Any]] = [
        _detail("QuotaFailure", violations=[violation]),
        _detail("Help", links=[{"description": "Gemini API quotas", "url": _LIMITS_PAGE}]),
    ]
    message = f"You exceeded your current quota. * Quota exceeded for metric: {_QUOTA_METRIC}"
    if retry_after is not None:
        details.append(_detail("RetryInfo", retryDelay=f"{retry_after:g}s"))
        message += f"\nPlease retry in {retry_after:g}s."
    return Reply(error=ApiError(429, message, tuple(details)))


def overloaded() -> Reply:
    """503: the model has no capacity just now."""
    return Reply(error=ApiError(503, "The model is overloaded. Please try again later."))


def broken_gateway() -> Reply:
    """500 in HTML, from something in front of the service."""
    page = "<html><body><h1>500 Internal Server Error</h1></body></html>"
    return Reply(error=ApiError(500, page, html=True))


def bad_request(message: str = "Request contains an invalid argument.") -> Reply:
    """400: this request fails however often it is sent."""
    return Reply(error=ApiError(400, message))


def stalled() -> Reply:
    """No answer within any deadline; the connection stays open."""
    return Reply(delay=_FOREVER)


def connection_reset(after_events: int = 0) -> Reply:
    """The connection is reset; in a stream, after some events."""
    pieces = ({"text": "half of "},) * after_events
    return Reply((*pieces, {"text": "an answer"}), reset_after=after_events)


def _detail(kind: str, **fields: Any) -> Mapping[str, Any]:
    return {"@type": f"type.googleapis.com/google.rpc.{kind}", **fields}
