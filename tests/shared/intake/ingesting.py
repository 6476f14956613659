"""What tests of the intake share: job files in the bucket, and events posted to ingest."""

import json
from typing import Any

import requests

from local.storage import cloudevent
from shared.border import uploads
from shared.model import Upload
from testbed.cloud import Cloud
from tests.photos import jpeg


def uploaded(cloud: Cloud, said: object, name: str = "pair.job.json") -> Upload:
    """A job file, as the bucket knows it."""
    return uploads.describe(cloud.upload(name, json.dumps(said).encode(), "application/json"))


def ingested(darkroom: Cloud, bucket: str, **attributes: str) -> int:
    """The status of ingest's answer to an event about a photo in that bucket."""
    resource: dict[str, Any] = {
        "bucket": bucket,
        "name": "a.jpg",
        "generation": "1700000000000001",
        "metageneration": "1",
        "size": str(len(jpeg())),
        "contentType": "image/jpeg",
        "updated": "2026-11-22T10:00:00.000Z",
    }
    headers = cloudevent.headers(resource) | attributes
    address = darkroom.functions.address("ingest")
    return requests.post(address, json=resource, headers=headers, timeout=60).status_code
