"""The CloudEvent that Eventarc makes of what happens to an object."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from local.emulator.sender import FAILURES, Sender

# CloudEvents HTTP binding 1.0.2, section 3.1.3.2: all of printable ASCII but space, " and %.
_PLAIN = "!#$&'()*+,-./:;<=>?@[\\]^_`{|}~"


def headers(resource: Mapping[str, Any], kind: str = "finalized") -> dict[str, str]:
    """Its attributes in binary mode, for a POST whose body is the object resource."""
    bucket = resource["bucket"]
    return {
        "ce-specversion": "1.0",
        "ce-id": f"{resource['generation']}{resource['metageneration']}",
        "ce-type": f"google.cloud.storage.object.v1.{kind}",
        "ce-source": f"//storage.googleapis.com/projects/_/buckets/{bucket}",
        "ce-subject": quote(f"objects/{resource['name']}", safe=_PLAIN),
        "ce-time": resource["updated"],
        "ce-bucket": bucket,
        "content-type": "application/json",
    }


def deliver(
    sender: Sender,
    resource: Mapping[str, Any],
    url: str,
    timeout: float,
    kind: str = "finalized",
) -> bool:
    """Whether the function took the event of that object resource: a 2xx within `timeout` s."""
    try:
        answer = sender.send("POST", url, json.dumps(resource), headers(resource, kind), timeout)
    except FAILURES:
        return False
    return 200 <= answer.status < 300
