"""A bucket's objects, read while functions may delete or replace them."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from google.api_core.exceptions import NotFound
from google.cloud.storage import Client


def contents(
    client: Client, bucket: str, prefix: str = "", ending: str = ""
) -> Iterator[tuple[Any, bytes]]:
    """Each object that was listed, with its bytes; one that was deleted meanwhile is left out."""
    for blob in client.list_blobs(bucket, prefix=prefix):
        if blob.name.endswith(ending):
            with suppress(NotFound):
                yield blob, client.bucket(bucket).blob(blob.name).download_as_bytes()
