"""What goes on beside the uploads: an earlier run's jobs, the samples, the sweep, what waits."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Event

import requests
from google.api_core.exceptions import GoogleAPIError
from google.auth.exceptions import GoogleAuthError

from local import samples
from local.functions import Functions
from local.model_check import Greeting
from local.progress import Progress
from local.waits import Watch
from shared import sweep
from shared.errors import DeliverAgain
from shared.intake import job_file
from shared.words import several

SWEEP_EVERY = 900.0  # s, as Cloud Scheduler does

_log = logging.getLogger(__name__)


def run(functions: Functions, progress: Progress, ended: Event, samples_of: Path | None) -> None:
    """Until it has ended. The samples of this data folder are uploaded if it is not None.

    Whatever the storage answers to any of this, the sweep goes on.
    """
    greeting = Greeting()
    with closing(Watch(partial(print, flush=True))):
        with _logged("What an earlier run left is not looked at"):
            is_first = _carry_on()
            greeting.wait()
            if samples_of is not None and samples.are_due(samples_of, first=is_first):
                _upload_samples(samples_of, progress)
        while not ended.wait(SWEEP_EVERY):
            with _logged("The sweep was not done"):
                requests.post(functions.address("sweep"), timeout=SWEEP_EVERY)


def _carry_on() -> bool:
    """Put through again what an earlier run left. Returns whether there was no such run."""
    swept = sweep.run(older_than=0)
    if lost := swept.jobs_put + swept.leases_queued:
        goes = "goes" if lost == 1 else "go"
        print(f"{several(lost, 'job').capitalize()} of an earlier run {goes} on.", flush=True)
    if swept.not_asked:
        print(swept.not_asked, flush=True)
    return not swept.seen


def _upload_samples(data: Path, progress: Progress) -> None:
    began = time.monotonic()
    with _logged("Not all samples were uploaded; they come at the next start"):
        uploaded = samples.upload(data)
        photos = [ref for ref in uploaded if not job_file.is_one(ref.name)]
        progress.expect(samples.jobs(uploaded), len(photos), began)


@contextmanager
def _logged(what: str) -> Iterator[None]:
    """Around what may fail and is tried again later: the failure is logged, and nothing ends."""
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
