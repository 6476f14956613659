"""Attempts of webhooks: Cloud Tasks calls notify, and notify calls the endpoint."""

import json
import time
from uuid import uuid4

from shared import settings
from shared.border import cloud_tasks
from shared.webhooks import endpoints
from trial.cloud.check import Check, Found, NotTried
from trial.cloud.checks.photos import FORMATS
from trial.cloud.deployment import Deployment

_NO_ATTEMPT = b'{"trial": true}'  # notify drops it, and answers 204


def tasks(trial: Deployment) -> Found:
    """Whether a task with the audience of notify is taken: it then leaves the queue."""
    name = f"trial-{uuid4().hex}"
    cloud_tasks.later("/attempt", _NO_ATTEMPT, time.time(), name)
    path = f"/v2/{settings.current().tasks_queue}/tasks"
    last = ""

    def gone() -> bool:
        nonlocal last
        answer = trial.google.ask("GET", "cloudtasks", path, responseView="BASIC")
        left = [each for each in answer.body.get("tasks", ()) if name in each["name"]]
        last = answer.raw if answer.status != 200 else json.dumps(left)
        return answer.status == 200 and not left

    began = time.monotonic()
    if trial.until(gone, trial.patience.task):
        seconds = time.monotonic() - began
        return Found("holds", (f"notify took the task within {seconds:.0f} s.",))
    return Found("fails", ("The task is still in the queue: notify does not take it.", last))


def webhook(trial: Deployment) -> Found:
    """Whether a result reaches the endpoints of webhooks.toml, where there are some."""
    if not endpoints.every():
        raise NotTried(
            "webhooks.toml has no endpoint, so nobody receives a signed request. Name one, give "
            "its secret by -var webhook_secrets, and its own log shows the signature."
        )
    name = next(iter(FORMATS))
    ref = f"gs://{settings.current().uploads_bucket}/{name}"
    last = ""

    def delivered() -> bool:
        nonlocal last
        last = trial.darkroom("explain", ref, "--json").stdout
        try:
            told = json.loads(last)
        except ValueError:
            return False
        every = [each for task in told["tasks"] for round_ in task for each in round_["webhooks"]]
        last = json.dumps(every)
        return bool(every) and all(each["status"] == "delivered" for each in every)

    if trial.until(delivered, trial.patience.record):
        return Found("holds", ("Every endpoint took its events.", last))
    return Found("fails", ("Not every endpoint took its events.", last))


CHECKS = (
    Check(
        "tasks",
        "Cloud Tasks calls notify with the token that Terraform allows.",
        "deploy.md",
        tasks,
    ),
    Check("webhook", "A signed webhook reaches its endpoint.", "webhooks.md", webhook),
)
