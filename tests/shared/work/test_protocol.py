"""Pay once, derive the rest, commit last: any number of deliveries ends in one record."""

import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
import requests

from local.gemini import Question, Reply, replies
from shared import naming
from shared.border.storage import RESULTS, STATE
from shared.jobs import queue, unfinished
from shared.model import Job
from testbed.cloud import Cloud, pushed, until
from tests.jobs import SCHEMA, THING, leave_the_lease_held, ledger, state_bucket, the_job
from tests.photos import jpeg

OTHER = {"box_2d": [600, 600, 900, 900], "label": "other"}


def test_five_deliveries_three_at_once_ask_once_and_end_in_one_record(quiet: Cloud) -> None:
    gate = threading.Barrier(3)
    quiet.script(replies.says(json.dumps([THING]), delay=0.3))
    job = the_job(quiet.upload("a.jpg", jpeg()))

    def deliver(_: int) -> int:
        gate.wait()
        return quiet.deliver(job).status_code

    with ThreadPoolExecutor(3) as pool:
        at_once = sorted(pool.map(deliver, range(3)))
    later = [quiet.deliver(job).status_code for _ in range(2)]

    assert at_once == [200, 429, 429]
    assert later == [200, 200]
    assert len(quiet.model.questions) == 1
    assert len(quiet.records(job.images[0])) == 1
    assert len(ledger(quiet, job)) == 1
    assert {told["attributes"]["ce-id"] for told in until(quiet.announced)} == {job.key}


def test_a_delivery_long_after_the_results_expired_pays_nothing(quiet: Cloud) -> None:
    quiet.script(replies.boxes([THING]))
    job = the_job(quiet.upload("a.jpg", jpeg()))
    quiet.deliver(job)
    before = quiet.record_of(job)["findings"]
    STATE.delete(naming.lease(job.key))  # as a sweep does, once the job has ended
    STATE.delete(naming.announced(job.key))
    RESULTS.delete(naming.folder(job) + "result.json")

    codes = [quiet.deliver(job).status_code for _ in range(2)]

    assert codes == [429, 200]  # the first one learns that an earlier delivery asked
    assert len(quiet.model.questions) == 1
    assert quiet.record_of(job)["findings"] == before


@pytest.mark.queue
def test_a_job_queued_five_times_is_paid_once(quiet: Cloud) -> None:
    quiet.script(replies.boxes([THING]))
    job = the_job(quiet.upload("a.jpg", jpeg()))

    queue.put([job] * 5)

    assert quiet.record_of(job)["usage"]["paid_calls"] == 1
    assert len(quiet.model.questions) == 1


@pytest.mark.queue
@pytest.mark.parametrize(
    ("trouble", "unpaid"),
    [
        pytest.param(replies.too_many_requests(1.0), True, id="429 with RetryInfo"),
        pytest.param(replies.too_many_requests(None), True, id="429 without"),
        pytest.param(replies.overloaded(), True, id="503"),
        pytest.param(replies.broken_gateway(), True, id="500 in HTML"),
        pytest.param(replies.bad_request(), True, id="400"),
        pytest.param(replies.connection_reset(), False, id="reset"),
        pytest.param(replies.stalled(), False, id="time-out"),
    ],
)
def test_a_call_that_fails_is_delivered_again_and_done(
    darkroom: Cloud, monkeypatch: pytest.MonkeyPatch, trouble: Reply, unpaid: bool
) -> None:
    monkeypatch.setenv("MODEL_TIMEOUT_SECONDS", "1")
    darkroom.script(trouble, replies.boxes([THING]))

    ref = darkroom.upload("a.jpg", jpeg())
    record = darkroom.record(ref)

    assert record["status"] == "done"
    assert len(darkroom.model.questions) == 2
    first, _ = ledger(darkroom, the_job(ref))
    assert (first["unpaid"] is not None) == unpaid
    assert record["usage"]["paid_calls"] == (1 if unpaid else 2)


def test_retry_info_is_heeded_by_every_job(quiet: Cloud) -> None:
    quiet.script(replies.too_many_requests(6.0), otherwise=lambda _: replies.boxes([]))
    first, second = (
        the_job(quiet.upload(name, jpeg() + name.encode())) for name in ("a.jpg", "b.jpg")
    )

    start = time.time()
    assert quiet.deliver(first).status_code == 429
    assert quiet.deliver(second).status_code == 429
    asked = len(quiet.model.questions)
    until(lambda: quiet.deliver(second).status_code == 200, pause=0.1)

    assert asked == 1
    assert time.time() - start >= 6.0


