"""HTTP from Cloud Scheduler: requeue lost jobs, go on with backfills, log models soon retired."""

import math
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

import flask
import functions_framework

from shared import settings
from shared.backfill import release
from shared.border import start
from shared.intake import budgets
from shared.spending import budget
from shared.sweep import pauses, retirement, run

_DAY = 86_400.0

start.function("sweep")


@functions_framework.http
def sweep(request: flask.Request) -> dict[str, Any]:
    """Sweep at /, and return the counts as JSON; ?all=1 includes uploads of any age.

    At /backfill go on with pauses and with the backfills that run, and return how many jobs were
    queued of each.
    """
    here = settings.current()
    if request.path == "/backfill":
        with ExitStack() as whatever_happens:
            whatever_happens.callback(pauses.tick, here.sweep_limit_seconds / 2)
            return release.tick(here.sweep_limit_seconds / 2)
    days = math.inf if request.args.get("all") == "1" else here.sweep_window_days
    with ExitStack() as whatever_happens:
        whatever_happens.callback(retirement.log_days_left)
        whatever_happens.callback(lambda: budget.log_spent(budgets.every()))
        swept = run(
            older_than=here.sweep_older_than_seconds,
            younger_than=days * _DAY,
            limit=here.sweep_limit_seconds,
        )
        return asdict(swept)
