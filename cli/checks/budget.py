"""Checks how much of the daily budget is used."""

from collections.abc import Iterator

from cli import words
from cli.checks.finding import Check, Finding, ok, warning
from shared import settings
from shared.spending import shards

_NEARLY = 0.8


def look() -> Iterator[Finding]:
    """What was spent today, and the limit."""
    limit = settings.current().daily_budget_usd
    spent = shards.spent(shards.today())
    if limit is None:
        yield ok(f"{words.money(spent)} spent or reserved today; DAILY_BUDGET_USD sets no limit.")
        return
    sentence = f"{words.money(spent)} of today's {words.money(limit)} are spent or reserved"
    mend = "Raise DAILY_BUDGET_USD, or wait until midnight UTC."
    if spent >= limit:
        yield warning(f"{sentence}: jobs wait.", mend)
    elif spent >= limit * _NEARLY:
        yield warning(f"{sentence}: soon jobs will wait.", mend)
    else:
        yield ok(f"{sentence}.")


CHECK = Check("budget", look, needs=("STATE_BUCKET",))
