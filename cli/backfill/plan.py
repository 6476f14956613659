"""`darkroom backfill plan`: what would be asked, and what it would cost. Nothing is asked."""

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import choices, errors, settings, words
from cli.backfill import making
from cli.backfill.choice import Only, Wanted
from cli.output import as_json, lines
from cli.recipes import Json
from shared import codec
from shared.backfill.plan import Cost, Plan
from shared.model import Tier

EPILOG = (
    "Examples: darkroom backfill plan; darkroom backfill plan --only stale --task caption --prefix "
    "2019/ --limit 1000. Exit codes: 0 planned; 1 no answer from the cloud; 2 wrong usage."
)
_A_DAY = 1440  # minutes
_WRITES, _READS = 9, 13  # storage requests of a job: docs/proof.md

_WORDS = {
    "missing": "never asked",
    "failed": "failed",
    "stale": "asked otherwise than today",
    "ended": "asked as today",
}


def plan(
    *,
    prefix: Annotated[str, typer.Option(help="Only uploads whose names begin with this.")] = "",
    since: Annotated[
        datetime | None, typer.Option(help="Only uploads of this time (UTC) or later.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(help="Only uploads before this time (UTC).")
    ] = None,
    task: choices.Task = None,
    only: Annotated[
        Only,
        typer.Option(
            help="missing: never asked. failed: ended as failed. stale: asked with another prompt, "
            "model or recipe. all: these three."
        ),
    ] = "missing",
    limit: Annotated[int | None, typer.Option(min=1, help="At most this many jobs.")] = None,
    tier: Annotated[
        Tier | None,
        typer.Option(
            help="flex: half the price, and an answer may take minutes (default: recipe's)."
        ),
    ] = None,
    per_minute: Annotated[
        float, typer.Option(min=0.01, help="The rate by which the days are counted.")
    ] = 60.0,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Plan a backfill: a list of exact versions and questions, with its price. Nothing is asked.

    The plan is kept in the state bucket; the same plan made twice is one plan.
    """
    settings.load(where)
    settings.require("MODEL")
    wanted = Wanted(only, task, _at(since, 0.0), _at(until, float("inf")), tier)
    with errors.reported(), making.folder() as folder:
        made = making.Maker(wanted, prefix, limit, _progress).make(Path(folder))
        new = made.keep()
    if json:
        as_json({**facts(made.plan, per_minute), "new": new})
    else:
        lines(*_sentences(made.plan, per_minute))


def facts(made: Plan, per_minute: float) -> dict[str, Any]:
    """A plan for programs."""
    whole: dict[str, Any] = codec.plain(made)
    days = made.jobs / per_minute / _A_DAY
    return {"plan": made.ident, **whole, "calls": made.jobs, "days": round(days, 3)}


def _sentences(made: Plan, per_minute: float) -> list[str]:
    """A plan for people."""
    counts = made.counts
    said = [f"Looked at {words.several(counts.get('uploads', 0), 'photo')}. Their questions:"]
    said += [
        f"  {counts[state]:>12,}  {word}" for state, word in _WORDS.items() if counts.get(state)
    ]
    said += _not_looked_at(made)
    if not made.jobs:
        return [*said, "There is nothing to ask."]
    asked = ", ".join(f"{count:,} x {name}" for name, count in made.tasks.items())
    most = made.jobs * 3
    days = made.jobs / per_minute / _A_DAY
    return [
        *said,
        f"Would be asked: {asked}.",
        f"Calls: {made.jobs:,}, at most {most:,} if answers are unreadable; about "
        f"{made.tokens['prompt']:,} tokens to the model and {made.tokens['output']:,} back.",
        f"Cost: {_money(made.usd)}.",
        *(f"From {day} on: {_money(cost)}." for day, cost in made.later.items()),
        f"Storage requests: about {made.jobs * _WRITES:,} writes and {made.jobs * _READS:,} reads.",
        f"At {per_minute:g} a minute it takes {_span(days)}.",
        f"Plan {made.ident}. Start it: darkroom backfill run {made.ident}",
    ]


def _not_looked_at(made: Plan) -> list[str]:
    counts = made.counts
    left = {
        "uploads_of_another_time": "upload{s} of another time",
        "uploads_without_a_recipe": "photo{s} without a recipe",
        "job_files": "job file{s}: upload one again to ask it again",
        "left_out": "job{s} beyond --limit",
    }
    return [
        f"  {counts[name]:>12,}  {text.format(s='' if counts[name] == 1 else 's')}"
        for name, text in left.items()
        if counts.get(name)
    ]


def _money(cost: Cost) -> str:
    low, likely, most = map(words.money, (cost.low, cost.likely, cost.most))
    return f"likely {likely}; between {low} and {most}"


def _span(days: float) -> str:
    if days >= 1:
        return f"{days:,.1f} days"
    minutes = max(1, round(days * _A_DAY))
    return f"{minutes / 60:.1f} hours" if minutes > 90 else words.several(minutes, "minute")


def _progress(seen: int) -> None:
    if sys.stderr.isatty():
        typer.echo(f"\rlooked at {seen:,} uploads ...", nl=False, err=True)


def _at(moment: datetime | None, otherwise: float) -> float:
    return otherwise if moment is None else moment.replace(tzinfo=UTC).timestamp()
