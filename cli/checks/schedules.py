"""Checks Cloud Scheduler, which starts the sweep, and the Cloud Tasks queue of webhooks."""

import os
from collections.abc import Iterator

from google.api_core.exceptions import NotFound
from google.cloud import scheduler_v1

from cli import words
from cli.checks.finding import Check, Finding, ok, warning, wrong
from shared.border import cloud_tasks

_PATIENCE = 10.0  # seconds
_MEND = "`terraform apply` creates it."


def look_at_queue() -> Iterator[Finding]:
    """Whether the Cloud Tasks queue runs."""
    name = os.environ["TASKS_QUEUE"].rpartition("/")[2]
    try:
        state = cloud_tasks.queue()
    except NotFound:
        yield wrong(f"The queue {name} does not exist: no webhook is retried.", _MEND)
        return
    if state == "RUNNING":
        yield ok(f"The queue {name} runs.")
    else:
        yield wrong(
            f"The queue {name} is {state}: no webhook is retried.",
            f"`gcloud tasks queues resume {name}`",
        )


def look_at_sweep() -> Iterator[Finding]:
    """Whether the sweep has a schedule, and it runs."""
    job = os.environ.get("SWEEP_JOB")
    if job:
        with scheduler_v1.CloudSchedulerClient() as client:
            yield from sweep(client, job)
    elif os.environ.get("STORAGE_EMULATOR_HOST"):
        yield ok("The local cloud sweeps when it starts and every quarter of an hour.")
    else:
        yield warning(
            "No schedule of the sweep is set: an upload whose event is lost stays unread.",
            "Set SWEEP_JOB to projects/P/locations/L/jobs/J.",
        )


def sweep(client: scheduler_v1.CloudSchedulerClient, name: str) -> Iterator[Finding]:
    """The findings of the schedule of the sweep."""
    short = name.rpartition("/")[2]
    try:
        job = client.get_job(name=name, timeout=_PATIENCE, retry=None)
    except NotFound:
        yield wrong(f"The schedule {short} does not exist.", _MEND)
        return
    if job.state != scheduler_v1.Job.State.ENABLED:
        mend = f"`gcloud scheduler jobs resume {short}`"
        yield wrong(f"The schedule {short} is {job.state.name}: nothing is swept.", mend)
    elif "last_attempt_time" not in job:
        yield ok(f"The schedule {short} ({job.schedule}) has not been due yet.")
    elif job.status.code:
        yield warning(
            f"The sweep of {words.clock(job.last_attempt_time.timestamp())} failed: "
            f"{job.status.message or f'code {job.status.code}'}.",
            "The log of the function sweep says more.",
        )
    else:
        yield ok(f"The last sweep was {words.moment(job.last_attempt_time.timestamp())}.")


QUEUE = Check("tasks", look_at_queue, needs=("TASKS_QUEUE",), permission="cloudtasks.queues.get")
SWEEP = Check("sweep", look_at_sweep, permission="cloudscheduler.jobs.get")
