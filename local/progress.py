"""One line per photo and task, as each ends."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from google.cloud import pubsub_v1

from shared import storage

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
    kind = message.attributes["ce-type"]
    if kind.startswith("dev.darkroom.result."):
        print(line(_whole(json.loads(message.data))), flush=True)
    else:
        print(f"  {kind}: {message.data.decode()}", flush=True)
    message.ack()


def _whole(told: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record, read where the announcement had no room for all of it."""
    if not any(isinstance(part, dict) and "cut" in part for part in told.values()):
        return told
    whole: Mapping[str, Any] = json.loads(storage.result(f"{told['folder']}result.json") or "{}")
    return whole


def line(record: Mapping[str, Any]) -> str:
    """What became of a photo, in one line."""
    name = str(record["images"][0]["name"]).replace("\n", "\\n")
    return f"  {record['status']:<9} {name:<28} {record['task']:<8} {_outcome(record)}"


def _outcome(record: Mapping[str, Any]) -> str:
    if record["reason"]:
        return f"{record['reason']['code']}: {record['reason']['sentence']}"
    seconds = record["timing"]["total"] / 1000
    return f"{_found(record['findings'])} in {seconds:.1f} s -> {record['folder']}"


def _found(findings: Mapping[str, Any]) -> str:
    words = findings["answer"] or findings["text"]
    if words and not findings["objects"]:
        return f"{' '.join(words.split())[:60]!r}"
    things = len(findings["objects"]) or len(findings["labels"])
    return f"{things} thing{'s' * (things != 1)}"
