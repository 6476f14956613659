"""Checks for dead letters: jobs that the queue gave up."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from cli import words
from cli.checks.finding import Check, Finding, ok, warning
from shared.border.storage import STATE
from shared.jobs import index

_DAYS = 7


def look() -> Iterator[Finding]:
    """Jobs that were given up lately, and messages that were not jobs."""
    since = (datetime.now(UTC) - timedelta(days=_DAYS)).isoformat()
    dead = sum(entry.reason == "dead_lettered" for entry in index.newest(since=since))
    poison = sum(1 for _ in STATE.listing("poison/"))
    if dead:
        yield warning(
            f"{words.several(dead, 'job').capitalize()} given up in the last {_DAYS} days.",
            "`darkroom redrive --reason dead_lettered` queues them again.",
        )
    if poison:
        yield warning(
            f"{words.several(poison, 'message').capitalize()} in poison/ of the state bucket "
            "cannot be read as a job.",
            "Find out who publishes to the topics of the workers, then delete them.",
        )
    if not (dead or poison):
        yield ok(f"Nothing was given up in the last {_DAYS} days.")


CHECK = Check("given up", look, needs=("STATE_BUCKET",))
