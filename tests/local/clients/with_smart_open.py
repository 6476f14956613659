"""smart_open, which reads and writes by stream; what it has not, its own client does."""

import sys

from google.cloud import storage
from outcomes import Client, digest, run
from smart_open import open as smart

client = storage.Client(project="demo-project")
root = f"gs://{sys.argv[1]}"
how = {"transport_params": {"client": client}}


def write(name, path, block=10**9):
    with path.open("rb") as file, smart(f"{root}/in/{name}", "wb", **how) as there:
        while piece := file.read(block):
            there.write(piece)


def read(name, start=0, size=-1):
    with smart(f"{root}/in/{name}", "rb", **how) as there:
        there.seek(start)
        return there.read(size)


bucket = client.bucket(sys.argv[1])
run(
    Client(
        small=lambda path: write("small", path),
        large=lambda path: write("large", path),
        stream=lambda path: write("stream", path, 100_000),
        read=lambda: digest(read("large")),
        range=lambda: read("small", 2, 4),
        list=lambda: [blob.name for blob in bucket.list_blobs(prefix="in/")],
        copy=lambda: bucket.copy_blob(bucket.blob("in/large"), bucket, "copied"),
        delete=lambda: bucket.blob("in/small").delete(),
    )
)
