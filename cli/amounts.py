"""The budgets of recipes, in sentences; and those that are too small for what recipes ask."""

from collections.abc import Iterable, Iterator
from dataclasses import asdict

from cli import words
from shared import settings
from shared.intake.recipes import KIND, Recipe
from shared.intake.toml_list import Fault
from shared.jobs import estimate
from shared.model import ImageRef

_PER = {"daily": "day", "monthly": "month"}


def sentences(recipe: Recipe) -> list[str]:
    """What its calls may cost at most; empty if it sets no limit."""
    amounts = asdict(recipe.budgets)
    photo = amounts.pop("per_photo")
    said = [f"{words.money(usd)} a {_PER[key]}" for key, usd in amounts.items() if usd is not None]
    told = [f"Its calls may cost {words.listed(said)}; then its jobs wait."] if said else []
    if photo is not None:
        told.append(f"Calls about one photo may cost {words.money(photo)}; then its jobs fail.")
    return told


def facts(recipe: Recipe) -> dict[str, float]:
    """The same by their keys."""
    amounts = asdict(recipe.budgets)
    return {f"{key}_usd": usd for key, usd in amounts.items() if usd is not None}


def warnings(recipes: Iterable[Recipe]) -> Iterator[Fault]:
    """A warning for each limit of a photo below what one of its calls is likely to cost."""
    for number, recipe in enumerate(recipes, 1):
        limit, likely = recipe.budgets.per_photo, _likely(recipe)
        if limit is not None and likely and limit < likely:
            what = (
                f"is less than the {words.money(likely)} that a call is likely to cost: each photo "
                "is asked about once, and then no more"
            )
            yield Fault(what, KIND, number, recipe.name, "per_photo_usd")


def _likely(recipe: Recipe) -> float | None:
    """The cost of the dearest of its calls about a photo of unknown size; None if not known."""
    here = settings.current()
    if recipe.budgets.per_photo is None or not (recipe.settings.get("model") or here.has("MODEL")):
        return None
    jobs = recipe.jobs(ImageRef("", "a.jpg", 0))
    costs = [estimate.of(job, [None], ()).likely for job in jobs]
    return max((each for each in costs if each is not None), default=None)