def test_a_429_without_a_time_is_waited_for_by_every_job_twice_as_long_each_time(
    quiet: Cloud,
) -> None:
    quiet.script(otherwise=lambda _: replies.too_many_requests(None))
    first, second = (
        the_job(quiet.upload(name, jpeg() + name.encode())) for name in ("a.jpg", "b.jpg")
    )

    codes = [quiet.deliver(job).status_code for job in (first, second, first)]
    assert (codes, len(quiet.model.questions)) == ([429] * 3, 1)
    waits = [the_limit(quiet)["wait"]]
    for _ in range(8):
        over = {**the_limit(quiet), "until": time.time()}
        quiet.client.bucket(state_bucket()).blob(LIMIT).upload_from_string(json.dumps(over))
        quiet.deliver(second)
        waits.append(the_limit(quiet)["wait"])

    assert waits == [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 300.0, 300.0, 300.0]


LIMIT = "throttle/scripted-model.json"


def the_limit(quiet: Cloud) -> dict[str, Any]:
    kept = quiet.state(LIMIT)
    assert kept
    found: dict[str, Any] = json.loads(kept)
    return found


def test_a_success_begins_the_patience_anew(quiet: Cloud) -> None:
    quiet.script(replies.too_many_requests(None), otherwise=lambda _: replies.boxes([]))
    job = the_job(quiet.upload("a.jpg", jpeg()))
    quiet.deliver(job)
    end_the_limit(quiet)

    assert quiet.deliver(job).status_code == 200

    assert the_limit(quiet)["wait"] == 0


