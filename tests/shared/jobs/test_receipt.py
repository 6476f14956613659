"""An upload keeps the jobs that it came to when it was taken in; nothing is asked twice."""

import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from google.api_core.exceptions import NotFound
from hypothesis import given
from hypothesis import strategies as st

from local.gemini import replies
from shared import codec, sweep
from shared.border import uploads
from shared.border.storage import STATE
from shared.intake import dispatch, recipes
from shared.jobs import announcements, receipt, records
from shared.jobs.receipt import Receipt
from shared.model import ImageRef, Job, Upload
from testbed.cloud import Cloud, until
from testbed.target import target
from tests.documents import read_back
from tests.jobs import THING
from tests.photos import jpeg
from tests.shared.messages.strategies import jobs
from tests.shared.sweep.sweeping import HOUR, losing_messages
from tests.shared.webhooks.hooks import hooks

ROOT = Path(__file__).parents[3]
YEAR = 365  # days


@pytest.fixture
def quiet(quiet: Cloud) -> Cloud:
    """A quiet cloud whose model finds a thing."""
    quiet.script(otherwise=lambda _: replies.boxes([THING]))
    return quiet


@pytest.fixture
def asking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Make the one recipe ask these tasks from now on, with these settings."""
    file = tmp_path / "recipes.toml"
    monkeypatch.setattr(recipes, "FILE", file)

    def ask(*tasks: str, **settings: str) -> None:
        keys = {"name": "all", "match": "**", "tasks": [*tasks], **settings}
        rows = [f"{key} = {json.dumps(value)}" for key, value in keys.items()]
        file.write_text("\n".join(["[[recipe]]", *rows]))
        recipes._recipes.cache_clear()

    yield ask
    recipes._recipes.cache_clear()


def took(ref: ImageRef) -> Upload:
    """Take an upload in, as ingest does when its event comes."""
    upload = uploads.describe(ref)
    dispatch.take(upload)
    return upload


def ended(cloud: Cloud, job: Job) -> dict:
    """The record of a job, once it is announced."""
    until(lambda: announcements.is_announced(job.key))
    return read_back(records.find(job))


def all_records(cloud: Cloud) -> list[str]:
    return [name for name in cloud.results() if name.endswith("/result.json")]


@pytest.mark.slow
@given(st.lists(jobs, max_size=4).map(tuple), st.text("0123456789abcdef", max_size=16))
def test_the_jobs_of_a_receipt_come_back_with_their_keys(
    kept: tuple[Job, ...], recipe: str
) -> None:
    made = Receipt(ImageRef("b", "n", 1), kept, recipe)

    back = Receipt.decode(codec.encode(made))

    assert [job.key for job in back.jobs] == [job.key for job in kept]
    assert (back.tasks, back.recipe) == (made.tasks, recipe)


@pytest.mark.queue
def test_photos_that_wait_for_money_are_asked_once_though_the_question_changes(
    quiet: Cloud, asking: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asking("detect")
    monkeypatch.setenv("DAILY_BUDGET_USD", "0")
    with losing_messages(quiet):  # as a local cloud does that is stopped
        uploads = [
            took(quiet.upload(f"{number}.jpg", jpeg() + b"%d" % number)) for number in range(2)
        ]
        first, second = (job for upload in uploads for job in receipt.find(upload).jobs)
        assert quiet.deliver(first).status_code == 200  # one was put aside, the other never begun
    asking("detect", prompt="Only what is red.")
    monkeypatch.setenv("MODEL", "another-model")
    monkeypatch.setenv("DAILY_BUDGET_USD", "100")

    swept = sweep.run(older_than=0)

    assert (swept.put_again, swept.leases_queued) == (1, 1)
    assert {ended(quiet, job)["request"]["prompt"] for job in (first, second)} == {""}
    for _ in range(2):
        assert sweep.run(older_than=0).mended == 0
    assert len(all_records(quiet)) == len(quiet.model.questions) == 2


@pytest.mark.queue
@pytest.mark.parametrize("name", ["a.jpg", "a.job.json"])
def test_an_event_that_comes_again_queues_the_jobs_it_came_to_at_first(
    quiet: Cloud, asking: Callable[..., None], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    asking("detect")
    photo = quiet.upload("a.jpg", jpeg())
    ask = json.dumps({"task": "detect", "images": ["a.jpg"]}).encode()
    ref = quiet.upload(name, ask) if name != "a.jpg" else photo
    with losing_messages(quiet):
        upload = took(ref)
    (job,) = receipt.find(upload).jobs
    asking("detect", "caption", prompt="Only what is red.")
    monkeypatch.setenv("MODEL", "another-model")

    for _ in range(2):
        took(ref)

    assert ended(quiet, job)["status"] == "done"
    assert len(all_records(quiet)) == len(quiet.model.questions) == 1


@pytest.mark.queue
@pytest.mark.parametrize("since", [HOUR, float("inf")], ids=["a window", "all"])
def test_a_task_that_a_recipe_gained_later_is_reported_and_not_asked(
    quiet: Cloud, asking: Callable[..., None], since: float
) -> None:
    asking("detect")
    for upload in [
        took(quiet.upload(f"{number}.jpg", jpeg() + b"%d" % number)) for number in range(3)
    ]:
        ended(quiet, *receipt.find(upload).jobs)
    sweep.run(older_than=0, younger_than=since)
    asking("detect", "caption", "classify")
    fresh = quiet.upload("lost.jpg", jpeg())

    swept = sweep.run(older_than=0, younger_than=since)

    gained = 6 if since == float("inf") else 0  # a recent upload is looked at once
    assert (swept.put_again, swept.new_tasks) == (1, gained)
    assert swept.not_asked.startswith("Recipes got 6 more tasks for photos" if gained else "")
    until(lambda: len(quiet.records(fresh)) == 3)
    assert len(all_records(quiet)) == 6
    assert sweep.Swept().not_asked == ""


def test_an_upload_that_was_ignored_is_not_asked_by_a_recipe_that_takes_it_later(
    quiet: Cloud, asking: Callable[..., None]
) -> None:
    asking()
    took(quiet.upload("a.jpg", jpeg()))
    asking("detect")

    for since in (HOUR, float("inf")):
        swept = sweep.run(older_than=0, younger_than=since)
        assert (swept.put_again, swept.new_tasks) == (0, 1)
    assert quiet.model.questions == ()


@pytest.mark.queue
def test_where_an_older_version_took_a_photo_in_its_records_say_what_it_was_asked(
    quiet: Cloud, asking: Callable[..., None]
) -> None:
    asking("detect")
    upload = took(quiet.upload("a.jpg", jpeg()))
    (job,) = receipt.find(upload).jobs
    ended(quiet, job)
    sweep.run(older_than=0)
    forget(r"intake/.*|announced/.*|index/.*")  # no older version had receipts; marks expire
    asking("detect", prompt="Only what is red.")

    assert sweep.run(older_than=0, younger_than=HOUR).put_again == 0
    assert sweep.run(older_than=0).put_again == 0
    assert len(quiet.model.questions) == 1


def forget(names: str, bucket: str = "STATE_BUCKET") -> int:
    """Delete what is called so, and say how much that was."""
    from google.cloud import storage as cloud_storage

    client = cloud_storage.Client()
    gone = [blob for blob in client.list_blobs(os.environ[bucket]) if re.match(names, blob.name)]
    for blob in gone:
        with suppress(NotFound):
            blob.delete()
    client.close()
    return len(gone)


def expiring(days: int) -> set[str]:
    """The beginnings of the state's names that Terraform has deleted by that age."""
    declared = (ROOT / "terraform/darkroom/buckets.tf").read_text("utf-8")
    chosen = (ROOT / "terraform/darkroom/variables.tf").read_text("utf-8")
    defaults = dict(re.findall(r"^\s+(\w+)\s+= optional\(number, (\d+)\)", chosen, re.MULTILINE))
    (state,) = re.findall(r"^    state = \[\n(.*?)^    \]", declared, re.MULTILINE | re.DOTALL)
    rules = re.findall(r"{ days = ([\w.]+), prefixes = \[([^]]*)\] }", state)
    assert len(rules) == state.count("days =")
    found = set()
    for age, prefixes in rules:
        if int(defaults.get(age.removeprefix("var.retention_days."), age)) <= days:
            found |= set(re.findall(r'"([^"]+)"', prefixes))
    return found


