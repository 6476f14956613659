"""`darkroom redrive`: queue failed jobs again, once, after showing the price."""

import json
import os
import re
from dataclasses import replace

import jsonschema
import pytest
from google.cloud import pubsub_v1
from typer.testing import CliRunner, Result

from cli.app import app
from local import declaration
from local.gemini import replies
from shared import naming, sweep
from shared.border.storage import STATE
from shared.errors import Failed
from shared.intake import recipes
from shared.jobs import announcements, records, verdicts
from shared.jobs.record import Record
from shared.model import Job, Usage, Verdict
from shared.model import Result as Ended
from testbed.cloud import Cloud, until
from tests.documents import read_back
from tests.jobs import SCHEMA
from tests.photos import jpeg

WHY = Failed("dead_lettered", "The queue gave it up.")
THING = {"box_2d": [100, 100, 500, 500], "label": "a shoe"}


@pytest.fixture
def cloud(darkroom: Cloud, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """A cloud whose uploads set nothing off; queued jobs are worked on."""
    monkeypatch.setenv("MODEL", "gemini-3.5-flash")  # has one price, whatever the day
    darkroom.trigger.close()
    return darkroom


def run(*arguments: object, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["redrive", *map(str, arguments)], input=typed)


def told(ended: Result) -> list[str]:
    """The lines; a version in them is V."""
    return re.sub(r"\b\d{16}\b", "V", ended.stdout).splitlines()


def dead(cloud: Cloud, name: str = "a.jpg") -> Job:
    """A job that the queue gave up."""
    (job,) = recipes.jobs(cloud.upload(name, jpeg() + name.encode()))
    verdicts.give_up(job, WHY)
    return job


def following(job: Job, number: int = 1) -> Job:
    return Job(job.images, job.task, {**job.request, "redrive": number})


def record(job: Job) -> dict:
    return until(lambda: read_back(records.find(job)))


def test_a_failed_job_is_asked_again_as_a_new_one_and_its_record_stays(cloud: Cloud) -> None:
    job = dead(cloud)
    before = records.find(job)
    cloud.script(replies.boxes([THING]))

    ended = run("a.jpg", "--yes")

    assert ended.exit_code == 0, ended.output
    assert told(ended) == [
        "a.jpg#V detect: dead_lettered",
        "One job: likely cost $0.0063, at most $0.5216.",
        "Queued one job.",
    ]
    again = record(following(job))
    jsonschema.validate(again, SCHEMA)
    assert (again["status"], again["request"]["redrive"]) == ("done", 1)
    assert records.find(job) == before


def test_repeated_it_queues_nothing_twice(cloud: Cloud) -> None:
    job = dead(cloud)
    cloud.script(replies.too_many_requests(600))
    run("--yes")
    until(lambda: len(cloud.model.questions))

    ended = run("--yes")

    assert ended.exit_code == 0
    first, last = told(ended)
    assert re.fullmatch(r"a\.jpg#V detect: round 1 was already queued at \d\d:\d\d", first)
    assert last == "There is nothing to queue."
    assert records.find(following(job)) is None


def test_only_the_newest_round_is_driven_again(cloud: Cloud) -> None:
    job = dead(cloud)
    cloud.script(*[replies.says("no JSON")] * 3)
    run("--yes")
    cloud.record_of(job)
    until(lambda: STATE.exists(naming.announced(following(job).key)))
    cloud.script(replies.boxes([THING]))

    ended = run("--yes")

    assert told(ended)[0] == "a.jpg#V detect: unreadable_answer"
    assert told(ended)[-1] == "Queued one job."
    assert record(following(job, 2))["status"] == "done"
    assert told(run("--yes")) == ["There is nothing to queue."]


def test_nobody_at_the_terminal_means_no(cloud: Cloud) -> None:
    dead(cloud)

    assert [run().exit_code, run(typed="n\n").exit_code] == [3, 3]
    assert run("--dry-run").exit_code == 0
    assert run(typed="y\n").stdout.endswith("Queued one job.\n")


def test_what_the_model_refused_is_left_alone_unless_asked_for(cloud: Cloud) -> None:
    (job,) = recipes.jobs(cloud.upload("a.jpg", jpeg()))
    cloud.script(replies.blocked())
    cloud.deliver(job)

    assert told(run("--dry-run")) == ["There is nothing to queue."]
    assert told(run("--dry-run", "--reason", "refused"))[0] == "a.jpg#V detect: refused"


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        pytest.param(["in/1.jpg"], ["in/1.jpg"], id="a name"),
        pytest.param(["--prefix", "in/"], ["in/1.jpg", "in/2.jpg"], id="a prefix"),
        pytest.param(["--limit", "1"], ["in/1.jpg"], id="a limit, the oldest first"),
        pytest.param(["--max-cost", "1.2"], ["in/1.jpg", "in/2.jpg"], id="a sum"),
        pytest.param(["--max-cost", "0.01"], [], id="too small a sum"),
        pytest.param(["--reason", "unreadable_answer"], [], id="another reason"),
        pytest.param(["--since", "2100-01-01"], [], id="a later time"),
        pytest.param(["--since", "2026-01-01"], ["in/1.jpg", "in/2.jpg", "out.jpg"], id="a time"),
        pytest.param(["--status", "rejected"], [], id="another status"),
        pytest.param(["--status", "rejected", "--reason", "empty"], [], id="a reason of that"),
    ],
)
def test_it_takes_what_is_meant(cloud: Cloud, arguments: list[str], names: list[str]) -> None:
    for name in ("in/1.jpg", "in/2.jpg", "out.jpg"):
        dead(cloud, name)

    lines = told(run("--dry-run", *arguments))

    assert [line.partition("#")[0] for line in lines[:-1]] == names
    left = 3 - len(names) if {"--limit", "--max-cost"} & {*arguments} else 0
    assert lines[-1].endswith(f" Left out: {left} jobs." if left > 1 else ".")


