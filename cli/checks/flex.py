"""Checks for flex jobs that wait too long."""

from collections.abc import Iterator
from datetime import UTC, datetime

from cli import flex, words
from cli.checks.finding import Check, Finding, ok, warning, wrong
from shared import settings
from shared.border.gemini import models
from shared.intake import recipes

_MEND = "`darkroom hurry` asks them at the standard price; or wait, nothing is lost."


def look() -> Iterator[Finding]:
    """Recipes whose model has no flex tier, and flex jobs that wait since hours."""
    yield from _without()
    found = [*flex.waiting()]
    late = [each for each in found if each.is_late]
    if late:
        first = min(each.since for each in late)
        hours = f"{(datetime.now(UTC).timestamp() - first) / 3600:.0f} h"
        count = words.several(len(late), "flex job").capitalize()
        longer = f"longer than {flex.LATE / 3600:.0f} h, the first for {hours}"
        yield warning(f"{count} waited {longer}.", _MEND)
    else:
        yield ok(f"{words.several(len(found), 'flex job').capitalize()} waiting, none too long.")


def _without() -> Iterator[Finding]:
    """A fault for each recipe of flex that names no model, if MODEL has no flex tier."""
    model = settings.current().model
    if models.find(model).flex is not None:
        return
    for recipe in recipes.read(recipes.FILE.read_text("utf-8")).recipes:
        if recipe.tier == "flex" and not recipe.settings.get("model"):
            yield wrong(
                f"The recipe {recipe.name!r} asks for flex, and MODEL is {model}, which has no "
                "flex tier: its photos wait.",
                "Name a model with one, or take `tier` out of the recipe.",
            )


CHECK = Check("flex", look, needs=("MODEL", "STATE_BUCKET"))
