"""Writes a backlog of every kind of state: `python -m tests.shared.writing FILE`.

Run by the version that is about to become yesterday's; later versions must read the file.
"""

import base64
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from google.cloud import storage as cloud_storage

from local import declaration
from local.gemini import replies
from shared import codec, naming
from shared.border import uploads
from shared.border.gemini import client
from shared.border.storage import RESULTS, STATE
from shared.errors import Rejected, Throttled
from shared.intake import budgets, dispatch
from shared.jobs import announcements, index, records, verdicts
from shared.messages import events
from shared.model import Job
from shared.spending import budget, throttle
from shared.sweep.cursor import Cursor, Place
from shared.web.submission.keys import Key, Settled
from shared.webhooks import store
from shared.webhooks.delivery import Delivery, Outcome
from shared.webhooks.health import Health
from testbed.cloud import Cloud, cloud, serving
from testbed.stage import variables
from tests.jobs import THING, leave_the_lease_held, result, the_job
from tests.photos import jpeg
from tests.shared.backlog import BUCKETS

_LATE = 1_700_000_000.0  # seconds since the epoch; long ago


def main(file: Path) -> None:
    """Write the backlog to a file."""
    with TemporaryDirectory() as place, serving(Path(place)) as servers, cloud(servers) as mine:
        mine.trigger.close()
        with variables({**BUCKETS, "DAILY_BUDGET_USD": "100"}):
            declaration.make_buckets()
            messages = list(_jobs(mine))
            _webhooks()
            _the_rest()
            written = {"objects": list(_objects()), "jobs": messages}
    file.write_text(json.dumps(written, indent=1, sort_keys=True) + "\n", "utf-8")


def _jobs(mine: Cloud) -> list[str]:
    """Jobs at every stage; the messages of those that are queued."""
    mine.script(otherwise=lambda _: replies.boxes([THING]))
    done = _upload(mine, "done.jpg")
    mine.deliver(done)
    answered = _upload(mine, "answered.jpg")
    mine.deliver(answered)
    _forget_the_end(answered)
    records.commit(result(_upload(mine, "unannounced.jpg")))
    verdicts.give_up(*_rejection(mine))
    _register(mine, "lost.jpg")
    mine.upload("unseen.jpg", jpeg())
    pair = json.dumps({"task": "detect", "images": ["done.jpg"], "prompt": "boats"}).encode()
    mine.upload("pair.job.json", pair, "application/json")
    dispatch.register(uploads.describe(_ref("pair.job.json")))
    mine.script(otherwise=lambda _: replies.overloaded())
    waiting, died = _upload(mine, "waiting.jpg"), _upload(mine, "died.jpg")
    for job in (waiting, died):
        mine.deliver(job)
    leave_the_lease_held(mine, died)
    return [events.encode_job(job).decode() for job in (done, answered, waiting, died)]


def _upload(mine: Cloud, name: str) -> Job:
    ref = mine.upload(name, jpeg())
    dispatch.register(uploads.describe(ref))
    return the_job(ref)


def _register(mine: Cloud, name: str) -> None:
    dispatch.register(uploads.describe(mine.upload(name, jpeg())))


def _ref(name: str) -> Any:
    found = uploads.find(os.environ["UPLOADS_BUCKET"], name)
    assert found
    return found


def _rejection(mine: Cloud) -> tuple[Job, Any]:
    ref = mine.upload("note.txt", b"not a photo")
    (job,) = dispatch.register(uploads.describe(ref)).jobs
    return job, Rejected("unsupported_type", "This is text.")


def _forget_the_end(job: Job) -> None:
    """Leave a job as a process that died after it had kept the answer."""
    record = records.find(job)
    assert record
    folder = naming.folder(job)
    for each in list(RESULTS.names(folder, folder[:-1] + "0")):
        RESULTS.delete(each)
    STATE.delete(naming.announced(job.key))
    STATE.delete(index._name(record))


def _webhooks() -> None:
    record = records.find(_job_of("done.jpg"))
    assert record
    event = announcements.event(record)
    store.keep(event)
    pending = Delivery("shop", event.id, _LATE)
    failed = pending.after(Outcome(_LATE, 20, 503, None, "busy"))
    store.enter(failed)
    dead = Delivery("gone", event.id, _LATE).given_up("removed")
    store.enter(dead)
    store.bury(dead)
    store.note("shop", Health().after(Outcome(_LATE, 20, 503)), 0)
    store.mark_announced(event)


def _job_of(name: str) -> Job:
    return the_job(_ref(name))


def _the_rest() -> None:
    Key("a key").settle(Settled("asked", "photo", {"name": "done.jpg"}))
    with Key("another key").held("asked", "a-name.jpg", None):
        pass
    with suppress(Throttled), throttle.remembered("scripted-model"):
        raise Throttled("too many requests", _LATE)
    with (
        variables({"DAILY_BUDGET_USD": "0"}),
        suppress(Throttled),
        budget.reserved(0.01, budgets.of_recipe("")),
    ):
        pass
    with budget.reserved(0.01, budgets.of_recipe("")):  # of a call whose process died
        pass
    file = client.File("files/abc", "https://example.com/files/abc", "image/jpeg", _LATE)
    STATE.create("files/0123.json", codec.encode(file))
    STATE.create("poison/0123.json", b'{"message": {}}')
    Cursor.of("recent").move(Place("lost.jpg", 0.0, _LATE))


def _objects() -> Any:
    """Every object of the three buckets."""
    client = cloud_storage.Client()
    for bucket in BUCKETS.values():
        for blob in client.list_blobs(bucket):
            yield {
                "bucket": bucket,
                "name": blob.name,
                "generation": blob.generation,
                "type": blob.content_type,
                "metadata": blob.metadata or {},
                "body": base64.b64encode(blob.download_as_bytes()).decode(),
            }
    client.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
