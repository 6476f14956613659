"""The uploads that came to nothing: their events were lost, or their messages."""

import json
from functools import partial

from shared import intake, lease, naming, storage
from shared.model import Job, Upload
from shared.sweep.cursor import Cursor
from shared.sweep.rounds import Round


def mend(this: Round) -> bool:
    """Mend the uploads of the time in question, from where the last sweep stopped.

    Returns False if the time was up before the last of them.
    """
    cursor = Cursor.of(this.since)

    def batch(uploads: list[Upload]) -> None:
        until = this.now - this.older_than
        mine = {each.ref.name: each for each in uploads if this.since <= each.created <= until}
        this.counts["seen"] += len(mine)
        lost = [*this.each(partial(_put_again, this), mine).values()]
        this.counts["put_again"] += sum(map(bool, lost))
        this.counts["jobs_put"] += sum(lost)

    last = this.over(storage.uploads(after=cursor.place), batch)
    cursor.move(last.ref.name if last else "")
    return last is None


def _put_again(this: Round, upload: Upload) -> int:
    """How many jobs of an upload were without trace; these are put through again.

    The leases left with them say so to the sweeps that follow.
    """
    lost = [job for job in intake.jobs(upload) if _is_lost(this, job)]
    if not lost:
        return 0
    intake.put(upload, lost)
    for job in lost:
        lease.leave(job, queued=1)
    return len(lost)


def _is_lost(this: Round, job: Job) -> bool:
    key = job.key
    if key in this.open or key in this.told:
        return False
    begun = storage.has_state(naming.lease(key))  # since the leases were listed
    return not begun and not _was_asked(job)


def _was_asked(job: Job) -> bool:
    """Whether the upload has a record of the same task under another key.

    It was asked by a recipe, a prompt or a model that has changed since. Nothing was lost, and
    to ask again would cost again.
    """
    own = naming.folder(job)
    others = set(storage.folders(own.removesuffix(f"{job.key[:12]}/"))) - {own}
    records = (storage.result(folder + "result.json") for folder in others)
    asked = (json.loads(record)["request"] for record in records if record)
    return any(each.get("job_file") == job.request.get("job_file") for each in asked)
