"""`darkroom backfill run`, `status`, `pause`, `resume`, `cancel`: the life of a plan.

The deployed functions do the work; these commands only write what they should do.
"""

from dataclasses import replace
from typing import Annotated, Any, NoReturn

import typer

from cli import errors, settings, words
from cli.output import as_json, lines
from cli.recipes import Json
from shared.backfill import plan as plans
from shared.backfill import release
from shared.backfill.plan import Plan
from shared.spending import backfills
from shared.spending.backfills import Announce, Run

EPILOG = (
    "Examples: darkroom backfill run 3f2a9c0d1b4e5f60 --max-cost 25 --yes; darkroom backfill run "
    "3f2a9c0d1b4e5f60 --per-minute 600 --announce none. Exit codes: 0 started, or running already; "
    "1 no such plan, or it is out of date; 2 wrong usage; 3 declined."
)
_CODES = "Exit codes: 0 done; 1 no such backfill, or it has ended; 2 wrong usage."
STATUS = (
    "Example: darkroom backfill status 3f2a9c0d1b4e5f60. Exit codes: 0 shown; 1 no such plan; 2 "
    "wrong usage."
)
PAUSE = f"Example: darkroom backfill pause 3f2a9c0d1b4e5f60. {_CODES}"
RESUME = f"Example: darkroom backfill resume 3f2a9c0d1b4e5f60 --max-cost 40. {_CODES}"
CANCEL = f"Example: darkroom backfill cancel 3f2a9c0d1b4e5f60. {_CODES}"
_DECLINED = 3

Ident = Annotated[str, typer.Argument(metavar="PLAN", help="The id that `plan` printed.")]
MaxCost = Annotated[
    float | None,
    typer.Option(
        min=0, metavar="USD", help="Stop within one call of this sum (default: the plan's most)."
    ),
]
PerMinute = Annotated[float | None, typer.Option(min=0.01, help="Queue this many jobs a minute.")]


def run(
    ident: Ident,
    *,
    max_cost: MaxCost = None,
    per_minute: PerMinute = 60.0,
    announce: Annotated[
        Announce,
        typer.Option(help="Webhooks: one for each result, one at the end (summary), or none."),
    ] = "each",
    yes: Annotated[bool, typer.Option("--yes", help="Start without asking.")] = False,
    where: settings.Option = None,
) -> None:
    """Start a plan. The deployed functions do the work; this command need not stay open."""
    settings.load(where)
    settings.require("MODEL")
    with errors.reported():
        plan = _plan(ident)
        if plan.fingerprint != plans.fingerprint():
            _end("Recipes, MODEL or the price table changed since this plan was made: plan anew.")
        cap = plan.usd.most if max_cost is None else max_cost
        if cap is None:
            _end("No price is known for a model of this plan: say --max-cost.", 2)
        lines(f"{words.several(plan.jobs, 'job').capitalize()}, at most {words.money(cap)}.")
        if not (yes or _agreed()):
            raise typer.Exit(_DECLINED)
        begun = Run(ident, "running", per_minute or 60.0, cap, announce=announce)
        if release.begin(begun):
            lines(f"Started. See: darkroom backfill status {ident}")
            return
        lines("It was started before.")
        _show(plan, _run(ident))


def status(ident: Ident, *, json: Json = False, where: settings.Option = None) -> None:
    """Show how far a backfill is; of a finished one this is its report."""
    settings.load(where)
    with errors.reported():
        plan, begun = _plan(ident), backfills.find(ident)
        if json:
            as_json(release.report_of(plan, begun) if begun else _planned(ident, plan))
        elif begun:
            _show(plan, begun)
        else:
            lines(f"It is planned, and was not started: darkroom backfill run {ident}")


def pause(ident: Ident, *, where: settings.Option = None) -> None:
    """Hold a backfill: jobs that are queued are not asked until it goes on."""
    settings.load(where)
    with errors.reported():
        _changed(ident, lambda run: replace(run, status="paused", why="paused by hand"))
        lines(f"Paused. To go on: darkroom backfill resume {ident}")


def resume(
    ident: Ident,
    *,
    max_cost: MaxCost = None,
    per_minute: PerMinute = None,
    where: settings.Option = None,
) -> None:
    """Let a paused or stopped backfill go on, or change its rate or its cap."""
    settings.load(where)
    with errors.reported():
        _plan(ident)
        now = release.resume(ident, max_cost, per_minute)
        if now is None or now.has_ended:
            _end(f"It cannot go on: it is {now.status if now else 'not started'}.")
        lines(f"It goes on, {now.per_minute:g} jobs a minute, at most {words.money(now.max_usd)}.")


def cancel(ident: Ident, *, where: settings.Option = None) -> None:
    """End a backfill for good: what is queued is dropped, what was asked stays."""
    settings.load(where)
    with errors.reported():
        _changed(ident, lambda run: replace(run, status="cancelled", why="cancelled by hand"))
        lines("Cancelled. A new plan asks what is left.")


def _changed(ident: str, change: release.Change) -> None:
    """Change a backfill that has not ended."""
    _plan(ident)
    before = backfills.find(ident)
    if before is None or before.has_ended:
        _end(f"It is {before.status if before else 'not started'}.")
    backfills.revise(ident, lambda run: None if run.has_ended else change(run))


def _plan(ident: str) -> Plan:
    found = plans.find(ident)
    if found is None:
        _end(f"There is no plan {ident!r}: darkroom backfill plan makes one.")
    return found


def _run(ident: str) -> Run:
    found = backfills.find(ident)
    if found is None:
        _end("It was not started.")
    return found


def _planned(ident: str, plan: Plan) -> dict[str, Any]:
    return {"plan": ident, "status": "planned", "jobs": plan.jobs}


def _show(plan: Plan, run: Run) -> None:
    told = f": {run.why}" if run.why else ""
    outcomes = ", ".join(f"{count:,} {name}" for name, count in sorted(run.counts.items()))
    lines(
        f"{run.status.capitalize()}{told}.",
        f"{run.released:,} of {plan.jobs:,} jobs were queued, {run.collected:,} have ended"
        f"{f' ({outcomes})' if outcomes else ''}.",
        f"{run.paid_calls:,} paid calls; {words.money(backfills.settled(run.plan))} of at most "
        f"{words.money(run.max_usd)}.",
    )


def _agreed() -> bool:
    """Whether the operator says yes; without a terminal the answer is no."""
    try:
        return typer.confirm("Start it?", err=True)
    except typer.Abort:
        return False


def _end(sentence: str, code: int = 1) -> NoReturn:
    lines(sentence, err=True)
    raise typer.Exit(code)
