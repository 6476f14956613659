"""Pauses under way, each minute: their events, probes of the breaker's brakes, and their end."""

import logging
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile

from shared import settings
from shared.border import logs, pubsub
from shared.breaker import probes, rates, verdict
from shared.messages.announcement import Announcement
from shared.spending import brakes
from shared.spending.brakes import Brake
from shared.sweep import leases


def tick(limit: float) -> int:
    """Publish what is new, and go on with the breaker's brakes; returns how many jobs were queued.

    It stops queuing after `limit` seconds: a sweep does the rest.
    """
    ends, queued = time.monotonic() + limit, 0
    for brake in brakes.in_force():
        _tell_beginning(brake)
        if brake.by == "breaker":
            queued += _go_on(brake, ends)
    for ended in brakes.untold_ends():
        if not ended.brake.told:
            _publish("began", ended.brake, ended.brake.since, {})
        told = {"ended": _moment(ended.at), "ended_by": ended.by}
        _publish("ended", ended.brake, ended.at, told)
        brakes.mark_told(ended)
    return queued


def _go_on(brake: Brake, ends: float) -> int:
    """End the pause, or let a probe begin, if it is time."""
    now = time.time()
    if not settings.current().has_breaker or probes.is_over(brake, now):
        return _end(brake, ends)
    if not probes.is_due(brake, now):
        return 0
    if brake.sign == "uploads":
        if _is_flooded(brake):
            probes.delay(brake)
            return 0
        return _end(brake, ends)
    if leases.take_up_one(brake):
        return 1
    if brake.suspects:
        probes.skip(brake)
    return 0


def _is_flooded(brake: Brake) -> bool:
    known, limit = rates.counts(), settings.current().breaker_uploads_per_minute
    mine = {brake.prefix: known.get(brake.prefix, 0)}
    return bool(limit) and verdict.flooded(mine, limit) is not None


def _end(brake: Brake, ends: float) -> int:
    """Release the brake, and queue again what it put aside."""
    if not brakes.release(brake.scope, "breaker"):
        return 0
    minutes = (time.time() - brake.since) / 60
    line = f"the breaker closed after {minutes:.0f} minutes; what was put aside is queued again"
    logs.log("breaker_closed", line, logging.WARNING, sign=brake.sign, scope=brake.scope.id)
    time.sleep(brakes.FRESH)  # a worker that still believes in the pause would put jobs aside
    again = leases.take_up(brakes.in_force())
    return sum(1 for _ in takewhile(lambda _: time.monotonic() < ends, again))


def _tell_beginning(brake: Brake) -> None:
    if not brake.told:
        _publish("began", brake, brake.since, {})
        same = brake.id
        brakes.revise(
            brake.scope,
            lambda last: replace(last, told=True) if last.id == same and not last.told else None,
        )


def _publish(what: str, brake: Brake, at: float, more: Mapping[str, str]) -> None:
    data = {
        "recipe": brake.recipe or None,
        "prefix": brake.prefix or None,
        "sentence": f"{brake.sentence}.",
        "by": brake.by,
        "sign": brake.sign or None,
        "since": _moment(brake.since),
        **more,
    }
    subject = brake.recipe or brake.prefix or "everything"
    event = Announcement.alarm(
        f"pause-{brake.id}-{what}",
        f"pause.v1.{what}",
        subject,
        data,
        datetime.fromtimestamp(at, UTC),
    )
    pubsub.announce(*event.message())


def _moment(seconds: float) -> str:
    """A time as records have it."""
    moment = datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
    return moment.replace("+00:00", "Z")
