"""The steps from an upload to its webhook, each with the calls that it makes."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf

from bench.cases import BOXES, Case
from bench.pipeline import Message, Pipeline
from bench.served import Served, family
from bench.timing import cpu
from bench.wire import Call, To, in_sequence
from shared.model import ImageRef

Settings = Mapping[str, str]
_NO_PHOTO = b"These are words."


@dataclass(frozen=True, slots=True)
class Step:
    """What a function did with one event: its calls, and when it told the next one."""

    calls: list[Call]
    start: float
    done: float  # when it answered
    cpu: float  # seconds of the function's processes
    told: float | None  # when the last message, or webhook, had left; None: there was none

    @property
    def before_told(self) -> list[Call]:
        """The calls that the next function waited for."""
        return [each for each in self.calls if each.end <= (self.told or inf)]

    @property
    def until_done(self) -> float:
        """Seconds until it answered."""
        return self.done - self.start

    @property
    def until_told(self) -> float:
        """Seconds until the next function was told, or until it answered."""
        return (self.told or self.done) - self.start

    @property
    def in_sequence(self) -> int:
        """Round trips in sequence until the next function was told, or until it answered."""
        return in_sequence(self.before_told)


def take_in(pipeline: Pipeline, data: bytes) -> list[Step]:
    """Ingest takes a photo that one task is asked of."""
    return [_taken_in(pipeline, pipeline.upload("photos", data), len(data))]


def refuse(pipeline: Pipeline, _: bytes) -> list[Step]:
    """Ingest rejects an upload that is no photo."""
    return [_taken_in(pipeline, pipeline.upload("photos", _NO_PHOTO), len(_NO_PHOTO))]


def work(case: Case, settings: Settings, pipeline: Pipeline, data: bytes) -> list[Step]:
    """A worker with these settings does a job."""
    return [_worked(pipeline, case, pipeline.job(case.task, data), settings)]


def ask(case: Case, pipeline: Pipeline, data: bytes, **keys: object) -> list[Step]:
    """A worker does a job that a job file asks for, with these keys of it."""
    ref = pipeline.upload("photos", data)
    asked = {"task": case.task, "images": [ref.name], **keys}
    pipeline.take_in(*pipeline.job_file(asked))
    return [_worked(pipeline, case, pipeline.message(case.worker), {})]


def compare(case: Case, pipeline: Pipeline, photos: list[bytes]) -> list[Step]:
    """A job file about several photos: ingest, worker."""
    names = [pipeline.upload("photos", each).name for each in photos]
    ref, size = pipeline.job_file({"task": case.task, "images": names})
    ingested = _taken_in(pipeline, ref, size)
    return [ingested, _worked(pipeline, case, pipeline.message(case.worker), {})]


def work_again(case: Case, pipeline: Pipeline, data: bytes) -> list[Step]:
    """A worker gets a job again that it has done."""
    job = pipeline.job(case.task, data)
    _worked(pipeline, case, job, {})
    return [_worked(pipeline, case, job, {})]


def webhook(pipeline: Pipeline, data: bytes) -> list[Step]:
    """A photo from upload to webhook: ingest, worker, notify."""
    (ingested,) = take_in(pipeline, data)
    worked = _worked(pipeline, BOXES, pipeline.message(BOXES.worker), {})
    event, notify = pipeline.message("results"), pipeline.function("notify")
    told = _observed(pipeline, notify, lambda: notify.post(event), "webhook")
    return [ingested, worked, told]


def _taken_in(pipeline: Pipeline, ref: ImageRef, size: int) -> Step:
    ingest = pipeline.function("ingest")
    return _observed(pipeline, ingest, lambda: pipeline.take_in(ref, size))


def _worked(pipeline: Pipeline, case: Case, job: Message, settings: Settings) -> Step:
    worker = pipeline.function(case.worker, **settings)
    return _observed(pipeline, worker, lambda: worker.post(job))


def _observed(
    pipeline: Pipeline, function: Served, act: Callable[[], object], told_by: To = "queue"
) -> Step:
    """A step, once nothing of it is under way any more."""
    number, before, start = len(pipeline.log.calls), _cpu(function), time.monotonic()
    act()
    done = time.monotonic()
    pipeline.log.settle(number, "webhook" if told_by == "webhook" else None)
    calls = pipeline.log.since(number)
    told = max((each.end for each in calls if each.to == told_by), default=None)
    return Step(calls, start, done, _cpu(function) - before, told)


def _cpu(function: Served) -> float:
    return cpu(family(function.process.pid))
