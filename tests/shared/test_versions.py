"""State of another version is read, and jobs that one version began are ended by the other."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local import declaration
from local.gemini import replies
from local.storage.preconditions import Preconditions
from shared import codec, naming, sweep
from shared.border.gemini.client import File
from shared.border.storage import STATE
from shared.intake.resolved_job import ResolvedJob
from shared.jobs import announcements, lease, records
from shared.jobs.claim import Claim
from shared.jobs.index import Entry
from shared.jobs.ledger import Line
from shared.jobs.receipt import Receipt
from shared.jobs.record import Record
from shared.messages import events
from shared.messages.announcement import Announcement
from shared.model import Job
from shared.spending import budget, shards, throttle
from shared.spending.patience import Limit
from shared.spending.shards import Shard
from shared.sweep.cursor import Place
from shared.web.submission import keys
from shared.webhooks import store
from shared.webhooks.delivery import Delivery
from shared.webhooks.health import Health
from testbed.cloud import Cloud, until
from testbed.stage import variables
from tests.jobs import THING
from tests.shared.backlog import BUCKETS, Kept, backlog, restore

YESTERDAY = Path(__file__).with_name("2026-11-29.json")
OBJECTS, JOBS = backlog(YESTERDAY)
NEW = {"of_tomorrow": {"is": ["not", "known"]}, "Ω": 1.5}
FREE = {"request", "data", "answer", "held", "timing"}  # maps: their members are no fields
TYPES: dict[str, Any] = {
    r"leases/": Claim,
    r"jobs/.*/calls/": Line,
    r"intake/": Receipt,
    r"job-files/": ResolvedJob,
    r"spend/": Shard,
    r"sweep/": Place,
    r"throttle/": Limit,
    r"files/": File,
    r"submissions/.*\.lease\.json": keys.Claim,
    r"submissions/[0-9a-f]*\.json": keys.Settled,
    r"webhooks/deliveries/": Delivery,
    r"webhooks/endpoints/": Health,
    r".*/result\.json": Record,
}
NOT_OURS = re.compile(  # marks without members, the model's own bytes, events, and pictures
    r"announced/|answers-by-content/|budget/|index/|poison/|jobs/.*/answer-|webhooks/(dead|told|events)/|.*\.(jpg|png)"
)


def kind_of(name: str) -> Any:
    return next((kind for begins, kind in TYPES.items() if re.match(begins, name)), None)


def with_more(value: Any, more: dict[str, Any]) -> Any:
    """A JSON value whose every object has more members, as a later version may write it."""
    if isinstance(value, list):
        return [with_more(each, more) for each in value]
    if not isinstance(value, dict):
        return value
    known = {name: each if name in FREE else with_more(each, more) for name, each in value.items()}
    return {**more, **known}


def of_tomorrow(kept: Kept) -> Kept:
    """An object as a later version may have written it."""
    metadata = {**kept.metadata, "of_tomorrow": "1"} if kept.metadata else {}
    if "entry" in metadata:
        metadata["entry"] = json.dumps(with_more(json.loads(metadata["entry"]), NEW))
    if kind_of(kept.name) is None or kept.bucket == BUCKETS["UPLOADS_BUCKET"]:
        return replace(kept, metadata=metadata)
    body = json.dumps(with_more(json.loads(kept.body), NEW)).encode()
    return replace(kept, metadata=metadata, body=body)


WRITERS: list[Callable[[Kept], Kept]] = [lambda kept: kept, of_tomorrow]
both = pytest.mark.parametrize("written", WRITERS, ids=["yesterday", "tomorrow"])


@pytest.fixture
def later(quiet: Cloud) -> Iterator[Callable[..., None]]:
    """This version, over the state that another one wrote."""
    quiet.script(otherwise=lambda _: replies.boxes([THING]))
    with ExitStack() as whole:
        whole.enter_context(variables(BUCKETS))
        declaration.make_buckets()
        whole.callback(_empty, quiet)
        yield lambda written: restore(
            quiet.servers.storage.store, map(of_its_own, map(written, OBJECTS))
        )


def of_its_own(kept: Kept) -> Kept:
    """An upload with other bytes than the others: no answer about those is taken."""
    photo = kept.bucket == BUCKETS["UPLOADS_BUCKET"] and kept.name.endswith(".jpg")
    return replace(kept, body=kept.body + kept.name.encode()) if photo else kept


def _empty(cloud: Cloud) -> None:
    kept = cloud.servers.storage.store
    for bucket in BUCKETS.values():
        for blob in cloud.client.list_blobs(bucket, versions=True):
            kept.delete(bucket, blob.name, int(blob.generation), Preconditions())


def test_the_backlog_has_every_kind_of_state() -> None:
    here = [kept for kept in OBJECTS if kept.bucket != BUCKETS["UPLOADS_BUCKET"]]

    assert {kind_of(kept.name) for kept in here} - {None} == set(TYPES.values())
    strange = [k.name for k in here if kind_of(k.name) is None and not NOT_OURS.match(k.name)]
    assert strange == []


@given(
    st.dictionaries(
        st.text(min_size=1).map(lambda name: f"x{name}"),
        st.recursive(st.none() | st.integers() | st.text(), lambda each: st.lists(each)),
        max_size=3,
    )
)
def test_unknown_members_change_nothing_in_any_stored_type(more: dict[str, Any]) -> None:
    ours = [kept for kept in OBJECTS if kept.bucket != BUCKETS["UPLOADS_BUCKET"]]
    for kept in ours:
        if kind := kind_of(kept.name):
            richer = json.dumps(with_more(json.loads(kept.body), more))
            assert codec.decode(richer, kind) == codec.decode(kept.body, kind), kept.name
        if "entry" in kept.metadata:
            richer = json.dumps(with_more(json.loads(kept.metadata["entry"]), more))
            assert codec.decode(richer, Entry) == codec.decode(kept.metadata["entry"], Entry)


def test_a_message_with_unknown_members_is_the_same_job() -> None:
    for text in JOBS:
        richer = json.dumps(with_more(json.loads(text), NEW)).encode()

        assert events.decode_job(richer).key == events.decode_job(text.encode()).key


@pytest.mark.days
@both
def test_what_another_version_wrote_is_read(
    quiet: Cloud, later: Callable[..., None], written: Callable[[Kept], Kept]
) -> None:
    later(written)
    done, answered, waiting, died = map(events.decode_job, map(str.encode, JOBS))

    assert records.find(done).status == "done"
    assert lease.seen(waiting).cause.kind == "overloaded"
    assert not lease.seen(died).released
    assert shards.spent("2026-11-29") > 0
    assert throttle.asked("scripted-model") is None
    delivery, _ = store.find("shop", done.key)
    assert (delivery.status, delivery.number) == ("pending", 1)
    assert store.health("shop")[0].failing_since
    assert Announcement.kept(store.body(done.key)).id == done.key
    assert keys.Key("a key").settled("asked").answer == {"name": "done.jpg"}
    assert not announcements.was_announced(answered.key)


@pytest.mark.days
@both
def test_jobs_that_another_version_began_end_here_and_none_is_paid_twice(
    quiet: Cloud, later: Callable[..., None], written: Callable[[Kept], Kept]
) -> None:
    later(written)

    until(_all_ended, pause=1.0)

    found = {kept.photo.name: kept for kept in map(_record, _receipts())}
    assert {name: each.status for name, each in found.items()} == {
        "answered.jpg": "done",
        "died.jpg": "done",
        "done.jpg": "done",
        "lost.jpg": "done",
        "note.txt": "rejected",
        "unannounced.jpg": "done",
        "unseen.jpg": "done",
        "waiting.jpg": "done",
    }
    asked = len(quiet.model.questions)
    assert asked == 5  # died, lost, unseen, waiting, and the job file's
    assert {each.usage.paid_calls for each in found.values() if each.usage} == {1}


def _all_ended() -> bool:
    """Sweep; whether every job has ended and was announced."""
    sweep.run(older_than=0)
    ours = _receipts()
    return len(ours) == _UPLOADS and all(announcements.is_announced(job.key) for job in ours)


_UPLOADS = 9


def _receipts() -> list[Job]:
    bodies = STATE.read_all("intake/")
    return [job for body in bodies for job in Receipt.decode(body).jobs]


def _record(job: Job) -> Record:
    found = records.find(job)
    assert found
    assert naming.folder(job) == found.folder
    return found


def test_a_call_that_was_reserved_by_an_early_version_is_settled_without_harm(
    quiet: Cloud, later: Callable[..., None]
) -> None:
    later(lambda kept: kept)
    before = shards.spent("2026-11-29")
    name = next(kept.name for kept in OBJECTS if kept.name.startswith("spend/"))

    budget.settle_at(f"{name}#unknown", 1.0)

    assert shards.spent("2026-11-29") == pytest.approx(before)
