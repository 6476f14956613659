"""What one upload has left, and which promises that breaks."""

import json
from base64 import b64decode
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from google.api_core.exceptions import NotFound

from prove.lane import RESULTS, STATE, Lane
from shared import naming
from shared.jobs.retries import LOST_ANSWERS
from shared.model import ImageRef

LEAST_PAID = {"done": 1, "rejected": 0, "failed": LOST_ANSWERS}  # calls, by the record's status


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that is left of one upload's one job."""

    records: tuple[Mapping[str, Any], ...]
    broken: tuple[
        str, ...
    ]  # files that a record names and that are missing, or differ from what it says
    told: int  # announcements
    entered: int  # entries in the index
    marked: bool
    posted: int  # webhooks
    delivery: str  # the webhook's status in its log
    lines: int  # lines in the ledger, of calls that may have been paid


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a lane's receivers got, and its index, read once for all its uploads."""

    lane: Lane
    told: Counter[str]  # announcements, by job
    posted: Counter[str]  # webhooks, by job
    entered: Counter[str]  # entries in the index, by the beginning of the job's key

    @classmethod
    def of(cls, lane: Lane) -> Self:
        """The evidence as of now."""
        index = lane.client.list_blobs(STATE, prefix="index/")
        return cls(
            lane,
            told=Counter(heard(asked.body) for asked in list(lane.ears.asked)),
            posted=Counter(asked.headers["webhook-id"] for asked in list(lane.receiver.asked)),
            entered=Counter(blob.name.rpartition("-")[2] for blob in index),
        )

    def about(self, ref: ImageRef, key: str) -> Seen:
        """What is left of an upload and its job."""
        records = _records(self.lane, ref)
        hook = _json(self.lane, STATE, f"webhooks/deliveries/shop/{key}.json")
        calls = _names(self.lane, STATE, f"jobs/{key}/calls/")
        ledger = [_json(self.lane, STATE, name) for name in calls]
        return Seen(
            records=tuple(records),
            broken=tuple(broken for record in records for broken in _broken(self.lane, record)),
            told=self.told[key],
            entered=self.entered[key[:16]],
            marked=_json(self.lane, STATE, naming.announced(key)) is not None,
            posted=self.posted[key],
            delivery=hook["status"] if hook else "",
            lines=sum(line is not None and line["unpaid"] is None for line in ledger),
        )


def complaints(seen: Seen, status: str, paid: int, most: int) -> list[str]:
    """What is wrong if the record must have this status, given the number of paid calls."""
    found = {
        "lost: no record": not seen.records,
        f"{len(seen.records)} records": len(seen.records) > 1,
        f"the record is not {status}, but {_ends(seen)}": any(
            each["status"] != status for each in seen.records
        ),
        f"partial: {', '.join(seen.broken)}": bool(seen.broken),
        "not announced": seen.told == 0,
        f"{seen.entered} entries in the index": seen.entered != 1,
        "not marked as announced": not seen.marked,
        "no webhook": seen.posted == 0,
        f"the webhook's log says {seen.delivery or 'nothing'}": seen.delivery != "delivered",
        f"paid {paid} times, {most} allowed": not LEAST_PAID[status] <= paid <= most,
        f"{paid} paid calls, {seen.lines} lines in the ledger": seen.lines < paid,
    }
    return [sentence for sentence, is_so in found.items() if is_so]


def _ends(seen: Seen) -> str:
    """How the records say that the job ended."""
    return ", ".join(f"{each['status']} ({each['reason']})" for each in seen.records)


def _records(lane: Lane, ref: ImageRef) -> list[Mapping[str, Any]]:
    names = _names(lane, RESULTS, f"{ref.name}/{ref.generation}/")
    found = (_json(lane, RESULTS, name) for name in names if name.endswith("/result.json"))
    return [record for record in found if record is not None]


def _broken(lane: Lane, record: Mapping[str, Any]) -> list[str]:
    """The artifacts of a record that are missing, or whose bytes differ from what it says."""
    bucket = lane.client.bucket(RESULTS)
    wrong = []
    for artifact in record["artifacts"]:
        blob = bucket.get_blob(record["folder"] + artifact["name"])
        if blob is None or (blob.size, blob.crc32c) != (artifact["bytes"], artifact["crc32c"]):
            wrong.append(artifact["name"])
    return wrong


def _names(lane: Lane, bucket: str, prefix: str) -> list[str]:
    return [blob.name for blob in lane.client.list_blobs(bucket, prefix=prefix)]


def _json(lane: Lane, bucket: str, name: str) -> Any:
    try:
        return json.loads(lane.client.bucket(bucket).blob(name).download_as_bytes())
    except NotFound:
        return None


def heard(body: bytes) -> str:
    """The id of a pushed announcement."""
    message = json.loads(body)["message"]
    return str(json.loads(b64decode(message["data"])).get("id", ""))
