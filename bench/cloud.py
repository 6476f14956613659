"""The local cloud from upload to event, with a model that answers at once.

The official client uploads a burst of photos, several at a time, as fast as they are accepted; then
single ones, one after another without a pause: the time of one upload when nothing else waits.
A row stands for a number of photos that the cloud has had before.
"""

import json
import os
import queue
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from google.cloud import pubsub_v1
from google.cloud import storage as cloud_storage

from bench import photo
from bench.report import Report, Row, progress
from local import gemini
from local.gemini import replies
from shared.model import Size

if TYPE_CHECKING:
    from google.cloud.pubsub_v1.subscriber.message import Message

_ROOT = Path(__file__).parents[1]
_HANDS = 4  # uploads at a time
_PATIENCE = 300.0


def run(steps: Iterable[int], singles: int, size: Size) -> Report:
    """A row for each step: photos so far, results per second, and the time of a single one."""
    data = photo.encoded(photo.picture(size), "JPEG")
    said = replies.says(photo.answer(10, masks=False))
    rows: list[Row] = []
    with gemini.serve(lambda _: said) as model, _started(model.url) as ready:
        told = _Told(ready)
        seen = 0
        for total in steps:
            progress(f"{total} photos")
            burst = [f"bench/{number:06}.jpg" for number in range(seen, total)]
            start = time.monotonic()
            _uploaded(ready, burst, data)
            told.wait(burst)
            rate = len(burst) / (time.monotonic() - start)
            single = [
                _latency(ready, told, f"single/{total}-{n}.jpg", data) for n in range(singles)
            ]
            seen = total
            rows.append(_row(total, rate, single))
        told.close()
    megapixels = size.width * size.height / 1e6
    return Report(f"Local cloud, {megapixels:.1f}-megapixel JPEGs, instant model", rows)


def _row(total: int, rate: float, single: list[float]) -> Row:
    cuts = statistics.quantiles(single, n=20)
    return {
        "photos": total,
        "results_per_second": round(rate, 2),
        "p50_ms": round(statistics.median(single) * 1000),
        "p95_ms": round(cuts[18] * 1000),
    }


class _Told:
    """A subscriber to the results topic, which notes when each upload's event came."""

    def __init__(self, ready: dict[str, Any]) -> None:
        self._arrived: queue.Queue[tuple[str, float]] = queue.Queue()
        self._came: dict[str, float] = {}
        self._client = pubsub_v1.SubscriberClient()
        name = ready["topics"]["results"].replace("/topics/", "/subscriptions/") + "-bench"
        self._client.create_subscription(name=name, topic=ready["topics"]["results"])
        self._stream = self._client.subscribe(name, callback=self._take)

    def wait(self, names: Iterable[str]) -> float:
        """When the last of these was announced, by the monotonic clock."""
        missing = set(names) - self._came.keys()
        while missing:
            name, at = self._arrived.get(timeout=_PATIENCE)
            self._came[name] = at
            missing.discard(name)
        return max(self._came[name] for name in names)

    def close(self) -> None:
        self._stream.cancel()
        self._stream.result()
        self._client.close()

    def _take(self, message: "Message") -> None:
        self._arrived.put((message.attributes["ce-subject"], time.monotonic()))
        message.ack()


def _latency(ready: dict[str, Any], told: _Told, name: str, data: bytes) -> float:
    """Seconds from the answer to an upload until its event."""
    _uploaded(ready, [name], data)
    start = time.monotonic()
    return told.wait([name]) - start


def _uploaded(ready: dict[str, Any], names: list[str], data: bytes) -> None:
    """Upload a photo under these names, each followed by its name: so each is asked about."""
    kind = "image/jpeg"
    with closing(cloud_storage.Client(project=ready["project"])) as client:
        bucket = client.bucket(ready["buckets"]["uploads"])
        with ThreadPoolExecutor(_HANDS) as pool:
            put = [(bucket.blob(name), data + name.encode()) for name in names]
            list(pool.map(lambda each: each[0].upload_from_string(each[1], kind), put))


@contextmanager
def _started(model: str) -> Iterator[dict[str, Any]]:
    """The ready file of a local cloud in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "ready.json")
        mine = {
            "GOOGLE_GEMINI_BASE_URL": model,
            "GEMINI_API_KEY": "bench",
            "MODEL": "gemini-3.8-flash",
        }
        command = ("-m", "local", "--port", "0", "--no-samples", "--data", folder)
        process = subprocess.Popen(
            (sys.executable, *command, "--ready-file", str(file)),
            cwd=_ROOT,
            env={**os.environ, **mine},
            stdout=subprocess.DEVNULL,
        )
        try:
            yield _ready(process, file)
        finally:
            process.terminate()
            process.wait()


def _ready(process: "subprocess.Popen[bytes]", file: Path) -> dict[str, Any]:
    end = time.monotonic() + _PATIENCE
    while not file.exists():
        if process.poll() is not None or time.monotonic() > end:
            raise SystemExit("the local cloud did not come up")
        time.sleep(0.05)
    ready: dict[str, Any] = json.loads(file.read_text("utf-8"))
    os.environ |= {
        "STORAGE_EMULATOR_HOST": ready["storage"],
        "PUBSUB_EMULATOR_HOST": ready["pubsub"],
    }
    return ready
