"""gcsfs, which pandas, dask and xarray use."""

import sys

import gcsfs
from outcomes import Client, digest, run

files = gcsfs.GCSFileSystem(project="demo-project", token="anon", cache_timeout=0)
root = sys.argv[1]


def stream(path):
    with path.open("rb") as file, files.open(f"{root}/in/stream", "wb", block_size=2**20) as there:
        while block := file.read(100_000):
            there.write(block)


run(
    Client(
        small=lambda path: files.pipe(f"{root}/in/small", path.read_bytes()),
        large=lambda path: files.put(str(path), f"{root}/in/large"),
        stream=stream,
        read=lambda: digest(files.cat(f"{root}/in/large")),
        range=lambda: files.cat_file(f"{root}/in/small", start=2, end=6),
        list=lambda: sorted(name.removeprefix(f"{root}/") for name in files.find(f"{root}/in")),
        copy=lambda: files.copy(f"{root}/in/large", f"{root}/copied"),
        delete=lambda: files.rm(f"{root}/in/small"),
    )
)
