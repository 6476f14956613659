"""Storage, queues and a model to run functions against, in this process."""

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from google.cloud import storage as cloud_storage

from local import declaration, gemini, storage
from shared.intake import recipes
from shared.model import ImageRef, Job
from testbed.cloud import environment, serving


@contextmanager
def emulated(model: gemini.Model) -> Iterator[storage.StorageServer]:
    """Sets the official variables, for children as well, and makes buckets and topics."""
    settings = {"MODEL": "gemini-3.8-flash", "NOTIFY_URL": "http://127.0.0.1"}
    with (
        TemporaryDirectory() as folder,
        serving(Path(folder) / "cloud", watched=()) as servers,
        environment(servers, settings),
    ):
        servers.ask.model = model
        declaration.make_buckets()
        declaration.make_topics()
        yield servers.storage


def upload(name: str, data: bytes, task: str = "detect") -> Job:
    """A photo in the uploads bucket, and the job that a recipe makes of it."""
    with closing(cloud_storage.Client()) as client:
        blob = client.bucket(os.environ["UPLOADS_BUCKET"]).blob(name)
        blob.upload_from_string(data, "image/jpeg")
    ref = ImageRef(blob.bucket.name, blob.name, int(blob.generation))
    asks = f'name = "bench"\nmatch = "**"\ntasks = ["{task}"]\nreuse = false'
    (recipe,) = recipes.parse(f"[[recipe]]\n{asks}")
    return recipe.jobs(ref, recipe.overrides(recipes.Traits.of(name, None, {})))[0]
