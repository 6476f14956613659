"""A process that calls as often as its budgets allow, in four threads; prints its calls."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from shared.errors import BudgetReached
from shared.intake import budgets, recipes
from shared.model import ImageRef, Job
from shared.spending import budget, shards

USD = 0.01  # of each call, which costs as much as was reserved for it
THREADS = 4


def calls(job: Job) -> int:
    """How many calls were made until one of the limits was spent."""
    made = 0
    while not any(shards.settled(each.account) >= each.usd for each in budgets.of(job)):
        with suppress(BudgetReached), budget.reserved(USD, budgets.of(job)) as held:
            time.sleep(0.02)
            budget.settle(held, USD)
            made += 1
    with suppress(BudgetReached), budget.reserved(USD, budgets.of(job)):
        raise AssertionError("let through")
    return made


def main() -> None:
    """Call with the recipes of the file that is named first."""
    recipes.FILE = Path(sys.argv[1])
    job = Job((ImageRef("uploads", "a.jpg", 1),), "detect", {"model": "m"}, recipe=sys.argv[2])
    with ThreadPoolExecutor(THREADS) as pool:
        sys.stdout.write(str(sum(pool.map(lambda _: calls(job), range(THREADS)))))


if __name__ == "__main__":
    main()
