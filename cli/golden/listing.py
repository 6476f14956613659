"""`darkroom golden list` and `darkroom golden freeze`."""

from collections import Counter
from typing import Annotated, Any

import typer

from cli import errors, settings, words
from cli.golden.golden_set import GoldenSet
from cli.golden.item import Item, Truth
from cli.golden.options import Golden, refused
from cli.output import as_json, lines, table
from cli.recipes import Json

LIST = (
    "Example: darkroom golden list --golden golden/shoes. Exit codes: 0 listed; 1 there is no such "
    "set, or it is not as it was frozen; 2 wrong usage."
)
FREEZE = (
    "Example: darkroom golden freeze v1 --golden golden/shoes. Exit codes: 0 frozen; 1 it cannot "
    "be; 2 wrong usage."
)


def list_(*, golden: Golden, json: Json = False, where: settings.Option = None) -> None:
    """List the photos of a golden set: what is true of each, and who says so."""
    settings.read_if_given(where)
    with refused(), errors.reported():
        opened = GoldenSet.open(golden)
    if json:
        as_json(_facts(golden, opened))
        return
    rows = [
        (item.name, task, _held(truth), truth.who or f"nobody ({truth.drafted_by}'s draft)")
        for item in opened.items.values()
        for task, truth in item.truth.items()
    ]
    table(("photo", "task", "truth", "looked at by"), rows)
    lines(_sum(opened))


def freeze(
    version: Annotated[str, typer.Argument(help="The name of the version, such as v1.")],
    *,
    golden: Golden,
    where: settings.Option = None,
) -> None:
    """Freeze a golden set as a version: it never changes any more, and reports can name it."""
    settings.read_if_given(where)
    with refused(), errors.reported():
        opened = GoldenSet.open(golden)
        opened.freeze(version)
    lines(f"{golden} is frozen as {version}. {_sum(opened)}")


def _sum(opened: GoldenSet) -> str:
    truths = [truth for item in opened.items.values() for truth in item.truth.values()]
    count = Counter(bool(truth.who) for truth in truths)
    photos = words.several(len(opened.items), "photo")
    drafts = words.several(count[False], "draft")
    return (
        f"{photos}; {words.several(count[True], 'truth')} that a person looked at, {drafts} that "
        "nobody did."
    )


def _held(truth: Truth) -> str:
    found = truth.findings
    if found.moderation:
        return found.moderation.verdict
    if found.answer is not None:
        return f'"{words.glance(found.answer, 40)}"'
    if found.fields:
        return words.several(len(found.fields), "field")
    if found.labels:
        return words.glance(", ".join(each.name for each in found.labels), 40)
    if found.text is not None:
        return f'"{words.glance(found.text, 40)}"'
    return words.several(len(found.objects), "object") if found.objects else "nothing"


def _facts(golden: str, opened: GoldenSet) -> dict[str, Any]:
    about = opened.manifest
    return {
        "golden": golden,
        "name": about.name,
        "version": about.version,
        "frozen": about.frozen or None,
        "floors": {each.name: each.value for each in about.limits if each.is_floor},
        "ceilings": {each.name: each.value for each in about.limits if not each.is_floor},
        "photos": [_photo(item) for item in opened.items.values()],
    }


def _photo(item: Item) -> dict[str, Any]:
    return {
        "image": item.image,
        "name": item.name,
        "truth": {
            task: {"who": truth.who, "drafted_by": truth.drafted_by}
            for task, truth in item.truth.items()
        },
    }
