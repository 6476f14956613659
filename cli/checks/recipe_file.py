"""Checks recipes.toml."""

from collections.abc import Iterator

from cli import amounts, words
from cli.checks.finding import Check, Finding, ok, warning, wrong
from shared.intake import recipes

_MEND = "`darkroom recipes check` says the same; docs/recipes.md has every key."


def look() -> Iterator[Finding]:
    """Its faults; the recipes that are never reached, and budgets that cannot be meant."""
    reading = recipes.read(recipes.FILE.read_text("utf-8"))
    yield from (wrong(f"{fault}.", _MEND) for fault in reading.faults)
    small = () if reading.faults else amounts.warnings(reading.recipes)
    yield from (warning(f"{each}.", _MEND) for each in (*reading.warnings, *small))
    if not reading.faults:
        yield ok(f"{words.several(len(reading.recipes), 'recipe').capitalize()}, all sound.")


CHECK = Check("recipes", look, cloud=False)
