"""Takes results from a subscription of your own, each once, and prints a line for each.

As a command: RESULTS_BUCKET=... python consume.py PROJECT SUBSCRIPTION
"""

import json
import os
import sqlite3
import sys
import time
from concurrent.futures import ThreadPoolExecutor

from google.cloud import pubsub_v1, storage
from google.cloud.pubsub_v1.subscriber.message import Message
from google.cloud.pubsub_v1.subscriber.scheduler import ThreadScheduler


class Results:
    """What comes in. `done` is a file of the ids that were dealt with: it outlives the process."""

    def __init__(self, bucket: str, done: str) -> None:
        self.files = storage.Client().bucket(bucket)
        self.done = sqlite3.connect(done, check_same_thread=False)
        self.done.execute("CREATE TABLE IF NOT EXISTS done (id TEXT PRIMARY KEY)")

    def take(self, message: Message) -> None:
        kind = message.attributes.get("ce-type", "")
        if kind.startswith("dev.darkroom.result.v1."):  # others tell of the pipeline itself
            self.once(message.attributes["ce-id"], json.loads(message.data))
        message.ack()  # only now: what failed above is delivered again

    def once(self, event: str, record: dict) -> None:
        if self.done.execute("SELECT 1 FROM done WHERE id = ?", [event]).fetchone():
            return
        self.handle(self.whole(record))
        with self.done:
            self.done.execute("INSERT INTO done VALUES (?)", [event])

    def whole(self, record: dict) -> dict:
        """The record as it lies in the bucket, if parts of it had no room in the message."""
        if not any(isinstance(part, dict) and part.keys() == {"cut"} for part in record.values()):
            return record
        return json.loads(self.files.blob(record["folder"] + "result.json").download_as_bytes())

    def handle(self, record: dict) -> None:
        """Yours. It sees a record again if the process dies in here."""
        if found := record["findings"]:
            said = found["answer"] or found["text"] or f"{len(found['objects'])} objects"
        else:
            said = record["reason"]["sentence"]
        name = record["images"][0]["name"]
        print(record["status"], record["task"], f"{name!r}: {said}", flush=True)


def main(project: str, subscription: str) -> None:
    results = Results(os.environ["RESULTS_BUCKET"], os.environ.get("DONE", "done.sqlite3"))
    one_by_one = ThreadScheduler(ThreadPoolExecutor(1))
    client = pubsub_v1.SubscriberClient()
    path = client.subscription_path(project, subscription)
    stream = client.subscribe(path, results.take, scheduler=one_by_one)
    try:
        while stream.running():
            time.sleep(1)  # a Ctrl-C right before one long wait would not be heard
    except KeyboardInterrupt:
        stream.cancel()
    stream.result()  # ends with the error that handle() raised


if __name__ == "__main__":
    main(*sys.argv[1:])
