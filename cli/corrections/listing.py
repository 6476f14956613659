"""`darkroom corrections list`: the corrections there are, newest first."""

import re
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated

import typer

from cli import errors, settings, words
from cli.output import as_json_lines, lines, table
from cli.recipes import Json
from shared import codec, naming
from shared.border.storage import RESULTS, Listed
from shared.corrections import store
from shared.corrections.correction import Changes, Correction

EPILOG = (
    "Examples: darkroom corrections list; darkroom corrections list --prefix products/ --json. "
    "Exit codes: 0 listed; 1 no answer from the cloud; 2 wrong usage."
)
_GLOB = "**/correction-*.json"
_NAME = re.compile(r".+/[1-9]\d*/[\w+]+-[0-9a-f]{12}/correction-\d{4}\.json", re.ASCII | re.DOTALL)
_AT_ONCE = 16


def list_(
    *,
    prefix: Annotated[str, typer.Option(help="Only uploads whose names begin with this.")] = "",
    limit: Annotated[int, typer.Option(min=1, help="Show at most this many of the newest.")] = 50,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """List corrections, newest first: of which photo, by whom, and what was changed.

    With --json, prints the corrections themselves, one per line (JSON Lines).
    """
    settings.load(where)
    with errors.reported():
        listed = _listed(prefix)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            found = [each for each in pool.map(_read, listed[:limit]) if each]
    if json:
        as_json_lines(found)
        return
    table(("saved", "photo", "task", "number", "who", "tool", "changes"), map(_row, found))
    if len(listed) > limit:
        lines(f"{words.several(len(listed) - limit, 'more correction')}: --limit shows them.")
    if not listed:
        lines("There are no corrections.")


def _listed(prefix: str) -> list[Listed]:
    """Their places, newest first. All names of the results bucket are looked through for them.

    Names that are too long to be folders are there by their digests: with a prefix, all are read.
    """
    begins = naming.composed(prefix)
    found = [each for each in RESULTS.matching(_GLOB) if _NAME.fullmatch(each.name)]
    fits = (
        each
        for each in found
        if naming.composed(each.name).startswith(begins) or each.name.startswith("~")
    )
    return sorted(fits, key=lambda each: (-each.updated, each.name))


def _read(listed: Listed) -> Correction | None:
    body = RESULTS.read(listed.name)
    try:
        return store.decode(body) if body else None
    except ValueError as why:
        lines(f"{listed.name} cannot be read: {why}", err=True)
        return None


def _row(each: Correction) -> tuple[str, ...]:
    who = each.author.who if each.author.signed_in else f"{each.author.who} (as named)"
    said = _said(each.changes)
    return (
        each.created,
        f"{each.image.name}#{each.image.generation}",
        each.task,
        str(each.number),
        who,
        each.author.tool,
        said,
    )


def _said(changes: Changes) -> str:
    counts: dict[str, int] = codec.plain(changes)
    parts = [f"{count} {name}" for name, count in counts.items() if count and name != "kept"]
    return ", ".join(parts) or "accepted as it is"
