"""Looks for every trace of a photo: words, names and colours, in all buckets, queues and parts."""

import io
import json
import os
import zlib
from collections.abc import Iterator

from google.api_core.exceptions import NotFound
from PIL import Image, UnidentifiedImageError

from testbed.cloud import Cloud

COLOUR = (250, 10, 170)  # of the photo that is erased, and of no other
_NEAR = 40  # of 255, by which a JPEG may change it
_BUCKETS = ("UPLOADS_BUCKET", "RESULTS_BUCKET", "COPIES_BUCKET", "STATE_BUCKET")


def traces(cloud: Cloud, *canaries: str) -> list[str]:
    """Where one of the canaries is, or the colour: names of objects, noncurrent ones included."""
    found = []
    for role in _BUCKETS:
        bucket = cloud.client.bucket(os.environ[role])
        for blob in cloud.client.list_blobs(bucket, versions=True):
            try:
                body = bucket.blob(blob.name, generation=blob.generation).download_as_bytes()
            except NotFound:  # replaced meanwhile
                body = bucket.blob(blob.name).download_as_bytes()
            texts = [blob.name, json.dumps(blob.metadata or {}), *_texts(body)]
            if any(_has(text, canary) for text in texts for canary in canaries) or _shows(body):
                found.append(f"{role} {blob.name}")
    for message in cloud.announced():
        whole = json.dumps(message)
        found += [f"queue {canary}" for canary in canaries if _has(whole, canary)]
    return found


def _has(text: str, canary: str) -> bool:
    return canary in text or json.dumps(canary)[1:-1] in text


def _texts(body: bytes) -> Iterator[str]:
    """The body as it is, and what is compressed in it."""
    yield body.decode("latin-1")
    yield body.decode("utf-8", "replace")
    head, _, rest = body.partition(b"\n")
    try:
        sizes = json.loads(head)
        lengths = [*sizes.values()] if isinstance(sizes, dict) else []
    except ValueError:
        return
    at = 0
    for length in lengths:
        if isinstance(length, int) and rest[at : at + 1] == b"x":
            yield zlib.decompress(rest[at : at + length]).decode()
            at += length


def _shows(body: bytes) -> bool:
    """Whether it is a picture with the colour of the photo."""
    try:
        picture = Image.open(io.BytesIO(body)).convert("RGB")
    except (UnidentifiedImageError, OSError):
        return False
    picture.thumbnail((64, 64), Image.Resampling.NEAREST)
    return any(
        all(abs(one - other) <= _NEAR for one, other in zip(pixel, COLOUR, strict=True))
        for _, pixel in picture.getcolors(64 * 64) or ()
    )
