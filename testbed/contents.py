"""What a bucket holds now, though functions at work may delete or replace any of it meanwhile."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from google.api_core.exceptions import NotFound
from google.cloud.storage import Client


def contents(
    client: Client, bucket: str, prefix: str = "", ending: str = ""
) -> Iterator[tuple[Any, bytes]]:
    """Each object as it was listed, with its bytes; what went since then is left out."""
    for blob in client.list_blobs(bucket, prefix=prefix):
        if blob.name.endswith(ending):
            with suppress(NotFound):
                yield blob, client.bucket(bucket).blob(blob.name).download_as_bytes()