def test_the_rules_are_found_in_terraform() -> None:
    assert expiring(0) == set()
    assert "files/" in expiring(10)
    assert "jobs/" not in expiring(10)
    assert {"jobs/", "webhooks/events/", "files/"} <= expiring(YEAR)
    assert not {"announced/", "intake/", "index/", "leases/"} & expiring(YEAR)


@pytest.mark.queue
@pytest.mark.parametrize("results", [True, False], ids=["results kept", "results expired"])
def test_a_year_later_nothing_is_announced_posted_or_paid_again(
    quiet: Cloud,
    asking: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    results: bool,
) -> None:
    asking("detect", "caption")
    with hooks(quiet, tmp_path, monkeypatch) as mine, target() as shop:
        mine.endpoints(shop=shop.url)
        kept = [took(quiet.upload(f"{number}.jpg", jpeg() + b"%d" % number)) for number in range(3)]
        took(quiet.upload("note.txt", b"no photo at all"))
        shop.wait(8)
        for job in (job for upload in kept for job in receipt.find(upload).jobs):
            ended(quiet, job)
        until(lambda: sweep.run(older_than=0).leases_cleared or not list(STATE.listing("leases/")))
        asked, posted = len(quiet.model.questions), len(shop.asked)
        quiet.announced()

        assert forget("|".join(expiring(YEAR))) > 0
        assert results or forget(".", "RESULTS_BUCKET") > 0
        forget("index/")  # entries of a year ago lie outside of every window's listing
        asking("detect", "caption", prompt="Only what is red.")
        for upload in kept:  # moves `updated`, as a change of storage class does
            blob = quiet.client.bucket(upload.ref.bucket).blob(upload.ref.name)
            blob.metadata = {"touched": "yes"}
            blob.patch()
        swept = [sweep.run(0, since) for since in (float("inf"), HOUR, float("inf"))]

        assert [each.mended for each in swept] == [0, 0, 0]
        assert [each.failed for each in swept] == [0, 0, 0]
        assert quiet.announced() == []
        assert (len(quiet.model.questions), len(shop.asked)) == (asked, posted)


def test_a_window_is_about_when_an_upload_was_made_and_not_about_its_last_change(
    quiet: Cloud,
) -> None:
    ref = quiet.upload("a.jpg", jpeg())
    made = uploads.describe(ref).created
    blob = quiet.client.bucket(ref.bucket).blob(ref.name)
    blob.metadata = {"touched": "yes"}
    until(lambda: (blob.patch(), blob.updated.timestamp() > made)[1], pause=0.2)

    assert uploads.describe(ref).created == made
    assert sweep.run(older_than=0, younger_than=blob.updated.timestamp() - made).seen == 0
