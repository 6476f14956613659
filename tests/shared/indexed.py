"""What tests of the index share: entries of any age, and sweeps that make parts of a few."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from shared import sweep
from shared.border.storage import STATE
from shared.jobs import index, parts
from shared.jobs.record import Record
from shared.model import Box, Detection, Findings, ImageRef, Job, Photo, Result, Status, Verdict
from shared.sweep import rounds
from testbed.cloud import Cloud

HOUR = 3_600.0
REJECTED = Verdict("empty", "It is empty.")


def record(
    age: float,
    name: str = "a.jpg",
    labels: tuple[str, ...] = (),
    status: Status = "done",
    warnings: tuple[str, ...] = (),
) -> Record:
    """A record that was created that many seconds ago."""
    job = Job((ImageRef("b", name, time.time_ns()),), "detect", {"model": "m"})
    things = tuple(Detection(label, Box(1, 1, 9, 9)) for label in labels)
    verdict = None if status == "done" else REJECTED
    photo = replace(Photo.of(job.images[0]), warnings=warnings)
    found = Record.of(Result(job, status, verdict, (photo,), Findings(things)))
    created = datetime.fromtimestamp(time.time() - age, UTC).isoformat(timespec="milliseconds")
    return replace(found, created=created.replace("+00:00", "Z"))


def enter(told: Record) -> None:
    """Enter a record as if that had been done at once."""
    entry = {"entry": index._encoded(index._entry(told))}
    STATE.create(index._name(told), b"", "text/plain", entry)


def compact() -> sweep.Swept:
    """One sweep."""
    return sweep.run(older_than=0, younger_than=HOUR)


@contextmanager
def few_rows(cloud: Cloud, small: int = 3, large: int = 6) -> Iterator[pytest.MonkeyPatch]:
    """An empty index, whose parts have few rows."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("STATE_BUCKET", f"state-{uuid.uuid4().hex}")
        cloud.client.create_bucket(os.environ["STATE_BUCKET"])
        patched.setattr(parts, "SMALL", small)
        patched.setattr(parts, "LARGE", large)
        patched.setattr(rounds, "BATCH", 2)
        yield patched
