"""Google's client for Python: what the others are measured by."""

import sys

from google.cloud import storage

from tests.local.clients.outcomes import Client, digest, run

bucket = storage.Client(project="demo-project").bucket(sys.argv[1])


def stream(path):
    with path.open("rb") as file, bucket.blob("in/stream").open("wb") as blob:
        while block := file.read(100_000):
            blob.write(block)


run(
    Client(
        small=lambda path: bucket.blob("in/small").upload_from_filename(path),
        large=lambda path: bucket.blob("in/large").upload_from_filename(path),
        stream=stream,
        read=lambda: digest(bucket.blob("in/large").download_as_bytes()),
        range=lambda: bucket.blob("in/small").download_as_bytes(start=2, end=5),
        list=lambda: [blob.name for blob in bucket.list_blobs(prefix="in/")],
        copy=lambda: bucket.copy_blob(bucket.blob("in/large"), bucket, "copied"),
        delete=lambda: bucket.blob("in/small").delete(),
    )
)
