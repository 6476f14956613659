"""`darkroom doctor`: whether everything is as it should be."""

from collections.abc import Iterator
from dataclasses import asdict

import typer

from cli import errors, settings, words
from cli.checks import (
    buckets,
    budget,
    dead_letters,
    models,
    recipe_file,
    schedules,
    topics,
    variables,
    webhooks,
)
from cli.checks.finding import Check, Finding, unchecked, wrong
from cli.output import as_json, lines
from cli.recipes import Json
from shared import settings as table

EPILOG = (
    "Example: darkroom doctor --settings darkroom.json. Exit codes: 0 all is well, or there are "
    "warnings only; 1 something is wrong; 2 the command was used wrongly."
)
CHECKS = (
    variables.CHECK,
    recipe_file.CHECK,
    buckets.CHECK,
    topics.CHECK,
    models.CHECK,
    budget.CHECK,
    webhooks.CHECK,
    schedules.QUEUE,
    schedules.SWEEP,
    dead_letters.CHECK,
)


def doctor(*, json: Json = False, where: settings.Option = None) -> None:
    """Look at the settings and at everything in the cloud that they name.

    Nothing is changed, and nothing that costs money is asked of the model.
    """
    settings.read(where)
    silence = settings.silence()
    findings = {each.name: list(_found(each, silence)) for each in CHECKS}
    every = [finding for group in findings.values() for finding in group]
    if json:
        as_json({name: [asdict(each) for each in group] for name, group in findings.items()})
    else:
        for name, group in findings.items():
            lines(*_group(name, group))
        lines(_sum(every))
    raise typer.Exit(1 if any(each.level == "wrong" for each in every) else 0)


def _found(check: Check, silence: str) -> Iterator[Finding]:
    """What a check finds; its own failure is a finding, too, and hinders no other."""
    if missing := [name for name in check.needs if not table.current().has(name)]:
        verb = "has" if len(missing) == 1 else "have"
        yield unchecked(f"{words.listed(missing)} {verb} no value that can be used.")
    elif check.cloud and silence:
        yield wrong(silence) if check is buckets.CHECK else unchecked("Nothing answers.")
    else:
        try:
            yield from check.look()
        except errors.EXPECTED as error:
            yield wrong(errors.sentence(error, check.permission))


def _group(name: str, group: list[Finding]) -> Iterator[str]:
    if group:
        yield name
    for each in group:
        yield f"  {each.level:<9} {each.sentence}"
        if each.mend:
            yield f"            -> {each.mend}"


def _sum(every: list[Finding]) -> str:
    faults = sum(each.level == "wrong" for each in every)
    warnings = sum(each.level == "warning" for each in every)
    if not (faults or warnings):
        return "All is well."
    return f"{faults} wrong, {words.several(warnings, 'warning')}."
