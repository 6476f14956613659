"""Endpoints and deliveries as commands show them: rows for people, facts for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from cli import words
from shared.webhooks import store
from shared.webhooks.delivery import Attempt, Delivery, Outcome
from shared.webhooks.endpoints import Endpoint
from shared.webhooks.health import Health

ENDPOINT = ("name", "url", "events", "match", "state", "dead")
ATTEMPT = ("attempt", "at", "code", "ms", "answer", "next")


def endpoint(one: Endpoint) -> Mapping[str, Any]:
    """An endpoint with its health."""
    health, _ = store.health(one.name)
    return {
        "name": one.name,
        "url": one.url,
        "events": [glob.text for glob in one.events],
        "match": [glob.text for glob in one.match],
        "state": _state(health),
        "failing_since": _iso(health.failing_since),
        "disabled_at": _iso(health.disabled.at if health.disabled else None),
        "why": health.disabled.why if health.disabled else None,
        "dead": sum(1 for _ in store.dead(one.name)),
    }


def endpoint_row(facts: Mapping[str, Any]) -> Sequence[str]:
    """The same as a row."""
    since = facts["disabled_at"] or facts["failing_since"]
    why = f" ({facts['why']})" if facts["why"] else ""
    state = f"{facts['state']} since {since}{why}" if since else facts["state"]
    patterns = (" ".join(facts[key]) for key in ("events", "match"))
    return (facts["name"], facts["url"], *patterns, state, str(facts["dead"]))


def delivery(one: Delivery) -> Mapping[str, Any]:
    """A delivery with its log."""
    return {
        "endpoint": one.endpoint,
        "event": one.event,
        "status": one.status,
        "reason": one.reason,
        "due": _iso(one.due) if one.status == "pending" else None,
        "attempts": [_attempt(each) for each in one.attempts],
    }


def delivery_line(one: Delivery) -> str:
    """The state of a delivery, in a sentence."""
    made = words.several(len(one.attempts), "attempt")
    stands = f"{one.status} ({one.reason})" if one.reason else one.status
    return f"Event {one.event} to {one.endpoint}: {stands} after {made}."


def attempt_row(one: Attempt) -> Sequence[str]:
    """An attempt as a row; attempts count from 1, and rounds after the first are shown."""
    number = f"{one.number + 1}" + (f", round {one.round + 1}" if one.round else "")
    made = one.outcome
    return (
        number,
        _iso(made.at) or "",
        str(made.code or ""),
        str(made.ms),
        made.error or made.answer,
        _iso(one.next) or "",
    )


def outcome(one: Outcome) -> Mapping[str, Any]:
    """The outcome of an attempt."""
    facts = asdict(one)
    del facts["patience"]
    return {**facts, "at": _iso(one.at)}


def outcome_line(one: Outcome) -> str:
    """The same in a line."""
    return f"{one.code or 'No answer'} in {one.ms} ms: {one.error or one.answer or 'no message'}"


def _attempt(one: Attempt) -> Mapping[str, Any]:
    place = {"round": one.round + 1, "attempt": one.number + 1}
    return {**place, **outcome(one.outcome), "next": _iso(one.next)}


def _state(health: Health) -> str:
    if health.disabled:
        return "disabled"
    return "working" if health.failing_since is None else "failing"


def _iso(seconds: float | None) -> str | None:
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
