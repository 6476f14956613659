"""A process that calls as often as its budgets allow, in four threads; prints its calls."""

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from shared.errors import BudgetReached
from shared.intake import budgets, recipes
from shared.model import ImageRef, Job
from shared.spending import budget

USD = 0.01  # of each call, which costs as much as was reserved for it
THREADS = 4


def calls(job: Job, patience: float) -> int:
    """How many calls were made until there was no room for `patience` seconds."""
    made, last = 0, time.monotonic()
    while time.monotonic() < last + patience:
        try:
            with budget.reserved(USD, budgets.of(job)) as held:
                time.sleep(0.02)
        except BudgetReached:
            time.sleep(0.1)
        else:
            budget.settle(held, USD)
            made, last = made + 1, time.monotonic()
    return made


def main() -> None:
    """Call with the recipes of the file that is named first."""
    recipes.FILE = Path(sys.argv[1])
    job = Job((ImageRef("uploads", "a.jpg", 1),), "detect", {"model": "m"}, recipe=sys.argv[2])
    with ThreadPoolExecutor(THREADS) as pool:
        sys.stdout.write(str(sum(pool.map(lambda _: calls(job, 2.0), range(THREADS)))))


if __name__ == "__main__":
    main()
