"""The models that are asked: known, there, not about to change or end, and not out of patience."""

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from cli import words
from cli.checks.finding import Check, Finding, ok, unchecked, warning, wrong
from shared import settings
from shared.border.gemini import client, models
from shared.border.gemini.models import Price
from shared.errors import Unpaid
from shared.spending import throttle
from shared.sweep import retirement

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
    else:
        yield ok(f"{model} is shut down on {end} by the Developer API.")


def price_change(model: str, change: Price) -> Finding:
    """What a model will cost: a warning if that is soon."""
    soon = change.since <= datetime.now(UTC).date() + timedelta(days=retirement.SOON)
    sentence = (
        f"From {change.since} on {model} costs ${change.input:.2f} per million tokens of questions "
        f"and ${change.output:.2f} of answers."
    )
    return warning(sentence, "See whether DAILY_BUDGET_USD still fits.") if soon else ok(sentence)


def _model(model: str) -> Iterator[Finding]:
    yield _there(model)
    yield from _row(model)
    today = datetime.now(UTC).date()
    yield from (price_change(model, change) for change in models.find(model).changes(today))
    if told := throttle.asked(model):
        yield warning(f"{model} asked for patience until {words.clock(told.until)}: {told}.")


def _row(model: str) -> Iterator[Finding]:
    """A model that models.toml does not know, or has no price of: wrong where there is a budget."""
    known, today = models.find(model), datetime.now(UTC).date()
    gone = known.retired is not None and known.retired <= today
    if gone or (models.known(model) and known.price(today)):
        return
    what = "has no price of" if models.known(model) else "does not know, and has no price of,"
    sentence = f"models.toml {what} {model}: its records say no cost"
    mend = "Give it a row with a price in shared/border/gemini/models.toml."
    if settings.current().daily_budget_usd is None:
        yield warning(f"{sentence}.", mend)
    else:
        yield wrong(f"{sentence}, and DAILY_BUDGET_USD counts the dearest price there is.", mend)


def _there(model: str) -> Finding:
    if not (settings.current().on_vertex or any(os.environ.get(key) for key in _KEYS)):
        return unchecked(f"Whether {model} is there: no key for Gemini is set here.")
    try:
        client.find(model)
    except client.NoSuchModel as error:
        return wrong(f"{error}.", "Name another model: MODEL, or in recipes.toml.")
    except Unpaid as error:
        return wrong(f"{model} cannot be looked up: {error}.", "See to the key and the network.")
    return ok(f"{model} is there.")


CHECK = Check("models", look, needs=("MODEL", "STATE_BUCKET"))
