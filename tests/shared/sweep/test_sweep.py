"""The sweep finds whatever was lost, and it is paid once."""

import math
import os
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
import requests
from google.api_core.exceptions import NotFound

from local.gemini import replies
from shared import naming, sweep
from shared.border import uploads
from shared.border.storage import STATE
from shared.errors import Busy
from shared.intake import dispatch
from shared.jobs import index, lease, records
from shared.jobs.queue import Queued
from shared.model import ImageRef, Job, Result, Verdict
from shared.sweep import leases, rounds
from shared.work import protocol
from testbed.cloud import Cloud, until
from testbed.proxy import FaultProxy
from tests.jobs import THING, leave_the_lease_held, ledger, result, state_bucket, the_job
from tests.photos import jpeg
from tests.shared.intake.ingesting import uploaded
from tests.shared.sweep.sweeping import HOUR, clients_by, losing_messages


@pytest.fixture
def quiet(quiet: Cloud) -> Cloud:
    """A quiet cloud whose model finds a thing."""
    quiet.script(otherwise=lambda _: replies.boxes([THING]))
    return quiet


def take_in(ref: ImageRef) -> Job:
    """Take an upload in, as ingest does when the event comes."""
    dispatch.take(uploads.describe(ref))
    return the_job(ref)


def die_before_the_announcement(job: Job) -> None:
    records.commit(result(job))


def die_at_work(cloud: Cloud, job: Job) -> None:
    """Fail as a worker whose lease then runs out and whose message is lost, too."""
    cloud.script(replies.overloaded(), otherwise=lambda _: replies.boxes([THING]))
    cloud.deliver(job)
    leave_the_lease_held(cloud, job)


def open_leases(cloud: Cloud) -> list[str]:
    return [blob.name for blob in cloud.client.list_blobs(state_bucket(), prefix=naming.LEASES)]


def announced(cloud: Cloud, number: int) -> Counter[str]:
    """How often each of so many jobs was announced."""
    keys: Counter[str] = Counter()

    def all_announced() -> bool:
        keys.update(each["attributes"]["ce-id"] for each in cloud.announced())
        return len(keys) >= number

    until(all_announced)
    return keys


@pytest.mark.slow
@pytest.mark.queue
def test_one_sweep_mends_lost_events_and_lost_messages_and_pays_each_once(quiet: Cloud) -> None:
    refs = [quiet.upload(f"{number:02}.jpg", jpeg() + b"%d" % number) for number in range(30)]
    with losing_messages(quiet):
        for ref in refs[20:]:
            take_in(ref)

    swept = sweep.run(older_than=0, younger_than=HOUR)

    assert swept == sweep.Swept(seen=30, put_again=30, jobs_put=30)
    records = [quiet.record(ref) for ref in refs]
    assert {(each["status"], each["usage"]["paid_calls"]) for each in records} == {("done", 1)}
    assert len(quiet.model.questions) == 30
    assert sum(len(ledger(quiet, the_job(ref))) for ref in refs) == 30
    assert announced(quiet, 30) == {the_job(ref).key: 1 for ref in refs}
    again = sweep.run(older_than=0, younger_than=HOUR)
    assert again == sweep.Swept(leases_cleared=30)
    assert open_leases(quiet) == []


def test_what_ended_well_is_swept_clean_and_then_let_be(quiet: Cloud) -> None:
    quiet.deliver(the_job(quiet.upload("a.jpg", jpeg())))
    take_in(quiet.upload("note.txt", b"not a photo"))

    first, second = (sweep.run(older_than=0, younger_than=HOUR) for _ in range(2))

    assert first == sweep.Swept(seen=2, leases_cleared=2)
    assert second == sweep.Swept()
    assert open_leases(quiet) == []
    assert max(announced(quiet, 2).values()) == 1


def test_an_upload_that_is_no_photo_is_rejected_by_the_sweep(quiet: Cloud) -> None:
    ref = quiet.upload("note.txt", b"not a photo")

    sweep.run(older_than=0)

    assert quiet.record(ref)["reason"]["code"] == "unsupported_type"
    assert quiet.model.questions == ()


def test_young_uploads_and_leases_are_left_alone(quiet: Cloud) -> None:
    quiet.upload("young.jpg", jpeg())
    quiet.deliver(the_job(quiet.upload("done.jpg", jpeg())))

    assert sweep.run(older_than=60) == sweep.Swept()
    assert len(open_leases(quiet)) == 1


