"""Background work: an earlier run's jobs, the samples, the sweep, lines about waiting photos."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import requests
from google.api_core.exceptions import GoogleAPIError
from google.auth.exceptions import GoogleAuthError

from local import console, samples
from local.functions import Functions
from local.model_check import ModelCheck
from local.progress import Progress
from local.waits import Watch
from shared import sweep
from shared.errors import DeliverAgain
from shared.intake import job_file
from shared.words import several

SWEEP_EVERY = 900.0  # s, as Cloud Scheduler does
BACKFILL_EVERY = 5.0  # s; Cloud Scheduler: every minute

_log = logging.getLogger(__name__)


def run(functions: Functions, progress: Progress, ended: Event, samples_of: Path | None) -> None:
    """Run until `ended` is set. `samples_of` is the data folder that may get the samples.

    Errors of the storage do not stop the sweep.
    """
    model_check = ModelCheck()
    with closing(Watch(console.line)):
        with _logged("The jobs of an earlier run were not resumed"):
            is_first = _carry_on()
            model_check.wait()
            if samples_of is not None and samples.are_due(samples_of, first=is_first):
                _upload_samples(samples_of, progress)
        due = time.monotonic() + SWEEP_EVERY
        while not ended.wait(BACKFILL_EVERY):
            with _logged("The backfills did not go on"):
                requests.post(f"{functions.address('sweep')}/backfill", timeout=SWEEP_EVERY)
            if time.monotonic() >= due:
                due = time.monotonic() + SWEEP_EVERY
                with _logged("The sweep failed"):
                    requests.post(functions.address("sweep"), timeout=SWEEP_EVERY)


def _carry_on() -> bool:
    """Resume the jobs of an earlier run. Returns whether there was no such run."""
    swept = sweep.run(older_than=0)
    if lost := swept.jobs_put + swept.leases_queued:
        goes = "goes" if lost == 1 else "go"
        console.line(f"{several(lost, 'job').capitalize()} of an earlier run {goes} on.")
    if swept.not_asked:
        console.line(swept.not_asked)
    return not swept.seen


def _upload_samples(data: Path, progress: Progress) -> None:
    began = time.monotonic()
    with _logged("Not all samples were uploaded; they come at the next start"):
        uploaded = samples.upload(data)
        photos = [ref for ref in uploaded if not job_file.is_one(ref.name)]
        progress.expect(samples.jobs(uploaded), len(photos), began)


@contextmanager
def _logged(what: str) -> Iterator[None]:
    """Log a failure of what is retried later."""
    try:
        yield
    except (
        GoogleAPIError,
        GoogleAuthError,
        requests.RequestException,
        DeliverAgain,
        OSError,
    ) as error:
        _log.warning("%s: %s", what, " ".join(str(error).split()))
