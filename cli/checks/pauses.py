"""Checks what is paused."""

from collections.abc import Iterator

from cli import words
from cli.checks.finding import Check, Finding, ok, warning
from cli.pause import option
from shared import settings
from shared.spending import brakes


def look() -> Iterator[Finding]:
    """Each pause, and whether the breaker may make one."""
    held = brakes.in_force()
    for each in held:
        by = " by the breaker" if each.by == "breaker" else ""
        resume = f"`darkroom resume{option(each.scope)}` goes on."
        if each.by == "breaker":
            resume = f"It is tried again by itself; {resume}"
        yield warning(f"{each.sentence}. It was paused{by} {words.moment(each.since)}.", resume)
    if not settings.current().has_breaker:
        yield warning("BREAKER is off: a loop pays until the budget is used up.")
    elif not held:
        yield ok("Nothing is paused.")


CHECK = Check("pauses", look, needs=("STATE_BUCKET",))
