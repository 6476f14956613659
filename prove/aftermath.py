"""What every upload has left after all the ends, and what it should have."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from google.cloud.storage import Blob, Client

from shared.jobs import lease
from testbed.target import Target

_PATIENCE = 180.0  # seconds without anything new until what is missing counts as lost
_PAUSE = 0.5
_BLUR = 0.5  # seconds by which two times of one moment may differ


@dataclass(frozen=True, slots=True)
class Seen:
    """What one upload has left. Times are seconds since the epoch."""

    name: str
    records: tuple[Mapping[str, Any], ...]
    heard: bool  # its webhook arrived
    delivery: str  # what the log says of the webhook: delivered, pending; empty: nothing
    kept: float  # when the model's answer was kept; 0: never
    calls: Sequence[float]  # when the model was asked

    @property
    def is_lost(self) -> bool:
        """Whether it has no record, or no webhook that arrived or is pending."""
        return not self.records or not (self.heard or self.delivery == "pending")

    def complaints(self, kills: Sequence[float]) -> Iterator[str]:
        """What is wrong, given the moments at which the process was killed."""
        if not self.records:
            yield "no record"
            return
        if len(self.records) > 1:
            yield f"{len(self.records)} records"
        for record in self.records:
            if record["status"] != "done" and not self._was_killed_often(record, kills):
                yield f"the record is {record['status']}: {record['reason']['sentence']}"
        if self.is_lost:
            yield f"no webhook; its log says {self.delivery or 'nothing'}"
        yield from self._overpaid(kills)

    def _was_killed_often(self, record: Mapping[str, Any], kills: Sequence[float]) -> bool:
        """Whether the job was rightly given up: its process was killed at every attempt."""
        began = self.calls[0] if self.calls else 0.0
        times = sum(kill >= began - _BLUR for kill in kills)
        return record["reason"]["code"] == "attempts_exhausted" and times >= lease.ATTEMPTS

    def _overpaid(self, kills: Sequence[float]) -> Iterator[str]:
        for asked, again in pairwise(self.calls):
            if not any(asked - _BLUR <= kill <= again for kill in kills):
                yield "paid twice without a kill in between"
            elif 0 < self.kept < again:
                yield "paid again though the answer was kept"


def settled(
    client: Client, ready: Mapping[str, Any], calls: Mapping[int, Sequence[float]], heard: Target
) -> list[Seen]:
    """What every upload has left, once nothing more is expected or nothing new comes for long."""
    came, since = -1, 0.0
    while True:
        seen = _look(client, ready, calls, heard)
        told = sum(each.heard and each.delivery == "delivered" for each in seen)
        there = told + sum(bool(each.records) for each in seen)
        if there > came:
            came, since = there, time.monotonic()
        if there == 2 * len(seen) or time.monotonic() > since + _PATIENCE:
            return seen
        time.sleep(_PAUSE)


def _look(
    client: Client, ready: Mapping[str, Any], calls: Mapping[int, Sequence[float]], heard: Target
) -> list[Seen]:
    buckets = ready["buckets"]
    state = {blob.name: blob for blob in client.list_blobs(buckets["state"])}
    results = [blob.name for blob in client.list_blobs(buckets["results"])]
    found = []
    for upload in client.list_blobs(buckets["uploads"]):
        folder = f"{upload.name}/{upload.generation}/"
        records = tuple(
            json.loads(client.bucket(buckets["results"]).blob(name).download_as_bytes())
            for name in results
            if name.startswith(folder) and name.endswith("/result.json")
        )
        number = int(PurePosixPath(upload.name).stem)
        found.append(_seen(upload.name, records, state, calls.get(number, ())))
    posted = {asked.headers["webhook-id"] for asked in list(heard.asked)}  # after all the logs
    return [replace(each, heard=bool(posted & {r["id"] for r in each.records})) for each in found]


def _seen(
    name: str,
    records: tuple[Mapping[str, Any], ...],
    state: Mapping[str, Blob],
    calls: Sequence[float],
) -> Seen:
    key = records[0]["id"] if records else ""
    listed = state.get(f"webhooks/deliveries/shop/{key}.json")
    delivery = _now(listed)["status"] if listed else ""
    answer = state.get(f"jobs/{key}/answer-0.json")
    return Seen(
        name=name,
        records=records,
        heard=False,
        delivery=delivery,
        kept=answer.time_created.timestamp() if answer else 0.0,
        calls=sorted(calls),
    )


def _now(listed: Blob) -> Mapping[str, Any]:
    """The newest version; the one that was listed may have been replaced."""
    found: Mapping[str, Any] = json.loads(listed.bucket.blob(listed.name).download_as_bytes())
    return found