def test_uploads_older_than_the_window_are_left_alone(quiet: Cloud) -> None:
    quiet.upload("old.jpg", jpeg())

    assert sweep.run(older_than=0, younger_than=0) == sweep.Swept()


@pytest.mark.parametrize("span", [HOUR, math.inf], ids=["recent", "all"])
def test_what_lay_in_the_bucket_before_it_was_ours_is_not_asked(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch, span: float
) -> None:
    quiet.upload("archive/old.jpg", jpeg())
    ours = quiet.upload("new.jpg", jpeg())
    monkeypatch.setenv("UPLOADS_SINCE", iso(uploads.describe(ours).created))

    swept = sweep.run(older_than=0, younger_than=span)

    assert swept == sweep.Swept(seen=2, put_again=1, jobs_put=1)
    assert quiet.record(ours)["status"] == "done"
    assert len(quiet.model.questions) == 1


def test_an_old_upload_that_was_taken_in_is_swept_as_any_other(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ref = quiet.upload("archive/asked.jpg", jpeg())
    with losing_messages(quiet):
        take_in(ref)
    monkeypatch.setenv("UPLOADS_SINCE", "2999-01-01T00:00:00Z")

    assert sweep.run(older_than=0, younger_than=HOUR).jobs_put == 1
    assert quiet.record(ref)["status"] == "done"


def iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def test_a_record_never_announced_is_announced_though_its_upload_was_overwritten(
    quiet: Cloud,
) -> None:
    job = the_job(quiet.upload("a.jpg", jpeg()))
    die_before_the_announcement(job)
    other = the_job(quiet.upload("a.jpg", jpeg() + b"2"))
    quiet.deliver(other)

    swept = sweep.run(older_than=0, younger_than=HOUR)

    assert swept == sweep.Swept(seen=1, announced=1, leases_cleared=2)
    assert announced(quiet, 2) == {job.key: 1, other.key: 1}
    assert len(quiet.model.questions) == 2


def test_a_record_that_could_not_be_announced_is_not_in_the_index_and_a_sweep_announces_it(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    prefix = os.environ["TOPIC_PREFIX"]
    job = the_job(quiet.upload("a.jpg", jpeg()))
    monkeypatch.setenv("TOPIC_PREFIX", f"no-{prefix}")
    with pytest.raises(NotFound):
        protocol.run(job, Queued())
    monkeypatch.setenv("TOPIC_PREFIX", prefix)

    swept = sweep.run(older_than=0, younger_than=HOUR)

    assert swept == sweep.Swept(seen=1, announced=1, leases_cleared=1)
    assert [entry.id for entry in index.newest()] == [job.key]
    assert len(quiet.model.questions) == 1


def test_a_rejection_never_announced_is_announced_though_its_upload_was_deleted(
    quiet: Cloud,
) -> None:
    ref = quiet.upload("note.txt", b"not a photo")
    job = the_job(ref)
    lease.ensure(job)
    records.commit(Result(job, "rejected", Verdict("unsupported_type", "This is text.")))
    quiet.client.bucket(ref.bucket).blob(ref.name).delete()

    swept = sweep.run(older_than=0)

    assert swept == sweep.Swept(announced=1, leases_cleared=1)
    assert quiet.record_of(job)["status"] == "rejected"


def test_a_rejection_leaves_a_lease_before_its_record(quiet: Cloud) -> None:
    job = take_in(quiet.upload("note.txt", b"not a photo"))

    assert open_leases(quiet) == [naming.lease(job.key)]


@pytest.mark.queue
@pytest.mark.parametrize("kept", [False, True], ids=["no answer", "an answer kept"])
@pytest.mark.parametrize("photo", ["there", "overwritten", "gone"])
def test_a_job_whose_worker_died_and_whose_message_was_lost_ends_all_the_same(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch, photo: str, kept: bool
) -> None:
    monkeypatch.setenv("LEASE_SECONDS", "2.5")
    monkeypatch.setenv("MODEL_TIMEOUT_SECONDS", "2")
    job = the_job(quiet.upload("a.jpg", jpeg()))
    die_at_work(quiet, job)
    another = "a.jpg" if photo == "overwritten" else "other.jpg"
    other = the_job(quiet.upload(another, jpeg() + b"2"))
    if photo == "gone":
        (ref,) = job.images
        quiet.client.bucket(ref.bucket).blob(ref.name, generation=ref.generation).delete()
    quiet.deliver(other)
    if kept:
        answer = quiet.state(naming.state(other, "answer-0.json"))
        STATE.keep(naming.state(job, "answer-0.json"), answer)
    asked = len(quiet.model.questions)
    until(lambda: lease.seen(job).until < time.time())

    swept = sweep.run(older_than=0)

    assert swept.leases_queued == 1
    assert swept.put_again == 0
    until(lambda: quiet.state(naming.announced(job.key)))
    record = records.find(job)
    assert record
    if photo == "gone":
        assert record.reason.code == "source_gone"
    else:
        assert record.status == "done"
    assert len(quiet.model.questions) - asked == (photo != "gone" and not kept)


def test_a_lease_whose_time_is_up_counts_as_one_attempt_however_often_it_is_swept(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEASE_SECONDS", "0.3")
    monkeypatch.setenv("MODEL_TIMEOUT_SECONDS", "0.2")
    job = the_job(quiet.upload("a.jpg", jpeg()))
    die_at_work(quiet, job)
    until(lambda: lease.seen(job).until < time.time())

    with losing_messages(quiet):
        swept = [sweep.run(older_than=0).leases_queued for _ in range(3)]

    seen = lease.seen(job)
    assert swept == [1, 1, 1]
    assert (seen.attempt, seen.released) == (2, True)


def test_a_job_in_hand_keeps_its_lease_through_a_sweep(quiet: Cloud) -> None:
    job = the_job(quiet.upload("a.jpg", jpeg()))

    with losing_messages(quiet), lease.held(job) as held:
        before = lease.seen(job)
        sweep.run(older_than=0)
        assert lease.seen(job) == before
        assert held.attempt == 1


@pytest.mark.parametrize(
    ("queued", "minutes"), [(0, 15), (1, 60), (2, 240), (3, 960), (4, 1440), (40, 1440)]
)
def test_a_job_queued_by_sweeps_is_queued_again_at_growing_intervals(
    queued: int, minutes: float
) -> None:
    assert leases.backoff(900, queued) == minutes * 60


def test_an_age_limit_above_a_day_is_obeyed() -> None:
    assert leases.backoff(200_000, 3) == 200_000


def test_what_a_sweep_has_queued_is_not_queued_by_the_next_one(quiet: Cloud) -> None:
    job = the_job(quiet.upload("a.jpg", jpeg()))

    with losing_messages(quiet):
        until(lambda: sweep.run(older_than=0.7).put_again)
        until(lambda: lease.seen(job).since + 0.7 < time.time())
        again = sweep.run(older_than=0.7)

    assert again == sweep.Swept(seen=1)
    assert records.find(job) is None


@pytest.mark.slow
@pytest.mark.queue
def test_two_sweeps_at_once_pay_nothing_twice(quiet: Cloud) -> None:
    lost = [quiet.upload(f"{number}.jpg", jpeg() + b"%d" % number) for number in range(10)]
    untold = the_job(quiet.upload("untold.jpg", jpeg() + b"untold"))
    die_before_the_announcement(untold)
    quiet.deliver(the_job(quiet.upload("done.jpg", jpeg() + b"done")))

    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: sweep.run(older_than=0), range(2)))

    assert all(swept.finished for swept in both)
    assert {quiet.record(ref)["status"] for ref in lost} == {"done"}
    assert len(quiet.model.questions) == 12
    assert len(announced(quiet, 12)) == 12
    until(lambda: sweep.run(older_than=0) == sweep.Swept(seen=12))
    assert open_leases(quiet) == []


def test_a_sweep_out_of_time_is_gone_on_with_where_it_stopped(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "BATCH", 3)
    refs = [quiet.upload(f"{number}.txt", b"not a photo") for number in range(8)]

    swept = [sweep.run(older_than=0, limit=0) for _ in range(3)]
    other = sweep.run(older_than=0, younger_than=HOUR, limit=0)

    assert [each.seen for each in swept] == [3, 3, 2]
    assert [each.put_again for each in swept] == [3, 3, 2]
    assert {quiet.record(ref)["reason"]["code"] for ref in refs} == {"unsupported_type"}
    assert other.seen == 3  # a sweep of another kind begins at the beginning
    until(lambda: sweep.run(older_than=0).finished)
    assert sweep.run(older_than=0) == sweep.Swept(seen=8)


def test_a_late_worker_pays_nothing_though_the_lease_is_gone(quiet: Cloud) -> None:
    job = the_job(quiet.upload("a.jpg", jpeg()))
    assert records.find(job) is None  # here the late worker stalls, about to take the lease
    quiet.deliver(job)
    sweep.run(older_than=0)
    assert open_leases(quiet) == []

    with pytest.raises(Busy):
        result(job)

    assert len(quiet.model.questions) == 1
    assert quiet.record_of(job)["status"] == "done"
    sweep.run(older_than=0)
    assert open_leases(quiet) == []


def test_a_late_worker_pays_nothing_for_a_job_that_was_given_up(quiet: Cloud) -> None:
    job = the_job(quiet.upload("a.jpg", jpeg()))
    assert records.find(job) is None  # here the late worker stalls
    quiet.deliver(job, "dead_letter")
    sweep.run(older_than=0)

    with pytest.raises(Busy):
        result(job)

    assert quiet.model.questions == ()
    assert quiet.record_of(job)["reason"]["code"] == "dead_lettered"


def test_a_lease_taken_over_since_it_was_listed_stays(quiet: Cloud) -> None:
    job = the_job(quiet.upload("a.jpg", jpeg()))
    lease.ensure(job)
    (listed,) = STATE.listing(naming.LEASES)

    with lease.held(job):
        STATE.delete_all([listed])

        assert open_leases(quiet) == [naming.lease(job.key)]


def test_an_upload_that_was_answered_before_its_question_changed_is_not_asked_anew(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet.deliver(the_job(quiet.upload("answered.jpg", jpeg())))
    lost = quiet.upload("lost.jpg", jpeg())
    monkeypatch.setenv("MODEL", "another-model")

    swept = sweep.run(older_than=0)

    assert (swept.seen, swept.put_again) == (2, 1)
    assert quiet.record(lost)["request"]["model"] == "another-model"
    assert len(quiet.model.questions) == 2


@pytest.mark.queue
def test_a_job_file_that_asks_the_same_of_a_photo_does_not_stand_for_the_photos_own_job(
    quiet: Cloud,
) -> None:
    ref = quiet.upload("a.jpg", jpeg())
    asked = uploaded(quiet, {"task": "detect", "images": ["a.jpg"]})
    (theirs,) = dispatch.jobs(asked)
    quiet.deliver(theirs)

    swept = sweep.run(older_than=0)

    assert swept.put_again == 1
    assert until(lambda: records.find(the_job(ref))).reused_from == theirs.key
    assert len(quiet.model.questions) == 1


def test_a_lease_of_a_task_that_is_not_known_here_stops_nothing(quiet: Cloud) -> None:
    job = the_job(quiet.upload("a.jpg", jpeg()))
    lease.ensure(Job(job.images, "task_of_tomorrow", job.request))

    swept = sweep.run(older_than=0)

    assert (swept.put_again, swept.leases_queued, swept.finished) == (1, 0, True)


def test_a_sweep_over_a_recent_upload_that_ended_asks_nothing_about_it(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        take_in(quiet.upload(f"{number}.txt", b"not a photo"))
    sweep.run(older_than=0, younger_than=HOUR)

    with FaultProxy(quiet.servers.storage.url) as proxy:
        with clients_by(proxy.url, monkeypatch):
            swept = sweep.run(older_than=0, younger_than=HOUR)

        assert swept == sweep.Swept()
        assert [
            met.path for met in proxy.log if "/o/" in met.path and "/o/sweep%2F" not in met.path
        ] == []
        assert sum(met.method != "GET" for met in proxy.log) == 1  # how far it came


def test_the_function_sweeps_and_says_what_it_did(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    quiet.upload("note.txt", b"not a photo")
    address = quiet.functions.address("sweep")

    with monkeypatch.context() as here:
        here.setenv("SWEEP_OLDER_THAN_SECONDS", "0")
        here.setenv("SWEEP_WINDOW_DAYS", "0")
        old = requests.post(address, timeout=180).json()
    young = requests.post(address, timeout=180).json()
    monkeypatch.setenv("SWEEP_OLDER_THAN_SECONDS", "0")
    everything = requests.post(address, params={"all": "1"}, timeout=180).json()

    nothing = asdict(sweep.Swept())
    assert young == old == nothing
    assert everything == {**nothing, "seen": 1, "put_again": 1, "jobs_put": 1}
