"""`darkroom evaluate`: a model, or two, on a golden set."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from cli import errors, interrupt, settings, words
from cli.checks.models import KEYS
from cli.evaluation import asking, page, questions, summary
from cli.evaluation.asking import Purse
from cli.evaluation.grading import Run
from cli.evaluation.limits import EXITS
from cli.evaluation.questions import Question, Wanted
from cli.evaluation.report import Report
from cli.golden.golden_set import GoldenSet
from cli.golden.manifest import BadSet
from cli.golden.options import Golden, refused
from cli.grading.labels import Labels
from cli.grading.metrics import OF_ONE_PHOTO
from cli.output import as_json, lines
from cli.recipes import Json, known_recipe
from shared import codec
from shared import settings as shared_settings
from shared.border.gemini import models
from shared.intake.recipes import Recipe
from shared.intake.recipes.settings import complaint
from shared.model import Tier

EPILOG = (
    "Examples: darkroom evaluate --golden golden/shoes --max-cost 2; darkroom evaluate --golden "
    "golden/shoes --model gemini-3.5-flash --against gemini-3.1-flash-lite --max-cost 5. Exit "
    "codes: 0 it keeps all floors; 1 it is below one, or it cannot be asked; 2 wrong usage; 3 "
    "cannot tell."
)


def evaluate(
    *,
    golden: Golden,
    model: Annotated[
        str | None, typer.Option(help="The model (default: the recipe's, or MODEL).")
    ] = None,
    against: Annotated[
        str | None, typer.Option(metavar="MODEL", help="A second model, to compare it with.")
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(help="Ask as this recipe does (default: as the truths were asked for)."),
    ] = None,
    max_cost: Annotated[
        float | None,
        typer.Option(min=0, metavar="USD", help="Make no call beyond this sum, for both models."),
    ] = None,
    tier: Annotated[
        Tier | None, typer.Option(help="flex: half the price, and an answer may take minutes.")
    ] = None,
    task: Annotated[str, typer.Option(help=f"Only this task: {', '.join(OF_ONE_PHOTO)}.")] = "",
    synonyms: Annotated[
        Path | None,
        typer.Option(
            exists=True, dir_okay=False, help='Labels that mean the same: shoe = ["sneaker"].'
        ),
    ] = None,
    out: Annotated[
        Path, typer.Option(metavar="FOLDER", help="Where report.json and report.html go.")
    ] = Path("evaluation"),
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Ask a model about a golden set, and measure how good its answers are.

    Each answer is paid once and kept beside the set. The price comes first; without --max-cost
    nothing is paid. Results go to the report alone: no record, no webhook, no index knows of them.
    """
    settings.read_if_given(where)
    if task and task not in OF_ONE_PHOTO:
        raise typer.BadParameter(f"choose from: {', '.join(OF_ONE_PHOTO)}", param_hint="--task")
    labels = _labels(synonyms)
    with refused(), errors.reported():
        wanted = Wanted(known_recipe(recipe), tier, task)
        opened = GoldenSet.open(golden)
        asked = [
            _questions(opened, wanted, name) for name in _models(model, against, wanted.recipe)
        ]
        runs = _runs(opened, asked, max_cost, labels)
        report = Report.of(opened, runs, recipe)
        _write(out, report, page.drawn(report, opened, runs))
    if json:
        as_json({**codec.plain(report), "out": str(out)})
    else:
        lines(*summary.lines(report), f"Report: {out / 'report.html'}")
    raise typer.Exit(EXITS[report.verdict])


def _models(model: str | None, against: str | None, recipe: Recipe | None) -> list[str]:
    own = str(recipe.settings.get("model", "")) if recipe else ""
    first = model or own or shared_settings.current().model
    if first == against:
        raise typer.BadParameter(f"it is {first}, the first model", param_hint="--against")
    named = [first, *([against] if against else [])]
    for name in named:
        if why := complaint("model", name, ""):
            raise typer.BadParameter(f"a model {why}")
    return named


def _labels(file: Path | None) -> Labels:
    if file is None:
        return Labels()
    try:
        return Labels.read(file.read_text("utf-8"))
    except ValueError as why:
        raise typer.BadParameter(f"{file}: {why}", param_hint="--synonyms") from why


def _questions(golden: GoldenSet, wanted: Wanted, model: str) -> list[Question]:
    """The questions to a model. Raises BadSet if they would be graded by its own drafts."""
    found = wanted.questions(golden, model)
    _check_drafts(golden, found, model)
    return found


def _check_drafts(golden: GoldenSet, asked: Sequence[Question], model: str) -> None:
    if own := questions.own_drafts(asked, model):
        raise BadSet(
            f"{golden.place} has {words.several(own, 'draft')} by {model} that nobody looked at: a "
            "model is not graded by itself. Look at the drafts, and add them again with --who"
        )


def _runs(
    golden: GoldenSet, asked: list[list[Question]], max_cost: float | None, labels: Labels
) -> list[Run]:
    """The answers to all questions, within one sum."""
    left = [_announce(golden, each) for each in asked]
    if any(left) and max_cost is None:
        _end("Say --max-cost USD to go on: nothing was asked.")
    if any(left) and not (shared_settings.current().on_vertex or any(map(os.environ.get, KEYS))):
        _end(f"There is no key to ask with: set {KEYS[0]}, or the settings of Vertex AI.")
    purse, runs = Purse(max_cost or 0.0), list[Run]()
    for each in asked:
        with _interruptible() as check, _progress(each, purse, check) as step:
            found = asking.ask(golden, each, purse, step)
        runs.append(Run.of(each[0].model, each, found, labels))
        for version in runs[-1].answered_by:  # an alias does not say which model it is
            _check_drafts(golden, each, version)
    return runs


def _announce(golden: GoldenSet, asked: list[Question]) -> int:
    """Say what a model will be asked and what it costs; returns how many calls are left."""
    price, model = asking.price(golden, asked), asked[0].model
    kept = f" {price.kept:,} answers are there already." if price.kept else ""
    lines(
        f"{model}: {words.several(price.questions, 'call')}, likely "
        f"{words.money(price.usd.likely)}, at most {words.money(price.usd.most)}.{kept}",
        err=True,
    )
    if price.questions and not models.find(model).prices:
        lines(f"No price is known for {model}: the dearest known one is counted.", err=True)
    return price.questions


@contextmanager
def _progress(
    asked: Sequence[Question], purse: Purse, check: Callable[[], None]
) -> Iterator[Callable[[int], None]]:
    """What is called after each answer: it checks, and counts if standard error is a terminal."""
    shown = sys.stderr.isatty()

    def step(done: int) -> None:
        check()
        if shown:
            said = f"{asked[0].model}: {done:,} of {len(asked):,}"
            typer.echo(f"\r{said}, {words.money(purse.spent)} paid ", nl=False, err=True)

    yield step
    if shown:
        typer.echo(err=True)


@contextmanager
def _interruptible() -> Iterator[Callable[[], None]]:
    """Ctrl-C ends the command between two answers; those that were paid for are kept."""
    try:
        with interrupt.heard() as check:
            yield check
    except KeyboardInterrupt:
        lines("Interrupted. What was answered is kept: run it again to go on.", err=True)
        raise typer.Exit(1) from None


def _write(out: Path, report: Report, shown: str) -> None:
    """Both files; earlier ones are replaced."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_bytes(codec.encode(report, indent=1))
        (out / "report.html").write_text(shown, "utf-8")
    except OSError as why:
        _end(f"{out} cannot be written: {why.strerror}.")


def _end(sentence: str) -> NoReturn:
    lines(sentence, err=True)
    raise typer.Exit(2)
