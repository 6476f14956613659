"""The command: `python -m trial.gemini`, or `make trial-gemini`."""

import os
import re
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cli import interrupt, words
from cli.checks.models import KEYS
from cli.evaluation.asking import Purse
from cli.output import agreed, lines, table
from shared import codec, settings
from shared import tasks as shared_tasks
from shared.border.proxies import spare_loopback
from shared.errors import BadEvent, KeyRefused
from shared.words import several
from trial.gemini import kept, page, plan, report, samples
from trial.gemini.asking import Run
from trial.gemini.kept import Call
from trial.gemini.plan import Plan
from trial.gemini.reading import Reading
from trial.gemini.report import Report, State

EXITS: dict[State, int] = {"as assumed": 0, "not as assumed": 1, "not whole": 1}
EPILOG = (
    "Examples: python -m trial.gemini --dry-run; python -m trial.gemini --models "
    '"gemini-3.8-flash gemini-3.5-flash-lite" --max-cost 1. Exit codes: 0 all that was tried is '
    "as assumed; 1 something is not, or not all was asked; 2 wrong usage, or no usable key."
)

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command(epilog=EPILOG)
def main(
    *,
    models: Annotated[
        str, typer.Option(help="The models, apart by spaces or commas (default: models.toml's).")
    ] = "",
    tasks: Annotated[
        str, typer.Option(help="Only these tasks, apart by spaces or commas (default: all).")
    ] = "",
    max_cost: Annotated[
        float, typer.Option(min=0, metavar="USD", help="Make no call beyond this sum.")
    ] = 2.0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where the report goes (default: trial-gemini-DATE)."),
    ] = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Where answers are kept, and found again (default: answers/ beside the report).",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show the price, and ask nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before anything is paid.")] = False,
) -> None:
    """Try Gemini on samples/: ask what workers ask, and compare what comes with what we assume.

    The price comes first. Each answer is kept as a file and paid once: the same command goes on
    where it was interrupted. Needs a key (GEMINI_API_KEY), or the settings of Vertex AI.
    """
    spare_loopback(os.environ)
    out = out or Path(f"trial-gemini-{datetime.now(UTC).date()}")
    folder = keep or out / "answers"
    try:
        known = tuple(shared_tasks.canonical(each) for each in _listed(tasks))
        if not dry_run:
            kept.read_again(folder)
        planned = plan.of(_listed(models), _asked(known), max_cost, folder)
    except (BadEvent, ValueError, settings.BadSetting) as why:
        _end(f"{why}")
    _show(planned, max_cost)
    if dry_run:
        return
    if planned.calls:
        _check_access()
    if planned.calls and not yes and not agreed("Ask now?"):
        _end("Nothing was asked. Say --yes where there is no terminal.")
    made, usable = _run(planned, folder, max_cost)
    _write(out, made)
    raise typer.Exit(EXITS[made.state] if usable else 2)


def _listed(text: str) -> list[str]:
    return [*dict.fromkeys(each for each in re.split(r"[\s,]+", text) if each)]


def _asked(tasks: Sequence[str]) -> Sequence[str]:
    """The tasks, each of which has samples. Raises BadEvent."""
    asked = {case.task for case in samples.CASES}
    if unknown := [each for each in tasks if each not in asked]:
        raise BadEvent(f"there are no samples for {words.listed(unknown)}")
    return tasks


def _show(planned: Plan, max_cost: float) -> None:
    headings = ("model", "calls", "likely", "at most", "")
    table(headings, page.costs(planned))
    for name, why in planned.gone:
        lines(f"{name} is left out. {why}")
    likely, most = words.money(planned.likely), words.money(min(planned.most, max_cost))
    lines(f"{several(planned.calls, 'call').capitalize()}: likely {likely}, at most {most}.")


def _check_access() -> None:
    """End the command if a setting of calls is wrong, or there is nothing to sign in with."""
    here = settings.current()
    try:
        here.timeout("standard"), here.timeout("flex")
    except settings.BadSetting as why:
        _end(f"{why}")
    if here.on_vertex:
        if not here.has("GOOGLE_CLOUD_PROJECT"):
            _end("GOOGLE_CLOUD_PROJECT is not set: Vertex AI needs it.")
    elif not any(os.environ.get(name) for name in KEYS):
        _end(f"There is no key to ask with: set {KEYS[0]}, or the settings of Vertex AI.")


def _run(planned: Plan, folder: Path, max_cost: float) -> tuple[Report, bool]:
    """Ask, and make the report of whatever was asked; False if the key was refused."""
    purse, why, usable = Purse(max_cost), "", True
    with interrupt.heard() as check:
        run = Run(planned, folder, purse, _Progress(planned.calls), check)
        try:
            run.all()
        except KeyboardInterrupt:
            why = "It was interrupted. Run it again with the same folder to go on."
        except KeyRefused as refused:
            why, usable = f"{refused}".rstrip(".") + ". No other call was made.", False
    if why:
        lines(why, err=True)
    return report.of(planned, run.asked, purse.spent, max_cost, why), usable


class _Progress:
    """A line for each call."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0

    def __call__(self, call: Call | None, sentence: str) -> None:
        if call is None:
            lines(sentence, err=True)
            return
        self._done += 1
        said = _outcome(call.reading) if call.reading else _trouble(call)
        head = f"{self._done}/{self._total} {call.question.model}, {call.question.about}"
        lines(f"{head}: {said} ({call.seconds:.1f} s, {words.money(call.usd)})", err=True)


def _outcome(read: Reading) -> str:
    found = ", ".join(f"{kind} {count}" for kind, count in read.found.items())
    return ", ".join(each for each in (read.outcome, found or read.sentence.rstrip(".")) if each)


def _trouble(call: Call) -> str:
    return call.trouble.sentence.rstrip(".") if call.trouble else "nothing came"


def _write(out: Path, made: Report) -> None:
    """Both files; earlier ones are replaced."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_bytes(codec.encode(made, indent=1) + b"\n")
        (out / "report.md").write_text(page.of(made), "utf-8")
    except OSError as why:
        _end(f"{out} cannot be written: {why.strerror}.")
    for each in made.models:
        for one in each.surprises:
            lines(f"Not as assumed, {each.model}, {one.name}: {one.evidence}")
    lines(f"{made.state.capitalize()}. {out / 'report.md'} says more.")


def _end(sentence: str) -> NoReturn:
    lines(sentence, err=True)
    raise typer.Exit(2)


if __name__ == "__main__":
    sys.exit(app())