def test_a_job_that_no_worker_could_do_is_named_and_ends_with_one(cloud: Cloud) -> None:
    ref = cloud.upload("a.jpg", jpeg())
    for task, request in (("smell", {"model": "m"}), ("detect", {"model": "m"})):
        verdicts.give_up(Job((ref,), task, {**request, "prompt_version": ""}), WHY)

    ended = run("--yes")

    assert ended.exit_code == 1
    assert sorted(
        line.partition("cannot be queued, ")[2][:40] for line in ended.stderr.splitlines()
    ) == [
        "its request is an older one, without fal",
        "there is no task 'smell'; there are: ans",
    ]


def test_a_message_that_cannot_be_read_is_counted_and_left(cloud: Cloud) -> None:
    STATE.keep("poison/abc", b"no job")

    ended = run("--yes")

    assert ended.exit_code == 0
    assert told(ended) == [
        "One message in poison/ of the state bucket cannot be read as a job.",
        "There is nothing to queue.",
    ]


def test_the_price_follows_from_what_others_did_cost(cloud: Cloud) -> None:
    for number, cost in enumerate((0.01, 0.03)):
        paid(cloud, f"{number}.jpg", Usage("gemini-3.5-flash-001", cost_usd=cost))
    paid(cloud, "other.jpg", Usage("gemini-3.8-flash", cost_usd=9.0))
    dead(cloud)

    assert told(run("--dry-run"))[-1].startswith("One job: likely cost $0.0200, at most ")


def paid(cloud: Cloud, name: str, usage: Usage) -> None:
    """An entry in the index of a job that cost this much."""
    (job,) = recipes.jobs(cloud.upload(name, jpeg() + name.encode()))
    found = record_of(job, usage)
    announcements.announce(found)


def record_of(job: Job, usage: Usage) -> Record:
    done = records.commit(Ended(job, "failed", Verdict("refused", "Not really."))).record
    return replace(done, status="done", reason=None, usage=usage)


def test_without_a_price_the_sum_is_unknown_and_no_limit_admits_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL", "scripted-model")
    dead(cloud)

    assert told(run("--dry-run"))[-1] == (
        "One job: likely cost an unknown sum, at most an unknown sum."
    )
    assert told(run("--dry-run", "--max-cost", 5)) == [
        "There is nothing to queue. Left out: one job."
    ]


def test_a_redriven_job_whose_message_is_lost_is_found_by_the_sweep(cloud: Cloud) -> None:
    job = dead(cloud)
    cloud.script(replies.boxes([THING]))
    name = declaration.subscriptions()["detect"]
    with pubsub_v1.SubscriberClient() as client:  # nobody hears of what is queued meanwhile
        kept = client.get_subscription(subscription=name)
        client.delete_subscription(subscription=name)
        run("--yes")
        client.create_subscription(request=kept)

    sweep.run(older_than=0)

    assert record(following(job))["status"] == "done"


def test_explain_tells_every_round(cloud: Cloud) -> None:
    dead(cloud)
    cloud.script(replies.too_many_requests(600))
    run("--yes")
    until(lambda: len(cloud.model.questions))

    ended = CliRunner().invoke(app, ["explain", "a.jpg"])

    assert re.search(
        r"detect failed at \d\d:\d\d \(dead_lettered\): .* Another round was queued at \d\d:\d\d\. "
        r"Round 1 waits\. ",
        ended.stdout,
    )
    assert os.environ["RESULTS_BUCKET"] not in ended.stdout


def test_json_says_the_same_and_a_dry_run_queues_nothing(cloud: Cloud) -> None:
    job = dead(cloud)
    cloud.script(replies.boxes([THING]))

    before = json.loads(run("--json", "--dry-run").stdout)
    after = json.loads(run("--json", "--yes").stdout)

    assert before == {**after, "queued": False}
    assert after["queued"] is True
    (told,) = after["jobs"]
    assert (told["id"], told["name"], told["reason"]) == (job.key, "a.jpg", "dead_lettered")
    until(lambda: cloud.state(naming.announced(told["redriven_as"])))
