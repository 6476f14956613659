"""What becomes of an upload: a job per task, or a rejection per task."""

import logging
import os

from shared import queue, recipes, sniff, storage, terminal
from shared.errors import Rejected
from shared.limits import Limits
from shared.model import Upload

log = logging.getLogger("darkroom")


def take(upload: Upload) -> None:
    """Queue an upload's jobs, or record why it is no photo we take. Repeating it does no harm."""
    jobs = recipes.jobs(upload.ref)
    try:
        _check(upload)
    except Rejected as why:
        for job in jobs:
            terminal.give_up(job, why)
        log.info("rejected %r: %s", upload.ref.name, why)
    else:
        queue.put(jobs)


def _check(upload: Upload) -> None:
    Limits.from_env(os.environ).check_bytes(upload.bytes)
    sniff.photo_type(storage.photo(upload.ref, first=sniff.HEAD_BYTES))
