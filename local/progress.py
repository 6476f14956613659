"""One line per photo and task, as each ends."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from google.cloud import pubsub_v1

if TYPE_CHECKING:
    from google.cloud.pubsub_v1.subscriber.message import Message


class Progress:
    """Prints what the results topic tells."""

    def __init__(self, subscription: str) -> None:
        self._client = pubsub_v1.SubscriberClient()
        self._stream = self._client.subscribe(subscription, callback=_told)

    def close(self) -> None:
        """Stop listening."""
        self._stream.cancel()
        self._stream.result()
        self._client.close()


def _told(message: "Message") -> None:
    print(line(json.loads(message.data)), flush=True)
    message.ack()


def line(record: Mapping[str, Any]) -> str:
    """What became of a photo, in one line."""
    name = str(record["images"][0]["name"]).replace("\n", "\\n")
    return f"  {record['status']:<9} {name:<28} {record['task']:<8} {_outcome(record)}"


def _outcome(record: Mapping[str, Any]) -> str:
    if record["reason"]:
        return f"{record['reason']['code']}: {record['reason']['sentence']}"
    found = record["findings"].get("objects")
    seconds = record["timing"]["total"] / 1000
    count = "many objects" if found is None else f"{len(found)} object{'s' * (len(found) != 1)}"
    return f"{count} in {seconds:.1f} s -> {record['folder']}overlay.jpg"
