"""Three tasks of every sample photo, apart and in one call, by the offline model.

It answers from the wire alone, as it would answer any client. Tokens are counted as for the model
that is named in the title, and priced by its price. Requests are those to storage, on the wire.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from google.cloud import storage as cloud_storage

from bench.emulated import emulated, upload
from bench.report import Report, Row, progress
from local.gemini import OfflineModel, Question, Reply
from shared import settings
from shared.border.storage import client
from shared.jobs import records
from shared.jobs.queue import Queued
from shared.jobs.record import Found, Record
from shared.model import Job, Usage
from shared.tasks import SIGN
from shared.work import protocol
from testbed.proxy import FaultProxy

SAMPLES = Path(__file__).parents[1] / "samples"
_ENDINGS = {".jpg", ".png", ".webp", ".heic", ".heif"}


def photos() -> list[Path]:
    """Every sample photo."""
    return sorted(each for each in SAMPLES.iterdir() if each.suffix in _ENDINGS)


@dataclass(slots=True)
class _Sum:
    """What some jobs cost, and what they found by photo."""

    jobs: int = 0
    requests: int = 0
    stored: int = 0
    usage: list[Usage] = field(default_factory=list)
    found: dict[str, list[Found]] = field(default_factory=dict)

    def row(self, how: str) -> Row:
        """A row of the table."""
        return {
            "how": how,
            "records": self.jobs,
            "calls": sum(each.paid_calls for each in self.usage),
            "prompt_tokens": sum(each.prompt_tokens for each in self.usage),
            "image_tokens": sum(each.image_tokens for each in self.usage),
            "output_tokens": sum(each.output_tokens for each in self.usage),
            "usd": f"{sum(each.cost_usd or 0.0 for each in self.usage):.4f}",
            "storage_requests": self.requests,
            "stored_bytes": self.stored,
            "objects": sum(len(each.objects) for all_ in self.found.values() for each in all_),
        }


def run(tasks: Sequence[str], chosen: Sequence[Path]) -> Report:
    """A row for the tasks apart, and one for them in one call."""
    offline = OfflineModel()

    def model(question: Question) -> Reply:
        return replace(offline(question), model_version=None)  # priced as the model that was asked

    with emulated(model), _counting() as proxy:
        apart = _asked("apart", tasks, chosen, proxy)
        one = _asked("one", [SIGN.join(tasks)], chosen, proxy)
        rows = [apart.row("apart"), one.row("in one call")]
        name = settings.current().model
    same = sum(_said(apart.found[each.name]) == _said(one.found[each.name]) for each in chosen)
    title = f"{', '.join(tasks)} of {len(chosen)} photos, apart and in one call, priced as {name}"
    return Report(title, rows, [f"The same objects, text and labels: {same} of {len(chosen)}"])


def _asked(folder: str, tasks: Sequence[str], chosen: Sequence[Path], proxy: FaultProxy) -> _Sum:
    total, before = _Sum(), _stored()
    for photo in chosen:
        progress(f"{folder}: {photo.name}")
        jobs = [upload(f"{folder}/{task}/{photo.name}", photo.read_bytes(), task) for task in tasks]
        earlier = len(proxy.log)
        for job in jobs:
            protocol.run(job, Queued())
        total.requests += len(proxy.log) - earlier
        ended = [*map(_record, jobs)]
        total.jobs += len(ended)
        total.usage += [each.usage for each in ended if each.usage]
        total.found[photo.name] = [each.findings for each in ended if each.findings]
    total.stored = _stored() - before
    return total


def _record(job: Job) -> Record:
    found = records.find(job)
    if found is None or found.status != "done":
        raise SystemExit(f"{job.images[0].name}: {found and found.reason}")
    return found


def _said(found: Sequence[Found]) -> tuple[object, ...]:
    """What was found, however many records it is in."""
    objects = [replace(each, index=0) for some in found for each in some.objects]
    texts = [some.text for some in found if some.text is not None]
    return objects, texts, [each for some in found for each in some.labels]


def _stored() -> int:
    """Bytes in the results and the state bucket."""
    with closing(cloud_storage.Client()) as real:
        buckets = os.environ["RESULTS_BUCKET"], os.environ["STATE_BUCKET"]
        return sum(int(blob.size) for bucket in buckets for blob in real.list_blobs(bucket))


@contextmanager
def _counting() -> Iterator[FaultProxy]:
    """A proxy to storage that the functions' client uses."""
    before = os.environ["STORAGE_EMULATOR_HOST"]
    with FaultProxy(before) as proxy:
        os.environ["STORAGE_EMULATOR_HOST"] = proxy.url
        client.cache_clear()
        try:
            yield proxy
        finally:
            client().close()
            client.cache_clear()
            os.environ["STORAGE_EMULATOR_HOST"] = before
