"""Storage, queues and a model to run functions against, in this process."""

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from google.cloud import storage as cloud_storage

from local import declaration, gemini, pubsub, storage, tasks
from shared.intake import recipes
from shared.model import ImageRef, Job


@contextmanager
def emulated(model: gemini.Model) -> Iterator[storage.StorageServer]:
    """The official variables, set for this process and its children, and buckets and topics."""
    with ExitStack() as running:
        folder = running.enter_context(tempfile.TemporaryDirectory())
        files = storage.serve(Path(folder), watched=())
        running.callback(files.close)
        queue = pubsub.serve(pubsub.Broker())
        running.callback(queue.close)
        asked = gemini.serve(model)
        running.callback(asked.close)
        timers = tasks.serve()
        running.callback(timers.close)
        mark = uuid.uuid4().hex[:8]
        os.environ |= {
            "STORAGE_EMULATOR_HOST": files.url,
            "PUBSUB_EMULATOR_HOST": queue.address,
            "GOOGLE_GEMINI_BASE_URL": asked.url,
            "CLOUD_TASKS_EMULATOR_HOST": timers.address,
            "GEMINI_API_KEY": "bench",
            "GOOGLE_CLOUD_PROJECT": "darkroom-bench",
            "UPLOADS_BUCKET": f"uploads-{mark}",
            "RESULTS_BUCKET": f"results-{mark}",
            "STATE_BUCKET": f"state-{mark}",
            "TOPIC_PREFIX": f"bench-{mark}",
            "MODEL": "gemini-3.8-flash",
            "TASKS_QUEUE": f"projects/darkroom-bench/locations/local/queues/q-{mark}",
            "NOTIFY_URL": "http://127.0.0.1",
        }
        declaration.make_buckets()
        declaration.make_topics()
        yield files


def upload(name: str, data: bytes, task: str = "detect") -> Job:
    """A photo in the uploads bucket, and the job that a recipe makes of it."""
    with closing(cloud_storage.Client()) as client:
        blob = client.bucket(os.environ["UPLOADS_BUCKET"]).blob(name)
        blob.upload_from_string(data, "image/jpeg")
    ref = ImageRef(blob.bucket.name, blob.name, int(blob.generation))
    (recipe,) = recipes.parse(f'[[recipe]]\nname = "bench"\nmatch = "**"\ntasks = ["{task}"]')
    return recipe.jobs(ref, recipe.overrides(recipes.Traits.of(name, None, {})))[0]
