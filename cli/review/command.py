"""`darkroom review`."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Annotated

import typer

from cli import choices, errors, settings, words
from cli.grading.ranking import LEAST_VALUES, Ranking, Seen
from cli.grading.statistics import LEAST
from cli.output import as_json, lines, table
from cli.recipes import Json
from cli.review import corrected, signs
from shared import codec, tasks
from shared.corrections import store
from shared.jobs import doubts, index, records, shadows
from shared.jobs.index import Entry
from shared.jobs.record import Record

EPILOG = (
    "Examples: darkroom review; darkroom review --task segment --limit 50 --json; darkroom review "
    "--measure. Exit codes: 0 shown, also if there is nothing; 1 no answer from the cloud; 2 wrong "
    "usage."
)
SEED = 20_260_101  # of the draws: the same records give the same interval
_AT_ONCE = 16  # requests


@dataclass(frozen=True, slots=True)
class Row:
    """A record that is worth a look, and why, the strongest reason first."""

    name: str
    generation: int
    task: str
    points: int
    why: tuple[str, ...]
    folder: str


def review(
    *,
    limit: Annotated[int, typer.Option(min=1, help="Show at most this many.")] = 20,
    of: Annotated[int, typer.Option(min=1, help="Of so many of the newest results.")] = 1000,
    task: choices.Task = None,
    prefix: Annotated[str, typer.Option(help="Only names that begin with this.")] = "",
    measure: Annotated[
        bool, typer.Option("--measure", help="Show whether doubt ranks errors (AUROC).")
    ] = False,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Show which results to look at first: those that there is most reason to doubt.

    What somebody corrected or accepted is left out. --measure looks at exactly these: where the
    correction changes something, the answer was wrong.
    """
    settings.load(where)
    with errors.reported():
        if measure:
            _measured(task, prefix, json=json)
            return
        rows = _rows(_newest(task, prefix, of), limit)
    if json:
        as_json(codec.plain(rows))
    elif rows:
        table(
            ("points", "name", "task", "why"),
            ((f"{each.points}", each.name, each.task, " ".join(each.why)) for each in rows),
        )
    else:
        lines("There is no reason to doubt any of the newest results.")


def _newest(task: str | None, prefix: str, of: int) -> list[Entry]:
    done = (
        each
        for each in index.newest(prefix=prefix)
        if each.status == "done" and tasks.is_of(each.task, task or "")
    )
    return list(islice(done, of))


def _rows(entries: Sequence[Entry], limit: int) -> list[Row]:
    """The most doubtful, those that nobody has looked at."""
    shadowed = _shadowed(entries)
    suspected = [each for each in entries if each.doubts or each.id in shadowed]
    points = {each.id: each.doubts + shadowed.get(each.id, 0) for each in suspected}
    ordered = sorted(suspected, key=lambda each: -points[each.id])
    found = (_row(each, shadowed.get(each.id, 0)) for each in ordered if points[each.id])
    return list(islice(filter(None, found), limit))


def _row(entry: Entry, differs: int) -> Row | None:
    """The row of an entry; None if its record is gone, or somebody has looked at it."""
    record = records.attempt(entry.folder)
    if not isinstance(record, Record) or store.newest(entry.folder):
        return None
    why = [(each.points, each.sentence) for each in doubts.of(record)]
    if differs:
        share = differs / signs.SHADOW_POINTS
        why.append((differs, f"The shadow's answer differs by {share:.0%}."))
    why.sort(key=lambda each: -each[0])
    total = sum(points for points, _ in why)
    reasons = tuple(sentence for _, sentence in why)
    return Row(entry.name, entry.generation, entry.task, total, reasons, entry.folder)


def _shadowed(entries: Sequence[Entry]) -> dict[str, int]:
    """The points of disagreement of those that have a shadow's answer, by the job's key."""
    if not entries:
        return {}
    oldest = datetime.fromisoformat(entries[-1].created).date() - timedelta(days=1)
    asked = {
        note.key for note in shadows.notes(oldest.isoformat()) if note.outcome == shadows.ASKED
    }
    chosen = [each for each in entries if each.id in asked]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = zip(chosen, pool.map(_differs, chosen), strict=True)
        return {each.id: points for each, points in found if points}


def _differs(entry: Entry) -> int:
    record = records.attempt(entry.folder)
    differs = signs.disagreement(record) if isinstance(record, Record) else None
    return signs.shadow_points(differs or 0.0)


def _measured(task: str | None, prefix: str, *, json: bool) -> None:
    """Show the AUROC of each sign on the records that people looked at."""
    looked_at = [
        (record, correction.changes.total > 0)
        for record, correction in corrected.every()
        if tasks.is_of(record.task, task or "") and record.photo.name.startswith(prefix)
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        values = list(pool.map(signs.measured, [record for record, _ in looked_at]))
    rankings = {}
    for sign in signs.SIGNS:
        seen = [
            Seen(each[sign], wrong)
            for each, (_, wrong) in zip(values, looked_at, strict=True)
            if sign in each
        ]
        if seen or sign == signs.DOUBT:
            rankings[sign] = Ranking.of(seen, SEED)
    if json:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        as_json({"created": at, "signs": codec.plain(rankings)})
        return
    table(
        ("sign", "records", "wrong", "AUROC", "verdict"),
        (
            (
                sign,
                f"{each.records:,}",
                f"{each.wrong:,}",
                _area(each),
                each.verdict,
            )
            for sign, each in rankings.items()
        ),
    )
    lines(*_said(rankings[signs.DOUBT]))


def _area(found: Ranking) -> str:
    if found.auroc is None:
        return "-"
    interval = "" if found.low is None else f" [{found.low:.2f}, {found.high:.2f}]"
    return f"{found.auroc:.2f}{interval}"


def _said(found: Ranking) -> Iterator[str]:
    """What the measurement of the whole order means."""
    if found.verdict == "ranks":
        yield "Doubt ranks errors: the top of the list has more of them than its end."
        return
    if found.verdict == "does not rank":
        yield "Doubt does not rank errors here: look at a random sample in place of the list."
        return
    yield f"Cannot tell: {_lacking(found)}"


def _lacking(found: Ranking) -> str:
    if found.records < LEAST:
        seen = words.several(found.records, "record")
        return f"people looked at {seen}, and {LEAST} are needed."
    if not 0 < found.wrong < found.records:
        return (
            f"of {found.records:,} records, {found.wrong:,} are wrong; some must be, and some not."
        )
    if found.values < LEAST_VALUES:
        return f"doubt has {words.several(found.values, 'value')} only, and that is no ranking."
    return "the interval holds both chance and a useful order. More corrections will tell."
