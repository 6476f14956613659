"""The terminal record of a job: found, committed once, announced at least once."""

import json
import time
from typing import Any

from shared import naming
from shared.border import logs, pubsub, storage
from shared.errors import Hopeless
from shared.jobs import costs, index, lease, record
from shared.messages import events
from shared.model import Job, Result, Verdict

_COUNTED = (
    "model",
    "prompt_tokens",
    "image_tokens",
    "output_tokens",
    "thought_tokens",
    "cost_usd",
    "paid_calls",
)


def find(job: Job) -> dict[str, Any] | None:
    """The record, or None while the job is not finished."""
    body = storage.result(_name(job))
    return None if body is None else _loaded(body)


def commit(result: Result) -> dict[str, Any]:
    """Write the record unless there is one, and return the one that stands.

    Everything the record names must be there already: where it is, all it names is.
    """
    body = json.dumps(record.document(result), indent=1).encode()
    stored = storage.create(_name(result.job), body, "application/json")
    found = find(result.job)
    if found is None:
        raise FileNotFoundError(f"{stored.name} of job {result.job.key} was written and is gone")
    return found


def announce(found: dict[str, Any]) -> None:
    """Tell the results topic of a record and enter it in the index, unless a mark says it is done.

    In this order: what the index has was told, and the sweep need not look at it.
    """
    if not is_announced(found["id"]):
        pubsub.announce(*events.announcement(found))
        _tell(found)
        index.add(found)
        storage.keep(naming.announced(found["id"]), json.dumps({"at": time.time()}).encode())


def is_announced(key: str) -> bool:
    """Whether the job of that key has ended and was told of."""
    return storage.has_state(naming.announced(key))


def was_announced(key: str) -> bool:
    """The same, also where it was a version that kept the mark with the job's other state."""
    return is_announced(key) or storage.has_state(f"jobs/{key}/announced.json")


def is_there(job: Job) -> bool:
    """Whether the job has a record."""
    return storage.has_result(_name(job))


def give_up(job: Job, why: Hopeless) -> None:
    """End a job that nothing is known of but why, unless it has ended already."""
    found = find(job)
    if found is None:
        lease.leave(job)
        verdict = Verdict(why.reason, why.sentence)
        usage = None if why.status == "rejected" else costs.so_far(job)
        found = commit(Result(job, why.status, verdict, usage=usage))
    announce(found)


def _tell(found: dict[str, Any]) -> None:
    """The line in the log that counts and sums are made of."""
    usage = found["usage"] or {}
    logs.tell(
        "result",
        job=found["id"],
        task=found["task"],
        status=found["status"],
        reason=found["reason"] and found["reason"]["code"],
        **{name: usage.get(name) for name in _COUNTED},
        timing_ms=found["timing"],
    )


def _name(job: Job) -> str:
    return naming.folder(job) + "result.json"


def _loaded(body: bytes) -> dict[str, Any]:
    found = json.loads(body)
    if not isinstance(found, dict):
        raise TypeError("result.json does not hold an object")
    return found
