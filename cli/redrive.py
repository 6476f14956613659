"""`darkroom redrive`: queue failed jobs again."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

import typer

from cli import candidates, choices, errors, rounds, settings, words
from cli.candidates import Candidate, Wanted
from cli.output import agreed, as_json, lines
from cli.plan import Plan
from cli.recipes import Json
from shared.jobs import estimate
from shared.jobs.estimate import Estimate

EPILOG = (
    "Examples: darkroom redrive samples/duck.jpg; darkroom redrive --reason dead_lettered --since "
    "2026-11-20 --max-cost 5 --yes. Exit codes: 0 queued, or nothing to do; 1 some could not be "
    "queued, or no answer from the cloud; 2 wrong usage; 3 declined."
)
_DECLINED = 3


def redrive(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Uploads (default: all).")
    ] = None,
    *,
    prefix: Annotated[str, typer.Option(help="Only uploads whose names begin with this.")] = "",
    status: Annotated[
        Literal["failed", "rejected"], typer.Option(help="Only jobs with this status.")
    ] = "failed",
    reason: choices.Reason = None,
    since: Annotated[
        datetime | None, typer.Option(help="Only jobs that ended at this time (UTC) or later.")
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Queue at most this many jobs, oldest first.")
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(min=0, metavar="USD", help="Keep the worst-case total within this."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be queued.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Queue without asking.")] = False,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Queue failed jobs again, each as a new job with the same request.

    The old record stays. Skips jobs whose next round is already queued, and jobs that the model
    refused unless --reason is refused. Shows the count and the cost before it asks.
    """
    _check(status, reason)
    settings.load(where)
    wanted = Wanted(tuple(names or ()), prefix, status, reason, _utc(since))
    with errors.reported():
        found = candidates.find(wanted)
        chosen, prices = _affordable(found.ready[:limit], max_cost)
        plan = Plan(found, chosen, Estimate.sum(prices))
        if not json:
            plan.show()
        go = bool(chosen) and not dry_run
        if go and not (yes or agreed(f"Queue {words.several(len(chosen), 'job')}?")):
            raise typer.Exit(_DECLINED)
        if go:
            _queue(chosen)
        if json:
            as_json({**plan.facts(), "queued": go})
        elif go:
            lines(f"Queued {words.several(len(chosen), 'job')}.")
    raise typer.Exit(1 if found.hopeless else 0)


def _check(status: str, reason: str | None) -> None:
    """End the command if jobs of that status never have that reason."""
    if reason and reason not in choices.REASONS[status]:
        other = next(each for each, reasons in choices.REASONS.items() if reason in reasons)
        raise typer.BadParameter(
            f"{reason!r} is a reason of {other} jobs: add --status {other}", param_hint="--reason"
        )


def _utc(since: datetime | None) -> str:
    return "" if since is None else since.replace(tzinfo=UTC).isoformat()[:19]


def _affordable(
    ready: Sequence[Candidate], most: float | None
) -> tuple[list[Candidate], list[Estimate]]:
    """Jobs whose worst-case total stays within the sum; a job of unknown price is left out."""
    past = estimate.experience() if ready else []
    chosen: list[Candidate] = []
    prices: list[Estimate] = []
    for each in ready:
        sizes = estimate.sizes(each.record.images)
        its = estimate.of(rounds.following(each.job), sizes, past)
        together = Estimate.sum([*prices, its]).most
        if most is None or (together is not None and together <= most):
            chosen.append(each)
            prices.append(its)
    return chosen, prices


def _queue(chosen: Sequence[Candidate]) -> None:
    for each in chosen:
        rounds.start(each.job)
