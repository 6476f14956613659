"""`darkroom diff`."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from cli import choices, errors, settings, uploads, words
from cli.difference import others
from cli.difference.findings import Difference, Pair, Thing
from cli.difference.others import Side
from cli.output import as_json, lines
from cli.recipes import Json
from shared import codec, tasks
from shared.jobs import records
from shared.jobs.record import Record

EPILOG = (
    "Examples: darkroom diff products/7.jpg; darkroom diff products/7.jpg --task detect --against "
    "shadow --json. Exit codes: 0 compared; 1 there are no two such answers, or no answer from the "
    "cloud; 2 wrong usage."
)
_EDGES = ("left", "top", "right", "bottom")
_MOST = 8  # changes of words that are shown


def diff(
    name: Annotated[str, typer.Argument(help="The upload, with #VERSION or without.")],
    *,
    task: choices.Task = None,
    against: Annotated[
        str,
        typer.Option(
            help="previous, shadow, correction, or another result as [GENERATION/]TASK[-ID]."
        ),
    ] = others.PREVIOUS,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Compare two answers about a photo: objects that moved, that only one has, labels, words.

    "Here" is the newest result, "there" what it is compared with.
    """
    settings.load(where)
    if against not in {others.PREVIOUS, others.SHADOW, others.CORRECTION}:
        place = others.PLACE.fullmatch(against)
        if place is None or not {*tasks.parts(place[2])} <= {*tasks.names()}:
            raise typer.BadParameter(
                f"{against!r} is neither previous, shadow, correction nor [GENERATION/]TASK",
                param_hint="--against",
            )
    with errors.reported():
        pairs = list(_pairs(name, task, against))
    if not pairs:
        lines(f"{name!r} has no result that can be compared with {_what(against)}.", err=True)
        raise typer.Exit(1)
    found = [(here, there, Difference.of(here.findings, there.findings)) for here, there in pairs]
    if json:
        as_json([_facts(*each) for each in found])
    else:
        for each in found:
            lines(*_told(*each))


def _pairs(text: str, task: str | None, against: str) -> Iterator[tuple[Side, Side]]:
    """Each newest result of a task, and what it is compared with, if that is there."""
    typed, version = uploads.place(text)
    name = uploads.as_stored(typed)
    versions = [version] if version else records.generations(name)[:1]
    newest = dict[str, Record]()
    for each in (record for version in versions for record in records.of(name, version)):
        if each.status == "done" and tasks.is_of(each.task, task or ""):
            newest[each.task] = each
    for record in newest.values():
        if there := others.other(record, against):
            yield others.own(record), there


def _what(against: str) -> str:
    said = {"previous": "an earlier one", "shadow": "its shadow's answer", "correction": "one"}
    return said.get(against, against)


def _facts(here: Side, there: Side, found: Difference) -> dict[str, Any]:
    return {"here": here.what, "there": there.what, "equal": found.nothing, **codec.plain(found)}


def _told(here: Side, there: Side, found: Difference) -> Iterator[str]:
    yield f"here:  {here.what}"
    yield f"there: {there.what}"
    if found.same:
        yield f"  the same     {words.several(found.same, 'object')}"
    for pair in found.pairs:
        yield from _pair(pair)
    yield from (f"  only here    {_thing(each)}" for each in found.only_here)
    yield from (f"  only there   {_thing(each)}" for each in found.only_there)
    if found.classes_only_here:
        yield f"  only here    {words.listed(found.classes_only_here)}"
    if found.classes_only_there:
        yield f"  only there   {words.listed(found.classes_only_there)}"
    yield from _wordings(found)
    if found.nothing:
        yield "  There is no difference."


def _pair(pair: Pair) -> Iterator[str]:
    if pair.moved:
        edges = zip(_EDGES, pair.by, strict=True)
        by = ", ".join(f"{edge} {pixels:+}" for edge, pixels in edges if pixels) or "no edge"
        masks = "" if pair.mask_iou is None else f", of masks {pair.mask_iou:.2f}"
        yield f"  moved        {words.glance(pair.label, 40)}: {by}; IoU {pair.iou:.2f}{masks}"
    if pair.relabelled:
        labels = f"{words.glance(pair.label, 40)} is {words.glance(pair.label_there, 40)} there"
        yield f"  relabelled   {labels}, at {_at(Thing('', pair.box))}"


def _thing(thing: Thing) -> str:
    return f"{words.glance(thing.label, 40)} at {_at(thing)}"


def _at(thing: Thing) -> str:
    box = thing.box
    return f"{box.left}, {box.top}, {box.right}, {box.bottom}"


def _wordings(found: Difference) -> Iterator[str]:
    for name, each in found.texts.items():
        yield f"  {name:<12} {words.several(each.edits, 'character')} to edit:"
        for one, other in each.changes[:_MOST]:
            yield f"    {_words(one)} -> {_words(other)}"
        if len(each.changes) > _MOST:
            yield f"    and {len(each.changes) - _MOST:,} more"
    for name, value in found.fields.items():
        yield f"  {name}: {_value(value.here)} here, {_value(value.there)} there"


def _words(text: str) -> str:
    return words.glance(text, 60) or "(nothing)"


def _value(value: Any) -> str:
    return "not found" if value is None else words.glance(str(value), 60)
