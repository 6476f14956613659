"""Rounds: a failed job is asked again as a new job, and its record stays as it is.

The new job has the same images, task and request, and `redrive` in its request: 1 for the first
round, 2 for the next. A mark beside the failed job says that its next round was queued.
"""

import json
import time
from dataclasses import replace

from shared import codec, naming
from shared.border.storage import STATE
from shared.jobs import lease, queue
from shared.model import Job


def following(failed: Job) -> Job:
    """The next round of a job."""
    number = failed.request.get("redrive", 0) + 1
    return replace(failed, request={**failed.request, "redrive": number})


def queued(failed: Job) -> float | None:
    """When the next round of a job was queued, in seconds since the epoch; None if it was not."""
    mark = STATE.read(_mark(failed))
    return None if mark is None else float(json.loads(mark)["at"])


def start(failed: Job) -> None:
    """Queue the next round of a job. Two concurrent calls still make one job.

    The lease is written first: if the message is lost, the sweep finds the job by its lease.
    """
    lease.ensure(following(failed))
    queue.put([following(failed)])
    STATE.create(_mark(failed), codec.encode({"at": time.time()}))


def _mark(failed: Job) -> str:
    return naming.state(failed, "redriven.json")
