"""Jobs that wait: refused again and again, or put aside. None is given up, and all end."""

import time
from collections import Counter
from collections.abc import Sequence
from uuid import uuid4

from shared import settings
from shared.errors import Throttled
from shared.jobs import lease
from shared.jobs.record import Record
from shared.model import Upload
from shared.spending import throttle
from trial.cloud.check import Check, Found
from trial.cloud.checks.photos import SAMPLES
from trial.cloud.deployment import Deployment

NUMBER = 30
_PHOTO = "duck.jpg"


def refusals(trial: Deployment) -> Found:
    """Whether jobs that are answered by 429 for minutes all end soon after."""
    until = time.time() + trial.patience.refused
    model = throttle.name(settings.current().model, "standard")
    throttle.refused(model, Throttled("a trial: nobody calls the model", until), time.time())
    time.sleep(trial.patience.settle)
    sent = _sent(trial, "refused")
    waiting = trial.until(lambda: _all_wait(trial, sent, "throttled"), trial.patience.refused)
    causes = _causes(trial, sent)
    ended = _ended(trial, sent)
    seen = (
        f"refused while nobody might call the model: {dict(causes)}",
        f"answers of 429 in the log of detect: {_logged(trial)}",
        *_outcomes(ended, max(0.0, time.time() - until)),
    )
    if not waiting:
        return Found("fails", (f"Not all {NUMBER} jobs waited for the model.", *seen))
    return _all_done(ended, seen)


def budget(trial: Deployment) -> Found:
    """Whether jobs without money are put aside, and end once the budget is raised."""
    sent = _sent(trial, "budget")
    waiting = trial.until(lambda: _all_wait(trial, sent, "budget"), trial.patience.record)
    causes = _causes(trial, sent)
    trial.set_budget(trial.budget)
    target = trial.target
    job = f"projects/{target.project}/locations/{target.region}/jobs/{target.prefix}-sweep"
    swept = trial.google.ask("POST", "cloudscheduler", f"/v1/{job}:run", {})
    began = time.monotonic()
    ended = _ended(trial, sent)
    seen = (
        f"put aside at a budget of 0: {dict(causes)}",
        f"the sweep, by Cloud Scheduler: {swept.raw[:120]}",
        *_outcomes(ended, time.monotonic() - began),
    )
    if not waiting:
        return Found("fails", (f"Not all {NUMBER} jobs were put aside.", *seen))
    return _all_done(ended, seen)


def _sent(trial: Deployment, folder: str) -> list[Upload]:
    """Photos with different bytes: equal ones would be answered once for all."""
    photo = (SAMPLES / _PHOTO).read_bytes()
    return [
        trial.upload(f"trial-{folder}/{uuid4().hex}.jpg", _commented(photo, uuid4().hex))
        for _ in range(NUMBER)
    ]


def _commented(jpeg: bytes, comment: str) -> bytes:
    """A JPEG with a comment after its first marker."""
    text = comment.encode()
    return jpeg[:2] + b"\xff\xfe" + (len(text) + 2).to_bytes(2) + text + jpeg[2:]


def _causes(trial: Deployment, sent: Sequence[Upload]) -> Counter[str]:
    """Why the jobs wait, as their leases say."""
    leases = [lease.seen(job) for each in sent for job in trial.jobs(each)]
    return Counter(each.cause.kind for each in leases if each and each.cause)


def _all_wait(trial: Deployment, sent: Sequence[Upload], cause: str) -> bool:
    return _causes(trial, sent)[cause] >= len(sent)


def _ended(trial: Deployment, sent: Sequence[Upload]) -> list[Record]:
    """The records of all photos; those there are when patience ends."""
    deadline = time.monotonic() + trial.patience.backlog
    found: list[Record] = []
    for each in sent:
        left = max(0.0, deadline - time.monotonic())
        found += trial.until(lambda each=each: trial.records(each), left) or []  # type: ignore[misc]
    return found


def _outcomes(ended: Sequence[Record], seconds: float) -> tuple[str, ...]:
    told = Counter(
        each.status + (f" ({each.reason.code})" if each.reason else "") for each in ended
    )
    return (f"ended: {dict(told)}, the last one after {seconds:.0f} s",)


def _all_done(ended: Sequence[Record], seen: tuple[str, ...]) -> Found:
    given_up = sum(
        each.reason is not None and each.reason.code == "dead_lettered" for each in ended
    )
    done = sum(each.status == "done" for each in ended)
    if given_up:
        return Found("fails", (f"{given_up} of {NUMBER} jobs were given up.", *seen))
    if done < NUMBER:
        return Found("fails", (f"Only {done} of {NUMBER} jobs are done.", *seen))
    return Found("holds", (f"All {NUMBER} jobs waited, none was given up, all are done.", *seen))


def _logged(trial: Deployment) -> str:
    """How many requests were answered by 429, as Cloud Run logs them."""
    body = {
        "resourceNames": [f"projects/{trial.target.project}"],
        "filter": (
            'resource.type="cloud_run_revision" '
            f'resource.labels.service_name="{trial.target.prefix}-detect" httpRequest.status=429'
        ),
        "pageSize": 1000,
    }
    answer = trial.google.ask("POST", "logging", "/v2/entries:list", body)
    return str(len(answer.body.get("entries", ()))) if answer.status == 200 else answer.raw


BUDGET = Check(
    "budget",
    f"{NUMBER} jobs are put aside at a budget of 0, and end once it is raised and a sweep ran.",
    "budgets.md",
    budget,
)
REFUSALS = Check(
    "refusals",
    f"Pub/Sub delivers {NUMBER} jobs that were refused with 429, and gives none up.",
    "operations.md",
    refusals,
)
