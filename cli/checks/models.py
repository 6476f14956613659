"""Checks the models in use: known, available, priced, not retiring, not rate limited."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from cli import words
from cli.checks.finding import Check, Finding, ok, unchecked, warning, wrong
from shared import settings
from shared.border.gemini import client, models
from shared.border.gemini.models import Price
from shared.errors import Unpaid
from shared.intake import budgets, recipes
from shared.spending import throttle
from shared.sweep import retirement

KEYS = ("GEMINI_API_KEY", "GOOGLE_API_KEY")  # the variables that may hold the key
_ANOTHER = "Name another model, or `fallback_models` in recipes.toml."


def look() -> Iterator[Finding]:
    """The findings of each model that MODEL or a recipe names."""
    for model in retirement.named():
        yield from _model(model)
    yield from _unasked()
    for model, end in retirement.coming():
        if settings.current().on_vertex:
            yield may_be_shut_down(model, end)
        else:
            yield from shut_down(model, end)


def _unasked() -> Iterator[Finding]:
    """A fault for each recipe without a model of its own that MODEL cannot be asked by."""
    for recipe in recipes.read(recipes.FILE.read_text("utf-8")).recipes:
        own, detail = recipe.settings.get("model"), recipe.settings.get("detail", "")
        if not own and (why := models.unable(settings.current().model, recipe.tier, detail)):
            yield wrong(
                f"MODEL {why}, and the recipe {recipe.name!r} asks for it: its photos wait.",
                "Name a model that has it in the recipe, or take the key out.",
            )


def may_be_shut_down(model: str, end: date) -> Finding:
    """A warning soon before the first day on which Vertex AI may shut a model down, and after it.

    The day may have been put off: whether the model is there, the service is asked.
    """
    today = datetime.now(UTC).date()
    sentence = f"{model} may be shut down by Vertex AI from {end} on"
    if end <= today:
        return warning(f"{sentence}: any day now.", _ANOTHER)
    if end <= today + timedelta(days=retirement.SOON):
        return warning(f"{sentence}, in {words.several((end - today).days, 'day')}.", _ANOTHER)
    return ok(f"{sentence}.")


def shut_down(model: str, end: date) -> Iterator[Finding]:
    """A warning if the Developer API shuts a model down soon; a fault from that day on."""
    today = datetime.now(UTC).date()
    if end <= today:
        yield wrong(f"{model} was shut down on {end} by the Developer API.", _ANOTHER)
    elif end <= today + timedelta(days=retirement.SOON):
        left = words.several((end - today).days, "day")
        yield warning(f"{model} is shut down on {end}, in {left}, by the Developer API.", _ANOTHER)
    else:
        yield ok(f"{model} is shut down on {end} by the Developer API.")


def price_change(model: str, change: Price) -> Finding:
    """A coming price; a warning if it is soon."""
    soon = change.since <= datetime.now(UTC).date() + timedelta(days=retirement.SOON)
    sentence = (
        f"From {change.since} on {model} costs ${change.input:.2f} per million tokens of questions "
        f"and ${change.output:.2f} of answers."
    )
    return warning(sentence, "See whether your budgets still fit.") if soon else ok(sentence)


def _model(model: str) -> Iterator[Finding]:
    yield _there(model)
    yield from _row(model)
    today = datetime.now(UTC).date()
    yield from (price_change(model, change) for change in models.find(model).changes(today))
    if told := throttle.asked(model):
        yield warning(f"{model} is rate limited until {words.clock(told.until)}: {told}.")
    if told := throttle.asked(throttle.name(model, "flex")):
        yield warning(f"{model} gets no flex calls until {words.clock(told.until)}: {told}.")


def _row(model: str) -> Iterator[Finding]:
    """Models without a row or a price in models.toml; a fault if there is a budget."""
    known, today = models.find(model), datetime.now(UTC).date()
    gone = known.retired is not None and known.retired <= today
    if gone or (models.known(model) and known.price(today)):
        return
    what = "price" if models.known(model) else "row, and no price,"
    sentence = f"models.toml has no {what} for {model}: its records have no cost"
    mend = "Give it a row with a price in shared/border/gemini/models.toml."
    if budgets.every():
        yield wrong(f"{sentence}, and budgets count the highest known price.", mend)
    else:
        yield warning(f"{sentence}.", mend)


def _there(model: str) -> Finding:
    if not (settings.current().on_vertex or any(os.environ.get(key) for key in KEYS)):
        return unchecked(f"Whether {model} exists: no Gemini key is set here.")
    try:
        client.find(model)
    except client.NoSuchModel as error:
        return wrong(f"{error}.", "Name another model in MODEL or recipes.toml.")
    except Unpaid as error:
        return wrong(f"{model} cannot be looked up: {error}.", "Check the key and the network.")
    return ok(f"{model} exists.")


CHECK = Check("models", look, needs=("MODEL", "STATE_BUCKET"))