def test_a_young_job_gives_way_to_older_ones_while_calls_are_refused(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    old, young = (
        the_job(quiet.upload(name, jpeg() + name.encode())) for name in ("a.jpg", "b.jpg")
    )
    now = time.time()
    limit = {"until": now - 1, "why": "busy", "written": now, "bar": now - 3600}
    quiet.client.bucket(state_bucket()).blob(LIMIT).upload_from_string(json.dumps(limit))

    codes = [
        quiet.deliver(job, queued=now - age).status_code for job, age in ((young, 60), (old, 7200))
    ]

    assert codes == [429, 200]


def test_a_job_whose_turn_comes_before_its_message_would_is_queued_anew(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.boxes([]))
    job = the_job(quiet.upload("a.jpg", jpeg()))
    now = time.time()
    limit = {"until": now + 2, "why": "busy", "wait": 5.0, "written": now, "bar": now - 300}
    quiet.client.bucket(state_bucket()).blob(LIMIT).upload_from_string(json.dumps(limit))

    # The message is months old: turned back, it would come again in ten minutes.
    assert quiet.deliver(job, queued=now - 120).status_code == 200

    end_the_limit(quiet)
    assert quiet.record_of(job)["status"] == "done"
    assert len(quiet.model.questions) == 1


def test_a_quota_of_the_day_is_not_hammered(quiet: Cloud) -> None:
    quiet.script(otherwise=lambda _: replies.too_many_requests(1.0, per_day=True))
    jobs = [the_job(quiet.upload(f"{number}.jpg", jpeg() + b"%d" % number)) for number in range(3)]

    codes = [quiet.deliver(job).status_code for job in jobs for _ in range(3)]

    assert codes == [429] * 9
    assert len(quiet.model.questions) == 1


@pytest.mark.parametrize(
    "refusal", [replies.blocked("SAFETY"), replies.unsafe()], ids=["prompt", "answer"]
)
def test_a_refusal_is_recorded_and_not_asked_again(quiet: Cloud, refusal: Reply) -> None:
    quiet.script(refusal)
    job = the_job(quiet.upload("a.jpg", jpeg()))

    codes = [quiet.deliver(job).status_code for _ in range(2)]

    record = quiet.record_of(job)
    jsonschema.validate(record, SCHEMA)
    assert codes == [200, 200]
    assert (record["status"], record["reason"]["code"]) == ("failed", "refused")
    assert record["usage"]["paid_calls"] == 1
    assert len(quiet.model.questions) == 1


def test_an_answer_cut_off_is_asked_for_again(quiet: Cloud) -> None:
    cut = json.dumps([THING, OTHER])[:-9]
    quiet.script(replies.cut_off(cut), replies.boxes([THING, OTHER]))
    job = the_job(quiet.upload("a.jpg", jpeg()))

    quiet.deliver(job)

    record = quiet.record_of(job)
    assert record["status"] == "done"
    assert record["findings"]["complete"]
    assert len(record["findings"]["objects"]) == 2
    assert record["usage"]["paid_calls"] == 2


def test_of_answers_that_are_all_cut_off_the_fullest_counts_and_says_so(quiet: Cloud) -> None:
    whole = json.dumps([THING, OTHER])
    quiet.script(
        replies.cut_off(whole[:20]), replies.cut_off(whole[:-9]), replies.cut_off(whole[:30])
    )
    job = the_job(quiet.upload("a.jpg", jpeg()))

    quiet.deliver(job)

    record = quiet.record_of(job)
    jsonschema.validate(record, SCHEMA)
    assert record["status"] == "done"
    assert not record["findings"]["complete"]
    assert [found["label"] for found in record["findings"]["objects"]] == ["thing"]
    assert record["problems"]
    assert record["usage"]["paid_calls"] == 3


def test_an_answer_of_no_use_is_asked_for_in_other_words_with_more_room(quiet: Cloud) -> None:
    quiet.script(
        replies.says("There is a thing, somewhere."),
        replies.cut_off_while_thinking(),
        replies.boxes([THING]),
    )

    quiet.deliver(the_job(quiet.upload("a.jpg", jpeg())))

    first, second, third = quiet.model.questions
    assert second.prompt.startswith(first.prompt)
    assert "There is no JSON in the model's answer. Answer again" in second.prompt
    assert "was cut off before its end" in third.prompt
    lengths = [asked.config["maxOutputTokens"] for asked in quiet.model.questions]
    assert lengths == [8192, 8192, 16384]


def test_the_next_delivery_asks_the_same_other_words(quiet: Cloud) -> None:
    quiet.script(
        replies.says("A thing."),
        replies.overloaded(),
        otherwise=lambda _: replies.boxes([THING]),
    )
    job = the_job(quiet.upload("a.jpg", jpeg()))

    codes = [quiet.deliver(job).status_code for _ in range(2)]

    _, before, after = quiet.model.questions
    assert (codes, before.prompt) == ([429, 200], after.prompt)
    assert quiet.record_of(job)["usage"]["paid_calls"] == 2


def test_an_answer_that_repeats_itself_to_the_end_is_not_bought_twice(quiet: Cloud) -> None:
    quiet.script(replies.cut_off(json.dumps([THING, OTHER, *[THING] * 200])[:-9]))
    job = the_job(quiet.upload("a.jpg", jpeg()))

    quiet.deliver(job)

    record = quiet.record_of(job)
    assert [len(record["findings"]["objects"]), record["usage"]["paid_calls"]] == [2, 1]
    assert not record["findings"]["complete"]


@pytest.mark.parametrize(
    "declined", [replies.blocked("OTHER"), replies.says("", finish_reason="OTHER")]
)
def test_a_model_that_declines_each_time_without_a_reason_has_refused(
    quiet: Cloud, declined: Reply
) -> None:
    quiet.script(otherwise=lambda _: declined)
    job = the_job(quiet.upload("a.jpg", jpeg()))

    quiet.deliver(job)

    record = quiet.record_of(job)
    assert (record["status"], record["reason"]["code"]) == ("failed", "refused")
    assert "OTHER" in record["reason"]["sentence"]
    assert record["usage"]["paid_calls"] == len(quiet.model.questions)


def test_a_model_that_declines_once_without_a_reason_is_asked_again(quiet: Cloud) -> None:
    quiet.script(replies.blocked("OTHER"), replies.boxes([THING]))
    job = the_job(quiet.upload("a.jpg", jpeg()))

    quiet.deliver(job)

    assert quiet.record_of(job)["status"] == "done"


@pytest.mark.parametrize("finish", ["MAX_TOKENS", "NEWS_TO_US", "OTHER"])
def test_a_list_that_was_closed_is_whole_however_the_answer_ended(
    quiet: Cloud, finish: str
) -> None:
    quiet.script(replies.says(json.dumps([THING]), finish_reason=finish))
    job = the_job(quiet.upload("a.jpg", jpeg()))

    quiet.deliver(job)

    record = quiet.record_of(job)
    assert [record["findings"]["complete"], record["usage"]["paid_calls"]] == [True, 1]


@pytest.mark.parametrize(
    "answer",
    [
        replies.says("There is a thing, somewhere."),
        replies.empty(),
        replies.cut_off_while_thinking(),
        replies.cut_off('[{"box_2d": [1'),
    ],
    ids=["prose", "no candidates", "thoughts only", "nothing whole"],
)
def test_an_answer_never_readable_fails_with_all_answers_kept(quiet: Cloud, answer: Reply) -> None:
    quiet.script(answer, answer, answer)
    job = the_job(quiet.upload("a.jpg", jpeg()))

    quiet.deliver(job)

    record = quiet.record_of(job)
    jsonschema.validate(record, SCHEMA)
    assert (record["status"], record["reason"]["code"]) == ("failed", "unreadable_answer")
    assert record["findings"] is None
    assert re.search(r"[^.]\.$", record["reason"]["sentence"])
    assert len(quiet.model.questions) == 3
    assert all(quiet.state(naming.state(job, f"answer-{turn}.json")) for turn in range(3))


def test_a_job_that_kills_its_process_each_time_is_given_up(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEASE_SECONDS", "0.3")
    monkeypatch.setenv("MODEL_TIMEOUT_SECONDS", "0.2")
    quiet.script(otherwise=lambda _: replies.overloaded())
    job = the_job(quiet.upload("a.jpg", jpeg()))

    for death in range(1, 6):
        until(lambda death=death: quiet.deliver(job).text and len(quiet.model.questions) == death)
        leave_the_lease_held(quiet, job)
    until(lambda: quiet.deliver(job).status_code == 200)

    record = quiet.record_of(job)
    jsonschema.validate(record, SCHEMA)
    assert (record["status"], record["reason"]["code"]) == ("failed", "attempts_exhausted")
    assert len(quiet.model.questions) == 5


def test_any_number_of_rate_limits_ends_nothing(quiet: Cloud) -> None:
    quiet.script(*[replies.too_many_requests(None)] * 20, replies.boxes([]))
    job = the_job(quiet.upload("a.jpg", jpeg()))

    codes = [codes_once_the_limit_is_over(quiet, job) for _ in range(21)]

    assert codes == [429] * 20 + [200]
    assert quiet.record_of(job)["usage"]["paid_calls"] == 1


def codes_once_the_limit_is_over(quiet: Cloud, job: Job) -> int:
    end_the_limit(quiet)
    return quiet.deliver(job).status_code


def end_the_limit(quiet: Cloud) -> None:
    """As if its time had passed."""
    state = quiet.client.bucket(state_bucket())
    for name in [blob.name for blob in quiet.client.list_blobs(state, prefix="throttle/")]:
        limit = json.loads(state.blob(name).download_as_bytes())
        state.blob(name).upload_from_string(json.dumps({**limit, "until": 0.0}))


def test_another_workers_job_is_dropped(quiet: Cloud) -> None:
    job = the_job(quiet.upload("a.jpg", jpeg()))

    answer = quiet.deliver(Job(job.images, "no_such_task", job.request))

    assert answer.status_code == 400


@pytest.mark.queue
def test_a_dead_letter_becomes_a_failed_record_once(quiet: Cloud) -> None:
    job = the_job(quiet.upload("a.jpg", jpeg()))

    codes = [quiet.deliver(job, "dead_letter").status_code for _ in range(2)]

    record = quiet.record_of(job)
    jsonschema.validate(record, SCHEMA)
    assert codes == [204, 204]
    assert (record["status"], record["reason"]["code"]) == ("failed", "dead_lettered")
    assert len(until(quiet.announced)) == 1


def test_a_dead_letter_of_a_finished_job_changes_nothing(quiet: Cloud) -> None:
    quiet.script(replies.boxes([THING]))
    job = the_job(quiet.upload("a.jpg", jpeg()))
    quiet.deliver(job)

    quiet.deliver(job, "dead_letter")

    assert quiet.record_of(job)["status"] == "done"


@pytest.mark.slow
def test_a_dead_letter_that_only_waits_for_a_quota_is_queued_again(quiet: Cloud) -> None:
    quiet.script(replies.too_many_requests(6.0), otherwise=lambda _: replies.boxes([THING]))
    job = the_job(quiet.upload("a.jpg", jpeg()))
    quiet.deliver(job)

    quiet.deliver(job, "dead_letter")

    assert quiet.record_of(job)["status"] == "done"


@pytest.mark.parametrize("budget", ["0", "1000"])
def test_a_dead_letter_waits_for_money_only_while_there_is_none(
    quiet: Cloud, monkeypatch: pytest.MonkeyPatch, budget: str
) -> None:
    monkeypatch.setenv("DAILY_BUDGET_USD", budget)
    job = the_job(quiet.upload("a.jpg", jpeg()))

    quiet.deliver(job, "dead_letter")

    if budget == "0":
        (waiting,) = unfinished.listing().jobs
        assert waiting.cause
        assert waiting.cause.kind == "budget"
        monkeypatch.delenv("DAILY_BUDGET_USD")
        quiet.script(replies.boxes([THING]))
        quiet.deliver(job, "dead_letter")  # nothing but money was missing: it is queued again
    end = quiet.record_of(job)
    assert (end["status"], len(quiet.model.questions)) == (
        ("done", 1) if budget == "0" else ("failed", 0)
    )


def test_an_answer_to_a_photo_that_was_not_seen_is_asked_for_again(quiet: Cloud) -> None:
    text = {"modality": "TEXT", "tokenCount": 40}
    blind = {"promptTokenCount": 40, "promptTokensDetails": [text]}
    quiet.script(replace(replies.boxes([OTHER]), usage=blind), replies.boxes([THING]))
    job = the_job(quiet.upload("a.jpg", jpeg()))

    quiet.deliver(job)

    (found,) = quiet.record_of(job)["findings"]["objects"]
    assert found["label"] == "thing"
    assert len(quiet.model.questions) == 2


def test_a_dead_letter_that_lacks_what_a_job_needs_is_recorded_all_the_same(quiet: Cloud) -> None:
    whole = the_job(quiet.upload("a.jpg", jpeg()))
    odd = Job(whole.images, whole.task, {})

    assert quiet.deliver(odd, "dead_letter").status_code == 204

    assert quiet.record_of(odd)["reason"]["code"] == "dead_lettered"


@pytest.mark.queue
@pytest.mark.parametrize("asked", [True, False], ids=["turned down", "never asked"])
def test_a_job_that_only_ever_waited_is_queued_again_and_asked_in_the_end(
    quiet: Cloud, asked: bool
) -> None:
    refusal = replies.too_many_requests(600.0)
    quiet.script(refusal, otherwise=lambda _: replies.boxes([THING]))
    job, other = (
        the_job(quiet.upload(name, jpeg() + name.encode())) for name in ("a.jpg", "b.jpg")
    )
    quiet.deliver(job if asked else other)
    quiet.deliver(job)
    end_the_limit(quiet)  # nothing holds it back now, and yet it did nothing but wait

    code = quiet.deliver(job, "dead_letter").status_code

    record = quiet.record_of(job)
    assert code == 204
    assert (record["status"], record["usage"]["paid_calls"]) == ("done", 1)


def test_a_dead_letter_of_a_job_that_a_worker_has_waits_for_it(quiet: Cloud) -> None:
    asked = threading.Event()

    def answer(_: Question) -> Reply:
        asked.set()
        return replies.says(json.dumps([THING]), delay=1.0)

    quiet.script(otherwise=answer)
    job = the_job(quiet.upload("a.jpg", jpeg()))

    with ThreadPoolExecutor(1) as pool:
        worker = pool.submit(quiet.deliver, job)
        assert asked.wait(60)
        meanwhile = quiet.deliver(job, "dead_letter").status_code
        done = worker.result().status_code
    afterwards = quiet.deliver(job, "dead_letter").status_code

    assert (meanwhile, done, afterwards) == (429, 200, 204)
    assert quiet.record_of(job)["status"] == "done"


def test_a_job_that_may_have_been_paid_for_does_not_wait_for_ever(quiet: Cloud) -> None:
    quiet.script(replies.too_many_requests(0.001), replies.connection_reset())
    job = the_job(quiet.upload("a.jpg", jpeg()))
    quiet.deliver(job)
    end_the_limit(quiet)
    quiet.deliver(job)

    quiet.deliver(job, "dead_letter")

    assert quiet.record_of(job)["reason"]["code"] == "dead_lettered"


def test_a_dead_letter_that_is_no_job_is_kept(quiet: Cloud) -> None:
    answer = requests.post(
        quiet.functions.address("dead_letter"), json=pushed(b"no job"), timeout=180
    )

    kept = [blob.name for blob in quiet.client.list_blobs(state_bucket(), prefix="poison/")]
    assert answer.status_code == 204
    assert len(kept) == 1
    assert json.loads(quiet.state(kept[0])) == pushed(b"no job")


def test_a_question_is_asked_of_the_model_the_job_names(quiet: Cloud) -> None:
    asked: list[str] = []

    def answer(question: Question) -> Reply:
        asked.append(question.model)
        return replies.boxes([])

    quiet.script(otherwise=answer)
    job = the_job(quiet.upload("a.jpg", jpeg()))

    quiet.deliver(Job(job.images, "detect", {**job.request, "model": "gemini-3.8-flash"}))

    assert asked == ["gemini-3.8-flash"]
