"""Made-up records, for what is measured among many."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from shared.jobs.record import Record
from shared.model import Box, Detection, Findings, ImageRef, Job, Photo, Result, Usage

_BOX = Box(left=10, top=10, right=90, bottom=60)


def record(name: str, labels: Sequence[str], created: datetime) -> Record:
    """The record of a photo in which things of these labels were seen; the time is in UTC."""
    ref = ImageRef("uploads", name, 10**15)
    ended = Result(
        Job((ref,), "detect", {"model": "a-model", "prompt_version": "1"}),
        "done",
        photos=(replace(Photo.of(ref), width=100, height=100),),
        findings=Findings(tuple(Detection(label, _BOX) for label in labels)),
        usage=Usage("a-model", cost_usd=0.002, paid_calls=1),
    )
    at = created.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return replace(Record.of(ended), created=at)
