"""What becomes of an upload: a job per task, or a rejection per task."""

from shared import jobfile, log, order, queue, recipes, settings, sniff, storage, terminal
from shared.errors import Rejected
from shared.model import Job, Upload


def take(upload: Upload) -> None:
    """Queue an upload's jobs, or record why it is none we take. Repeating it does no harm."""
    put(upload, jobs(upload))


def put(upload: Upload, todo: list[Job]) -> None:
    """Queue these of an upload's jobs, or record for each why the upload is none we take."""
    try:
        _check(upload)
    except Rejected as why:
        for job in todo:
            terminal.give_up(job, why)
        log.tell("rejected", reason=why.reason, bytes=upload.bytes, jobs=[job.key for job in todo])
    else:
        queue.put(todo)
        log.tell("queued", bytes=upload.bytes, jobs=[job.key for job in todo])


def jobs(upload: Upload) -> list[Job]:
    """The jobs of an upload: a photo's by the recipes, a job file's by what it says."""
    if jobfile.is_one(upload.ref.name):
        return [order.of(upload).job]
    return recipes.jobs(upload.ref, upload.declared_type, upload.metadata)


def _check(upload: Upload) -> None:
    """Raises Rejected for what is neither a photo nor a job file that we take."""
    if jobfile.is_one(upload.ref.name):
        if why := order.of(upload).rejected:
            raise why
        return
    settings.current().limits.check_bytes(upload.bytes)
    sniff.photo_type(storage.head(upload.ref, sniff.HEAD_BYTES))
