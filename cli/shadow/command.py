"""`darkroom shadow`."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from cli import errors, settings, words
from cli.evaluation.summary import between, number
from cli.grading.statistics import LEAST
from cli.output import as_json, lines, table
from cli.recipes import Json
from cli.shadow import compared, report
from cli.shadow.report import Agreement, Report, Side
from shared import codec
from shared.jobs import shadows

EPILOG = (
    "Examples: darkroom shadow; darkroom shadow --recipe products --days 30 --json. Exit codes: 0 "
    "shown, also if nothing was compared; 1 no answer from the cloud; 2 wrong usage."
)
_SHOWN = {  # metrics of a task, for people; JSON has them all
    "answer": ("answer_normalised", "cer"),
    "classify": ("micro_f1", "classes_exact"),
    "detect": ("f1_50", "iou", "label_accuracy", "count_error"),
    "extract": ("field_exact", "field_normalised"),
    "moderate": ("verdict_exact", "severity_near", "block_as_allow", "allow_as_block"),
    "read_text": ("cer", "wer", "text_exact"),
    "redact": ("missed_area", "excess_area", "things_hidden"),
    "segment": ("mask_f1_50", "mask_iou", "f1_50", "label_accuracy", "count_error"),
}


def shadow(
    *,
    recipe: Annotated[str | None, typer.Option(help="Only this recipe (default: all).")] = None,
    days: Annotated[
        int, typer.Option(min=1, max=3650, help="How many days, with today (UTC).")
    ] = 7,
    limit: Annotated[int, typer.Option(min=1, help="Compare at most so many, the newest.")] = 1000,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Show how a recipe's model and its shadow agree: by task and by day, with cost and time.

    The record counts as the truth, but neither is known to be right: what differs is worth a look.
    """
    settings.load(where)
    since = datetime.now(UTC).date() - timedelta(days=days - 1)
    with errors.reported():
        noted = [each for each in shadows.notes(since.isoformat()) if recipe in (None, each.recipe)]
        chosen = report.newest(noted, limit)
        reports = report.by_pair(compared.every(chosen))
    if json:
        whole = {"since": since.isoformat(), "noted": len(noted), "compared": len(chosen)}
        as_json({**whole, "shadows": codec.plain(reports)})
        return
    if not reports:
        of = f" of the recipe {recipe!r}" if recipe else ""
        lines(f"No shadow{of} was asked since {since}. docs/recipes.md says how to have one.")
    if len(noted) > len(chosen):
        lines(f"Of {len(noted):,} shadows, the newest {len(chosen):,}:")
    for each in reports:
        lines(*_told(each))
        _days(each)


def _told(found: Report) -> Iterator[str]:
    yield f"{found.recipe}: {found.own.model or 'its model'}, and {found.shadow.model} as shadow"
    yield f"  asked about {words.several(found.asked, 'photo')}{_dropped(found)}."
    if found.asked:
        yield f"  {_side(found.own, found.asked)}"
        yield f"  {_side(found.shadow, found.asked)}"
    if found.unread:
        yield f"  {words.several(found.unread, 'answer')} of the shadow cannot be read."
    if found.gone:
        yield f"  {found.gone:,} cannot be compared: an answer or a record is gone."
    for task, each in found.tasks.items():
        yield from _task(task, each)
    if found.asked and not found.tasks:
        yield "  Nothing of it can be compared: captions have no metric."


def _task(task: str, found: Agreement) -> Iterator[str]:
    few = "" if found.enough else f"; cannot tell, as there are fewer than {LEAST}"
    yield f"  {task}, {words.several(found.photos, 'photo')}{few}:"
    for name in _SHOWN.get(task, (found.leading,)):
        each = found.metrics.get(name)
        if each and each.value is not None:
            yield f"    {name:<17} {number(each.value)}{between(each.low, each.high)}"


def _dropped(found: Report) -> str:
    if not found.dropped:
        return ""
    counts = [f"{count:,} ({why})" for why, count in sorted(found.dropped.items())]
    return f"; dropped {words.listed(counts)}"


def _side(side: Side, photos: int) -> str:
    cost = "an unknown sum" if side.usd is None else f"{words.money(side.usd / photos)} a photo"
    took = "" if side.seconds_median is None else f", {side.seconds_median:.1f} s at the median"
    return f"{side.model}: {cost}{took}."


def _days(found: Report) -> None:
    names = [f"{task} {each.leading}" for task, each in found.tasks.items()]
    if len(found.by_day) > 1:
        table(
            ("day", "photos", *names),
            (
                (
                    day,
                    f"{count:,}",
                    *(
                        "" if (value := each.by_day.get(day)) is None else f"{value:.3g}"
                        for each in found.tasks.values()
                    ),
                )
                for day, count in found.by_day.items()
            ),
        )
