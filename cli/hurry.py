"""`darkroom hurry`: ask flex jobs that wait at the standard price."""

from dataclasses import replace
from typing import Annotated

import typer

from cli import errors, flex, settings, words
from cli.output import agreed, as_json, lines
from cli.recipes import Json
from shared import naming
from shared.jobs import queue

EPILOG = (
    "Examples: darkroom hurry --dry-run; darkroom hurry samples/duck.jpg --yes. Exit codes: 0 "
    "queued, or nothing to do; 1 no answer from the cloud; 2 wrong usage; 3 declined."
)
_DECLINED = 3


def hurry(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="[NAME]...", help="Uploads (default: all late.)")
    ] = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be queued.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Queue without asking.")] = False,
    json: Json = False,
    where: settings.Option = None,
) -> None:
    """Queue jobs that wait for a flex call again, to be asked at the standard price.

    A job is the same at either price: whichever call is answered first ends it, and no other is
    made.
    """
    settings.load(where)
    with errors.reported():
        found = [each for each in flex.waiting() if _is_meant(each, names or [])]
        if not json:
            lines(*(f"{each.name} {each.job.task}" for each in found), _sum(len(found)))
        go = bool(found) and not dry_run
        if go and not (yes or agreed(f"Queue {words.several(len(found), 'job')}?")):
            raise typer.Exit(_DECLINED)
        if go:
            queue.put(replace(each.job, tier="standard") for each in found)
        if json:
            as_json({"jobs": [each.job.key for each in found], "queued": go})


def _is_meant(each: flex.Waiting, names: list[str]) -> bool:
    """Whether a job was named; without names, whether it waits too long."""
    spelt = {each for name in names for each in naming.spellings(name)}
    return each.name in spelt if names else each.is_late


def _sum(count: int) -> str:
    if not count:
        return "There is nothing to queue."
    many = words.several(count, "job").capitalize()
    return f"{many} to be asked at the standard price, which is twice that of flex."
