"""Seeded bugs: each replaces one function of shared/ in the functions' process.

The proof must find every one of them. Only prove/worker.py applies them.
"""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from threading import Timer
from typing import Any

import google_crc32c

from shared import naming
from shared.border import pubsub
from shared.border.storage import RESULTS, STATE, Listed
from shared.errors import Busy
from shared.jobs import announcements, index, records
from shared.jobs.queue import Queued
from shared.jobs.record import Record
from shared.jobs.records import Committed
from shared.model import Artifact, Job, Result
from shared.sweep import leases
from shared.sweep.leases import Outcome
from shared.sweep.rounds import Round
from shared.webhooks import attempts, fan_out, store
from shared.webhooks.delivery import Delivery
from shared.webhooks.disabling import Seen
from shared.webhooks.endpoints import Endpoint
from shared.webhooks.store import Entered
from shared.work import protocol

_LATER = 0.3  # seconds; by then an answer has left


def apply(bug: str) -> None:
    """Put a bug into this process. Raises KeyError for an unknown name."""
    BUGS[bug]()


def _acks_while_busy() -> None:
    run = protocol.run

    def acknowledges(job: Job, queued: Queued) -> None:
        try:
            run(job, queued)
        except Busy:
            return

    protocol.run = acknowledges


def _keeps_no_answer() -> None:
    keep = STATE.keep

    def forgets(
        name: str,
        body: bytes,
        content_type: str = "application/json",
        metadata: Mapping[str, str] | None = None,
    ) -> bytes:
        return body if "/answer-" in name else keep(name, body, content_type, metadata)

    STATE.keep = forgets  # type: ignore[method-assign]


def _commits_before_artifacts() -> None:
    create, artifact = RESULTS.create, RESULTS.artifact
    waiting = defaultdict[str, list[tuple[str, bytes, str]]](list)  # files by folder

    def postpones(name: str, body: bytes, content_type: str) -> Artifact:
        folder, _, file = name.rpartition("/")
        waiting[folder].append((name, body, content_type))
        checksum = b64encode(google_crc32c.value(body).to_bytes(4, "big")).decode()
        return Artifact(file, content_type, len(body), checksum)

    def commits(
        name: str,
        body: bytes,
        content_type: str = "application/json",
        metadata: Mapping[str, str] | None = None,
    ) -> bool:
        written = create(name, body, content_type, metadata)
        for file in waiting.pop(name.rpartition("/")[0], []):
            artifact(*file)
        return written

    RESULTS.artifact = postpones  # type: ignore[method-assign]
    RESULTS.create = commits  # type: ignore[method-assign]


def _acks_without_announcing() -> None:
    run = protocol.run

    def hurries(job: Job, queued: Queued) -> None:
        if records.find(job) is None:
            run(job, queued)

    protocol.run = hurries


def _steals_the_lease() -> None:
    swap = STATE.swap

    def steals(
        name: str, body: bytes, generation: int, metadata: Mapping[str, str] | None = None
    ) -> int | None:
        taken = swap(name, body, generation, metadata)
        if taken is None and generation and name.startswith("leases/"):
            now = STATE.get(name)
            return swap(name, body, now.generation if now else 0, metadata)
        return taken

    STATE.swap = steals  # type: ignore[method-assign]


def _deletes_the_winners_files() -> None:
    commit = records.commit

    def cleans_up(result: Result) -> Committed:
        ended = commit(result)
        if not ended.new:
            for artifact in result.artifacts:
                RESULTS.delete(ended.record.folder + artifact.name)
        return ended

    records.commit = cleans_up


def _sweeps_unfinished_leases() -> None:
    def drops(this: Round, each: Listed) -> Outcome:
        del this, each  # whatever it is
        return "ended"

    leases._mend = drops


def _marks_before_it_tells() -> None:
    def announce(
        record: Record, *, quiet: bool = False, new: bool = False, owner: str = ""
    ) -> None:
        del quiet, new, owner
        if not announcements.is_announced(record.id):
            STATE.create(naming.announced(record.id), b"{}")
            pubsub.announce(*announcements.event(record).message())
            index.add(record)

    announcements.announce = announce


def _acks_before_the_attempt() -> None:
    see_to = fan_out._see_to

    def later(*args: Any, **named: Any) -> None:
        timer = Timer(_LATER, see_to, args, named)
        timer.daemon = True
        timer.start()

    fan_out._see_to = later


def _queues_no_task() -> None:
    see_to = fan_out._see_to

    def first(
        endpoint: Endpoint, entered: Future[Entered], health: Future[Seen], body: bytes
    ) -> None:
        if entered.result()[1] is not None:
            see_to(endpoint, entered, health, body)

    fan_out._see_to = first


def _queues_no_next_attempt() -> None:
    def forgets(after: Delivery, generation: int) -> None:
        store.replace(after, generation)

    attempts._record = forgets


BUGS: Mapping[str, Callable[[], None]] = {
    "acknowledges while busy": _acks_while_busy,
    "keeps no answer": _keeps_no_answer,
    "commits before the artifacts": _commits_before_artifacts,
    "acknowledges without announcing": _acks_without_announcing,
    "steals the lease": _steals_the_lease,
    "deletes the winner's files": _deletes_the_winners_files,
    "sweeps leases of unfinished jobs": _sweeps_unfinished_leases,
    "marks before it tells": _marks_before_it_tells,
    "acknowledges before the first attempt": _acks_before_the_attempt,
    "queues no task when the event comes again": _queues_no_task,
    "queues no next attempt": _queues_no_next_attempt,
}
