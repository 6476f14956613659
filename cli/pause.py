"""`darkroom pause`, `darkroom resume` and `darkroom status`: the brakes in front of paid calls."""

import shlex
import time
from collections import Counter
from typing import Annotated

import typer

from cli import errors, settings, words
from cli.output import as_json, lines
from cli.recipes import Json
from shared.intake import budgets, recipes
from shared.jobs import unfinished
from shared.spending import brakes, standing
from shared.spending.brakes import Brake, Scope
from shared.spending.standing import Standing
from shared.sweep import leases

PAUSE = (
    "Examples: darkroom pause --reason 'the bill'; darkroom pause --recipe market --reason 'prices "
    "are wrong'. Exit codes: 0 paused, or paused before; 1 no answer from the cloud; 2 wrong usage."
)
RESUME = (
    "Examples: darkroom resume; darkroom resume --recipe market. Exit codes: 0 resumed, or there "
    "was no pause; 1 no answer from the cloud; 2 wrong usage."
)
STATUS = (
    "Example: darkroom status. Exit codes: 0 nothing is paused; 1 no answer from the cloud; 2 "
    "wrong usage; 3 something is paused."
)
_PAUSED = 3
_SHOWN = 1_000  # jobs between two lines of progress
Recipe = Annotated[
    str, typer.Option(metavar="NAME", help="Only the jobs of this recipe (default: all jobs).")
]
Prefix = Annotated[
    str, typer.Option(metavar="FOLDER/", help="Only the uploads whose names begin so.")
]


def pause(
    *,
    reason: Annotated[str, typer.Option(help="Why; people will read it.")],
    recipe: Recipe = "",
    prefix: Prefix = "",
    where: settings.Option = None,
) -> None:
    """Pause paid calls: photos are taken in, and their jobs are put aside until you resume.

    Calls under way are finished. Webhooks go on. Nothing is lost, however long it takes.
    """
    settings.load(where)
    if not reason.strip():
        raise typer.BadParameter("say why", param_hint="--reason")
    scope = _scope(recipe, prefix)
    _check(recipe)
    with errors.reported():
        new = brakes.pull(Brake(reason.strip(), time.time(), recipe, prefix))
    what = _what(scope)
    if new:
        lines(f"{what} is paused. Every worker knows within {brakes.FRESH:g} s.")
    else:
        lines(f"{what} was paused before: nothing is changed. `darkroom status` says why.")


def resume(*, recipe: Recipe = "", prefix: Prefix = "", where: settings.Option = None) -> None:
    """Resume after a pause, and queue the jobs again that were put aside.

    It ends a pause by the breaker, too. If it is interrupted, run it again, or leave the rest to
    the sweep.
    """
    settings.load(where)
    scope = _scope(recipe, prefix)
    with errors.reported():
        what = _what(scope)
        if brakes.release(scope):
            lines(f"{what} goes on. Every worker knows within {brakes.FRESH:g} s.")
            time.sleep(brakes.FRESH)
        else:
            lines(f"{what} was not paused.")
        count = 0
        for count, _ in enumerate(leases.take_up(brakes.in_force()), 1):
            if count % _SHOWN == 0:
                lines(f"{count:,} jobs are queued again.")
        lines(f"{words.several(count, 'job').capitalize()} queued again.")
        _show(brakes.in_force())


def status(*, json: Json = False, where: settings.Option = None) -> None:
    """Show what is paused and why, what waits, and what was spent of each budget."""
    settings.load(where)
    with errors.reported():
        held, waiting = brakes.in_force(), unfinished.listing()
        causes = Counter(each.cause.kind for each in waiting.jobs if each.cause)
        money = standing.of(budgets.every())
        limits = Counter(each.cause.limit for each in waiting.jobs if each.cause)
        limits[""] = 0
        if json:
            as_json(
                {
                    "paused": [
                        {
                            "recipe": each.recipe or None,
                            "prefix": each.prefix or None,
                            "reason": each.reason,
                            "since": each.since,
                            "by": each.by,
                            "sign": each.sign or None,
                            "next_probe": each.probe_at or None,
                        }
                        for each in held
                    ],
                    "waiting": dict(causes),
                    "complete": waiting.complete,
                    "budgets": [_facts(each, limits[each.limit.name]) for each in money],
                }
            )
        else:
            _show(held)
            for cause, count in causes.most_common():
                jobs = words.several(count, "job")
                many = jobs.capitalize() if waiting.complete else f"At least {jobs}"
                lines(f"{many} wait{'s' * (count == 1)}: {cause}.")
            for each in money:
                lines(_line(each, limits[each.limit.name], complete=waiting.complete))
            if not money:
                lines("No budget is set.")
    raise typer.Exit(_PAUSED if held else 0)


def _line(each: Standing, waiting: int, *, complete: bool) -> str:
    least = "" if complete else "at least "
    waits = f" {words.several(waiting, 'job')} wait{'s' * (waiting == 1)} for it."
    told = f"{least}{waits.strip()}" if waiting else ""
    return f"{words.standing(each)}, until {words.clock(each.limit.until)} UTC. {told}".rstrip()


def _facts(each: Standing, waiting: int) -> dict[str, object]:
    limit = each.limit
    return {
        "recipe": limit.recipe or None,
        "period": limit.period,
        "of": limit.key,
        "limit_usd": limit.usd,
        "spent_usd": each.spent,
        "until": limit.until,
        "waiting": waiting,
    }


def _show(held: tuple[Brake, ...]) -> None:
    for each in held:
        by = " by the breaker" if each.by == "breaker" else ""
        lines(f"{each.sentence}. It was paused{by} {words.moment(each.since)}.{_next(each)}")
    if not held:
        lines("Nothing is paused.")


def _next(brake: Brake) -> str:
    """When a pause by the breaker may end by itself, and what ends it now."""
    if brake.by != "breaker":
        return ""
    now, resume = time.time(), f"`darkroom resume{option(brake.scope)}` ends it"
    if now < brake.probe_until:
        return f" A photo is asked now, to see if it is over; {resume}."
    when = words.moment(brake.probe_at) if brake.probe_at > now else "within a minute"
    what = "It is counted again" if brake.sign == "uploads" else "A photo is asked"
    return f" {what} {when}, to see if it is over; {resume}."


def option(scope: Scope) -> str:
    """The option of `resume` for that scope."""
    if scope.recipe:
        return f" --recipe {shlex.quote(scope.recipe)}"
    return f" --prefix {shlex.quote(scope.prefix)}" if scope.prefix else ""


def _what(scope: Scope) -> str:
    return scope.what if scope.recipe or scope.prefix else "Everything"


def _scope(recipe: str, prefix: str) -> Scope:
    if recipe and prefix:
        raise typer.BadParameter("either --recipe or --prefix", param_hint="--prefix")
    return Scope(recipe, prefix)


def _check(recipe: str) -> None:
    """End the command if there is no such recipe: its pause would hold nothing."""
    if not recipe:
        return
    names = [each.name for each in recipes.read(recipes.FILE.read_text("utf-8")).recipes]
    if recipe not in names:
        raise typer.BadParameter(
            f"there is no recipe {recipe!r}; there are: {', '.join(names)}", param_hint="--recipe"
        )
