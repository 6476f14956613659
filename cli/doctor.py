"""`darkroom doctor`: check the settings and the cloud."""

from collections.abc import Iterator
from dataclasses import asdict

import typer

from cli import errors, settings, words
from cli.checks import (
    bigquery,
    buckets,
    budget,
    dead_letters,
    erasures,
    flex,
    models,
    pauses,
    recipe_file,
    residency,
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
    "Example: darkroom doctor --settings darkroom.json. Exit codes: 0 no faults, though "
    "there may be warnings; 1 at least one fault; 2 wrong usage."
)
CHECKS = (
    variables.CHECK,
    recipe_file.CHECK,
    buckets.CHECK,
    residency.CHECK,
    topics.CHECK,
    bigquery.CHECK,
    models.CHECK,
    budget.CHECK,
    pauses.CHECK,
    flex.CHECK,
    webhooks.CHECK,
    schedules.QUEUE,
    schedules.SWEEP,
    dead_letters.CHECK,
    erasures.CHECK,
)


def doctor(*, json: Json = False, where: settings.Option = None) -> None:
    """Check the settings, and everything in the cloud that they name.

    Changes nothing, and makes no paid call.
    """
    settings.read(where)
    unreachable = settings.unreachable()
    findings = {each.name: list(_found(each, unreachable)) for each in CHECKS}
    every = [finding for group in findings.values() for finding in group]
    if json:
        as_json({name: [asdict(each) for each in group] for name, group in findings.items()})
    else:
        for name, group in findings.items():
            lines(*_group(name, group))
        lines(_sum(every))
    raise typer.Exit(1 if any(each.level == "wrong" for each in every) else 0)


def _found(check: Check, unreachable: str) -> Iterator[Finding]:
    """The findings of a check; if it fails, that is a finding, and the other checks go on."""
    if missing := [name for name in check.needs if not table.current().has(name)]:
        verb = "has" if len(missing) == 1 else "have"
        yield unchecked(f"{words.listed(missing)} {verb} no valid value.")
    elif check.cloud and unreachable:
        yield wrong(unreachable) if check is buckets.CHECK else unchecked("Nothing answers.")
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
        return "No faults."
    return f"{faults} wrong, {words.several(warnings, 'warning')}."
