"""Checks the webhooks: their file, their secrets, and the health of each endpoint."""

import time
from collections.abc import Iterator

from cli import words
from cli.checks.finding import Check, Finding, ok, unchecked, warning, wrong
from shared.webhooks import endpoints, store
from shared.webhooks.endpoints import BadKey, Endpoint


def look() -> Iterator[Finding]:
    """The faults of webhooks.toml, and the state of each endpoint."""
    file = endpoints.file()
    reading = endpoints.read(file.read_text("utf-8") if file.exists() else "")
    yield from (wrong(f"{fault}.", "docs/webhooks.md has every key.") for fault in reading.faults)
    if not (reading.endpoints or reading.faults):
        yield ok("There are no webhooks.")
    for endpoint in reading.endpoints:
        yield from _endpoint(endpoint)
    now = time.time()
    every = store.deliveries() if reading.endpoints else ()
    late = sum(store.overdue(each, now) is not None for each in every)
    if late:
        yield warning(
            f"The next attempt of {words.several(late, 'event')} is overdue by more than an hour.",
            "The sweep queues lost attempts every six hours; resume the queue if it is paused.",
        )


def _endpoint(endpoint: Endpoint) -> Iterator[Finding]:
    name = endpoint.name
    try:
        endpoints.keys(endpoint)
    except BadKey as error:
        yield unchecked(f"{name}: {error}. This is the shell's environment; notify has its own.")
    health, _ = store.health(name)
    dead = sum(1 for _ in store.dead(name))
    if health.disabled:
        yield wrong(
            f"{name} has been disabled since {words.clock(health.disabled.at)} "
            f"({health.disabled.why}).",
            f"Once it works again: `darkroom webhooks enable {name}`.",
        )
    elif health.failing_since:
        yield warning(f"{name} has been failing since {words.clock(health.failing_since)}.")
    if dead:
        yield warning(
            f"{words.several(dead, 'event').capitalize()} did not reach {name}.",
            f"`darkroom webhooks replay {name}` sends them again.",
        )
    if not (health.disabled or health.failing_since or dead):
        yield ok(f"{name} works.")


CHECK = Check("webhooks", look, needs=("STATE_BUCKET",))
