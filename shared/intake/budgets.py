"""The limits that hold now: of all work by the settings, of recipes by recipes.toml.

A job bears the name of its recipe. What that allows is looked up each time: a limit that was raised
holds for jobs that wait. Jobs of job files, backfills and redrives have no recipe.
"""

from shared import naming, settings
from shared.intake import recipes
from shared.model import Job
from shared.spending.limits import Limit


def of(job: Job) -> tuple[Limit, ...]:
    """The limits of a job's calls: of its photo, its recipe, and all work."""
    mine = recipes.named(job.recipe)
    photo = mine.budgets.per_photo if mine else None
    its_own = () if photo is None else (Limit.of_photo(photo, job.recipe, job.images[0]),)
    return (*its_own, *of_recipe(job.recipe))


def of_recipe(name: str) -> tuple[Limit, ...]:
    """The limits of the day and the month for a recipe's jobs, those of all work among them."""
    here, mine = settings.current(), recipes.named(name)
    shared = _of_a_time(here.daily_budget_usd, here.monthly_budget_usd)
    return (
        (*_of_a_time(mine.budgets.daily, mine.budgets.monthly, name), *shared) if mine else shared
    )


def of_digest(digest: str) -> tuple[Limit, ...]:
    """The same by the digest of the recipe's name, as leases show it."""
    names = (each.name for each in recipes.every() if naming.recipe(each.name) == digest)
    return of_recipe(next(names, ""))


def every() -> tuple[Limit, ...]:
    """All limits of the day and the month: of all work, and of each recipe."""
    own = [
        limit
        for each in recipes.every()
        for limit in _of_a_time(each.budgets.daily, each.budgets.monthly, each.name)
    ]
    return (*of_recipe(""), *own)


def _of_a_time(daily: float | None, monthly: float | None, recipe: str = "") -> tuple[Limit, ...]:
    day = () if daily is None else (Limit.of_day(daily, recipe),)
    month = () if monthly is None else (Limit.of_month(monthly, recipe),)
    return (*day, *month)
