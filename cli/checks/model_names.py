"""The models that are asked: known, there, not about to be shut down, and not out of patience."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from cli import words
from cli.checks.finding import Check, Finding, ok, unchecked, warning, wrong
from shared import gemini, models, retirement, settings, throttle
from shared.errors import Unpaid

_KEYS = ("GEMINI_API_KEY", "GOOGLE_API_KEY")


def look() -> Iterator[Finding]:
    """What there is to say of each model that MODEL or a recipe names."""
    for model in retirement.named():
        yield from _model(model)
    for model, end in retirement.coming():
        yield from shut_down(model, end)


def shut_down(model: str, end: date) -> Iterator[Finding]:
    """A warning before the day a model is shut down, if that is soon; a fault from it on."""
    today = datetime.now(UTC).date()
    mend = "Name another model, or a fall-back: `fallback_models` in recipes.toml."
    if end <= today:
        yield wrong(f"{model} was shut down on {end} by the Developer API.", mend)
    elif end <= today + timedelta(days=retirement.SOON):
        left = words.several((end - today).days, "day")
        yield warning(f"{model} is shut down on {end}, in {left}, by the Developer API.", mend)


def _model(model: str) -> Iterator[Finding]:
    yield _there(model)
    if not models.known(model):
        yield warning(
            f"models.toml does not know {model}: it is asked by [default], and counts as free.",
            "Give it a row in shared/models.toml.",
        )
    if told := throttle.asked(model):
        yield warning(f"{model} asked for patience until {words.clock(told.until)}: {told}.")


def _there(model: str) -> Finding:
    if not (settings.current().on_vertex or any(os.environ.get(key) for key in _KEYS)):
        return unchecked(f"Whether {model} is there: no key for Gemini is set here.")
    try:
        gemini.find(model)
    except gemini.NoSuchModel as error:
        return wrong(f"{error}.", "Name another model: MODEL, or in recipes.toml.")
    except Unpaid as error:
        return wrong(f"{model} cannot be looked up: {error}.", "See to the key and the network.")
    return ok(f"{model} is there.")


CHECK = Check("models", look, needs=("MODEL", "STATE_BUCKET"))
