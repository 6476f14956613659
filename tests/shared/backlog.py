"""Backlogs that are checked in: where they lie, and how a storage gets them."""

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.storage.objects import Draft
from local.storage.store import Store

BUCKETS = {  # a job's key depends on them
    "UPLOADS_BUCKET": "uploads-of-yesterday",
    "RESULTS_BUCKET": "results-of-yesterday",
    "STATE_BUCKET": "state-of-yesterday",
}


@dataclass(frozen=True, slots=True)
class Kept:
    """An object of a backlog."""

    bucket: str
    name: str
    generation: int
    type: str
    metadata: dict[str, str]
    body: bytes


def backlog(file: Path) -> tuple[list[Kept], list[str]]:
    """The objects of a backlog, and the messages of its jobs."""
    written = json.loads(file.read_text("utf-8"))
    objects = [
        Kept(**{**each, "body": base64.b64decode(each["body"])}) for each in written["objects"]
    ]
    return objects, written["jobs"]


def restore(store: Store, objects: Iterable[Kept]) -> None:
    """Put the objects into their buckets, with the generations and the times that they had."""
    for each in objects:
        written = store._generations
        store._generations = _One(each.generation)
        properties: dict[str, Any] = {"contentType": each.type, "metadata": each.metadata}
        try:
            with store.spool() as spool:
                spool.write(each.body)
                stored = store.put(Draft(each.bucket, each.name, properties), spool)
            then = datetime.fromtimestamp(each.generation / 1_000_000, UTC).isoformat()
            moment = then.replace("+00:00", "Z")
            store._index.change((), [replace(stored, created=moment, updated=moment)])
        finally:
            store._generations = written


class _One:
    """In the place of local.storage.generations.Generations."""

    def __init__(self, generation: int) -> None:
        self._generation = generation

    def next(self) -> int:
        return self._generation
