"""Checks how much of each budget is used."""

from collections.abc import Iterator

from cli import words
from cli.checks.finding import Check, Finding, ok, warning
from shared.intake import budgets
from shared.spending import standing

_NO_LIMIT = "DAILY_BUDGET_USD, MONTHLY_BUDGET_USD and recipes set no limit."


def look() -> Iterator[Finding]:
    """What was spent of each limit; what of it is near its end, or there."""
    found = standing.of(budgets.every())
    if not found:
        yield ok(_NO_LIMIT)
    for each in found:
        mend = (
            f"Raise {words.budget(each.limit)}, or wait until {words.clock(each.limit.until)} UTC."
        )
        sentence = words.standing(each)
        if each.is_reached:
            yield warning(f"{sentence}: jobs wait.", mend)
        elif each.is_near:
            yield warning(f"{sentence}: soon jobs will wait.", mend)
        else:
            yield ok(f"{sentence}.")


CHECK = Check("budget", look, needs=("STATE_BUCKET",))
