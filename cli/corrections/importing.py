"""`darkroom corrections import`: what people corrected in other tools."""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cli import errors, settings
from cli.corrections import applying, readers
from cli.corrections.finding import Records
from cli.corrections.sheet import Sheet
from cli.output import as_json, lines
from cli.recipes import Json
from shared import codec
from shared.corrections import saving
from shared.corrections.correction import Author, Changes, Refused
from shared.corrections.saving import State
from shared.jobs.record import Found

EPILOG = (
    "Examples: darkroom corrections import annotations.json --who anna; darkroom corrections "
    "import project-7.json --who anna --dry-run. Exit codes: 0 imported; 1 some photos were "
    "refused, or no answer from the cloud; 2 wrong usage."
)
_AT_ONCE = 8

Kind = Literal["saved", "already", "unchanged", "open", "refused"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one photo."""

    photo: str
    kind: Kind
    changes: Changes = field(default_factory=Changes)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Importing:
    """How photos are imported."""

    known: Records
    who: str
    accept: bool
    replace: bool
    dry_run: bool

    def outcome(self, sheet: Sheet) -> Outcome:
        """Import a photo, unless it is refused."""
        if sheet.open:
            return Outcome(sheet.file, "open")
        try:
            return self._taken(sheet)
        except Refused as why:
            return Outcome(sheet.file, "refused", why=str(why))

    def _taken(self, sheet: Sheet) -> Outcome:
        if sheet.fault:
            raise Refused(sheet.fault)
        state = self.known.state(sheet)
        saving.check_current(state.original)
        found, changes = state.checked(applying.found(sheet, state))
        is_new = not any(each.findings == found for each in state.corrections)
        if is_new and not (sheet.submitted or self.accept) and self._is_untouched(found, state):
            return Outcome(sheet.file, "unchanged")
        if is_new and not self.replace:
            _check_base(sheet, state)
        if is_new and not self.dry_run:
            author = Author(self.who, sheet.tool)
            is_new = saving.save(state, found, author, state.number).new
        return Outcome(sheet.file, "saved" if is_new else "already", changes)

    def _is_untouched(self, found: Found, state: State) -> bool:
        return found.objects == state.original.found.objects


def _check_base(sheet: Sheet, state: State) -> None:
    """Raise Refused if another tool's correction is newer than what was exported."""
    last = state.corrections[-1] if state.corrections else None
    if last and last.number > sheet.based and last.author.tool != sheet.tool:
        raise Refused(
            f"{last.author.who} corrected it with {last.author.tool} at {last.created}, which the "
            "file does not have: export it again with --prefer corrections, or add --replace"
        )


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...", exists=True, dir_okay=False, help="Of COCO, CVAT or Label Studio."
        ),
    ],
    *,
    who: Annotated[str, typer.Option(metavar="NAME", help="Who corrected, and stands for it.")],
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Photos in which nothing was changed are right, too."),
    ] = False,
    replace: Annotated[
        bool,
        typer.Option("--replace", help="Take it though somebody corrected it elsewhere meanwhile."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Import corrections of what `darkroom export` wrote, from COCO, CVAT or Label Studio.

    Photos and objects are known by the numbers of the export. What is as it was exported stays as
    it was, to the pixel. A photo that cannot be taken is named, and the others are taken. Importing
    a file again changes nothing.
    """
    sheets = [sheet for file in files for sheet in _read(file)]
    settings.load(where)
    with errors.reported():
        how = Importing(Records(sheets), who, accept, replace, dry_run)
        outcomes = [*_outcomes(how, sheets)]
    refused = [each for each in outcomes if each.kind == "refused"]
    if json:
        as_json(_facts(outcomes, dry_run=dry_run))
    else:
        lines(*(f"{each.photo}: {each.why}" for each in refused), err=True)
        lines(*_sentences(outcomes, dry_run=dry_run))
    raise typer.Exit(1 if refused else 0)


def _read(file: Path) -> list[Sheet]:
    try:
        return readers.read(file.read_bytes())
    except ValueError as why:
        raise typer.BadParameter(f"{file} {why}", param_hint="FILE") from why
    except OSError as why:
        raise typer.BadParameter(f"{file} cannot be read: {why.strerror}") from why


def _outcomes(how: Importing, sheets: Sequence[Sheet]) -> Iterator[Outcome]:
    """What becomes of each photo, some at a time; one that comes again is refused."""
    seen = set[object]()
    twice = list[Sheet]()
    once = list[Sheet]()
    for sheet in sheets:
        key = (sheet.place, sheet.record) if sheet.record else sheet.number or object()
        (twice if key in seen else once).append(sheet)
        seen.add(key)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        for done, outcome in enumerate(pool.map(how.outcome, once), 1):
            _progress(done, len(once))
            yield outcome
    yield from (Outcome(each.file, "refused", why="It comes twice.") for each in twice)


def _progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        end = "\n" if done == total else ""
        typer.echo(f"\r{done:,} of {total:,} photos{end}", nl=False, err=True)


def _sentences(outcomes: Sequence[Outcome], *, dry_run: bool) -> Iterator[str]:
    count, changes = Counter(each.kind for each in outcomes), _sum(outcomes)
    told = (
        f"Would correct {_photos(count['saved'])}"
        if dry_run
        else (f"Corrected {_photos(count['saved'])}")
    )
    yield (
        f"{told}: objects moved {changes['moved']}, relabelled {changes['relabelled']}, added "
        f"{changes['added']}, deleted {changes['deleted']}, as they were {changes['kept']}."
    )
    rest: dict[Kind, str] = {
        "already": "imported before",
        "unchanged": "as exported: --accept says that they are right",
        "open": "without an annotation",
        "refused": "refused",
    }
    for kind, what in rest.items():
        if count[kind]:
            yield f"{_photos(count[kind])} {what}."


def _photos(count: int) -> str:
    return f"{count:,} photo{'s' * (count != 1)}"


def _facts(outcomes: Sequence[Outcome], *, dry_run: bool) -> dict[str, Any]:
    return {
        "dry_run": dry_run,
        "counts": dict(Counter(each.kind for each in outcomes)),
        "changes": _sum(outcomes),
        "photos": [
            {"photo": each.photo, "outcome": each.kind, "why": each.why or None}
            for each in outcomes
        ],
    }


def _sum(outcomes: Sequence[Outcome]) -> Counter[str]:
    saved = (each.changes for each in outcomes if each.kind == "saved")
    return sum((Counter(codec.plain(each)) for each in saved), Counter[str]())
