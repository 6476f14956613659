"""Ends of the whole local cloud, queue and all, at random moments of a stream of uploads.

Half of them are Ctrl-C, half `kill -9`. Each time it is started again over the same files. In the
end every upload must have one record, every record a webhook, delivered or pending, and no photo
may be paid for twice unless a kill came between the call and the kept answer.
"""

import signal
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from threading import Event, Lock, Thread
from typing import Any

import requests
from google.api_core.exceptions import GoogleAPIError
from google.cloud.storage import Bucket

from local import gemini
from local.gemini import replies
from local.gemini.question import Question
from local.gemini.reply import Reply
from prove import aftermath, photo, whole
from prove.report import Part, say
from testbed.target import Target, target

FOLDER = "stream/"
_LEASE, _MODEL_TIMEOUT = 8.0, 5.0  # seconds
_SLOWEST = 0.4  # seconds until the model answers
_WINDOW = 1.5  # the end comes within this many seconds of the first upload
_GAP = 0.25  # seconds between two uploads, at most
_STARTING = 5  # one end in this many comes while the cloud is still starting
_START = 3.0  # seconds within which that end comes
_TOLD = 2_000  # characters of a traceback
_TELL = 10  # rounds from one line to the next
_HOOKS = '[[endpoint]]\nname = "shop"\nurl = "{url}/hook"\nsecrets = ["HOOK_SECRET"]\n'
_SETTINGS = {
    "GEMINI_API_KEY": "none",
    "MODEL": "scripted-model",
    "LEASE_SECONDS": f"{_LEASE}",
    "MODEL_TIMEOUT_SECONDS": f"{_MODEL_TIMEOUT}",
    "HOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  # the example of Standard Webhooks
}


@dataclass(slots=True)
class Payer:
    """The model, which outlives every cloud: it finds a thing, and records each call's time."""

    lots: Random
    calls: dict[int, list[float]] = field(default_factory=dict)  # by photo; seconds since the epoch
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, question: Question, /) -> Reply:
        """The reply, after up to _SLOWEST seconds."""
        with self._lock:
            self.calls.setdefault(photo.number(question.images[0].data), []).append(time.time())
            pause = self.lots.uniform(0.0, _SLOWEST)
        time.sleep(pause)
        return replies.boxes([{"box_2d": [100, 100, 500, 500], "label": "thing"}])


@dataclass(slots=True)
class Series:
    """The ends so far, and what was uploaded between them."""

    lots: Random
    place: Path
    environment: Mapping[str, str]
    kills: list[float] = field(default_factory=list)  # seconds since the epoch
    met: Counter[str] = field(default_factory=Counter)

    def round(self, number: int) -> None:
        """Start the cloud, upload, and end it at a random moment."""
        how = (signal.SIGINT, signal.SIGKILL)[number % 2]
        early = number // 2 % _STARTING == _STARTING - 1
        with whole.started(self.place, self.environment) as cloud, ExitStack() as uploading:
            if not early:
                uploading.enter_context(self._stream(cloud.wait()))
            time.sleep(self.lots.uniform(0.0, _START if early else _WINDOW))
            was_ready = cloud.is_ready()
            if how == signal.SIGKILL:
                self.kills.append(time.time())
            code = cloud.end(how)
        self.met[how.name] += 1
        self.met["while_starting"] += not was_ready
        self.met["ended_badly"] += was_ready and how == signal.SIGINT and code != 0

    @contextmanager
    def _stream(self, ready: Mapping[str, Any]) -> Iterator[None]:
        """Upload one photo after another until the cloud ends."""
        ended = Event()
        with whole.client(ready) as client:
            bucket = client.bucket(ready["buckets"]["uploads"])
            uploading = Thread(target=self._upload, args=(bucket, ended))
            uploading.start()
            try:
                yield
            finally:
                ended.set()
                uploading.join()

    def _upload(self, bucket: Bucket, ended: Event) -> None:
        lots = Random(self.lots.random())
        while not ended.wait(lots.uniform(0.0, _GAP)):
            number = self.met["uploads_begun"]
            self.met["uploads_begun"] += 1
            blob = bucket.blob(f"{FOLDER}{number:05}.jpg")
            try:
                blob.upload_from_string(photo.of(number), "image/jpeg", retry=None, timeout=10)
            except (GoogleAPIError, requests.RequestException):  # the end came first
                return


def run(rounds: int, seed: int) -> Part:
    """End the cloud `rounds` times. It holds if nothing was lost and every payment has a cause."""
    began = time.monotonic()
    lots = Random(seed)
    payer = Payer(Random(lots.random()))
    with ExitStack() as running:
        place = Path(running.enter_context(TemporaryDirectory(prefix="prove-")))
        model = running.enter_context(gemini.serve(payer))
        receiver = running.enter_context(target())
        hooks = place / "webhooks.toml"
        hooks.write_text(_HOOKS.format(url=receiver.url))
        environment = {"GOOGLE_GEMINI_BASE_URL": model.url, "WEBHOOKS": str(hooks), **_SETTINGS}
        series = Series(lots, place, environment)
        for number in range(rounds):
            series.round(number)
            if number % _TELL == _TELL - 1:
                say(f"  {time.monotonic() - began:4.0f} s: {number + 1} of {rounds} ends")
        return _judged(series, payer, receiver, began)


def _judged(series: Series, payer: Payer, receiver: Target, began: float) -> Part:
    """The part, after one more start has finished what was left."""
    with whole.started(series.place, series.environment) as cloud:
        ready = cloud.wait()
        with whole.client(ready) as client:
            seen = aftermath.settled(client, ready, payer.calls, receiver)
    wrong = [
        f"{each.name}: {sentence}" for each in seen for sentence in each.complaints(series.kills)
    ]
    for sentence in wrong:
        say(f"  VIOLATION: {sentence}")
    _, trace, last = whole.log(series.place).rpartition("Traceback")
    if trace:
        say(f"  the last traceback: {last[:_TOLD]}")
    figures = {
        **series.met,
        "uploads": len(seen),
        "records": sum(len(each.records) for each in seen),
        "webhooks_delivered": sum(each.delivery == "delivered" for each in seen),
        "webhooks_pending": sum(each.delivery == "pending" for each in seen),
        "lost": sum(each.is_lost for each in seen),
        "paid_again_after_a_kill": sum(max(0, len(each.calls) - 1) for each in seen),
        "tracebacks": whole.log(series.place).count("Traceback"),
        "violations": len(wrong),
        "complaints": wrong,
    }
    holds = bool(seen) and not wrong and not series.met["ended_badly"]
    return Part("restarts", holds, time.monotonic() - began, figures)
