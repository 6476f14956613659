"""One line per result, and one when all results of the samples are there."""

import json
import time
from collections.abc import Collection
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING

from google.cloud import pubsub_v1

from local import console
from shared import tasks
from shared.jobs import records
from shared.jobs.record import Found, Record
from shared.words import ending, glance, several, shown

if TYPE_CHECKING:
    from google.cloud.pubsub_v1.subscriber.message import Message

_NAME = 28  # columns
_SHOWN_ELSEWHERE = "dev.darkroom.budget."


class Progress:
    """Prints the events of the results topic.

    A result that was announced before this start is marked: its line may have been printed then.
    """

    def __init__(self, subscription: str, page: str) -> None:
        self._page = page
        self._start = datetime.now(UTC)
        self._lock = Lock()
        self._ended: set[str] = set()
        self._awaited: set[str] = set()
        self._closing = ""
        self._client = pubsub_v1.SubscriberClient()
        self._stream = self._client.subscribe(subscription, callback=self._on_message)

    def close(self) -> None:
        """Stop listening."""
        self._stream.cancel()
        self._stream.result()
        self._client.close()

    def expect(self, keys: Collection[str], photos: int, began: float) -> None:
        """Print a line when all of these jobs have ended; `began` is by the monotonic clock."""
        with self._lock:
            self._awaited = set(keys) - self._ended
            self._closing = f"{several(photos, 'photo')}, {several(len(keys), 'result')}"
            self._closing = self._closing[:1].upper() + self._closing[1:]
            self._began = began
            self._close_if_over()

    def _on_message(self, message: "Message") -> None:
        kind = message.attributes["ce-type"]
        if kind.startswith("dev.darkroom.result."):
            record = _record(message.data)
            earlier = message.publish_time < self._start
            console.line(f"{line(record)}{' (before this start)' if earlier else ''}")
            self._end(record.id)
        elif not kind.startswith(_SHOWN_ELSEWHERE):
            console.line(f"  {shown(kind)}: {shown(message.data.decode())}")
        message.ack()

    def _end(self, key: str) -> None:
        with self._lock:
            self._ended.add(key)
            self._awaited.discard(key)
            self._close_if_over()

    def _close_if_over(self) -> None:
        if self._closing and not self._awaited:
            seconds = time.monotonic() - self._began
            console.line(f"{self._closing} in {seconds:.0f} s. Open {self._page}")
            self._closing = ""


def _record(announced: bytes) -> Record:
    """The record, read where the announcement had no room for all of it."""
    data = json.loads(announced)
    if any(isinstance(part, dict) and "cut" in part for part in data.values()):
        found = records.in_folder(data["folder"])
        if found is None:
            raise FileNotFoundError(data["folder"])
        return found
    return records.decode(announced)


def line(record: Record) -> str:
    """What became of a photo, or of the question in a job file, in one line."""
    job_file = record.request.get("job_file")
    name = ending(shown(str(job_file["name"] if job_file else record.photo.name)), _NAME)
    task = shown(record.task)
    return f"  {record.status:<9} {name:<{_NAME}} {task:<8} {shown(_outcome(record))}"


def _outcome(record: Record) -> str:
    if record.reason:
        return f"{record.reason.code}: {record.reason.sentence}"
    seconds = record.timing["total"] / 1000
    if record.code:
        return f"{glance(' '.join(record.cannot))} ({seconds:.1f} s) -> {record.folder}"
    return f"{_found(record)} in {seconds:.1f} s -> {record.folder}"


def _found(record: Record) -> str:
    findings = record.findings or Found()
    words = findings.verdict or findings.answer or findings.text or findings.form
    said = f'"{glance(words, 60)}"' if words else ""
    if said and (findings.form or not findings.objects):
        return said
    thing = "line" if "read_text" in tasks.parts(record.task) else "thing"
    count = len(findings.objects) or len(findings.labels)
    told = f"{count} {thing}{'s' * (count != 1)}"
    return f"{told}, {said}" if said and findings.parts else told
