"""HTTP, called by Cloud Scheduler: what was lost is found and mended, what draws near is told."""

import os
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

import flask
import functions_framework

from shared import budget, retirement, start
from shared.sweep import run

_DAY = 86_400.0

start.function("sweep")


@functions_framework.http
def sweep(request: flask.Request) -> dict[str, Any]:
    """Sweep, and say in JSON what was seen and done; ?all=1 looks at uploads of any age."""
    settings = os.environ
    days = "inf" if request.args.get("all") == "1" else settings.get("SWEEP_WINDOW_DAYS", "8")
    with ExitStack() as whatever_happens:
        whatever_happens.callback(retirement.tell)
        whatever_happens.callback(budget.tell)
        swept = run(
            older_than=float(settings.get("SWEEP_OLDER_THAN_SECONDS", "900")),
            younger_than=float(days) * _DAY,
            limit=float(settings.get("SWEEP_LIMIT_SECONDS", "480")),
        )
        return asdict(swept)
