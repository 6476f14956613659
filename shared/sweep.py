"""The sweep: whatever was uploaded and never finished, or finished and never told, is mended.

Events can be lost before a function sees them, and messages after; both leave an upload without
its records. Everything the sweep does is create-only, so it may run at any time, and pays nothing
twice.
"""

import time
from dataclasses import dataclass

from shared import intake, storage, terminal
from shared.model import Upload


@dataclass(frozen=True, slots=True)
class Swept:
    """What one sweep looked at and did, in uploads."""

    seen: int = 0
    put_again: int = 0


def run(older_than: float) -> Swept:
    """Sweep the uploads written more than `older_than` seconds ago."""
    now = time.time()
    old = [upload for upload in storage.uploads() if upload.updated + older_than <= now]
    return Swept(len(old), sum(map(_mend, old)))


def _mend(upload: Upload) -> bool:
    """Announce the records that are there; put the upload through again if one is not."""
    found = [terminal.find(job) for job in intake.jobs(upload)]
    for record in found:
        if record is not None:
            terminal.announce(record)
    if None not in found:
        return False
    intake.take(upload)
    return True
